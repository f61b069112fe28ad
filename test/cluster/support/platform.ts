import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';
import { eventually } from './eventually';
import { apply, isReady, type KubeObject, list, nameOf } from './kubectl';
import { must, type Outcome } from './run';

/** Environment variable with the folder that a run keeps its key and manifests in. */
export const WORK = 'PLATFORM_CLUSTER_TEST';
/** What the cluster and the machine have, names with a space between. */
export const FOUND = 'PLATFORM_CLUSTER_TEST_FOUND';
export const KEY = 'key';
export const ROOT = resolve(__dirname, '../../..');
const CLUSTER = join(ROOT, 'test/cluster');

export const isFound = (name: string): boolean => (process.env[FOUND] ?? '').split(' ').includes(name);

export const workFile = (name: string): string => join(process.env[WORK] ?? '', name);

/** A pair of SSH keys in the run's folder. */
export async function makeKey(name: string): Promise<void> {
  await must('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', workFile(name)]);
}

/** The folder of manifests made from `<name>.yaml` beside these tests, the run's key let in and `overlay` above all. */
export async function synthesize(name: string, overlay: object = {}, folder = `dist-${name}`): Promise<string> {
  const keys = workFile(`${folder}-keys.yaml`);
  const above = workFile(`${folder}-overlay.yaml`);
  writeFileSync(keys, stringify({ environments: { sshKeys: [readFileSync(workFile(`${KEY}.pub`), 'utf8').trim()] } }));
  writeFileSync(above, stringify(overlay));
  const files = [join(CLUSTER, `${name}.yaml`), keys, ...(Object.keys(overlay).length > 0 ? [above] : [])];
  await must(join(ROOT, 'node_modules/.bin/tsx'), [join(ROOT, 'main.ts')], {
    env: { PLATFORM_FILE: files.join(','), CDK8S_OUTDIR: workFile(folder), CDKTF_OUTDIR: '' },
  });
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

/** Applies a platform, unless Terraform's is there: half of each would be neither. */
export async function deploy(folder: string): Promise<Outcome> {
  const taken = await list('namespaces', undefined, '-l', 'app.kubernetes.io/managed-by=Helm');
  if (taken.length > 0) throw new Error(`Terraform deployed ${taken.map((o) => o.metadata.name)}: destroy that first`);
  return apply(folder);
}

/** The platform under test, applied and Ready, whichever file runs first. */
export async function platform(): Promise<string> {
  const folder = workFile('dist-platform');
  await deploy(folder);
  await becomesReady(folder, 300);
  return folder;
}
