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
  if (url.protocol === 'http:' && !isLoopback(url)) return 'must use https: tokens would cross the network in clear';
  return url.search || url.hash ? 'must not have a query or a fragment' : undefined;
}

export function databaseUrlAdvice(value: string): string | undefined {
  const url = parse(value);
  if (!url || !/^postgres(ql)?:$/.test(url.protocol) || !url.hostname) {
    return 'must be a URL such as postgresql://boundary@db.example.com:5432/boundary?sslmode=verify-full';
  }
  const secret = url.password || [...url.searchParams.keys()].some((key) => /passw/i.test(key));
  return secret ? 'must not carry a password: it belongs into a Secret of the namespace of Boundary' : undefined;
}

export function chartAdvice(value: string): string | undefined {
  const url = parse(value);
  if (url && /^(https?|oci):$/.test(url.protocol)) {
    return url.username || url.password ? 'must not carry a user or a password' : undefined;
  }
  return /^(\.{0,2}\/)?[\w./-]+$/.test(value) ? undefined : 'must be a path or a URL of a chart (oci:// or https://)';
}
