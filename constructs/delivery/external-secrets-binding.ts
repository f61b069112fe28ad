import type { Construct } from 'constructs';
import { check } from '../core/checked';
import { oneUnit } from '../core/duration';
import { metadataOf } from '../core/identity';
import { k8s } from '../core/k8s';
import { awsRegionFault, secretPrefixFault } from '../core/rules/clouds';
import { podPeer } from '../network/peer';
import { type DeliveredSecret, renewBeforeSec, templatesOf } from '../secrets/delivery';
import { CertificateAuthority } from '../services/certificate-authority';
import type { VaultCluster } from '../vault/cluster';
import { VaultLogin } from '../vault/login';
import { NamespaceDelivery, type NamespaceDeliveryProps } from './namespace';

/** A store of AWS Secrets Manager, which a ServiceAccount of the namespace may read. */
export interface AwsStoreProps {
  /** Such as `eu-central-1`. */
  readonly region: string;
  /** What the names of the secrets begin with there. @default '' */
  readonly prefix?: string;
  /** Annotations of the ServiceAccount, by which AWS knows it, such as `eks.amazonaws.com/role-arn`. @default {} */
  readonly serviceAccountAnnotations?: Readonly<Record<string, string>>;
}

export interface ExternalSecretsBindingProps extends NamespaceDeliveryProps {
  /** Where secrets come from: Vault, or AWS Secrets Manager, which has static ones only. */
  readonly store: VaultCluster | AwsStoreProps;
  /** Namespace of the operator. @default 'external-secrets' */
  readonly operatorNamespace?: string;
  /** How often static secrets are read again, as a Go duration. @default '30s' */
  readonly refreshInterval?: string;
}

const API_VERSION = 'external-secrets.io/v1';
const GENERATORS = 'generators.external-secrets.io/v1alpha1';
/** What the operator logs in with ends after an hour, and leases with it: by then it has to have new ones. */
const LOGIN_SEC = 3600;

const isVault = (store: ExternalSecretsBindingProps['store']): store is VaultCluster => 'address' in store;

/**
 * The External Secrets Operator's way into one namespace, and to each environment that is granted secrets of its own. The
 * operator itself is somebody else's.
 *
 * @throws if AWS knows no such region, or takes no name that begins with the store's prefix
 */
export class ExternalSecretsBinding extends NamespaceDelivery {
  private readonly logins = new Map<string | undefined, VaultLogin>();
  private readonly stores = new Set<string>();

  constructor(
    scope: Construct,
    id: string,
    private readonly props: ExternalSecretsBindingProps,
  ) {
    super(scope, id, isVault(props.store) ? 'vault-secrets' : 'aws-secrets', props);
    if (!isVault(props.store))
      check('a store in AWS', props.store, { region: awsRegionFault, prefix: secretPrefixFault });
  }

  protected override open(owner?: string): void {
    const { store, operatorNamespace = 'external-secrets' } = this.props;
    const { namespace, identity } = this;
    if (!isVault(store)) {
      // What it may read is said in AWS.
      if (this.node.tryFindChild('service-account')) return;
      new k8s.KubeServiceAccount(this, 'service-account', {
        metadata: metadataOf(this, identity, identity.name, namespace, { ...store.serviceAccountAnnotations }),
        automountServiceAccountToken: false,
      });
      return;
    }
    const name = 'external-secrets';
    const operator = podPeer(store, operatorNamespace, { name, instance: name, component: 'controller' });
    // As the operator's chart labels its pods.
    const caller = { ...operator, podLabels: { 'app.kubernetes.io/name': name }, foreign: true };
    const id = owner ? `login-${owner}` : 'login';
    const props = { vault: store, namespace, owner, identity: this.identityOf(owner), caller };
    this.logins.set(owner, new VaultLogin(this, id, props));
  }

  protected bring(secret: DeliveredSecret): void {
    const { store } = this.props;
    if (!isVault(store) && secret.kind !== 'static')
      throw new Error(
        `"${secret.secretName}" cannot come from AWS Secrets Manager: only Vault makes what is asked for, so use it as the store`,
      );
    this.logins.get(secret.owner)?.grant(secret);
    const { secretName, templates, kind } = secret;
    const template = {
      ...(kind === 'certificate' && { type: 'kubernetes.io/tls' }),
      ...(templates && { data: templatesOf(templates, (field) => `.${field}`) }),
    };
    this.resource(API_VERSION, 'ExternalSecret', secret, {
      refreshInterval: this.refreshOf(secret),
      ...this.source(secret),
      target: {
        name: secretName,
        // The Secret goes with the grant, and when the store has no such secret any more.
        creationPolicy: 'Owner',
        deletionPolicy: 'Delete',
        ...(Object.keys(template).length > 0 && { template }),
      },
    });
  }

  private refreshOf(secret: DeliveredSecret): string {
    if (secret.kind === 'certificate') return `${secret.ttlSec - renewBeforeSec(secret)}s`;
    // It renews no lease, so values are made anew when half of it is over.
    if (secret.kind === 'dynamic' && secret.leaseSec) return `${Math.ceil(Math.min(secret.leaseSec, LOGIN_SEC) / 2)}s`;
    return oneUnit(this.props.refreshInterval ?? '30s');
  }

  private source(secret: DeliveredSecret): object {
    const { store } = this.props;
    const { name, path } = secret;
    if (isVault(store) && secret.kind !== 'static') {
      this.resource(GENERATORS, 'VaultDynamicSecret', secret, {
        path: `${secret.mount}/${path}`,
        ...(secret.kind === 'certificate' ? issue(secret) : { method: 'GET' }),
        resultType: 'Data',
        provider: this.vaultProvider(store, secret.owner),
      });
      const generatorRef = { apiVersion: GENERATORS, kind: 'VaultDynamicSecret', name };
      return { dataFrom: [{ sourceRef: { generatorRef } }] };
    }
    return {
      secretStoreRef: { kind: 'SecretStore', name: this.storeOf(secret) },
      dataFrom: [{ extract: { key: path } }],
    };
  }

  /** The store of the namespace, or of one owner, for an engine's path, made with its first secret. */
  private storeOf({ mount, owner }: DeliveredSecret): string {
    const { store } = this.props;
    const name = isVault(store) ? `vault-${mount}${owner ? `-${owner}` : ''}` : this.identity.name;
    if (this.stores.has(name)) return name;
    this.stores.add(name);
    if (isVault(store)) {
      const vault = { ...this.vaultProvider(store, owner), path: mount, version: 'v2' };
      this.resource(API_VERSION, 'SecretStore', { name, owner }, { provider: { vault } });
    } else this.resource(API_VERSION, 'SecretStore', { name }, { provider: { aws: this.awsProvider(store) } });
    return name;
  }

  private vaultProvider(vault: VaultCluster, owner?: string): object {
    const login = this.logins.get(owner);
    return {
      server: vault.address,
      caProvider: { type: 'ConfigMap', name: CertificateAuthority.BUNDLE, key: 'ca.crt' },
      auth: {
        kubernetes: {
          mountPath: 'kubernetes',
          role: login?.role,
          serviceAccountRef: { name: login?.serviceAccount, audiences: [vault.facts.terraform.audience] },
        },
      },
    };
  }

  private awsProvider({ region, prefix }: AwsStoreProps): object {
    const serviceAccountRef = { name: this.identity.name };
    return { service: 'SecretsManager', region, ...(prefix && { prefix }), auth: { jwt: { serviceAccountRef } } };
  }
}

const issue = ({ dnsNames: [commonName, ...others], ttlSec }: { dnsNames: readonly string[]; ttlSec: number }) => ({
  method: 'POST',
  parameters: {
    common_name: commonName,
    ...(others.length > 0 && { alt_names: others.join(',') }),
    ttl: `${ttlSec}s`,
  },
});
