import { isIP } from 'node:net';
import type { Path, PlatformConfig } from '../config';

/** Addresses, but for some. */
export interface Networks {
  readonly name: string;
  readonly cidrs: readonly string[];
  readonly except?: readonly string[];
}

/** A way that all environments have, by a setting. */
export interface Route {
  readonly peer: Networks;
  /** None means every port of every protocol. */
  readonly ports: readonly { readonly port: number; readonly protocol?: 'TCP' | 'UDP' }[];
  readonly by: Path;
}

/** Addresses that "the internet" does not mean: private, shared, link-local, metadata and otherwise reserved ranges. */
const RESERVED = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  // Azure's metadata and DNS, at an address that is public elsewhere.
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '224.0.0.0/4',
  '240.0.0.0/4',
  // Gateways translate what follows these prefixes to IPv4, private addresses among it.
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
];

/** An address as a network of its own; a name is none. */
function literal(host: string | undefined): string[] {
  const address = (host ?? '').replace(/^\[|\]$/g, '');
  const version = isIP(address);
  return version ? [`${address}/${version === 4 ? 32 : 128}`] : [];
}

const ofUrl = (url: string | undefined) => literal(url && new URL(url).hostname);

/** Addresses that settings give to the platform's own servers, and to those that it alone calls. */
function ownAddresses({ access, network, vault, boundary }: PlatformConfig): string[] {
  const { web, ...balancers } = access.loadBalancerAddresses;
  const hosts = [access.nodeAddress, ...Object.values(balancers).flat(), ...Object.values(web)];
  const { seal, backup } = vault;
  const urls = [
    seal.type === 'transit' ? seal.address : undefined,
    backup.target?.type === 's3' ? backup.target.endpoint : undefined,
    boundary.database.externalUrl,
  ];
  // A route to any address says nothing of where the API server is.
  const api = network.kubernetesApi.addresses.filter((cidr) => !cidr.endsWith('/0'));
  return [...api, ...hosts.flatMap(literal), ...urls.flatMap(ofUrl)];
}

/** What environments reach as the internet. */
const internetOf = (config: PlatformConfig): Networks => ({
  name: 'internet',
  cidrs: ['0.0.0.0/0', '::/0'],
  except: [...RESERVED, ...ownAddresses(config), ...config.network.egress.deny],
});

/** Where environments get out. */
export function waysOut(config: PlatformConfig): Route[] {
  const { internet, allow, deny } = config.network.egress;
  const at = ['network', 'egress'];
  const networks = allow.map(({ to, ports }, index) => ({
    peer: { name: `network-${index}`, cidrs: [to], except: deny },
    ports: ports.map((port) => ({ port })),
    by: [...at, 'allow', index],
  }));
  return [...(internet ? [{ peer: internetOf(config), ports: [], by: [...at, 'internet'] }] : []), ...networks];
}

/** Where networks get into environments. */
export const waysIn = ({ network: { openPorts } }: PlatformConfig): Route[] =>
  openPorts.map(({ port, protocol, from }, index) => ({
    peer: { name: `open-port-${port}-${protocol.toLowerCase()}`, cidrs: from },
    ports: [{ port, protocol }],
    by: ['network', 'openPorts', index],
  }));
