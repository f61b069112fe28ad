import type { PlatformConfig } from './schema';

const CHOICES = 'choose transit, awskms, gcpckms or azurekeyvault before anything of value is in it';

/** An annotation tells ingress-nginx and OpenShift's router; a route of the Gateway API has no place for it. */
const keepsSources = ({ mode, ingressClass }: PlatformConfig['access']) =>
  mode !== 'gateway' && (mode !== 'ingress' || ingressClass.includes('nginx'));

/** What works, and should not stay as it is. */
export function notesOn({ vault, boundary, web, access }: PlatformConfig): string[] {
  const notes: string[] = [];
  if (access.sources.length > 0 && !keepsSources(access)) {
    notes.push(
      `WARNING: access.sources holds for the load balancers of Boundary's workers alone: what stands behind ${access.mode === 'gateway' ? 'a Gateway' : `the IngressClass ${access.ingressClass}`} is narrowed there`,
    );
  }
  if (web.enabled && !web.authentication) {
    notes.push(
      'WARNING: web.authentication is false: whoever reaches the address of an environment uses its web server',
    );
  }
  if (vault.enabled && vault.seal.type === 'development') {
    notes.push(`WARNING: vault.seal is development: its keys lie in a Secret, who reads that opens Vault: ${CHOICES}`);
  }
  if (vault.enabled && vault.seal.type !== 'development' && vault.recovery.pgpKeys.length === 0) {
    notes.push("WARNING: vault.recovery.pgpKeys is empty: Vault's recovery key lies in a Secret of the cluster");
  }
  if (boundary.enabled && boundary.kms.type === 'aead') {
    notes.push(`WARNING: boundary.kms is aead: its keys lie in a Secret of the cluster: ${CHOICES}`);
  }
  return notes;
}
