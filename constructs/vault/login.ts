import { Construct } from 'constructs';
import { type Identity, metadataOf } from '../core/identity';
import { k8s } from '../core/k8s';
import type { PodPeer } from '../network/peer';
import type { DeliveredSecret } from '../secrets/delivery';
import type { VaultCluster } from './cluster';
import { POLICY_PREFIX } from './setup';

export interface VaultLoginProps {
  readonly vault: VaultCluster;
  readonly namespace: string;
  /** Whose login it is, within the namespace. @default - the namespace's */
  readonly owner?: string;
  readonly identity: Identity;
  /** Pods that log in for the namespace. */
  readonly caller: PodPeer;
}

/** A login to Vault of a namespace, or of one in it: a ServiceAccount whose role may what was granted and nothing else. */
export class VaultLogin extends Construct {
  /** Name of the ServiceAccount. */
  readonly serviceAccount: string;
  /** Role of the Kubernetes login. */
  readonly role: string;
  /** Names of its policies. */
  protected readonly policies = new Set<string>();
  private readonly props: VaultLoginProps;

  constructor(scope: Construct, id: string, props: VaultLoginProps) {
    super(scope, id);
    const { vault, namespace, owner, identity, caller } = props;
    this.props = props;
    this.serviceAccount = owner ? `${identity.name}-${owner}` : identity.name;
    // No name of a namespace has a dot.
    this.role = `${POLICY_PREFIX}${namespace}${owner ? `.${owner}` : ''}`;
    vault.authority.publish(namespace);
    new k8s.KubeServiceAccount(this, 'service-account', {
      metadata: metadataOf(this, identity, this.serviceAccount, namespace),
      automountServiceAccountToken: false,
    });
    vault.allowFrom(caller);
  }

  /** Lets the login have one secret. */
  grant({ name, kind, policyPath }: DeliveredSecret): void {
    this.allow(name, { [policyPath]: [kind === 'certificate' ? 'update' : 'read'] });
  }

  /** Lets the login use paths of Vault's API, by a policy of their own. */
  allow(name: string, paths: Readonly<Record<string, readonly string[]>>): void {
    const { vault, namespace, owner } = this.props;
    const policy = `${this.role}-${name}`;
    this.policies.add(policy);
    vault.addPolicy({ name: policy, paths }, `${owner ? `"${owner}" of ` : ''}namespace "${namespace}"`);
    vault.addKubernetesRole({
      name: this.role,
      serviceAccounts: [this.serviceAccount],
      namespaces: [namespace],
      policies: [policy],
    });
  }
}
