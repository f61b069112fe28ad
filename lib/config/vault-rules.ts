import { regionOfKey } from '../../constructs/core/rules/clouds';
import { clash, path, type Rule, when } from './contradiction';
import { valueAt } from './layers';
import type { PlatformConfig } from './schema';

/** Whether an address leads to the platform's own Vault, inside the cluster or from outside. */
function isOwn(address: string, { namespaces, access }: PlatformConfig): boolean {
  const { hostname } = new URL(address);
  const inside = new RegExp(`^(vault|vault-internal|vault-\\d+\\.vault-internal)\\.${namespaces.vault}(\\.svc.*)?$`);
  const behindProxy = ['ingress', 'gateway', 'route'].includes(access.mode);
  const outside = [behindProxy && `vault.${access.domain}`, access.loadBalancerAddresses.vault];
  return inside.test(hostname) || outside.includes(hostname.replace(/^\[|\]$/g, ''));
}

/** Keys in AWS whose ARN names another region than the one that is asked. */
const elsewhere = (at: string, key: PlatformConfig['vault']['seal'] | PlatformConfig['boundary']['kms']) => {
  const region = key.type === 'awskms' ? regionOfKey(key.keyId) : undefined;
  return when(key.type === 'awskms' && region && region !== key.region, () =>
    clash(
      `is a key of ${region}, which another region does not know: make both the same`,
      `${at}.keyId`,
      `${at}.region`,
    ),
  );
};

export const vaultRules: Rule[] = [
  ({ vault, boundary }) => [...elsewhere('vault.seal', vault.seal), ...elsewhere('boundary.kms', boundary.kms)],
  (config) => {
    const { enabled, seal } = config.vault;
    return when(enabled && seal.type === 'transit' && isOwn(seal.address, config), () =>
      clash(
        "is the platform's own Vault, which could never unseal itself: name another one",
        'vault.seal.address',
        'namespaces.vault',
      ),
    );
  },
  ({ profile, vault: { enabled, seal, recovery } }) =>
    when(profile !== 'kind' && enabled && seal.type !== 'development' && recovery.pgpKeys.length === 0, () =>
      clash(
        `is missing: whoever has the recovery key of a Vault with the seal ${seal.type} makes a root token, and it would lie in a Secret of this cluster as it is (the profile is ${profile}): name a public key for each operator who is to have a share, as this prints it: gpg --export NAME | base64 --wrap=0`,
        'vault.recovery.pgpKeys',
        'vault.seal',
        'profile',
      ),
    ),
  ({ vault: { metrics } }, { files }) =>
    when(metrics.namespace && valueAt(files, path('vault.enabled')) === false, () =>
      clash(
        'contradicts vault.enabled: false: there are no metrics to read',
        'vault.metrics.namespace',
        'vault.enabled',
      ),
    ),
  ({ vault: { metrics } }) =>
    when(!metrics.namespace && Object.keys(metrics.podLabels).length > 0, () =>
      clash(
        'has no use without a namespace: name that of your Prometheus in vault.metrics.namespace, or leave it out',
        'vault.metrics.podLabels',
        'vault.metrics.namespace',
      ),
    ),
  ({ vault: { metrics }, namespaces }) =>
    Object.entries(namespaces).flatMap(([part, name]) =>
      when(name === metrics.namespace, () =>
        clash(
          `given "${name}", is the platform's own, whose pods reach what grants say and nothing else: name that of your Prometheus`,
          'vault.metrics.namespace',
          `namespaces.${part}`,
        ),
      ),
    ),
  ({ vault: { seal, recovery } }) =>
    when(recovery.pgpKeys.length > 0 && seal.type === 'development', () =>
      clash(
        'has no use with the development seal, which has no recovery key: leave it out, or choose another seal',
        'vault.recovery.pgpKeys',
        'vault.seal',
      ),
    ),
  ({ vault: { recovery } }) =>
    when(recovery.threshold > Math.max(1, recovery.pgpKeys.length), () =>
      clash(
        `given ${recovery.threshold}, must be at most the number of vault.recovery.pgpKeys, ${recovery.pgpKeys.length}`,
        'vault.recovery.threshold',
        'vault.recovery.pgpKeys',
      ),
    ),
];
