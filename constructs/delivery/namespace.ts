import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { objectName } from '../core/checks';
import { type Identity, metadataOf } from '../core/identity';
import type { DeliveredSecret, SecretDelivery } from '../secrets/delivery';

export interface NamespaceDeliveryProps {
  /** Namespace that secrets are brought to. */
  readonly namespace: string;
  /**
   * Scope of the objects of kinds that others bring, so that they can be applied after those.
   * @default - this construct
   */
  readonly customResources?: Construct;
}

const ofOwner = ({ owner }: DeliveredSecret): string => (owner ? ` of "${owner}" alone` : '');

/** What every way of bringing secrets into one namespace has in common. */
export abstract class NamespaceDelivery extends Construct implements SecretDelivery {
  readonly namespace: string;
  protected readonly identity: Identity;
  private readonly resources: Construct;
  private readonly delivered = new Map<string, DeliveredSecret>();
  /** The same by the names of their Secrets. */
  private readonly bySecretName = new Map<string, DeliveredSecret>();
  /** Whose secrets there are: the namespace's, or one owner's. */
  private readonly owners = new Set<string | undefined>();

  constructor(scope: Construct, id: string, name: string, props: NamespaceDeliveryProps) {
    super(scope, id);
    this.namespace = props.namespace;
    this.identity = { name, instance: props.namespace, component: 'secret-delivery' };
    this.resources = props.customResources ?? this;
  }

  /** @throws if another secret has its name, or it is no name of a Secret */
  deliver(secret: DeliveredSecret): void {
    objectName(this, secret.secretName);
    if (this.isDelivered(secret)) return;
    this.delivered.set(secret.name, secret);
    this.bySecretName.set(secret.secretName, secret);
    if (!this.owners.has(secret.owner)) this.open(secret.owner);
    this.owners.add(secret.owner);
    this.bring(secret);
  }

  /**
   * Made with the first secret of the namespace, and of each owner in it: what was granted nothing has no login and no
   * route.
   */
  protected open(_owner?: string): void {}

  protected abstract bring(secret: DeliveredSecret): void;

  /** Labels of what is one owner's tell whose. */
  protected identityOf(owner?: string): Identity {
    return owner ? { ...this.identity, instance: owner } : this.identity;
  }

  /** An object of a kind that others bring. */
  protected resource(
    apiVersion: string,
    kind: string,
    named: Pick<DeliveredSecret, 'name' | 'owner'>,
    spec: object,
  ): void {
    const { name, owner } = named;
    new ApiObject(this.resources, `${kind}-${this.namespace}-${name}`, {
      apiVersion,
      kind,
      metadata: metadataOf(this, this.identityOf(owner), name, this.namespace),
      spec,
    });
  }

  /** Whoever shares the namespace shares what is delivered there, but for what is one owner's. */
  private isDelivered(secret: DeliveredSecret): boolean {
    const before = this.delivered.get(secret.name) ?? this.bySecretName.get(secret.secretName);
    if (before && JSON.stringify(before) !== JSON.stringify(secret)) {
      throw new Error(
        `namespace "${this.namespace}" has "${before.mount}/${before.path}" as Secret "${before.secretName}"${ofOwner(before)} already, got "${secret.mount}/${secret.path}" as "${secret.secretName}"${ofOwner(secret)}`,
      );
    }
    return before !== undefined;
  }
}
