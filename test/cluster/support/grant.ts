import { type SmallPlatform, smallPlatform } from '../../helpers/small-platform';
import { applyAll, kubectl } from './kubectl';
import { writeFacts } from './vault-facts';

const NAMESPACE = 'devenv';
/** What the platform's own grants gave the operator's login, which has one list of policies. */
const OTHERS = ['devenv-credentials', 'tfe-dynamic-token'].map((name) => `platform-${NAMESPACE}-${name}`);
const BROUGHT = ['VaultPKISecret', 'VaultDynamicSecret'];

/** Adds the grants that a program of one's own makes to a platform with the operator, as the bootstrap, Terraform and kubectl would. */
export async function grant(relate: (platform: SmallPlatform) => void, token: string): Promise<void> {
  const { objects, facts } = smallPlatform(relate);
  const kubernetesRoles = facts.vault.kubernetesRoles.map((role) => ({
    ...role,
    policies: [...role.policies, ...OTHERS],
  }));
  await writeFacts({ ...facts.vault, kubernetesRoles }, token);
  const items = objects.filter(
    ({ kind, metadata }) => BROUGHT.includes(kind) || metadata.name.startsWith('vault-to-database-'),
  );
  await applyAll(...items);
  // As with every further grant: a login has the policies that its role had then.
  const anew = JSON.stringify({ spec: { headers: { 'X-Grants': `${Date.now()}` } } });
  await kubectl(['patch', 'vaultauth', 'vault-secrets', '-n', NAMESPACE, '--type=merge', '-p', anew]);
}
