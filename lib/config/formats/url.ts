import { mappedIpv4 } from './cidr';

/** What URL itself is not strict about: blanks and line ends in it, slashes that are missing or lean the other way. */
const WRITTEN = /^[a-z][a-z\d+.-]*:\/\/[^\s/\\?#][^\s\\]*$/i;
const parse = (value: string) => (WRITTEN.test(value) && URL.canParse(value) ? new URL(value) : undefined);
const isLoopback = ({ hostname }: URL) =>
  /^(localhost|.*\.localhost|127\..*|0\.0\.0\.0|\[::1?\])$/.test(hostname) ? TO_ITSELF : undefined;
const TO_ITSELF = 'must be an address that pods reach, too: they would look for this one in themselves';

/** A server that programs would call by another name than the URL does, or at no port. */
function serverAdvice(value: string, { hostname, port }: URL): string | undefined {
  if (port === '0') return 'must have a port from 1 to 65535';
  const written = /^[^:]+:\/\/(?:[^/?#@]*@)?(\[[^\]]*\]|[^/?#:]*)/.exec(value)?.[1] ?? '';
  const address = written.startsWith('[') ? hostname.slice(1, -1) : '';
  const meant = address ? (mappedIpv4(address) ?? written) : hostname;
  if (meant.toLowerCase() === written.toLowerCase()) return undefined;
  return `must name its server as it is looked up: did you mean ${meant} for ${written}?`;
}

/** The URL that is meant by one that lacks its scheme, its slashes or nothing but a trim. */
function httpMeant(value: string): string {
  const bare = value.trim().replace(/^(https?):[/\\]*(?=[^/\\])/i, '$1://');
  const meant = /^[\w.-]+\.[a-z]+(\/|:|$)/.test(bare) ? `https://${bare}` : bare;
  return meant !== value && parse(meant) ? `: did you mean ${meant}?` : '';
}

export function httpUrlAdvice(value: string): string | undefined {
  const url = parse(value);
  if (!url || !/^https?:$/.test(url.protocol)) return `must be a URL such as https://example.com${httpMeant(value)}`;
  return url.username || url.password ? 'must not carry a user or a password' : serverAdvice(value, url);
}

/** The address of a server that pods call. */
export function endpointAdvice(value: string): string | undefined {
  const wrong = httpUrlAdvice(value);
  if (wrong) return wrong;
  const url = new URL(value);
  return isLoopback(url) ?? (url.search || url.hash ? 'must not have a query or a fragment' : undefined);
}

/** The address of a server that is shown tokens. */
export function httpsAdvice(value: string): string | undefined {
  const wrong = endpointAdvice(value);
  if (wrong) return wrong;
  return new URL(value).protocol === 'http:' ? 'must use https: tokens would cross the network in clear' : undefined;
}

export function databaseUrlAdvice(value: string): string | undefined {
  const url = parse(value);
  if (!url || !/^postgres(ql)?:$/.test(url.protocol) || !url.hostname) {
    return 'must be a URL such as postgresql://boundary@db.example.com:5432/boundary?sslmode=verify-full';
  }
  const secret = url.password || [...url.searchParams.keys()].some((key) => /passw/i.test(key));
  if (secret) return 'must not carry a password: it belongs into the Secret that boundary.database.secretName names';
  if (!url.username || url.pathname.length < 2) {
    return 'must name a user and a database, such as postgresql://boundary@db.example.com:5432/boundary';
  }
  const elsewhere = serverAdvice(value, url) ?? isLoopback(url);
  if (elsewhere) return elsewhere;
  const mode = url.searchParams.get('sslmode') ?? 'verify-full';
  if (mode !== 'verify-full') return `must not weaken TLS by sslmode=${mode}: leave it out, verify-full is the default`;
  return ['sslrootcert', 'sslcert', 'sslkey'].some((key) => url.searchParams.has(key))
    ? 'must not name files of certificates: boundary.database.caConfigMap names the authority'
    : undefined;
}

export function chartAdvice(value: string): string | undefined {
  const url = parse(value);
  if (url && /^(https?|oci):$/.test(url.protocol)) {
    return url.username || url.password ? 'must not carry a user or a password' : undefined;
  }
  return /^(\.{0,2}\/)?[\w./-]+$/.test(value) ? undefined : 'must be a path or a URL of a chart (oci:// or https://)';
}
