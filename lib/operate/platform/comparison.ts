import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Kubectl, KubeObject } from '../cluster/kubectl';
import { nameOf } from '../cluster/names';
import { Failure } from '../failure';
import { lastLines, run } from '../run';
import { textsOf, withoutDropped } from './object-text';

/** How a part's objects differ from those in the cluster. */
export interface Compared {
  /** A line for each that is not there, and for others what changes of them. */
  readonly text: string;
  /** Whether any is not there. */
  readonly lacks: boolean;
}

interface CompareOptions {
  /** Whether fields that belong to others are taken over, as Helm does. */
  readonly force: boolean;
  /** What Helm deployed of it before. @default - nothing */
  readonly deployed?: readonly KubeObject[];
}

const UNKNOWN_KIND = /no matches for kind|resource mapping not found/;
const MADE_ANEW = /updates to statefulset spec/;
/** How many objects are tried by themselves at once, where they cannot be together. */
const AT_ONCE = 8;

const itemsOf = (text: string): KubeObject[] => {
  if (!text.trim()) return [];
  const found = JSON.parse(text);
  return found.items ?? [found];
};

const list = (items: readonly KubeObject[]): string => JSON.stringify({ apiVersion: 'v1', kind: 'List', items });

/** Compares objects with those that the cluster has, by what its API server would make of them; changes nothing. */
export async function compare(
  kubectl: Kubectl,
  objects: readonly KubeObject[],
  options: CompareOptions,
): Promise<Compared> {
  const live = await standing(kubectl, objects);
  const missing = objects.filter((object) => !live.has(nameOf(object)));
  const there = objects.filter((object) => live.has(nameOf(object)));
  const made = await wouldBe(kubectl, there, options);
  const before = new Map((options.deployed ?? []).map((object) => [nameOf(object), object]));
  const wanted = new Set(objects.map(nameOf));
  const texts: string[] = [];
  for (const object of there) {
    const name = nameOf(object);
    const result = made.get(name);
    if (typeof result === 'string') texts.push(result);
    else if (result)
      texts.push(await difference(name, live.get(name), withoutDropped(result, before.get(name), object)));
  }
  const gone = [...before.keys()].filter((name) => !wanted.has(name)).map((name) => `- ${name}`);
  const text = [...missing.map((object) => `+ ${nameOf(object)}`), ...gone, ...texts.filter(Boolean)].join('\n');
  return { text, lacks: missing.length > 0 };
}

/** Those that are there, by their names. */
async function standing(kubectl: Kubectl, objects: readonly KubeObject[]): Promise<Map<string, KubeObject>> {
  if (objects.length === 0) return new Map();
  const args = ['get', '--ignore-not-found', '--output', 'json', '--filename', '-'];
  const { exitCode, stdout, stderr } = await kubectl.run(args, { input: list(objects) });
  if (exitCode === 0) return new Map(itemsOf(stdout).map((object) => [nameOf(object), object]));
  if (!UNKNOWN_KIND.test(stderr)) throw new Failure(lastLines(stderr, 5));
  // Of a kind that nobody brought yet there is nothing; of others there may be.
  const kindOf = ({ apiVersion, kind }: KubeObject) => `${apiVersion} ${kind}`;
  const kinds = [...new Set(objects.map(kindOf))];
  if (kinds.length === 1) return new Map();
  const of = (kind: string) =>
    standing(
      kubectl,
      objects.filter((object) => kindOf(object) === kind),
    );
  const each = await Promise.all(kinds.map(of));
  return new Map(each.flatMap((some) => [...some]));
}

/** What objects would be, or in words what would become of them, by their names. */
async function wouldBe(
  kubectl: Kubectl,
  objects: readonly KubeObject[],
  { force }: CompareOptions,
): Promise<Map<string, KubeObject | string>> {
  if (objects.length === 0) return new Map();
  const args = ['apply', '--server-side', '--dry-run=server', ...(force ? ['--force-conflicts'] : [])];
  const input = list(objects);
  const { exitCode, stdout, stderr } = await kubectl.run([...args, '--output', 'json', '--filename', '-'], { input });
  if (exitCode === 0) return new Map(itemsOf(stdout).map((object) => [nameOf(object), object]));
  if (objects.length === 1) return new Map([[nameOf(objects[0]), refused(objects[0], stderr)]]);
  const each = new Map<string, KubeObject | string>();
  for (let first = 0; first < objects.length; first += AT_ONCE) {
    const some = objects.slice(first, first + AT_ONCE);
    for (const one of await Promise.all(some.map((object) => wouldBe(kubectl, [object], { force }))))
      for (const [name, result] of one) each.set(name, result);
  }
  return each;
}

/** @throws Failure - where it is not known what would become of an object */
function refused(object: KubeObject, said: string): string {
  const name = nameOf(object);
  if (MADE_ANEW.test(said)) return `~ ${name}: it is made anew, for its volumes`;
  throw new Failure(`${name}: ${conflict(said) ?? lastLines(said, 5)}`);
}

/** Who owns what controllers apply that follow a repository: Flux' and Argo CD's. */
const FOLLOWERS = /^(kustomize|helm|argocd)-controller$/;

/** What to do where others own what is to be changed. */
export function conflict(said: string): string | undefined {
  const managers = [...new Set([...said.matchAll(/conflicts? with "([^"]+)"/g)].map(([, manager]) => manager))];
  if (managers.length === 0) return undefined;
  const mend = managers.some((manager) => FOLLOWERS.test(manager))
    ? 'push the change to the repository that this controller follows, or let it rest meanwhile (docs/GITOPS.md)'
    : 'deploy by Terraform where it deployed before, or remove what somebody changed by hand';
  return `fields of these objects belong to ${managers.join(', ')}, and are left as they are: ${mend}`;
}

/** What changes of an object, as diff says it; nothing where nothing does. */
async function difference(name: string, live: KubeObject, made: KubeObject): Promise<string> {
  const [before, after] = textsOf(live, made);
  if (before === after) return '';
  const folder = mkdtempSync(join(tmpdir(), 'difference-'));
  try {
    const files = ['before', 'after'].map((file) => join(folder, file));
    writeFileSync(files[0], before, { mode: 0o600 });
    writeFileSync(files[1], after, { mode: 0o600 });
    const labels = ['-L', `${name} as it is`, '-L', `${name} as it would be`];
    return (await run('diff', ['-u', ...labels, ...files])).stdout.trimEnd();
  } finally {
    rmSync(folder, { recursive: true });
  }
}
