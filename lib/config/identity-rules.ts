import { clash, type Rule, shared, when } from './contradiction';
import { valueAt } from './layers';
import type { PlatformConfig } from './schema';
import { didYouMean, formatPath, oneOf, type Path } from './words';

/** Every group that the configuration names, by where it does; what nobody wrote names none. */
function groupsNamed(
  { environments, boundary }: PlatformConfig,
  isWritten: (at: Path) => boolean,
): (readonly [Path, string])[] {
  const lists = (['admins', 'auditors'] as const).flatMap((key) =>
    boundary[key].map((group, index): [Path, string] => [['boundary', key, index], group]),
  );
  const access = environments.access.map(({ group }, index): [Path, string] => [
    ['environments', 'access', index, 'group'],
    group,
  ]);
  return [...access, ...lists].filter(([at]) => isWritten(at));
}

/** Who logs in, and who may enter. */
export const identityRules: Rule[] = [
  (config, { all }) =>
    (config.keycloak.enabled ? groupsNamed(config, (at) => valueAt(all, at.slice(0, 2)) !== undefined) : []).flatMap(
      ([at, group]) => {
        const { groups } = config.keycloak;
        return when(!groups.includes(group), () =>
          clash(
            `is none of keycloak.groups${didYouMean(group, groups) || `: add it there, or use ${oneOf(groups)}`}`,
            at,
            'keycloak',
          ),
        );
      },
    ),
  (config) => {
    const { web, oidc, environments } = config;
    if (!(web.enabled && web.authentication && oidc?.principalsClaim)) return [];
    const groups = new Map(groupsNamed(config, () => true).map(([at, group]) => [group, at]));
    return Object.entries(environments.users).flatMap(([user, { login }]) => {
      const group = groups.get(login);
      const message = `is the name of a group too, and oidc.principalsClaim lists both alike: everybody in it would use the environment of ${user}`;
      return group ? [clash(message, ['environments', 'users', user, 'login'], group, 'oidc.principalsClaim')] : [];
    });
  },
  ({ oidc, boundary, vault }) =>
    when(oidc && !oidc.clientSecretName && boundary.enabled && vault.enabled, () =>
      clash('is missing: Boundary needs a client with a secret', 'oidc.clientSecretName', 'oidc', 'boundary.enabled'),
    ),
  ({ boundary }) =>
    shared(
      boundary.agents.map(({ name }, index) => [['boundary', 'agents', index, 'name'], name]),
      (other) => `is the name of ${other} too: each logs in as itself`,
    ),
  ({ boundary: { agents } }) => {
    const first = new Map<string, readonly [Path, string | undefined]>();
    return agents.flatMap(({ jwt }, index) => {
      if (!jwt) return [];
      const at: Path = ['boundary', 'agents', index, 'jwt', 'certificateAuthority'];
      const [other, authority] = first.get(jwt.issuer) ?? [at, jwt.certificateAuthority];
      first.set(jwt.issuer, [other, authority]);
      return when(authority !== jwt.certificateAuthority, () =>
        clash(
          `is another than that of ${formatPath(other.slice(0, -1))}, which has the same issuer: give both the same`,
          at,
          other,
        ),
      );
    });
  },
  ({ boundary, vault }) =>
    when(
      boundary.agents.length > 0 && !(boundary.enabled && boundary.targets && vault.enabled && vault.engines.ssh),
      () =>
        clash(
          'have nothing to open sessions to: enable boundary, boundary.targets, vault and vault.engines.ssh, or leave them out',
          ...([
            'boundary.agents',
            'boundary.enabled',
            'boundary.targets',
            'vault.enabled',
            'vault.engines.ssh',
          ] as const),
        ),
    ),
];
