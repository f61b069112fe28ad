import type { Construct } from 'constructs';
import { oneUnit } from '../core/duration';
import { type PodPeer, podPeer } from '../network/peer';
import { type CertificateSecret, type DeliveredSecret, renewBeforeSec, templatesOf } from '../secrets/delivery';
import type { VaultCluster } from '../vault/cluster';
import { NamespaceDelivery, type NamespaceDeliveryProps } from './namespace';
import { VsoLogin } from './vso-login';

export interface VsoBindingProps extends NamespaceDeliveryProps {
  readonly vault: VaultCluster;
  /** Namespace of the operator. @default 'vault-secrets-operator-system' */
  readonly operatorNamespace?: string;
  /**
   * Whether the operator is somebody else's: nothing is made in its namespace, and whether it keeps its logins, and with
   * them leases, over a restart is for its owners to say.
   * @default false
   */
  readonly foreignOperator?: boolean;
  /** How often static secrets are read again, as a Go duration. @default '30s' */
  readonly refreshInterval?: string;
}

/** The operator's login that encrypts the others. */
const CLIENT_CACHE = 'client-cache';

/**
 * The Vault Secrets Operator's way into one namespace: a connection, and a login that reads what was granted and nothing
 * else; the same for each environment that is granted secrets of its own.
 */
export class VsoBinding extends NamespaceDelivery {
  private readonly logins = new Map<string | undefined, VsoLogin>();

  constructor(
    scope: Construct,
    id: string,
    private readonly props: VsoBindingProps,
  ) {
    super(scope, id, 'vault-secrets', props);
  }

  /** Whether the operator must be told to keep its logins: VSO_CLIENT_CACHE_PERSISTENCE_MODEL=direct-encrypted. */
  get keepsLogins(): boolean {
    return this.props.vault.node.tryFindChild(CLIENT_CACHE) !== undefined;
  }

  protected override open(owner?: string): void {
    const { vault, customResources } = this.props;
    const { namespace, operator: caller } = this;
    const identity = this.identityOf(owner);
    const id = owner ? `login-${owner}` : 'login';
    this.logins.set(owner, new VsoLogin(this, id, { vault, namespace, owner, identity, caller, customResources }));
  }

  protected bring(secret: DeliveredSecret): void {
    const login = this.logins.get(secret.owner);
    login?.grant(secret);
    if (secret.kind === 'dynamic' && secret.leaseSec) {
      // Whoever knows a lease's name: the operator revokes those of deleted grants.
      login?.allow(secret.name, { 'sys/leases/revoke': ['update'] });
      this.keepLogins();
    }
    const [kind, spec] = this.source(secret);
    this.resource(VsoLogin.API_VERSION, kind, secret, {
      vaultAuthRef: login?.serviceAccount,
      mount: secret.mount,
      ...spec,
      destination: {
        name: secret.secretName,
        create: true,
        overwrite: true,
        ...(secret.kind === 'certificate' && { type: 'kubernetes.io/tls' }),
        transformation: transformation(secret),
      },
    });
  }

  private source(secret: DeliveredSecret): [kind: string, spec: object] {
    const { refreshInterval = '30s' } = this.props;
    const { path } = secret;
    if (secret.kind === 'certificate') return ['VaultPKISecret', certificate(secret)];
    if (secret.kind === 'static') {
      return [
        'VaultStaticSecret',
        { path, type: 'kv-v2', refreshAfter: oneUnit(refreshInterval), hmacSecretData: true },
      ];
    }
    const lifetime = secret.leaseSec
      ? { renewalPercent: 67, revoke: true }
      : { refreshAfter: oneUnit(refreshInterval) };
    return ['VaultDynamicSecret', { path, ...lifetime }];
  }

  /** A lease ends with the login that made it, so the operator keeps its logins over restarts, encrypted by Vault. */
  private keepLogins(): void {
    const { vault, customResources } = this.props;
    const { operator } = this;
    if (operator.foreign) return;
    // One for all namespaces: it belongs to the operator.
    if (this.keepsLogins) return;
    const [transit, keyName] = [vault.transit(), 'vso-client-cache'];
    const login = new VsoLogin(vault, CLIENT_CACHE, {
      vault,
      namespace: operator.namespace,
      identity: { name: CLIENT_CACHE, instance: 'vault-secrets-operator', component: 'secret-delivery' },
      caller: operator,
      customResources,
      storageEncryption: { mount: transit.mount, keyName },
    });
    login.allow(CLIENT_CACHE, transit.addKey(keyName));
  }

  private get operator(): PodPeer {
    const { vault, operatorNamespace = 'vault-secrets-operator-system', foreignOperator = false } = this.props;
    const name = 'vault-secrets-operator';
    return {
      // One operator serves all namespaces, so its route to Vault is Vault's.
      ...podPeer(vault, operatorNamespace, { name, instance: name, component: 'controller-manager' }),
      // As the operator's chart labels its pods.
      podLabels: { 'app.kubernetes.io/name': name, 'control-plane': 'controller-manager' },
      foreign: foreignOperator,
    };
  }
}

/** The keys are the same whichever way a secret comes: Vault's own fields, or what its templates say. */
function transformation({ templates }: DeliveredSecret): object {
  if (!templates) return { excludeRaw: true };
  const texts = templatesOf(templates, (field) => `.Secrets.${field}`);
  const entries = Object.entries(texts).map(([key, text]) => [key, { text }]);
  return { excludeRaw: true, excludes: ['.*'], templates: Object.fromEntries(entries) };
}

function certificate(secret: CertificateSecret): object {
  const [commonName, ...altNames] = secret.dnsNames;
  return {
    role: secret.role,
    commonName,
    ...(altNames.length > 0 && { altNames }),
    ttl: `${secret.ttlSec}s`,
    expiryOffset: `${renewBeforeSec(secret)}s`,
  };
}
