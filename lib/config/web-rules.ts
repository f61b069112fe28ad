import { balancerOf, granted } from './access';
import { clash, path, type Rule, shared, when } from './contradiction';
import type { PlatformConfig } from './schema';
import { didYouMean, formatPath, type Path } from './words';

const HIGHEST_NODE_PORT = 32_767;

const usesNodePorts = ({ access }: PlatformConfig) => access.mode === 'portForward' || access.mode === 'nodePort';

/** Every node port that is taken, by the setting that says so; several count up from one. */
function nodePorts(config: PlatformConfig): (readonly [Path, number])[] {
  const { access, boundary, environments, web } = config;
  const { web: first, ...single } = access.nodePorts;
  const more = Array.from({ length: boundary.workers - 1 }, (_, i) => [
    'boundaryWorker',
    single.boundaryWorker + i + 1,
  ]);
  const own = [...Object.entries(single), ...more].map(
    ([key, port]) => [[...path('access.nodePorts'), key], port] as [Path, number],
  );
  if (!web.enabled || !usesNodePorts(config)) return own;
  const numbered = Array.from({ length: environments.replicas }, (_, i): [Path, number] => [
    path('access.nodePorts.web'),
    first + i,
  ]);
  const users = Object.entries(environments.users).flatMap(([name, { webPort }]): [Path, number][] =>
    webPort ? [[['environments', 'users', name, 'webPort'], webPort]] : [],
  );
  return [...own, ...numbered, ...users];
}

const WEB_ADDRESSES = path('access.loadBalancerAddresses.web');

/** Modes in which an environment's web access has a Service besides the one that is named like it. */
const EXTERNAL = /^(portForward|nodePort|loadBalancer)$/;

/** What web access needs of the other settings. */
export const webRules: Rule[] = [
  ({ web, access, environments: { users } }) => {
    const names = Object.keys(users);
    const ending = web.authentication ? '-external' : '-web-external';
    const taken = names.filter((name) => names.includes(`${name}${ending}`));
    return (web.enabled && EXTERNAL.test(access.mode) ? taken : []).map((name) => {
      const other = ['environments', 'users', name];
      const message = `would have the Service devenv-${name}${ending}, by which browsers reach ${formatPath(other)}: choose another name, and give this one as its login`;
      return clash(message, ['environments', 'users', `${name}${ending}`], other);
    });
  },
  (config) => shared(nodePorts(config), (other) => `is the port of ${other} too: each needs its own`),
  (config) =>
    nodePorts(config)
      .filter(([, port]) => port === HIGHEST_NODE_PORT + 1)
      .map(([at]) => {
        const web = formatPath(at) === 'access.nodePorts.web';
        const many = web ? `${config.environments.replicas} environments` : `${config.boundary.workers} workers`;
        const message = `leaves too few ports for ${many}: node ports end at ${HIGHEST_NODE_PORT}`;
        return clash(message, at, web ? 'environments.replicas' : 'boundary.workers');
      }),
  (config) =>
    Object.entries(config.environments.users).flatMap(([name, { webPort }]) =>
      when(config.web.enabled && usesNodePorts(config) && !webPort, () =>
        clash(
          `is missing: in the mode ${config.access.mode} web access needs a port of its own for each user, such as ${config.access.nodePorts.web}`,
          ['environments', 'users', name, 'webPort'],
          ['environments', 'users', name],
          'web.enabled',
        ),
      ),
    ),
  ({ access, environments: { users } }) => {
    const names = Object.keys(users);
    const isKnown = (key: string) => names.some((name) => key === name || key === `devenv-${name}`);
    return Object.keys(access.loadBalancerAddresses.web)
      .filter((key) => !isKnown(key) && !/^devenv-\d+$/.test(key))
      .map((key) => {
        const message = `names no environment${didYouMean(key, names) || ': give the name of a user, or devenv-0 and on'}`;
        return clash(message, [...WEB_ADDRESSES, key], 'environments.users');
      });
  },
  (config) => {
    const { replicas, users } = config.environments;
    const { web } = config.access.loadBalancerAddresses;
    const numbered = Array.from({ length: replicas }, (_, i) => [`devenv-${i}`, ''] as const);
    const named = Object.keys(users).map((user) => [`devenv-${user}`, user] as const);
    const known = [...numbered, ...named].flatMap(([name, user]) => {
      const address = balancerOf(config, name, user);
      return address ? [[[...WEB_ADDRESSES, web[user] ? user : name], address] as const] : [];
    });
    return shared(known, (other) => `is the address of ${other} too: each environment has a load balancer of its own`);
  },
  ({ web, access: { mode, tls }, environments: { replicas, users } }) => {
    const sites = replicas + Object.keys(users).length;
    return when(web.enabled && mode === 'ingress' && tls.secretName && tls.issuer && sites > 1, () => {
      const message = `given ${JSON.stringify(tls.secretName)}, is one Secret for the web access of ${sites} environments, into which cert-manager would write the certificate of each in turn: leave it out, and each gets one of its own, or leave out access.tls.issuer where it holds a certificate for all names`;
      return clash(message, 'access.tls.secretName', 'access.tls.issuer');
    });
  },
  ({ web, keycloak, oidc }) =>
    when(web.enabled && web.authentication && !keycloak.enabled && !oidc, () =>
      clash(
        'needs someone to ask for a login: enable keycloak, give oidc, or set web.authentication: false',
        'web.enabled',
        'web.authentication',
        'keycloak',
        'oidc',
      ),
    ),
  ({ web, oidc, environments }) => {
    const users = Object.keys(environments.users);
    const both = users.filter((user) => environments.access.some((grant) => granted(grant, `devenv-${user}`, user)));
    return when(web.enabled && web.authentication && oidc && !oidc.principalsClaim && both.length > 0, () =>
      clash(
        `is missing: ${both[0]} and groups may use the environment of ${both[0]} (${formatPath(['environments', 'access'])}), which web access tells by one claim that lists both`,
        'oidc.principalsClaim',
        'oidc',
        'environments.access',
      ),
    );
  },
];
