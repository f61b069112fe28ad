import { hclBlock } from '../core/hcl';
import type { CloudKey } from '../services/cloud-key';
import type { VaultCluster } from '../vault/cluster';

/** What Boundary encrypts: its data, what workers say first, and requests of the one who may do everything. */
export type KmsPurpose = 'root' | 'worker-auth' | 'recovery';

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

  /** Stanza for a purpose; whatever key material it holds is a placeholder of GeneratedSecrets. */
  abstract stanza(purpose: KmsPurpose): string;
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
  stanza(purpose: KmsPurpose): string {
    const key = `{{random ${purpose} 32}}`;
    return hclBlock('kms', 'aead', { purpose, aead_type: 'aes-gcm', key, key_id: `global_${purpose}` });
  }
}

class Transit extends BoundaryKms {
  override readonly transit;

  constructor({ vault, mountPath: mount = 'transit', keyName = 'boundary' }: BoundaryTransitProps) {
    super();
    this.transit = { vault, mount, keyOf: (purpose: KmsPurpose) => `${keyName}-${purpose}` };
  }

  stanza(purpose: KmsPurpose): string {
    const { vault, mount, keyOf } = this.transit;
    return hclBlock('kms', 'transit', {
      purpose,
      address: vault.address,
      tls_ca_cert: `${KMS_CA_PATH}/ca.crt`,
      token: `file://${KMS_TOKEN_PATH}/token`,
      mount_path: mount,
      key_name: keyOf(purpose),
    });
  }
}

class Cloud extends BoundaryKms {
  constructor(override readonly key: CloudKey) {
    super();
  }

  stanza(purpose: KmsPurpose): string {
    return hclBlock('kms', this.key.type, { purpose, ...this.key.parameters });
  }
}
