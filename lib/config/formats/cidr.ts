import { isIP, isIPv4, isIPv6 } from 'node:net';

const ADDRESS = 'must be an address such as 169.254.20.10 or fd00::a, or a network';
const HINT = 'must be a network such as 10.0.0.0/8 or fd00::/8';

const hextets = (part: string) =>
  part
    .split(':')
    .filter(Boolean)
    .map((group) => Number.parseInt(group, 16));

function ipv6Groups(address: string): number[] {
  const embedded = /(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  if (embedded) {
    const [a, b, c, d] = embedded.slice(2).map(Number);
    return ipv6Groups(`${embedded[1]}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`);
  }
  const [head, tail] = address.split('::');
  const before = hextets(head);
  const after = hextets(tail ?? '');
  return [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
}

/** Clears what lies behind the prefix, group by group. */
const masked = (groups: number[], width: number, prefix: number) =>
  groups.map((group, i) => {
    const kept = Math.min(width, Math.max(0, prefix - i * width));
    return kept === 0 ? 0 : (group >> (width - kept)) << (width - kept);
  });

function networkOf(address: string, prefix: number): { groups: number[]; network: number[]; text: string } {
  const groups = isIPv4(address) ? address.split('.').map(Number) : ipv6Groups(address);
  const network = masked(groups, isIPv4(address) ? 8 : 16, prefix);
  const hex = network.map((group) => group.toString(16)).join(':');
  const text = isIPv4(address) ? network.join('.') : hex.replace(/(^|:)0(:0)+(:|$)/, '::');
  return { groups, network, text: `${text}/${prefix}` };
}

/** The address of IPv4 that one of IPv6 has in it: no packet has such an address, and no policy takes it. */
export function mappedIpv4(address: string): string | undefined {
  if (!isIPv6(address)) return undefined;
  const groups = ipv6Groups(address);
  if (groups.slice(0, 5).some(Boolean) || groups[5] !== 0xffff) return undefined;
  return groups
    .slice(6)
    .flatMap((group) => [group >> 8, group & 255])
    .join('.');
}

export function cidrAdvice(value: string): string | undefined {
  const [address, mask, ...rest] = value.split('/');
  if (rest.length > 0 || !(isIPv4(address) || (isIPv6(address) && !address.includes('%')))) return HINT;
  const longest = isIPv4(address) ? 32 : 128;
  if (mask === undefined) return `must end in the length of its prefix: did you mean ${address}/${longest}?`;
  // One spelling of each length: /0 is looked for as a text.
  if (!/^(0|[1-9]\d{0,2})$/.test(mask) || Number(mask) > longest) return `must end in a prefix of 0 to ${longest} bits`;
  const mapped = Number(mask) >= 96 && mappedIpv4(address);
  if (mapped) return `must be written as what it is: did you mean ${mapped}/${Number(mask) - 96}?`;
  const { groups, network, text } = networkOf(address, Number(mask));
  return groups.every((group, i) => group === network[i])
    ? undefined
    : `must be a network, not an address in it: did you mean ${text} or ${address}/${longest}?`;
}

export function addressAdvice(value: string): string | undefined {
  const isAddress = isIP(value) && !value.includes('%');
  return isAddress || value.includes('/')
    ? cidrAdvice(isAddress ? `${value}/${isIPv4(value) ? 32 : 128}` : value)
    : ADDRESS;
}
