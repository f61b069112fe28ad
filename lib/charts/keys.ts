import { BoundaryKms, CloudKey, Seal, type VaultCluster } from '../../constructs';
import type { PlatformConfig } from '../config';

/** What unseals Vault. */
export function sealOf(seal: PlatformConfig['vault']['seal']): Seal {
  if (seal.type === 'development') return Seal.development();
  if (seal.type === 'transit') return Seal.transit({ ...seal, tokenSecretName: seal.tokenSecret });
  return Seal.cloud(cloudKeyOf(seal));
}

/** What encrypts Boundary's keys, or did so before. @throws if that is Vault and there is none */
export function kmsOf(kms: PlatformConfig['boundary']['kms'], vault: VaultCluster | undefined): BoundaryKms {
  if (kms.type === 'aead') return BoundaryKms.development();
  if (kms.type !== 'transit') return BoundaryKms.cloud(cloudKeyOf(kms));
  if (!vault) throw new Error('boundary.kms: transit needs vault.enabled: true');
  return BoundaryKms.transit({ ...kms, vault });
}

type CloudKeySettings = Extract<PlatformConfig['vault']['seal'], { serviceAccountAnnotations: unknown }>;

function cloudKeyOf(key: CloudKeySettings): CloudKey {
  if (key.type === 'awskms') return CloudKey.aws(key);
  return key.type === 'gcpckms' ? CloudKey.google(key) : CloudKey.azure(key);
}
