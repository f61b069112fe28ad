import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { parseAllDocuments } from 'yaml';
import type { Kubectl, KubeObject } from '../cluster/kubectl';
import { nameOf } from '../cluster/names';
import { isWorkload } from '../cluster/readiness';
import { chartsOf, type Part, type Stack } from './project';
import { losers } from './replicas';
import type { Adopted } from './terraform';

export interface Release {
  /** Name in Terraform, which is that of its chart. */
  readonly chart: string;
  readonly name: string;
  readonly namespace: string;
  /** Version of its chart, where that is known: those of the platform's own are digests of what they hold. */
  readonly version?: string;
}

/** What Helm keeps of one revision of a release, in a Secret. */
interface HelmRecord extends Release {
  readonly secret: string;
  readonly status: string;
}

/** A record that keeps a stack from being what its file says, and whether it goes or says of itself that it failed. */
interface Obstacle extends HelmRecord {
  readonly mend: 'forget' | 'fail';
}

/** What Helm's records say of one that was broken off in the middle of something. */
const BROKEN_OFF = /^(pending-install|pending-upgrade|pending-rollback|uninstalling)$/;

/** The releases that a stack makes. */
export function releasesOf({ folder }: Stack): Release[] {
  const { resource } = JSON.parse(readFileSync(join(folder, 'cdk.tf.json'), 'utf8'));
  const releases = Object.entries<Release>(resource?.helm_release ?? {});
  return releases.map(([chart, { name, namespace, version }]) => ({ chart, name, namespace, version }));
}

/** Stack with the objects of kinds that operators bring, and the chart with those kinds. */
const OF_KINDS = { stack: 'delivery', chart: 'secrets-operator-kinds' } as const;

/** Names of the releases that bring kinds, and objects of them: Helm does not look whether those are there. */
export const releasesOfKinds = (stacks: readonly Stack[]): string[] =>
  stacks
    .flatMap((stack) =>
      releasesOf(stack).filter(({ chart }) => stack.name === OF_KINDS.stack || chart === OF_KINDS.chart),
    )
    .map(({ name }) => name);

/** What the releases of a platform begin with, those of parts that it no longer has among them. */
export function prefixOf(stacks: readonly Stack[]): string | undefined {
  const first = stacks.flatMap(releasesOf).find(({ chart, name }) => name.endsWith(`-${chart}`));
  return first?.name.slice(0, -first.chart.length - 1);
}

/** The version of the chart that each release of stacks stands at, by its name; none of one that is half done. */
export const standingVersions = async (kubectl: Kubectl, stacks: readonly Stack[]): Promise<Map<string, string>> =>
  new Map((await standingContents(kubectl, stacks)).map(({ name, chart }) => [name, chart.metadata.version]));

/** The objects that each release of stacks stands with, by its chart; none of one that is half done. */
export async function manifestsOf(kubectl: Kubectl, stacks: readonly Stack[]): Promise<Map<string, KubeObject[]>> {
  const names = new Map(stacks.flatMap(releasesOf).map(({ chart, name }) => [name, chart]));
  const contents = await standingContents(kubectl, stacks);
  return new Map(contents.map(({ name, manifest = '' }) => [names.get(name) ?? name, objectsIn(manifest)]));
}

const objectsIn = (manifest: string): KubeObject[] =>
  parseAllDocuments(manifest).flatMap((document) => ('toJS' in document ? (document.toJS() ?? []) : []));

/** What Helm keeps of the releases of stacks, as they stand. */
async function standingContents(kubectl: Kubectl, stacks: readonly Stack[]): Promise<KubeObject[]> {
  const newest = new Map<string, HelmRecord>();
  for (const record of await recordsOf(kubectl, stacks))
    if (revisionOf(record) > revisionOf(newest.get(record.name))) newest.set(record.name, record);
  const standing = [...newest.values()].filter(({ status }) => status === 'deployed');
  const contents: KubeObject[] = [];
  for (const namespace of new Set(standing.map((record) => record.namespace))) {
    const names = standing.filter((record) => record.namespace === namespace).map(({ secret }) => secret);
    const found = JSON.parse(
      await kubectl.answer(['get', 'secrets', ...names, '--namespace', namespace, '--output', 'json']),
    );
    contents.push(...(found.items ?? [found]).map(unpack));
  }
  return contents;
}

/** A record's content, as Helm packs it into its Secret. */
const unpack = ({ data }: KubeObject): KubeObject =>
  JSON.parse(gunzipSync(Buffer.from(Buffer.from(data.release, 'base64').toString(), 'base64')).toString());
const pack = (content: KubeObject): string =>
  Buffer.from(gzipSync(JSON.stringify(content)).toString('base64')).toString('base64');

const revisionOf = (record?: HelmRecord): number => Number(/\d+$/.exec(record?.secret ?? '')?.[0] ?? 0);

/** Helm's records of the releases of stacks; as a table, because each Secret holds a whole chart. */
async function recordsOf(kubectl: Kubectl, stacks: readonly Stack[]): Promise<HelmRecord[]> {
  const releases = stacks.flatMap(releasesOf);
  if (releases.length === 0) return [];
  const which = ['--all-namespaces', '--selector', 'owner=helm', '--label-columns', 'name,status', '--no-headers'];
  const lines = (await kubectl.answer(['get', 'secrets', ...which])).split('\n').filter(Boolean);
  return lines.flatMap((line) => {
    const [namespace, secret, , , , name, status] = line.split(/\s+/);
    const release = releases.find((one) => one.name === name && one.namespace === namespace);
    return release ? [{ ...release, secret, status }] : [];
  });
}

/**
 * The records that keep a stack from being what its file says. Helm refuses for ever to go on with what was broken off,
 * never looks whether somebody removed an object, and takes back what it once set and sets no longer. Without the
 * records, the next run adopts what there is. A revision of another chart than the file's has left objects that the one
 * before knows nothing of: it has to count as failed.
 */
export async function obstacles(kubectl: Kubectl, stack: Stack, parts: readonly Part[]): Promise<Obstacle[]> {
  const records = await recordsOf(kubectl, [stack]);
  if (records.length === 0) return [];
  const broken = records.filter(({ status }) => BROKEN_OFF.test(status));
  const lost = (await losers(kubectl, parts)).flatMap(chartsOf);
  const gone = [...lost, ...(await chartsGone(kubectl, stack, parts))];
  // Of one that is half gone nothing is true any more; of another the revision before is.
  const isUntrue = (record: HelmRecord) =>
    broken.some((other) => isRemoval(other) && other.chart === record.chart) || gone.includes(record.chart);
  const others = await Promise.all(
    broken.map(async (record) => !isUntrue(record) && (await isOfAnother(kubectl, record)) && record),
  );
  return records
    .filter((record) => broken.includes(record) || isUntrue(record))
    .map((record) => ({ ...record, mend: others.includes(record) ? 'fail' : 'forget' }));
}

/** Whether a revision after the first one is of another version of its chart than its release is to have. */
async function isOfAnother(kubectl: Kubectl, { secret, namespace, version, status }: HelmRecord): Promise<boolean> {
  if (status === 'pending-install' || version === undefined) return false;
  const found = await kubectl.find('secret', secret, namespace);
  return Boolean(found) && unpack(found).chart.metadata.version !== version;
}

/**
 * Charts that stand as their file says and yet lack a workload, which nobody but a person removes. To another version Helm goes by itself, for which
 * it has to know the one before: what that set and this one does not would stay.
 */
async function chartsGone(kubectl: Kubectl, stack: Stack, parts: readonly Part[]): Promise<string[]> {
  if (parts.length === 0) return [];
  const seen = new Set((await kubectl.list('statefulsets,deployments,jobs')).map(nameOf));
  const lacks = (object: KubeObject) => isWorkload(object) && !seen.has(nameOf(object));
  const lacking = parts.filter(({ objects }) => objects.some(lacks)).flatMap(chartsOf);
  if (lacking.length === 0) return [];
  const versions = await standingVersions(kubectl, [stack]);
  return releasesOf(stack)
    .filter(({ chart, name, version }) => lacking.includes(chart) && (versions.get(name) ?? version) === version)
    .map(({ chart }) => chart);
}

/** Removes what removals of a stack's releases left that were broken off. @returns whether there was anything */
export async function clearRemovals(kubectl: Kubectl, stack: Stack): Promise<boolean> {
  const begun = (await recordsOf(kubectl, [stack])).filter(isRemoval);
  await deleteHooks(kubectl, begun);
  return begun.length > 0;
}

const isRemoval = ({ status }: HelmRecord): boolean => status === 'uninstalling';

/** Deletes the Jobs of hooks: Helm fails for ever to make them once more. */
async function deleteHooks(kubectl: Kubectl, records: readonly HelmRecord[]): Promise<void> {
  for (const { name, namespace } of records) {
    const selector = `app.kubernetes.io/managed-by=Helm,app.kubernetes.io/instance=${name}`;
    const which = ['--namespace', namespace, '--selector', selector];
    await kubectl.answer(['delete', 'jobs', ...which, '--ignore-not-found']);
  }
}

/** Clears obstacles. Only for when nothing else is at work on those releases. */
export async function clear(kubectl: Kubectl, found: readonly Obstacle[]): Promise<void> {
  await deleteHooks(kubectl, found.filter(isRemoval));
  await forget(
    kubectl,
    found.filter(({ mend }) => mend === 'forget'),
  );
  for (const { secret, namespace } of found.filter(({ mend }) => mend === 'fail')) {
    const record = await kubectl.find('secret', secret, namespace);
    if (!record) continue;
    const content = unpack(record);
    content.info.status = 'failed';
    record.metadata.labels.status = 'failed';
    record.data.release = pack(content);
    await kubectl.answer(['replace', '--filename', '-'], { input: JSON.stringify(record) });
  }
}

async function forget(kubectl: Kubectl, records: readonly HelmRecord[]): Promise<void> {
  for (const { secret, namespace } of records)
    await kubectl.answer(['delete', 'secret', secret, '--namespace', namespace, '--ignore-not-found']);
}

/** Releases that Helm knows of and a state does not: a run was killed before Terraform noted them. */
export async function unnoted(kubectl: Kubectl, stack: Stack, stateOf: () => Promise<string>): Promise<Adopted[]> {
  const records = await recordsOf(kubectl, [stack]);
  if (records.length === 0) return [];
  const state = await stateOf();
  const noted: KubeObject[] = state ? JSON.parse(state).resources : [];
  return releasesOf(stack)
    .filter(({ name }) => records.some((record) => record.name === name))
    .filter(({ chart }) => !noted.some(({ type, name }) => type === 'helm_release' && name === chart))
    .map(({ chart, name, namespace }) => ({ address: `helm_release.${chart}`, id: `${namespace}/${name}` }));
}

/** The charts of stacks that Helm knows anything of. */
export const releasedCharts = async (kubectl: Kubectl, stacks: readonly Stack[]): Promise<Set<string>> =>
  new Set((await recordsOf(kubectl, stacks)).map(({ chart }) => chart));

/** Whether Helm knows anything of stacks, which is whether Terraform deployed them. */
export const areReleased = async (kubectl: Kubectl, stacks: readonly Stack[]): Promise<boolean> =>
  (await releasedCharts(kubectl, stacks)).size > 0;

/** Has Helm forget all of stacks. @returns whether there was anything */
export async function forgetAll(kubectl: Kubectl, stacks: readonly Stack[]): Promise<boolean> {
  const records = await recordsOf(kubectl, stacks);
  await forget(kubectl, records);
  return records.length > 0;
}
