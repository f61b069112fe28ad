import { dnsLabelAdvice, labelValueAdvice, qualifiedKeyAdvice } from './names';
import { httpUrlAdvice } from './url';

type Advice = (value: string) => string | undefined;

/** What names of the stacks need behind a given one: a sign and the longest of them, operators or workloads. */
const STACK = 10;

const atMost =
  (bytes: number, what: string): Advice =>
  (value) =>
    Buffer.byteLength(value) <= bytes - STACK
      ? undefined
      : `must be at most ${bytes - STACK} characters long, not ${Buffer.byteLength(value)}: ${what} has ${bytes}, with the name of a stack at its end`;

const matching =
  (pattern: RegExp, message: string): Advice =>
  (value) =>
    pattern.test(value) ? undefined : message;

const all =
  (...advices: Advice[]): Advice =>
  (value) =>
    advices.map((advise) => advise(value)).find(Boolean);

/** Terraform takes a path as it is: a folder named "~" would come of it. */
const fromHome = matching(/^[^~]/, 'must not begin with ~, which nobody replaces: give the path from / on');
const workspace = all(
  matching(/^[\w-]+$/, 'must have letters, digits, - and _ alone, as names of workspaces do'),
  atMost(90, 'a workspace'),
);
const hostname = matching(
  /^[\w-]+(\.[\w-]+)*(:\d+)?$/,
  'must be a host name without a scheme, such as app.terraform.io',
);
const bucket = matching(/^(?!\w+:\/\/)[^/]/, "must be the bucket's name alone");
const stateUrl: Advice = (value) => httpUrlAdvice(value) && 'must be a URL such as https://states.example.com/sandbox';
const ofCloud = { workspace, 'workspaces.name': workspace, hostname };

/** What is right for texts of a backend, besides that they are texts. */
const FORMATS: Readonly<Record<string, Readonly<Record<string, Advice>>>> = {
  local: {
    path: all(fromHome, matching(/(^|[/\\])(?!\.{0,2}$)[^/\\]+$/, 'must end in the name of a file')),
    workspace_dir: fromHome,
  },
  kubernetes: {
    secret_suffix: all(
      matching(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, 'must have a-z, 0-9 and - inside alone, as names of Secrets do'),
      atMost(63, "a Secret's label"),
    ),
    namespace: dnsLabelAdvice,
  },
  s3: { bucket, key: matching(/^[^/](.*[^/])?$/s, 'must not begin or end with /') },
  gcs: { bucket },
  http: { address: stateUrl, lock_address: stateUrl, unlock_address: stateUrl },
  // PostgreSQL cuts what is longer, and stacks would share one schema: each would destroy what the other made.
  pg: { schema_name: atMost(63, 'a schema of PostgreSQL') },
  remote: ofCloud,
  cloud: ofCloud,
};

/** What is wrong with an argument of a backend; nothing when it is right, or right for all that is known. */
export function stateAdvice(backend: string, argument: string, value: unknown): string | undefined {
  if (typeof value === 'string') return FORMATS[backend]?.[argument]?.(value);
  if (backend !== 'kubernetes' || argument !== 'labels') return undefined;
  const labels = Object.entries(value as Record<string, string>);
  return labels.map(([key, text]) => qualifiedKeyAdvice(key) ?? labelValueAdvice(text)).find(Boolean);
}
