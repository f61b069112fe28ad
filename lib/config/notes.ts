import type { PlatformConfig } from './schema';

const CHOICES = 'choose transit, awskms, gcpckms or azurekeyvault before anything of value is in it';

/** An annotation tells ingress-nginx and OpenShift's router; a route of the Gateway API has no place for it. */
const keepsSources = ({ mode, ingressClass }: PlatformConfig['access']) =>
  mode !== 'gateway' && (mode !== 'ingress' || ingressClass.includes('nginx'));

/** What has a load balancer, by the keys of `access.loadBalancerAddresses`, and no address in the configuration yet. */
function missingAddresses({ access, vault, boundary, keycloak, web, environments }: PlatformConfig): string[] {
  const { mode, loadBalancerAddresses: known } = access;
  if (mode === 'portForward' || mode === 'nodePort') return [];
  const workers = [known.boundaryWorker ?? []].flat().length;
  const missing =
    boundary.enabled && workers < boundary.workers ? [`boundaryWorker (${workers} of ${boundary.workers})`] : [];
  // Behind a proxy are all but the workers.
  if (mode !== 'loadBalancer') return missing;
  const parts = { vault, boundary, keycloak };
  const servers = (['vault', 'boundary', 'keycloak'] as const).filter((part) => parts[part].enabled && !known[part]);
  const numbered = Array.from({ length: environments.replicas }, (_, index) => `devenv-${index}`);
  const users = Object.keys(environments.users).filter((name) => !known.web[`devenv-${name}`]);
  const sites = web.enabled ? [...numbered, ...users].filter((name) => !known.web[name]) : [];
  return [
    ...servers,
    ...missing,
    ...sites.slice(0, 1).map((name) => `web.${name}${sites.length > 1 ? ' and others' : ''}`),
  ];
}

/** What works, and should not stay as it is. */
export function notesOn(config: PlatformConfig): string[] {
  const { access, vault, boundary, keycloak, oidc, web } = config;
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
  const missing = missingAddresses(config);
  if (missing.length > 0) {
    notes.push(
      `access.loadBalancerAddresses lacks ${missing.join(', ')}: nobody outside the cluster reaches them until it has what "kubectl get services --all-namespaces" shows as EXTERNAL-IP once they are applied`,
    );
  }
  if (access.mode === 'nodePort' && access.nodeAddress === 'localhost') {
    notes.push('access.nodeAddress is localhost: nobody elsewhere reaches the node ports until it names a node');
  }
  if (boundary.enabled && !keycloak.enabled && !oidc) {
    notes.push('WARNING: nobody can log in to Boundary: keycloak.enabled is false, and oidc names no other provider');
  }
  return notes;
}
