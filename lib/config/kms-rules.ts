import { clash, type Rule, when } from './contradiction';
import type { PlatformConfig } from './schema';

type Kms = PlatformConfig['boundary']['kms'];

/** Why one key cannot follow another, if it cannot. */
function sameKey(kms: Kms, previous: Kms): string | undefined {
  if (kms.type !== previous.type) return undefined;
  if (kms.type === 'aead')
    return 'is aead, as boundary.kms is, and the Secret has one root key: choose another kind for boundary.kms, or leave this out';
  if (kms.type === 'transit')
    return 'is transit, as boundary.kms is, and Boundary tells no two keys of Vault apart: rotate that key in Vault, and leave this out';
  const named = (key: Kms) => JSON.stringify({ ...key, serviceAccountAnnotations: undefined });
  return named(kms) === named(previous)
    ? 'is the key of boundary.kms: name the one before, or leave this out'
    : undefined;
}

/** What Boundary's keys need of the other settings. */
export const kmsRules: Rule[] = [
  ({ boundary, vault }) =>
    when(boundary.enabled && boundary.kms.type === 'transit' && !vault.enabled, () =>
      clash(
        'is the transit engine of a Vault that is left out: choose aead or a cloud KMS',
        'boundary.kms',
        'vault.enabled',
      ),
    ),
  ({ boundary, vault }) =>
    when(boundary.enabled && boundary.previousKms?.type === 'transit' && !vault.enabled, () =>
      clash(
        'is the transit engine of a Vault that is left out, so nothing opens what it encrypted: enable vault',
        'boundary.previousKms',
        'vault.enabled',
      ),
    ),
  ({ boundary: { kms, previousKms } }) => {
    const fault = previousKms && sameKey(kms, previousKms);
    return fault ? [clash(fault, 'boundary.previousKms', 'boundary.kms')] : [];
  },
];
