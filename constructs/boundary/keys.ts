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
/** The file with the stanza of the key before. */
const PREVIOUS = 'previous.hcl';

/** Kinds of pods that use keys: the file with their stanzas, its name in the pod, and the purposes in it. */
const USERS = {
  controller: { key: 'kms.hcl', path: 'kms.hcl', token: 'controller', purposes: ALL },
  worker: { key: 'worker-auth.hcl', path: 'kms.hcl', token: 'worker', purposes: ['worker-auth'] },
  recovery: { key: 'recovery.hcl', path: 'recovery.hcl', token: 'recovery', purposes: ['recovery'] },
  schema: { key: 'schema.hcl', path: 'schema.hcl', token: 'controller', purposes: ALL },
} as const satisfies Record<string, { key: string; path: string; token: string; purposes: readonly KmsPurpose[] }>;

type KeyUser = keyof typeof USERS;

/** Whether the keys themselves stand in a Secret, since no key service holds them. */
const holdsKeys = (kms: BoundaryKms): boolean => !kms.key && !kms.transit;

export interface KeysAttachment extends Attachment {
  /** Files with stanzas, for Boundary's option `-config`. */
  readonly configs: readonly string[];
}

export interface BoundaryKeysProps {
  readonly namespace: string;
  readonly secrets: GeneratedSecrets;
  /** @default BoundaryKms.development() */
  readonly kms?: BoundaryKms;
  /** What encrypted Boundary's data before. @default - nothing else */
  readonly previous?: BoundaryKms;
}

/** Boundary's KMS configuration, and what its pods need to use the keys. */
export class BoundaryKeys extends Construct {
  /** Annotations of the ServiceAccounts of pods that use keys, and labels of the pods; both empty but for a cloud's key. */
  readonly serviceAccountAnnotations: Readonly<Record<string, string>>;
  readonly podLabels: Readonly<Record<string, string>>;
  /** Whether pods need a ServiceAccount of their own for that. */
  readonly needsIdentity: boolean;
  private readonly kms: BoundaryKms;
  private readonly previous?: BoundaryKms;
  private readonly namespace: string;

  constructor(scope: Construct, id: string, props: BoundaryKeysProps) {
    super(scope, id);
    const { namespace, secrets, kms = BoundaryKms.development(), previous } = props;
    if (previous && previous.kind === kms.kind && !kms.key)
      throw new Error(
        `keys of the kind ${kms.kind} cannot follow keys of the same kind: their root key would be the same`,
      );
    this.namespace = namespace;
    this.kms = kms;
    this.previous = previous;
    const services = this.opened('controller').flatMap(({ key }) => key ?? []);
    this.needsIdentity = services.length > 0;
    this.serviceAccountAnnotations = Object.assign({}, ...services.map((key) => key.serviceAccountAnnotations));
    this.podLabels = Object.assign({}, ...services.map(({ podLabels }) => podLabels));
    const kept = this.files(true);
    if (Object.keys(kept).length > 0) secrets.add({ secretName: KEYS_SECRET, values: kept });
    this.makeConfigMap(this.files(false));
    this.grantTokens();
  }

  /** What a container of that kind of pod mounts. */
  attach(user: KeyUser): KeysAttachment {
    const { key, path, token } = USERS[user];
    const [{ volume: config, ...main }, ...before] = [
      this.mounted('kms', this.kms, key, path),
      ...this.opened(user)
        .slice(1)
        .map((kms) => this.mounted('kms-previous', kms, PREVIOUS, PREVIOUS)),
    ];
    const secretName = tokenSecretOf(token);
    const inVault: [string, k8s.Volume][] = [
      [KMS_TOKEN_PATH, { name: 'kms-token', secret: { secretName } }],
      [KMS_CA_PATH, CertificateAuthority.volume('kms-ca')],
    ];
    // Each key service has a program of its own, which Boundary unpacks before it runs it; a migration tries one, too.
    const unpacks = user === 'schema' || !this.opened(user).every(holdsKeys);
    const size = k8s.Quantity.fromString('1Gi');
    const plugins: [string, k8s.Volume] = [PLUGINS_PATH, { name: 'kms-plugins', emptyDir: { sizeLimit: size } }];
    const usesVault = this.opened(user).some(({ transit }) => transit);
    const more = [...(usesVault ? inVault : []), ...(unpacks ? [plugins] : [])];
    return {
      volumes: [config, ...before.map(({ volume }) => volume), ...more.map(([, volume]) => volume)],
      mounts: [
        ...[main, ...before].map(({ name, mountPath }) => ({ name, mountPath, readOnly: true })),
        ...more.map(([mountPath, { name }]) => ({ name, mountPath, readOnly: mountPath !== PLUGINS_PATH })),
      ],
      env: unpacks ? [{ name: 'TMPDIR', value: PLUGINS_PATH }] : [],
      configs: [main, ...before].map(({ file }) => file),
    };
  }

  /** Lets pods of that kind call whatever holds the keys. */
  allowFrom(peer: PodPeer, user: KeyUser): void {
    for (const { key, transit } of this.opened(user)) {
      key?.allowFrom(peer);
      transit?.vault.allowFrom(peer);
    }
  }

  /** What a kind of pod opens something by: its own keys, and the root key of before where it uses one. */
  private opened(user: KeyUser): BoundaryKms[] {
    const purposes: readonly KmsPurpose[] = USERS[user].purposes;
    return [this.kms, ...(this.previous && purposes.includes('root') ? [this.previous] : [])];
  }

  private mounted(name: string, kms: BoundaryKms, key: string, path: string) {
    const items = [{ key, path }];
    const source = holdsKeys(kms)
      ? { secret: { secretName: KEYS_SECRET, items } }
      : { configMap: { name: 'boundary-kms', items } };
    const mountPath = `/etc/boundary/${name}`;
    const volume: k8s.Volume = { name, ...source };
    return { name, mountPath, file: `${mountPath}/${path}`, volume };
  }

  /** Files with stanzas, of what stands in the Secret or of what does not. */
  private files(held: boolean): Record<string, string> {
    const server = `disable_mlock = true\ncontroller {\n  name = "schema"\n  ${DATABASE_HCL}\n}\n`;
    const files = (kms: BoundaryKms) =>
      Object.entries(USERS).map(([user, { key, purposes }]) => {
        const stanzas = purposes.map((purpose) => kms.stanza(purpose)).join('\n');
        return [key, `${user === 'schema' ? server : ''}${stanzas}`] as const;
      });
    const { kms, previous } = this;
    const before = previous && holdsKeys(previous) === held ? [[PREVIOUS, previous.stanza('previous-root')]] : [];
    // A Secret of before gets the one file, with the key that its others tell.
    const named = held && before.length > 0 && previous ? files(previous) : [];
    return Object.fromEntries([...(holdsKeys(kms) === held ? files(kms) : named), ...before]);
  }

  private makeConfigMap(data: Record<string, string>): void {
    if (Object.keys(data).length === 0) return;
    new k8s.KubeConfigMap(this, 'config', {
      metadata: metadataOf(this, IDENTITY, 'boundary-kms', this.namespace),
      data,
    });
  }

  private grantTokens(): void {
    const grant = ({ transit }: BoundaryKms, token: string, purposes: readonly KmsPurpose[]) => {
      if (!transit) return;
      const { vault, mount, keyOf } = transit;
      const name = tokenSecretOf(token);
      vault.authority.publish(this.namespace);
      vault.transit(mount).grantUse({ name, keys: purposes.map(keyOf), namespace: this.namespace, secretName: name });
    };
    for (const { token, purposes } of Object.values(USERS)) grant(this.kms, token, purposes);
    if (this.previous) grant(this.previous, USERS.controller.token, ['root']);
  }
}
