import { Construct } from 'constructs';
import { type Identity, metadataOf } from '../core/identity';
import { k8s } from '../core/k8s';
import type { Attachment } from '../core/pod';
import type { PodPeer } from '../network/peer';
import { CertificateAuthority } from '../services/certificate-authority';
import type { GeneratedSecrets } from '../services/generated-secrets';
import { DATABASE_HCL } from './config';
import { BoundaryKms, KMS_CA_PATH, KMS_TOKEN_PATH, type KmsPurpose } from './kms';

const ALL: readonly KmsPurpose[] = ['root', 'worker-auth', 'recovery'];
const IDENTITY: Identity = { name: 'boundary', instance: 'boundary-kms', component: 'keys' };
/** Secret with the keys themselves, where no key service holds them. */
const KEYS_SECRET = 'boundary-kms-keys';
const tokenSecretOf = (token: string) => `boundary-kms-${token}`;
const PLUGINS_PATH = '/var/lib/boundary-plugins';

/** Kinds of pods that use keys: the file with their stanzas, its name in the pod, and the purposes in it. */
const USERS = {
  controller: { key: 'kms.hcl', path: 'kms.hcl', token: 'controller', purposes: ALL },
  worker: { key: 'worker-auth.hcl', path: 'kms.hcl', token: 'worker', purposes: ['worker-auth'] },
  recovery: { key: 'recovery.hcl', path: 'recovery.hcl', token: 'recovery', purposes: ['recovery'] },
  schema: { key: 'schema.hcl', path: 'schema.hcl', token: 'controller', purposes: ALL },
} as const satisfies Record<string, { key: string; path: string; token: string; purposes: readonly KmsPurpose[] }>;

type KeyUser = keyof typeof USERS;

/** Boundary's KMS configuration, and what its pods need to use the keys. */
export class BoundaryKeys extends Construct {
  /** Annotations of the ServiceAccounts of pods that use keys, and labels of the pods; both empty but for a cloud's key. */
  readonly serviceAccountAnnotations: Readonly<Record<string, string>>;
  readonly podLabels: Readonly<Record<string, string>>;
  /** Whether pods need a ServiceAccount of their own for that. */
  readonly needsIdentity: boolean;
  private readonly kms: BoundaryKms;
  private readonly namespace: string;

  constructor(
    scope: Construct,
    id: string,
    props: { readonly namespace: string; readonly secrets: GeneratedSecrets; readonly kms?: BoundaryKms },
  ) {
    super(scope, id);
    const { namespace, secrets, kms = BoundaryKms.development() } = props;
    this.namespace = namespace;
    this.kms = kms;
    this.needsIdentity = kms.key !== undefined;
    this.serviceAccountAnnotations = kms.key?.serviceAccountAnnotations ?? {};
    this.podLabels = kms.key?.podLabels ?? {};
    if (this.holdsKeys) secrets.add({ secretName: KEYS_SECRET, values: this.files() });
    else this.makeConfigMap();
    this.grantTokens();
  }

  /** What a container of that kind of pod mounts. */
  attach(user: KeyUser): Attachment {
    const { key, path, token } = USERS[user];
    const items = [{ key, path }];
    const config: k8s.Volume = this.holdsKeys
      ? { name: 'kms', secret: { secretName: KEYS_SECRET, items } }
      : { name: 'kms', configMap: { name: 'boundary-kms', items } };
    const secretName = tokenSecretOf(token);
    const inVault: [string, k8s.Volume][] = [
      [KMS_TOKEN_PATH, { name: 'kms-token', secret: { secretName } }],
      [KMS_CA_PATH, CertificateAuthority.volume('kms-ca')],
    ];
    // Each key service has a program of its own, which Boundary unpacks before it runs it; a migration tries one, too.
    const unpacks = !this.holdsKeys || user === 'schema';
    const size = k8s.Quantity.fromString('1Gi');
    const plugins: [string, k8s.Volume] = [PLUGINS_PATH, { name: 'kms-plugins', emptyDir: { sizeLimit: size } }];
    const more = [...(this.kms.transit ? inVault : []), ...(unpacks ? [plugins] : [])];
    return {
      volumes: [config, ...more.map(([, volume]) => volume)],
      mounts: [
        { name: 'kms', mountPath: '/etc/boundary/kms', readOnly: true },
        ...more.map(([mountPath, { name }]) => ({ name, mountPath, readOnly: mountPath !== PLUGINS_PATH })),
      ],
      env: unpacks ? [{ name: 'TMPDIR', value: PLUGINS_PATH }] : [],
    };
  }

  /** Lets pods call whatever holds the keys. */
  allowFrom(peer: PodPeer): void {
    this.kms.key?.allowFrom(peer);
    this.kms.transit?.vault.allowFrom(peer);
  }

  private get holdsKeys(): boolean {
    return !this.kms.key && !this.kms.transit;
  }

  private files(): Record<string, string> {
    const stanzas = (purposes: readonly KmsPurpose[]) => purposes.map((p) => this.kms.stanza(p)).join('\n');
    const server = `disable_mlock = true\ncontroller {\n  name = "schema"\n  ${DATABASE_HCL}\n}\n`;
    const text = (user: KeyUser) => `${user === 'schema' ? server : ''}${stanzas(USERS[user].purposes)}`;
    return Object.fromEntries(Object.entries(USERS).map(([user, { key }]) => [key, text(user as KeyUser)]));
  }

  private makeConfigMap(): void {
    new k8s.KubeConfigMap(this, 'config', {
      metadata: metadataOf(this, IDENTITY, 'boundary-kms', this.namespace),
      data: this.files(),
    });
  }

  private grantTokens(): void {
    const { transit } = this.kms;
    if (!transit) return;
    const { vault, mount, keyOf } = transit;
    vault.authority.publish(this.namespace);
    for (const { token, purposes } of Object.values(USERS)) {
      const name = tokenSecretOf(token);
      vault.transit(mount).grantUse({ name, keys: purposes.map(keyOf), namespace: this.namespace, secretName: name });
    }
  }
}
