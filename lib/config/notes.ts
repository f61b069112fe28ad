import type { PlatformConfig } from './schema';

const CHOICES = 'choose transit, awskms, gcpckms or azurekeyvault before anything of value is in it';

/** What works, and should not stay as it is. */
export function notesOn({ profile, vault, boundary }: PlatformConfig): string[] {
  if (profile === 'kind') return [];
  const notes: string[] = [];
  if (vault.enabled && vault.seal.type === 'development') {
    notes.push(`WARNING: vault.seal is development: its keys lie in a Secret, who reads that opens Vault: ${CHOICES}`);
  }
  if (boundary.enabled && boundary.kms.type === 'aead') {
    notes.push(`WARNING: boundary.kms is aead: its keys lie in a Secret of the cluster: ${CHOICES}`);
  }
  return notes;
}
