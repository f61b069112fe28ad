import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';
import { eventually } from './eventually';
import { apply, find, isReady, type KubeObject, kubectl, list, nameOf } from './kubectl';
import { must, type Outcome } from './run';

/** Environment variable with the folder that a run keeps its key and manifests in. */
export const WORK = 'PLATFORM_CLUSTER_TEST';
/** What the cluster and the machine have, names with a space between. */
export const FOUND = 'PLATFORM_CLUSTER_TEST_FOUND';
export const KEY = 'key';
/** File with the cluster's inventory before the run's first test. */
export const BEFORE = 'before.json';
export const ROOT = resolve(__dirname, '../../..');
/** Arguments of Node.js that run the platform's command line from its sources. */
export const CLI = ['--import', join(ROOT, 'node_modules/tsx/dist/loader.mjs'), join(ROOT, 'lib/operate/cli.ts')];
const CLUSTER = join(ROOT, 'test/cluster');

export const isFound = (name: string): boolean => (process.env[FOUND] ?? '').split(' ').includes(name);

export const workFile = (name: string): string => join(process.env[WORK] ?? '', name);

/** A pair of SSH keys in the run's folder. */
export async function makeKey(name: string): Promise<void> {
  await must('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', workFile(name)]);
}

/** Runs the program itself. */
export async function program(env: Readonly<Record<string, string>>): Promise<void> {
  await must(join(ROOT, 'node_modules/.bin/tsx'), [join(ROOT, 'main.ts')], { env });
}

/** The folder of manifests made from `<name>.yaml` beside these tests, the run's key let in and `overlay` above all. */
export async function synthesize(name: string, overlay: object = {}, folder = `dist-${name}`): Promise<string> {
  const keys = workFile(`${folder}-keys.yaml`);
  const above = workFile(`${folder}-overlay.yaml`);
  writeFileSync(keys, stringify({ environments: { sshKeys: [readFileSync(workFile(`${KEY}.pub`), 'utf8').trim()] } }));
  writeFileSync(above, stringify(overlay));
  const files = [join(CLUSTER, `${name}.yaml`), keys, ...(Object.keys(overlay).length > 0 ? [above] : [])];
  await program({ PLATFORM_FILE: files.join(','), CDK8S_OUTDIR: workFile(folder), CDKTF_OUTDIR: '' });
  return workFile(folder);
}

/** The objects of a file of manifests. */
export const objectsIn = (file: string): KubeObject[] =>
  parseAllDocuments(readFileSync(file, 'utf8')).map((document) => document.toJS());

export const namespacesOf = (folder: string): string[] =>
  objectsIn(join(folder, '00-namespaces.k8s.yaml'))
    .filter(({ kind }) => kind === 'Namespace')
    .map(({ metadata }) => metadata.name);

/** The parts of a platform that are not there yet, each with what is known of it. */
export async function unready(folder: string): Promise<string[]> {
  const namespaces = new Set(namespacesOf(folder));
  const objects = await list('statefulsets,deployments,jobs,pods');
  const late = objects.filter((o) => namespaces.has(o.metadata.namespace) && !settled(o));
  return late.map((o) => `${o.kind} ${nameOf(o)}: ${JSON.stringify(o.status.containerStatuses ?? o.status)}`);
}

function settled({ kind, metadata, spec, status }: KubeObject): boolean {
  if (kind === 'Pod') return !metadata.deletionTimestamp && isReady({ status });
  if (kind === 'Job') return status.succeeded === 1;
  const { replicas } = spec;
  const updated = status.updatedReplicas ?? 0;
  return (
    status.observedGeneration === metadata.generation &&
    updated === replicas &&
    (status.readyReplicas ?? 0) === replicas
  );
}

export async function becomesReady(folder: string, seconds: number): Promise<void> {
  await eventually(async () => {
    const late = await unready(folder);
    if (late.length > 0) throw new Error(late.join('\n'));
  }, seconds);
}

/** Removes Terraform's platform, where there is one. @returns whether there was */
async function destroyTaken(): Promise<boolean> {
  const taken = await list('namespaces', undefined, '-l', 'app.kubernetes.io/managed-by=Helm');
  if (taken.length > 0) await (await import('./stacks')).destroyAll();
  return taken.length > 0;
}

/** Applies a platform in the place of Terraform's, where there is one: half of each would be neither. */
export async function deploy(folder: string): Promise<Outcome> {
  await destroyTaken();
  return apply(folder);
}

/** Leaves no platform, whichever stood. */
export async function noPlatform(): Promise<void> {
  if (await destroyTaken()) return;
  const folders = ['dist-standard', 'dist-platform'].map(workFile).filter((folder) => existsSync(folder));
  if ((await Promise.all(folders.map(standing))).every(({ length }) => length === 0)) return;
  for (const folder of folders) await undeploy(folder);
}

/** Without controllers, a worker would wait for all of its grace period. */
export const endWorkers = (): Promise<string> =>
  kubectl(['delete', 'pods', '--all', '-n', 'boundary', '--force', '--ignore-not-found', '--wait=false']);

/** Namespaces of a folder's platform that are there. */
async function standing(folder: string): Promise<string[]> {
  const all = (await list('namespaces')).map(({ metadata }) => metadata.name);
  return namespacesOf(folder).filter((name) => all.includes(name));
}

/** Removes a platform with its volumes, whether all of it is there or nothing. */
export async function undeploy(folder: string): Promise<void> {
  const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
  // One for all of them takes a minute: it asks for a few objects a second.
  await Promise.all(
    files.map((name) =>
      kubectl(['delete', '-f', join(folder, name), '--ignore-not-found', '--wait=false'], { seconds: 180 }),
    ),
  );
  await endWorkers();
  const left = await standing(folder);
  if (left.length > 0)
    await kubectl(['wait', '--for=delete', '--timeout=200s', 'namespace', ...left], { seconds: 210 });
}

/** The platform under test, applied and Ready, whichever file runs first. */
export async function platform(): Promise<string> {
  const folder = workFile('dist-platform');
  await deploy(folder);
  await becomesReady(folder, 300);
  return folder;
}

/** The platform of three nodes, applied and Ready, whatever stood before. */
export async function standard(): Promise<string> {
  const vault = await find('statefulset', 'vault', 'vault');
  // Another profile's volumes have other sizes, which a StatefulSet cannot change.
  if (vault?.spec.replicas !== 3) await noPlatform();
  const folder = await synthesize('standard');
  await deploy(folder);
  await becomesReady(folder, 400);
  return folder;
}
