const PATH = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*$/;
const HOST = /^([A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?)(\.[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?)*(:\d{1,5})?$/;
const TAG = /^[\w][\w.-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const HINT = 'must be an image such as registry.example.com/team/devenv:1.0';

const isHost = (part: string) => /[.:]/.test(part) || part === 'localhost';

/** Splits HOST/PATH:TAG@DIGEST; the host is empty when the reference names none. */
export function splitImage(value: string) {
  const [named, ...digests] = value.split('@');
  const parts = named.split('/');
  const host = parts.length > 1 && isHost(parts[0]) ? (parts.shift() as string) : '';
  const [last, ...tags] = (parts.pop() as string).split(':');
  return { host, path: [...parts, last], tags, digests };
}

export function imageAdvice(value: string): string | undefined {
  if (/^\w+:\/\//.test(value)) return `${HINT}: leave out the scheme`;
  if (/\s/.test(value) || value.length > 512) return HINT;
  const { host, path, tags, digests } = splitImage(value);
  if (host && !HOST.test(host)) return `${HINT}: ${JSON.stringify(host)} is no registry`;
  if (!path.every((part) => PATH.test(part))) {
    return path.every((part) => PATH.test(part.toLowerCase())) ? `${HINT}: its path is lower-case` : HINT;
  }
  if (tags.length > 1 || !tags.every((tag) => TAG.test(tag))) return `${HINT}: its tag is wrong`;
  if (digests.length > 1 || !digests.every((digest) => DIGEST.test(digest))) {
    return `${HINT}: a digest is sha256: and 64 hexadecimal digits`;
  }
  return undefined;
}

export function registryAdvice(value: string): string | undefined {
  if (value === '') return undefined;
  const hint = 'must be a registry such as registry.example.com:5000 or registry.example.com/mirror';
  if (/^\w+:\/\//.test(value)) return `${hint}: leave out the scheme`;
  const [host, ...path] = value.split('/');
  return HOST.test(host) && path.every((part) => PATH.test(part)) ? undefined : hint;
}

export const providerSourceAdvice = (value: string) =>
  /^[\w.-]+(:\d+)?\/[\w-]+$/.test(value)
    ? undefined
    : 'must be a registry and a namespace, such as registry.terraform.io/hashicorp';

export const versionAdvice = (value: string) =>
  /^v?\d+\.\d+\.\d+(-[\w.]+)?$/.test(value) ? undefined : 'must be an exact version such as 1.4.1';
