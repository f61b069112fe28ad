import { Construct } from 'constructs';
import { Bootstrap } from './bootstrap';

export interface GeneratedSecretProps {
  /** Name of the Secret. One that exists is left as it is. */
  readonly secretName: string;
  /**
   * Value of each key: text in which `{{random NAME BYTES}}` stands for random bytes in base64 and
   * `{{password NAME LENGTH}}` for random letters and digits; the same NAME is the same value throughout the Secret.
   */
  readonly values: Readonly<Record<string, string>>;
}

/** Secrets of one namespace that are made inside the cluster, so that no one ever holds them. */
export class GeneratedSecrets extends Construct {
  private readonly bootstrap: Bootstrap;
  private readonly namespace: string;

  constructor(scope: Construct, id: string, props: { namespace: string }) {
    super(scope, id);
    this.namespace = props.namespace;
    this.bootstrap = new Bootstrap(this, 'bootstrap', {
      namespace: props.namespace,
      name: 'generated-secrets',
      program: 'secrets',
      run: 'once',
    });
    this.bootstrap.configure({ namespace: props.namespace, secrets: [] });
  }

  /** Makes a Secret unless it exists. Pods that use it wait until it is there. */
  add(props: GeneratedSecretProps): void {
    this.bootstrap.configure({ secrets: [props] });
    this.bootstrap.grantAccess({ namespace: this.namespace, resource: 'secrets', names: [props.secretName] });
  }
}
