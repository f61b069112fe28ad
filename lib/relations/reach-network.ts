import { GOOGLE_IDENTITY } from '../../constructs/core/rules/clouds';
import { contains, METADATA } from '../../constructs/core/rules/networks';
import type { Path, PlatformConfig } from '../config';
import { waysIn, waysOut } from './network';
import { servers } from './outside';
import { ALL, type Answer, environmentsIn, type IsGiven, type Party, party, type Row, valuesOf } from './row';

/** Where clusters have pods, nodes and API servers. */
const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7'];
const SSH_PORT = 2222;
const WEB_PORT = 8080;
const OUTWARD = ['nodePort', 'loadBalancer', 'ingress', 'gateway', 'route'];

const overlap = (a: string, b: string) => contains(a, b) || contains(b, a);
const anyOverlap = (some: readonly string[], others: readonly string[]) =>
  some.some((one) => others.some((other) => overlap(one, other)));

/** A way of the environments' to networks that they name, as far as nothing closes it. */
const allowed = (config: PlatformConfig) =>
  waysOut(config)
    .filter(({ by }) => by.includes('allow'))
    .filter(({ peer: { cidrs, except = [] } }) => !except.some((closed) => contains(closed, cidrs[0])));

type Verdict = Pick<Row, 'how' | 'allowed' | 'by'>;

const NOTHING = (how: string): Verdict => ({ how, allowed: 'no' });

/** Whether pods are reached at their addresses, which no setting says: where a network that is allowed has them. */
function toPods(config: PlatformConfig, port: number, from: readonly string[], protocol = 'TCP'): Verdict {
  const how = `${protocol} ${port}`;
  // Callers are pods themselves.
  const letsIn = anyOverlap(from, PRIVATE);
  const way = allowed(config).find(
    ({ peer, ports }) =>
      (ports.length === 0 || (protocol === 'TCP' && ports.some((one) => one.port === port))) &&
      anyOverlap(peer.cidrs, PRIVATE),
  );
  return letsIn && way
    ? { how: `${how}, where pods have addresses of ${way.peer.cidrs}`, allowed: 'depends', by: way.by }
    : NOTHING(how);
}

/** The platform's servers: at their pods, or outside, as anybody reaches them. */
function toServers(config: PlatformConfig): Row[] {
  const isOut = config.network.egress.internet && OUTWARD.includes(config.access.mode);
  const outside: Verdict = {
    how: 'at its address outside, where that is public and network.egress.deny has none of it',
    allowed: 'depends',
    by: ['network', 'egress', 'internet'],
  };
  return servers(config).map(({ name, port, callers }) => {
    const inside = toPods(config, port, callers.addresses);
    return { who: ALL, what: party('part', name), ...(inside.allowed === 'no' && isOut ? outside : inside) };
  });
}

/** Databases of the platform's own, which their servers alone reach. */
const toDatabases = ({ boundary, keycloak }: PlatformConfig): Row[] =>
  (boundary.enabled && !boundary.database.externalUrl) || keycloak.enabled
    ? [{ who: ALL, what: party('part', 'databases'), ...NOTHING('TCP 5432') }]
    : [];

/** Other environments: by SSH never, by what else is open where an address does. */
function toOthers(config: PlatformConfig): Row[] {
  const { web } = config;
  const what = party('environment', 'others');
  const open = web.enabled && !web.authentication ? servers({ ...config, web: { ...web, authentication: true } }) : [];
  const callers = open.at(-1)?.callers.addresses ?? [];
  return [
    { who: ALL, what, ...NOTHING(`SSH, TCP ${SSH_PORT}`) },
    { who: ALL, what, ...toPods(config, WEB_PORT, callers) },
    ...waysIn(config).map(({ peer, ports: [{ port, protocol }] }) => ({
      ...{ who: ALL, what },
      ...toPods(config, port, peer.cidrs, protocol),
    })),
  ];
}

const portsOf = (ports: readonly { readonly port: number }[]) =>
  ports.length > 0 ? `TCP ${ports.map(({ port }) => port).join(', ')}` : 'every port';

const toHost = (name: string, how: string, answer: Answer, by?: Path, who: Party = ALL): Row => ({
  ...{ who, what: party('host', name), how, allowed: answer },
  ...(by && { by }),
});

/** Networks, and what the settings close. */
function toNetworks(config: PlatformConfig): Row[] {
  const { internet, deny } = config.network.egress;
  const at = ['network', 'egress'];
  const but = deny.length > 0 ? ', but what network.egress.deny has' : '';
  const own = allowed(config);
  const closes = (cidr: string) => own.every(({ peer }) => !contains(peer.cidrs[0], cidr));
  return [
    toHost(
      'the internet',
      internet
        ? `every port, IPv4 and IPv6, but private networks and the platform's own addresses${but}`
        : 'every port',
      internet ? 'yes' : 'no',
      [...at, 'internet'],
    ),
    ...own.map(({ peer, ports, by }) => toHost(peer.cidrs[0], `${portsOf(ports)}${but}`, 'yes', by)),
    ...deny.map((cidr, index) => toHost(cidr, 'every port', 'no', [...at, 'deny', index])),
    ...(PRIVATE.some(closes)
      ? [toHost(`${own.length > 0 ? 'other private' : 'private'} networks`, 'every port', 'no', [...at, 'allow'])]
      : []),
  ];
}

/** The cluster's API server, which may be anywhere where no setting says otherwise. */
function toApiServer(config: PlatformConfig): Row {
  const { addresses, ports } = config.network.kubernetesApi;
  const known = addresses.filter((cidr) => !cidr.endsWith('/0'));
  const how = portsOf(ports.map((port) => ({ port })));
  const name = 'the Kubernetes API server';
  const way = allowed(config).find(
    ({ peer, ports: opened }) =>
      (opened.length === 0 || opened.some(({ port }) => ports.includes(port))) &&
      (known.length === 0 || anyOverlap(peer.cidrs, known)),
  );
  if (way) return toHost(name, `${how}, where its address is of ${way.peer.cidrs}`, 'depends', way.by);
  const isPublic = config.network.egress.internet && known.length === 0;
  return isPublic
    ? toHost(name, `${how}, where its address is public`, 'depends', ['network', 'kubernetesApi'])
    : toHost(name, how, 'no');
}

/** What tells pods of a cloud who they and their node are. */
function toMetadata(config: PlatformConfig, isGiven: IsGiven): Row[] {
  const asking = valuesOf(config, 'serviceAccountAnnotations', isGiven)
    .filter(({ to }) => Object.keys(to).some((key) => key.startsWith(GOOGLE_IDENTITY.prefix)))
    .flatMap(({ environments, by }) => environmentsIn(config, environments).map((who) => ({ who, by })));
  const ports = portsOf(GOOGLE_IDENTITY.ports.map((port) => ({ port })));
  const others = asking.length > 0 ? party('environment', 'others') : ALL;
  const isAll = asking.some(({ who }) => who.name === 'all');
  const rest = Object.values(METADATA).flatMap((cidr) => {
    const way = allowed(config).find(({ peer }) => contains(peer.cidrs[0], cidr));
    if (way) return [toHost(`metadata address ${cidr}`, portsOf(way.ports), 'yes', way.by)];
    return isAll && cidr === METADATA.ipv4
      ? []
      : [toHost(`metadata address ${cidr}`, 'every port', 'no', undefined, others)];
  });
  return [
    ...asking.map(({ who, by }) =>
      toHost(`metadata servers ${GOOGLE_IDENTITY.servers.join(', ')}`, ports, 'yes', by, who),
    ),
    ...rest,
  ];
}

function toDns({ network: { dns } }: PlatformConfig): Row[] {
  const at = ['network', 'dns'];
  return [
    toHost(`DNS of ${dns.namespace}`, `TCP and UDP ${dns.port}`, 'yes', [...at, 'podLabels']),
    ...dns.addresses.map((address, index) =>
      toHost(`DNS at ${address}`, 'TCP and UDP 53', 'yes', [...at, 'addresses', index]),
    ),
  ];
}

/** What environments reach, and what of all that is near they do not. */
export const reachOut = (config: PlatformConfig, isGiven: IsGiven): Row[] => [
  ...toDns(config),
  ...toNetworks(config),
  ...toMetadata(config, isGiven),
  toApiServer(config),
  ...toServers(config),
  ...toDatabases(config),
  ...toOthers(config),
];
