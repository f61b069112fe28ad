import { Construct } from 'constructs';
import { isNewSecret } from '../core/checks';
import { Bootstrap } from './bootstrap';

export interface GeneratedSecretProps {
  /**
   * Name of the Secret. One that exists gains the keys that it lacks, also those that somebody took away; every other key
   * stays as it is, also one that is asked for no longer.
   */
  readonly secretName: string;
  /**
   * Value of each key: text in which `{{random NAME BYTES}}` stands for random bytes in base64 and
   * `{{password NAME LENGTH}}` for random letters and digits; the same NAME is the same value throughout the Secret, also
   * in a key that comes later. Where keys that are there have that NAME and other text than was made for them, the new key
   * waits to be written by hand.
   */
  readonly values: Readonly<Record<string, string>>;
  /** Whether the Job of `rotate-secrets` makes its values anew, which all that uses them then follows. @default false */
  readonly rotates?: boolean;
}

/** Secrets of one namespace that are made inside the cluster, so that no one ever holds them. */
export class GeneratedSecrets extends Construct {
  /** The CronJob that never runs by itself: a Job made from it rotates the secrets of its namespace. */
  static readonly ROTATION = 'rotate-secrets';
  private made?: Bootstrap;
  private rotation?: Bootstrap;
  private readonly namespace: string;
  private readonly known = new Map<string, string>();

  constructor(scope: Construct, id: string, props: { namespace: string }) {
    super(scope, id);
    this.namespace = props.namespace;
  }

  /**
   * Makes a Secret, or the keys that it lacks. Pods that use it wait until they are there.
   *
   * @throws if it is asked for with other values
   */
  add({ rotates, ...secret }: GeneratedSecretProps): void {
    if (!isNewSecret(this.known, secret.secretName, { rotates, secret })) return;
    this.made ??= this.program('generated-secrets', 'once');
    this.made.configure({ secrets: [secret] });
    this.made.grantAccess({ namespace: this.namespace, resource: 'secrets', names: [secret.secretName] });
    if (rotates) this.rotate(secret);
  }

  private rotate(secret: GeneratedSecretProps): void {
    this.rotation ??= this.program(GeneratedSecrets.ROTATION, 'on demand');
    this.rotation.configure({ secrets: [secret], anew: true });
    const names = [secret.secretName];
    this.rotation.grantAccess({ namespace: this.namespace, resource: 'secrets', names, right: 'fill' });
  }

  private program(name: string, run: 'once' | 'on demand'): Bootstrap {
    const { namespace } = this;
    const bootstrap = new Bootstrap(this, run === 'once' ? 'bootstrap' : 'rotation', {
      namespace,
      name,
      program: 'secrets',
      run,
    });
    bootstrap.configure({ namespace, secrets: [] });
    return bootstrap;
  }
}
