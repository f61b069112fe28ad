import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { CertificateAuthority } from './certificate-authority';
import { type Identity, metadataOf } from './identity';
import { k8s } from './k8s';
import { podPeer } from './peer';
import type { DeliveredSecret, SecretDelivery } from './secret-delivery';
import type { VaultCluster } from './vault-cluster';
import { POLICY_PREFIX } from './vault-setup';

export interface VsoBindingProps {
  readonly vault: VaultCluster;
  /** Namespace that secrets are brought to. */
  readonly namespace: string;
  /** Namespace of the operator. @default 'vault-secrets-operator-system' */
  readonly operatorNamespace?: string;
  /** How often static secrets are read again, as a Go duration. @default '30s' */
  readonly refreshInterval?: string;
  /**
   * Scope of the objects of kinds that the operator brings, so that they can be applied after it.
   * @default - this construct
   */
  readonly customResources?: Construct;
}

const API_VERSION = 'secrets.hashicorp.com/v1beta1';

/** The Vault Secrets Operator's way into one namespace: a connection, and a login that reads what was granted and nothing else. */
export class VsoBinding extends Construct implements SecretDelivery {
  private readonly identity: Identity;
  private readonly name = 'vault-secrets';
  private readonly resources: Construct;
  private readonly delivered = new Map<string, DeliveredSecret>();

  constructor(
    scope: Construct,
    id: string,
    private readonly props: VsoBindingProps,
  ) {
    super(scope, id);
    this.identity = { name: this.name, instance: props.namespace, component: 'secret-delivery' };
    this.resources = props.customResources ?? this;
  }

  deliver(secret: DeliveredSecret): void {
    const { vault, namespace } = this.props;
    if (this.isDelivered(secret)) return;
    if (this.delivered.size === 0) this.open();
    this.delivered.set(secret.name, secret);
    const policy = `${POLICY_PREFIX}${namespace}-${secret.name}`;
    vault.addPolicy({ name: policy, paths: { [secret.policyPath]: ['read'] } });
    vault.addKubernetesRole({
      name: this.role,
      serviceAccounts: [this.name],
      namespaces: [namespace],
      policies: [policy],
    });
    const dynamic = secret.kind === 'dynamic';
    this.resource(dynamic ? 'VaultDynamicSecret' : 'VaultStaticSecret', secret.name, {
      vaultAuthRef: this.name,
      mount: secret.mount,
      path: secret.path,
      ...(dynamic
        ? { renewalPercent: 67, revoke: true }
        : { type: 'kv-v2', refreshAfter: this.props.refreshInterval ?? '30s', hmacSecretData: true }),
      destination: { name: secret.secretName, create: true, overwrite: true },
    });
  }

  /** Whoever shares the namespace shares what is delivered there. */
  private isDelivered(secret: DeliveredSecret): boolean {
    const before = this.delivered.get(secret.name);
    if (before && JSON.stringify(before) !== JSON.stringify(secret)) {
      throw new Error(
        `namespace "${this.props.namespace}" has "${before.mount}/${before.path}" as Secret "${before.secretName}" already, got "${secret.mount}/${secret.path}" as "${secret.secretName}"`,
      );
    }
    return before !== undefined;
  }

  private get role(): string {
    return `${POLICY_PREFIX}${this.props.namespace}`;
  }

  /** Made with the first secret: a namespace that was granted nothing has no login and no route. */
  private open(): void {
    const { vault, namespace, operatorNamespace = 'vault-secrets-operator-system' } = this.props;
    vault.authority.publish(namespace);
    new k8s.KubeServiceAccount(this, 'service-account', {
      metadata: metadataOf(this, this.identity, this.name, namespace),
      automountServiceAccountToken: false,
    });
    this.resource('VaultConnection', this.name, {
      address: vault.address,
      caCertSecretRef: CertificateAuthority.BUNDLE,
      skipTLSVerify: false,
    });
    this.resource('VaultAuth', this.name, {
      vaultConnectionRef: this.name,
      method: 'kubernetes',
      mount: 'kubernetes',
      kubernetes: {
        role: this.role,
        serviceAccount: this.name,
        audiences: [vault.facts.terraform.audience],
        tokenExpirationSeconds: 600,
      },
    });
    const operator: Identity = {
      name: 'vault-secrets-operator',
      instance: 'vault-secrets-operator',
      component: 'controller-manager',
    };
    vault.allowFrom({
      // One operator serves all namespaces, so its route to Vault is Vault's.
      ...podPeer(vault, operatorNamespace, operator),
      // As the operator's chart labels its pods.
      podLabels: { 'app.kubernetes.io/name': 'vault-secrets-operator', 'control-plane': 'controller-manager' },
    });
  }

  private resource(kind: string, name: string, spec: Record<string, unknown>): void {
    new ApiObject(this.resources, `${kind}-${this.props.namespace}-${name}`, {
      apiVersion: API_VERSION,
      kind,
      metadata: metadataOf(this, this.identity, name, this.props.namespace),
      spec,
    });
  }
}
