import { hclBlock } from '../core/hcl';
import type { CloudKey } from '../services/cloud-key';
import type { VaultCluster } from '../vault/cluster';

/** What Boundary encrypts: its data, what workers say first, and requests of the one who may do everything. */
export type KmsPurpose = 'root' | 'worker-auth' | 'recovery';
/** Data is encrypted by `root` alone; what `previous-root` encrypted still opens, and each names its key. */
export type StanzaPurpose = KmsPurpose | 'previous-root';

/** The key of a stanza: that of before is the same one, for another purpose. */
const keyFor = (purpose: StanzaPurpose): KmsPurpose => (purpose === 'previous-root' ? 'root' : purpose);

/** Where the keys are that Boundary encrypts with. */
export abstract class BoundaryKms {
  /** In a Secret of Boundary's namespace. For development only: who reads that namespace reads Boundary's data. */
  static development(): BoundaryKms {
    return new Development();
  }

  /** In the platform's Vault, a key for each purpose; each kind of pod holds a token for just the keys that it needs. */
  static transit(props: BoundaryTransitProps): BoundaryKms {
    return new Transit(props);
  }

  /** In a cloud's key service, one key for all purposes. */
  static cloud(key: CloudKey): BoundaryKms {
    return new Cloud(key);
  }

  /** Type of its stanzas. */
  abstract readonly kind: string;
  /** Stanza for a purpose; whatever key material it holds is a placeholder of GeneratedSecrets. */
  abstract stanza(purpose: StanzaPurpose): string;
  /** The Vault that pods need a token for, and the keys in it. */
  readonly transit?: {
    readonly vault: VaultCluster;
    readonly mount: string;
    readonly keyOf: (p: KmsPurpose) => string;
  };
  /** The key whose identity the pods need. */
  readonly key?: CloudKey;
}

export interface BoundaryTransitProps {
  readonly vault: VaultCluster;
  /** Where its transit engine stands. @default 'transit' */
  readonly mountPath?: string;
  /** What the names of its keys begin with. @default 'boundary' */
  readonly keyName?: string;
}

/** Files of Vault's token and authority in pods that use its keys. */
export const KMS_TOKEN_PATH = '/etc/boundary/kms-token';
export const KMS_CA_PATH = '/etc/boundary/kms-ca';

class Development extends BoundaryKms {
  readonly kind = 'aead';

  stanza(purpose: StanzaPurpose): string {
    const name = keyFor(purpose);
    const key = `{{random ${name} 32}}`;
    return hclBlock('kms', this.kind, { purpose, aead_type: 'aes-gcm', key, key_id: `global_${name}` });
  }
}

class Transit extends BoundaryKms {
  readonly kind = 'transit';
  override readonly transit;

  constructor({ vault, mountPath: mount = 'transit', keyName = 'boundary' }: BoundaryTransitProps) {
    super();
    this.transit = { vault, mount, keyOf: (purpose: KmsPurpose) => `${keyName}-${purpose}` };
  }

  stanza(purpose: StanzaPurpose): string {
    const { vault, mount, keyOf } = this.transit;
    return hclBlock('kms', this.kind, {
      purpose,
      address: vault.address,
      tls_ca_cert: `${KMS_CA_PATH}/ca.crt`,
      token: `file://${KMS_TOKEN_PATH}/token`,
      mount_path: mount,
      key_name: keyOf(keyFor(purpose)),
    });
  }
}

class Cloud extends BoundaryKms {
  readonly kind: string;

  constructor(override readonly key: CloudKey) {
    super();
    this.kind = key.type;
  }

  stanza(purpose: StanzaPurpose): string {
    return hclBlock('kms', this.kind, { purpose, ...this.key.parameters });
  }
}
