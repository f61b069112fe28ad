const parse = (value: string) => (URL.canParse(value) ? new URL(value) : undefined);
const isLoopback = ({ hostname }: URL) =>
  hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '[::1]' || /^127\./.test(hostname);

export function httpUrlAdvice(value: string): string | undefined {
  const url = parse(value);
  if (!url || !/^https?:$/.test(url.protocol)) {
    return `must be a URL such as https://example.com${/^[\w.-]+\.[a-z]+(\/|:|$)/.test(value) ? `: did you mean https://${value}?` : ''}`;
  }
  return url.username || url.password ? 'must not carry a user or a password' : undefined;
}

export function issuerAdvice(value: string): string | undefined {
  const wrong = httpUrlAdvice(value);
  if (wrong) return wrong;
  const url = new URL(value);
  if (isLoopback(url)) return 'must be an address that pods reach, too: they would look for this one in themselves';
  if (url.protocol === 'http:') return 'must use https: tokens would cross the network in clear';
  return url.search || url.hash ? 'must not have a query or a fragment' : undefined;
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
