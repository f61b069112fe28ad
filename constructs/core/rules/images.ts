const PATH = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*$/;
const HOST = /^([A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?)(\.[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?)*(:\d+)?$/;
const TAG = /^[\w][\w.-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const HINT = 'must be an image such as registry.example.com/team/devenv:1.0';
const HIGHEST_PORT = 65_535;
const LONGEST_HOST = 253;

/** Characters that registries and nodes take for what is between host and tag. */
export const LONGEST_IMAGE_PATH = 255;

const isHost = (part: string) => /[.:]/.test(part) || part === 'localhost';

/** Splits HOST/PATH:TAG@DIGEST; the host is empty when the reference names none. */
export function splitImage(value: string) {
  const [named, ...digests] = value.split('@');
  const parts = named.split('/');
  const host = parts.length > 1 && isHost(parts[0]) ? (parts.shift() as string) : '';
  const [last, ...tags] = (parts.pop() as string).split(':');
  return { host, path: [...parts, last], tags, digests };
}

function hostFault(host: string): string | undefined {
  const [name, port] = host.split(':');
  if (!HOST.test(host) || name.length > LONGEST_HOST) return `${JSON.stringify(host)} is no registry`;
  const isPort = port === undefined || (Number(port) >= 1 && Number(port) <= HIGHEST_PORT);
  return isPort ? undefined : `the port ${port} of its registry must be from 1 to ${HIGHEST_PORT}`;
}

const lengthFault = (path: readonly string[]): string | undefined => {
  const { length } = path.join('/');
  const most = LONGEST_IMAGE_PATH;
  return length > most ? `its path must be at most ${most} characters long, not ${length}` : undefined;
};

/** What is wrong with the name of an image; nothing where nodes can ask for it. */
export function imageFault(value: string): string | undefined {
  if (/^\w+:\/\//.test(value)) return `${HINT}: leave out the scheme`;
  if (/\s/.test(value)) return HINT;
  const { host, path, tags, digests } = splitImage(value);
  const registry = host && hostFault(host);
  if (registry) return `${HINT}: ${registry}`;
  if (!path.every((part) => PATH.test(part))) {
    return path.every((part) => PATH.test(part.toLowerCase())) ? `${HINT}: its path is lower-case` : HINT;
  }
  const long = lengthFault(path);
  if (long) return `${HINT}: ${long}`;
  if (tags.length > 1 || !tags.every((tag) => TAG.test(tag))) return `${HINT}: its tag is wrong`;
  if (digests.length > 1 || !digests.every((digest) => DIGEST.test(digest))) {
    return `${HINT}: a digest is sha256: and 64 hexadecimal digits`;
  }
  return undefined;
}

/** What is wrong with a registry and the path in it; nothing where images can be behind it. */
export function registryFault(value: string): string | undefined {
  const hint = 'must be a registry such as registry.example.com:5000 or registry.example.com/mirror';
  if (/^\w+:\/\//.test(value)) return `${hint}: leave out the scheme`;
  const [first, ...rest] = value.split('/');
  const isNamed = isHost(first);
  // Without a host it is somebody's path at Docker Hub.
  const path = isNamed ? rest : [first, ...rest];
  if (!path.every((part) => PATH.test(part)) || (isNamed && !HOST.test(first))) return hint;
  const fault = (isNamed ? hostFault(first) : undefined) ?? lengthFault(path);
  return fault && `${hint}: ${fault}`;
}

/** Hosts of the registry that images without a host come from. */
const DOCKER_HUB = ['', 'docker.io', 'index.docker.io', 'registry-1.docker.io'];

/** An image at a mirror, unless it is there or the mirror is ''; what the library says of `mirrored`. */
export function atMirror(mirror: string, image: string): string {
  const registry = mirror.replace(/\/$/, '');
  if (!registry || image.startsWith(`${registry}/`)) return image;
  const { host } = splitImage(image);
  const path = host ? image.slice(host.length + 1) : image;
  const isOfficial = DOCKER_HUB.includes(host) && !path.includes('/');
  return `${registry}/${isOfficial ? 'library/' : ''}${path}`;
}
