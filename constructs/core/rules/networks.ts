import { BlockList, isIPv4 } from 'node:net';

/** Where clouds tell a machine who it is, as networks. */
export const METADATA = { ipv4: '169.254.169.254/32', ipv6: 'fd00:ec2::254/128' } as const;

const familyOf = (address: string) => (isIPv4(address) ? 'ipv4' : 'ipv6');

/** Whether every address of the network `inner` is one of `outer`, both as CIDRs. */
export function contains(outer: string, inner: string): boolean {
  const [[network, length], [address, innerLength]] = [outer.split('/'), inner.split('/')];
  if (familyOf(network) !== familyOf(address) || Number(length) > Number(innerLength)) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(length), familyOf(network));
  return list.check(address, familyOf(address));
}
