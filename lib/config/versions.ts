/** What a program was run with here, and from when on it is right. Nothing newer is refused, or pointed out. */
export interface Tested {
  readonly name: string;
  /** The version that it was run with on a cluster. */
  readonly run: string;
  /** One that it was run with by itself. @default - none */
  readonly alone?: string;
  /** The oldest that is known to be right, for each major version where they differ. */
  readonly oldest: readonly string[];
  /** Newer ones that are not. @default [] */
  readonly faulty?: readonly string[];
  /** What is wrong with older and faulty ones. @default - older ones were not run */
  readonly fault?: string;
}

export const TESTED = {
  kubernetes: { name: 'Kubernetes', run: '1.34', oldest: ['1.30'] },
  vault: {
    name: 'Vault',
    run: '1.21.4',
    oldest: ['1.21', '2.0.2'],
    faulty: ['1.21.6'],
    fault: 'the images 1.21.6 and 2.0.1 ask for the right IPC_LOCK, which pods do not have',
  },
  boundary: { name: 'Boundary', run: '0.21.3', oldest: ['0.21'] },
  keycloak: { name: 'Keycloak', run: '26.7.3', oldest: ['26.7'] },
  postgres: { name: 'PostgreSQL', run: '15.18', alone: '16.11', oldest: ['15'] },
  oauth2Proxy: { name: 'OAuth2 Proxy', run: '7.15.6', oldest: ['7.15'] },
  operator: { name: 'Vault Secrets Operator', run: '1.4.1', oldest: ['1.4'] },
  externalSecrets: { name: 'External Secrets Operator', run: '2.9', oldest: ['2.9'] },
  terraform: { name: 'Terraform', run: '1.11.4', oldest: ['1.11'] },
  node: { name: 'Node.js', run: '20.20.2', oldest: ['20.19'] },
  cdk8s: { name: 'cdk8s', run: '2.70.106', oldest: ['2.70'] },
  cdktf: { name: 'CDKTF', run: '0.21.0', oldest: ['0.21'] },
} satisfies Record<string, Tested>;

/** The numbers of a version or tag, as many as it has; none for one like `latest`. */
function numbersOf(version: string): number[] {
  const [, numbers] = /^v?(\d+(?:\.\d+)*)(?:[-+_].*)?$/.exec(version) ?? [];
  return numbers ? numbers.split('.').map(Number) : [];
}

/** How the first numbers that differ do so: what both do not say is the same, as `1.21` is any of 1.21. */
function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((number, index) => index < b.length && number !== b[index]);
  return at < 0 ? 0 : a[at] - b[at];
}

/** Whether a version is known to be older than what works, or faulty. Where a tag tells no version, nothing is known. */
export function isOlder({ oldest, faulty = [] }: Tested, version: string): boolean {
  const given = numbersOf(version);
  if (given.length === 0) return false;
  const all = oldest.map(numbersOf);
  const least = all.find(([major]) => major === given[0]) ?? all[0];
  return compare(given, least) < 0 || faulty.includes(given.join('.'));
}

/** The version that an image's tag says; empty where it has none. */
export const tagOf = (image: string): string => /:([^/:@]+)(?:@|$)/.exec(image)?.[1] ?? '';

/** What is said of an image or a chart that is older than what works, or faulty, if it is. */
export function ageNote(what: string, tested: Tested, version: string): string | undefined {
  if (!isOlder(tested, version)) return undefined;
  const { name, oldest, fault = 'what is older was not run' } = tested;
  return `${what}: ${name} is known to work here from ${oldest.join(' and ')} on; ${fault}`;
}
