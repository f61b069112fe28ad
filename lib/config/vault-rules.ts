import { clash, type Rule, when } from './contradiction';

/** Names by which the platform's own Vault is reached inside the cluster. */
const isOwn = (address: string, namespace: string) =>
  new RegExp(`^(vault|vault-internal|vault-\\d+\\.vault-internal)\\.${namespace}(\\.svc.*)?$`).test(
    new URL(address).hostname,
  );

export const vaultRules: Rule[] = [
  ({ vault: { enabled, seal }, namespaces }) =>
    when(enabled && seal.type === 'transit' && isOwn(seal.address, namespaces.vault), () =>
      clash(
        "is the platform's own Vault, which could never unseal itself: name another one",
        'vault.seal.address',
        'namespaces.vault',
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
