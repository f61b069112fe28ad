import { BlockList, isIP, isIPv4 } from 'node:net';

const familyOf = (address: string) => (isIPv4(address) ? 'ipv4' : 'ipv6');

/** Whether every address of the network `inner` is one of `outer`, both as CIDRs. */
export function contains(outer: string, inner: string): boolean {
  const [[network, length], [address, innerLength]] = [outer.split('/'), inner.split('/')];
  if (familyOf(network) !== familyOf(address) || Number(length) > Number(innerLength)) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(length), familyOf(network));
  return list.check(address, familyOf(address));
}

/** An address as the network that is it alone; a network as it is. */
export const cidrOf = (address: string): string =>
  isIP(address) ? `${address}/${isIPv4(address) ? 32 : 128}` : address;

/** The networks without those that lie in another one of them. */
export const outermost = (cidrs: readonly string[]): string[] =>
  cidrs.filter(
    (cidr, index) =>
      !cidrs.some((other, at) => at !== index && contains(other, cidr) && (!contains(cidr, other) || at < index)),
  );
