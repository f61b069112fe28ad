import { backendRules } from './backend-rules';
import { backupRules } from './backup-rules';
import { claimRules } from './claim-rules';
import { clash, entriesAt, path, type Rule, shared, type Written, when } from './contradiction';
import { quantityOf } from './formats/quantity';
import { identityRules } from './identity-rules';
import { imageRules } from './image-rules';
import { kmsRules } from './kms-rules';
import { type Layer, valueAt, whereIs } from './layers';
import { networkRules } from './network-rules';
import { ownSecretRules } from './own-secret-rules';
import { settings, users } from './people';
import type { Problem } from './problems';
import { scheduleRules } from './schedule-rules';
import type { PlatformConfig } from './schema';
import { secretRules } from './secret-rules';
import { sizeRules } from './size-rules';
import { sshRules } from './ssh-rules';
import { textRules } from './text-rules';
import { vaultRules } from './vault-rules';
import { webRules } from './web-rules';
import { didYouMean, formatPath, oneOf, type Path } from './words';

const KINDS = ['cpu', 'memory', 'ephemeralStorage'] as const;

type Amounts = Readonly<Record<(typeof KINDS)[number], string>>;

interface Resources {
  requests: Amounts;
  limits: Amounts;
}

const overcommitted = (at: Path, { requests, limits }: Resources) =>
  KINDS.flatMap((kind) =>
    when((quantityOf(requests[kind]) ?? 0) > (quantityOf(limits[kind]) ?? 0), () => {
      const message = `requests ${requests[kind]}, more than its limit of ${limits[kind]}: raise limits.${kind} or lower this`;
      return clash(message, [...at, 'resources', 'requests', kind], [...at, 'resources', 'limits', kind]);
    }),
  );

/** Devices that are requested otherwise than they are limited, which is all that Kubernetes asks for. */
const overbooked = (at: Path, { requests, limits }: Record<keyof Resources, Readonly<Record<string, string>>>) =>
  Object.entries(requests)
    .filter(([key]) => key.includes('/'))
    .flatMap(([key, asked]) =>
      when(quantityOf(asked) !== quantityOf(limits[key] ?? ''), () => {
        const message = `is requested ${asked} times, and ${limits[key] ?? 'nothing'} is its limit: devices are requested as they are limited, so name it in limits alone`;
        return clash(message, [...at, 'resources', 'requests', key], [...at, 'resources', 'limits', key]);
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
    settings(config, written, 'resources').flatMap(({ at, own: { resources } }) => [
      ...overcommitted(at, resources),
      ...overbooked(at, resources),
    ]),
  (config, written) => {
    const own = [...settings(config, written, 'resources'), ...settings(config, written, 'storage')];
    return own.flatMap(({ at, own: { storage, resources } }) => {
      const limit = resources.limits.ephemeralStorage;
      return when((quantityOf(storage.tmp) ?? 0) > (quantityOf(limit) ?? 0), () => {
        const message = `given ${JSON.stringify(storage.tmp)}, must fit into resources.limits.ephemeralStorage, ${limit}: lower this or raise that`;
        return clash(message, [...at, 'storage', 'tmp'], [...at, 'resources', 'limits', 'ephemeralStorage']);
      });
    });
  },
  (config, written) =>
    settings(config, written, 'runAsUser').flatMap(({ at, own }) => [
      ...when(own.runAsUser !== undefined && config.profile === 'openshift', () =>
        clash(
          'contradicts the profile openshift, which assigns users itself: leave it out',
          [...at, 'runAsUser'],
          'profile',
        ),
      ),
      ...when(own.runAsUser === 0, () =>
        clash('is root, as whom sshd lets nobody in: choose another user, such as 1000', [...at, 'runAsUser']),
      ),
    ]),
  (config) =>
    shared(
      users(config).map(({ at, user }) => [[...at, 'login'], user.login]),
      (other) => `is the same user of the identity provider as ${other}`,
    ),
  ...claimRules,
  ({ environments, vault, boundary }) => {
    const numbered = Array.from({ length: environments.replicas }, (_, index) => `devenv-${index}`);
    const names = [...Object.keys(environments.users), ...numbered];
    const known = new Set(names);
    const lists = [
      [path('environments.access'), environments.access],
      [path('vault.ssh.signers'), vault.ssh.signers],
      [path('boundary.agents'), boundary.agents],
    ] as const;
    return lists.flatMap(([at, grants]) =>
      grants.flatMap(({ environments: granted }, index) =>
        (granted === 'all' ? [] : granted).flatMap((name, item) =>
          when(!known.has(name), () => {
            const message = `names no environment${didYouMean(name, names) || `: there are ${oneOf(names) || 'none'}`}`;
            return clash(message, [...at, index, 'environments', item], 'environments.users', 'environments.replicas');
          }),
        ),
      ),
    );
  },
];

const NEED_DOMAIN = ['ingress', 'gateway', 'route'];

const OPERATOR_NAMESPACE = path('secrets.externalSecrets.namespace');

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
  ({ namespaces, terraform, secrets: { delivery, externalSecrets } }) =>
    shared(
      [
        ...entriesAt('namespaces', namespaces),
        [path('terraform.releaseNamespace'), terraform.releaseNamespace] as const,
        ...(delivery === 'externalSecrets' ? [[OPERATOR_NAMESPACE, externalSecrets.namespace] as const] : []),
      ],
      (other) => `is the namespace of ${other} too: each needs its own`,
    ),
  ({ namespaces, network: { dns } }) =>
    entriesAt('namespaces', namespaces).flatMap(([at, name]) =>
      when(name === dns.namespace, () =>
        clash("is the namespace of the cluster's DNS: choose another", at, 'network.dns.namespace'),
      ),
    ),
];

const partRules: Rule[] = [
  ({ oidc }, { files }) =>
    when(oidc && valueAt(files, path('keycloak.enabled')) === true, () =>
      clash('contradicts oidc: one of them identifies users, not both', 'keycloak.enabled', 'oidc'),
    ),
  ({ vault }) => overcommitted(['vault'], vault.resources),
];

const RULES = [
  ...textRules,
  ...environmentRules,
  ...scheduleRules,
  ...accessRules,
  ...networkRules,
  ...identityRules,
  ...kmsRules,
  ...webRules,
  ...secretRules,
  ...ownSecretRules,
  ...vaultRules,
  ...sshRules,
  ...imageRules,
  ...sizeRules,
  ...backupRules,
  ...backendRules,
  ...partRules,
];

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
