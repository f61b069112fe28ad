import { type Tree, valueAt } from './layers';
import type { PlatformConfig } from './schema';
import { deliversFromVault, ownersOf } from './secret-rules';

/** Whether anything asks people for a login. */
const asksForLogin = ({ boundary, web }: PlatformConfig) => boundary.enabled || (web.enabled && web.authentication);

/** Whether environments get tokens of HCP Terraform. */
export const TOKENS = ['vault', 'engines', 'terraform', 'enabled'];

interface DependentPart {
  /** Whether the part has a purpose in this platform. */
  needed: (config: PlatformConfig, files: Tree) => boolean;
  leaveOut: (config: PlatformConfig) => PlatformConfig;
}

/** Parts that go with what they serve. */
const DEPENDENT_PARTS: readonly DependentPart[] = [
  {
    needed: (config) => config.vault.enabled || !deliversFromVault(config),
    leaveOut: (config) => ({ ...config, secrets: { ...config.secrets, delivery: 'none' } }),
  },
  {
    needed: (config, files) =>
      valueAt(files, ['keycloak', 'enabled']) === true || (!config.oidc && asksForLogin(config)),
    leaveOut: (config) => ({ ...config, keycloak: { ...config.keycloak, enabled: false } }),
  },
  {
    // A line of .env that came with the original is no wish for tokens, as long as it says nobody's.
    needed: (config, files) => ownersOf(config).length > 0 || valueAt(files, TOKENS) === true,
    leaveOut: ({ vault, ...config }) => {
      const terraform = { ...vault.engines.terraform, enabled: false };
      return { ...config, vault: { ...vault, engines: { ...vault.engines, terraform } } };
    },
  },
];

/** Groups of Keycloak's that are granted something by default are granted it where Keycloak has them. */
function withoutMissingGroups(config: PlatformConfig, files: Tree): PlatformConfig {
  const { keycloak, environments, boundary } = config;
  if (!keycloak.enabled) return config;
  const is = (group: string) => keycloak.groups.includes(group);
  const isGiven = (...path: string[]) => valueAt(files, path) !== undefined;
  return {
    ...config,
    ...(!isGiven('environments', 'access') && {
      environments: { ...environments, access: environments.access.filter(({ group }) => is(group)) },
    }),
    boundary: {
      ...boundary,
      ...(!isGiven('boundary', 'admins') && { admins: boundary.admins.filter(is) }),
      ...(!isGiven('boundary', 'auditors') && { auditors: boundary.auditors.filter(is) }),
    },
  };
}

/** The platform without parts that nothing needs. `files`: what the files alone say. */
export const resolveParts = (config: PlatformConfig, files: Tree): PlatformConfig => {
  const parts = DEPENDENT_PARTS.reduce(
    (resolved, part) => (part.needed(resolved, files) ? resolved : part.leaveOut(resolved)),
    config,
  );
  return withoutMissingGroups(parts, files);
};
