import { isIP, isIPv4 } from 'node:net';
import { contains } from '../core/rules/networks';

/** @throws if a text is no network, or one of IPv4 written as IPv6, which no policy takes */
export function checkNetworks(what: string, cidrs: readonly string[]): void {
  for (const cidr of cidrs) {
    const [address, prefix = '', ...rest] = cidr.split('/');
    const version = isIP(address);
    const isNetwork = version > 0 && rest.length === 0 && /^(0|[1-9]\d{0,2})$/.test(prefix);
    const isOfItsFamily = !/^::ffff:/i.test(address) && !address.includes('%');
    if (isNetwork && isOfItsFamily && Number(prefix) <= (version === 4 ? 32 : 128)) continue;
    const mend = version > 0 && prefix === '' ? `: did you mean "${cidrOf(address)}"?` : '';
    throw new Error(`${what} must be networks such as 10.0.0.0/8 or fd00::/8, got "${cidr}"${mend}`);
  }
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
