import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { parsePlatform } from '../lib/config';
import { documentsOf, writeHelmChart } from './chart';
import { measure, measureCalls } from './measure';
import { PROGRAM, ROOT } from './program';
import { makeUsers, usersText } from './users';

export interface Figure {
  readonly name: string;
  readonly unit: 's' | 'MB';
  readonly ours: number;
  readonly reference: number;
}

/** Figures of one measurement, or why there are none. */
export type Outcome = readonly Figure[] | { readonly skipped: string };

export interface Benchmark {
  readonly name: string;
  readonly run: (folder: string) => Outcome | Promise<Outcome>;
}

/** Environments alone: no other part, and five objects a user. */
const ALONE = { SKIP_VAULT: 'true', SKIP_BOUNDARY: 'true', SKIP_VSO: 'true', SKIP_KEYCLOAK: 'true' };

/** What the default platform may take. */
const TARGET_SECONDS = 0.8;

export const BENCHMARKS: readonly Benchmark[] = [
  { name: 'default platform, both outputs (reference: the target)', run: defaultPlatform },
  { name: 'reading 10,000 users, against the YAML parser alone', run: () => reading(10_000) },
  ...[100, 1000, 10_000].map((users) => ({
    name: `${users} users, against helm template`,
    run: (folder: string) => againstHelm(folder, users),
  })),
];

function defaultPlatform(folder: string): Outcome {
  copyFileSync(join(ROOT, 'platform.yaml'), join(folder, 'platform.yaml'));
  const [{ seconds }] = measure([{ command: PROGRAM, cwd: folder }], 5);
  return [{ name: 'time', unit: 's', ours: seconds, reference: TARGET_SECONDS }];
}

/** From the text to a configuration that has been checked. */
function reading(count: number): Outcome {
  const text = `environments:\n  users:\n${usersText(makeUsers(count), '    ')}`;
  const files = [{ name: 'platform.yaml', text }];
  const [ours, reference] = measureCalls([() => parsePlatform(files, {}), () => parse(text)], 5);
  return [{ name: 'time', unit: 's', ours, reference }];
}

function againstHelm(folder: string, count: number): Outcome {
  if (spawnSync('helm', ['version']).status !== 0) return { skipped: 'helm is not on PATH' };
  const users = makeUsers(count);
  const text = `profile: kind\nenvironments:\n  users:\n${usersText(users, '    ')}`;
  writeFileSync(join(folder, 'platform.yaml'), text);
  const dist = join(folder, 'dist');
  const ours = { command: PROGRAM, cwd: folder, env: { ...ALONE, CDK8S_OUTDIR: 'dist' }, fresh: dist };
  measure([ours], 1);
  const files = readdirSync(dist).sort();
  const read = () => files.map((file) => readFileSync(join(dist, file), 'utf8'));
  mkdirSync(join(folder, 'chart'));
  writeHelmChart(join(folder, 'chart'), users, read().flatMap(documentsOf));
  const output = join(folder, 'helm.yaml');
  const helm = { command: ['helm', 'template', 'environments', 'chart'], cwd: folder, output };
  const [mine, theirs] = measure([ours, helm], count < 10_000 ? 5 : 2);
  assertSameObjects(read().flatMap(documentsOf), documentsOf(readFileSync(output, 'utf8')), count * 5);
  const time: Figure = { name: 'time', unit: 's', ours: mine.seconds, reference: theirs.seconds };
  if (!mine.megabytes || !theirs.megabytes) return [time];
  return [time, { name: 'memory', unit: 'MB', ours: mine.megabytes, reference: theirs.megabytes }];
}

/** Same objects, whatever their order. Equal texts are equal objects; others are compared as JSON. */
function assertSameObjects(ours: readonly string[], theirs: readonly string[], atLeast: number): void {
  const rest = new Set(theirs);
  const different = ours.filter((document) => !rest.delete(document));
  const canonical = (documents: Iterable<string>) =>
    [...documents].map((document) => JSON.stringify(sorted(parse(document, { version: '1.1' })))).sort();
  const [left, right] = [canonical(different), canonical(rest)];
  const wrong = left.find((object, index) => object !== right[index]) ?? right[left.length];
  if (wrong || ours.length !== theirs.length || ours.length < atLeast) {
    throw new Error(`the outputs differ: ${ours.length} and ${theirs.length} objects; ${wrong?.slice(0, 200)}`);
  }
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, below]) => [key, sorted(below)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
