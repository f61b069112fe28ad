import { isIP } from 'node:net';
import type { AddressPeer } from '../../constructs';
import type { PlatformConfig } from '../config';

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
export const internetOf = (config: PlatformConfig): AddressPeer => ({
  name: 'internet',
  cidrs: ['0.0.0.0/0', '::/0'],
  except: [...RESERVED, ...ownAddresses(config), ...config.network.egress.deny],
});
