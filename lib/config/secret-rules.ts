import { clash, path, type Rule, when } from './contradiction';
import { valueAt } from './layers';
import type { PlatformConfig } from './schema';
import { oneOf } from './words';

/** Whether Vault is where secrets come from, or would by another way of delivery. */
export const deliversFromVault = ({ secrets }: PlatformConfig, delivery: unknown = secrets.delivery): boolean =>
  delivery === 'vso' || (delivery === 'externalSecrets' && secrets.externalSecrets.store.type === 'vault');

/** Whether the Vault Secrets Operator is the platform's own: another one's namespace is for its owners to look after. */
export const installsOperator = ({ secrets: { delivery, operator } }: PlatformConfig): boolean =>
  delivery === 'vso' && operator.install;

const OWNERS = ['organization', 'teamId', 'userId'] as const;

/** Whose tokens of HCP Terraform are made, as far as that is said. */
export const ownersOf = ({ vault: { engines } }: PlatformConfig) => OWNERS.filter((owner) => engines.terraform[owner]);

/** How secrets come into environments, and whose tokens they are. */
export const secretRules: Rule[] = [
  (config, { files }) =>
    when(
      valueAt(files, path('vault.enabled')) === false &&
        // As it is written: what has nothing to deliver is left out by now.
        deliversFromVault(config, valueAt(files, path('secrets.delivery')) ?? 'none'),
      () =>
        clash(
          `contradicts vault.enabled: false: there is nothing to deliver; use ${oneOf(['none', 'plain', 'csi'])}, or externalSecrets with another store`,
          'secrets.delivery',
          'vault.enabled',
        ),
    ),
  ({ secrets: { delivery, csi } }) =>
    when(delivery === 'csi' && !csi.azureKeyVault, () =>
      clash('is missing: the delivery csi needs its key vault', 'secrets.csi.azureKeyVault', 'secrets.delivery'),
    ),
  (config) => {
    const { enabled, engines } = config.vault;
    const given = ownersOf(config);
    if (!enabled || !engines.terraform.enabled || given.length === 1) return [];
    if (given.length === 0)
      return [
        clash(
          'needs to know whose tokens: give organization, teamId or userId beside it',
          'vault.engines.terraform.enabled',
          'vault.engines.terraform',
        ),
      ];
    return given
      .slice(1)
      .map((owner) =>
        clash(
          `contradicts vault.engines.terraform.${given[0]}: tokens are an organization's, a team's or a user's: keep one of them`,
          `vault.engines.terraform.${owner}`,
          `vault.engines.terraform.${given[0]}`,
        ),
      );
  },
  (config) => {
    const { delivery } = config.secrets;
    const { enabled, engines } = config.vault;
    const elsewhere = delivery === 'csi' || (delivery === 'externalSecrets' && !deliversFromVault(config));
    return when(enabled && engines.terraform.enabled && elsewhere, () =>
      clash(
        `makes tokens that ${delivery} cannot deliver from there: only Vault has them; use vso, or externalSecrets with the store vault`,
        'vault.engines.terraform.enabled',
        'secrets.delivery',
      ),
    );
  },
];
