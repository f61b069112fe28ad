import { quantityOf } from './formats/quantity';
import { type Layer, type Tree, valueAt, whereIs } from './layers';
import type { Problem } from './problems';
import type { PlatformConfig } from './schema';
import { didYouMean, formatPath, oneOf, type Path } from './words';

/** What people wrote: the files alone, and with the environment over them. */
export interface Written {
  readonly files: Tree;
  readonly all: Tree;
}

interface Contradiction {
  /** The settings that contradict each other, the one to mend first. */
  readonly about: readonly Path[];
  readonly message: string;
}

type Rule = (config: PlatformConfig, written: Written) => Contradiction[];

const path = (dotted: string): Path => dotted.split('.');
const clash = (message: string, ...about: (string | Path)[]): Contradiction => ({
  message,
  about: about.map((one) => (typeof one === 'string' ? path(one) : one)),
});
const when = (wrong: unknown, contradiction: () => Contradiction) => (wrong ? [contradiction()] : []);

/** An entry for each pair whose values are the same. */
function shared(entries: readonly (readonly [Path, unknown])[], message: (other: string) => string): Contradiction[] {
  const owners = new Map<unknown, Path>();
  return entries.flatMap(([at, value]) => {
    const owner = owners.get(value);
    if (!owner) owners.set(value, at);
    return owner ? [clash(message(formatPath(owner)), at, owner)] : [];
  });
}

const entriesAt = (at: string, map: object) =>
  Object.entries(map).map(([key, value]) => [[...path(at), key], value] as const);

const users = ({ environments }: PlatformConfig) =>
  Object.entries(environments.users).map(([name, user]) => ({ at: ['environments', 'users', name], name, user }));

/** Everybody's settings, and those of users who have their own at `field`. */
const settings = (config: PlatformConfig, { all }: Written, field: string) => [
  { at: path('environments'), own: config.environments },
  ...users(config)
    .filter(({ at }) => valueAt(all, [...at, field]) !== undefined)
    .map(({ at, user }) => ({ at, own: user })),
];

interface Resources {
  requests: { cpu: string; memory: string };
  limits: { cpu: string; memory: string };
}

const overcommitted = (at: Path, { requests, limits }: Resources) =>
  (['cpu', 'memory'] as const).flatMap((kind) =>
    when((quantityOf(requests[kind]) ?? 0) > (quantityOf(limits[kind]) ?? 0), () => {
      const message = `requests ${requests[kind]}, more than its limit of ${limits[kind]}: raise limits.${kind} or lower this`;
      return clash(message, [...at, 'resources', 'requests', kind], [...at, 'resources', 'limits', kind]);
    }),
  );

const environmentRules: Rule[] = [
  (_, { all }) =>
    when(
      ['replicas', 'users'].every((key) => valueAt(all, ['environments', key]) !== undefined),
      () =>
        clash(
          'contradicts environments.users: give a number of equal environments, or named users, not both',
          'environments.replicas',
          'environments.users',
        ),
    ),
  (config, written) =>
    settings(config, written, 'resources').flatMap(({ at, own }) => overcommitted(at, own.resources)),
  (config, written) =>
    settings(config, written, 'runAsUser').flatMap(({ at, own }) => [
      ...when(own.runAsUser !== undefined && config.profile === 'openshift', () =>
        clash(
          'contradicts the profile openshift, which assigns users itself: leave it out',
          [...at, 'runAsUser'],
          'profile',
        ),
      ),
      ...when(own.runAsUser === 0 && config.podSecurity === 'hardened', () =>
        clash(
          'is root, which podSecurity hardened forbids: choose another user, such as 1000',
          [...at, 'runAsUser'],
          'podSecurity',
        ),
      ),
    ]),
  (config) =>
    shared(
      users(config).map(({ at, user }) => [[...at, 'login'], user.login]),
      (other) => `is the same user of the identity provider as ${other}`,
    ),
  (config) =>
    shared(
      users(config).flatMap(({ at, user }) => (user.claim ? [[[...at, 'claim'], user.claim] as const] : [])),
      (other) => `is adopted by ${other} already: a claim belongs to one environment`,
    ),
  ({ environments }) => {
    const numbered = Array.from({ length: environments.replicas }, (_, index) => `devenv-${index}`);
    const names = [...Object.keys(environments.users), ...numbered];
    const known = new Set(names);
    return environments.access.flatMap(({ environments: granted }, index) =>
      (granted === 'all' ? [] : granted).flatMap((name, item) =>
        when(!known.has(name), () => {
          const message = `names no environment${didYouMean(name, names) || `: there are ${oneOf(names) || 'none'}`}`;
          return clash(
            message,
            ['environments', 'access', index, 'environments', item],
            'environments.users',
            'environments.replicas',
          );
        }),
      ),
    );
  },
  ({ environments, keycloak }, { all }) =>
    (keycloak.enabled && valueAt(all, ['environments', 'access']) ? environments.access : []).flatMap(
      ({ group }, index) =>
        when(!keycloak.groups.includes(group), () =>
          clash(
            `is none of keycloak.groups${didYouMean(group, keycloak.groups) || `: add it there, or use ${oneOf(keycloak.groups)}`}`,
            ['environments', 'access', index, 'group'],
            'keycloak',
          ),
        ),
    ),
];

const NEED_DOMAIN = ['ingress', 'gateway', 'route'];

const accessRules: Rule[] = [
  ({ access, profile }, { all }) =>
    when(NEED_DOMAIN.includes(access.mode) && access.domain === undefined, () => {
      const origin = valueAt(all, ['access', 'mode']) ? '' : ` (the default of the profile ${profile})`;
      return clash(
        `is missing: the mode ${access.mode}${origin} needs it, such as apps.example.com`,
        'access.domain',
        'access.mode',
        'profile',
      );
    }),
  ({ access }) =>
    when(access.mode === 'gateway' && !access.gateway, () =>
      clash('is missing: the mode gateway needs its name and namespace', 'access.gateway', 'access.mode'),
    ),
  ({ access, profile }) =>
    when(access.mode === 'route' && profile !== 'openshift', () =>
      clash('given "route", must be another with this profile: only OpenShift has Routes', 'access.mode', 'profile'),
    ),
  ({ access }) =>
    shared(
      entriesAt('access.nodePorts', access.nodePorts),
      (other) => `is the port of ${other} too: each needs its own`,
    ),
  ({ namespaces }) =>
    shared(entriesAt('namespaces', namespaces), (other) => `is the namespace of ${other} too: each needs its own`),
  ({ network: { egress } }) =>
    egress.allow.flatMap(({ to }, index) =>
      when(egress.deny.includes(to), () =>
        clash(
          'is in network.egress.deny too: keep one of them',
          ['network', 'egress', 'allow', index, 'to'],
          'network.egress.deny',
        ),
      ),
    ),
  ({ web, access, keycloak, oidc }) =>
    when(web.enabled && web.authentication && access.mode !== 'portForward' && !keycloak.enabled && !oidc, () =>
      clash(
        'needs someone to ask for a login: enable keycloak, give oidc, or set web.authentication: false',
        'web.enabled',
        'web.authentication',
        'access.mode',
        'keycloak',
        'oidc',
      ),
    ),
];

const partRules: Rule[] = [
  (_, { files }) =>
    when(valueAt(files, path('vault.enabled')) === false && valueAt(files, path('secrets.delivery')) === 'vso', () =>
      clash(
        'contradicts vault.enabled: false: there is nothing to deliver; use none',
        'secrets.delivery',
        'vault.enabled',
      ),
    ),
  ({ oidc }, { files }) =>
    when(oidc && valueAt(files, path('keycloak.enabled')) === true, () =>
      clash('contradicts oidc: one of them identifies users, not both', 'keycloak.enabled', 'oidc'),
    ),
  ({ boundary, vault }) =>
    when(boundary.enabled && boundary.kms.type === 'transit' && !vault.enabled, () =>
      clash(
        'is the transit engine of a Vault that is left out: choose aead or a cloud KMS',
        'boundary.kms',
        'vault.enabled',
      ),
    ),
  ({ vault: { engines, enabled } }) =>
    when(enabled && engines.terraform.enabled && !engines.terraform.teamId && !engines.terraform.organization, () =>
      clash(
        'needs to know whose tokens: give teamId or organization beside it',
        'vault.engines.terraform.enabled',
        'vault.engines.terraform',
      ),
    ),
  ({ vault }) => overcommitted(['vault'], vault.resources),
];

const RULES = [...environmentRules, ...accessRules, ...partRules];

/** What is right by itself and not together. */
export const contradictions = (config: PlatformConfig, written: Written, layers: readonly Layer[]) =>
  RULES.flatMap((rule) => rule(config, written)).map(({ about, message }) => ({
    about,
    problem: {
      where: whereIs(layers, about[0], ...about.slice(1)),
      key: formatPath(about[0]),
      message,
    } satisfies Problem,
  }));
