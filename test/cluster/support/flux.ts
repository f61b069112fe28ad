import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Sources } from '../../helpers/sources';
import { eventually } from './eventually';
import { apply, applyAll, find, type KubeObject, kubectl, list } from './kubectl';
import { isFound, objectsIn, ROOT, workFile } from './platform';
import { run } from './run';

const CONTROLLERS = ['source', 'kustomize', 'helm'] as const;
/** File with the definitions of their kinds. */
const KINDS = process.env.FLUX_CRDS ?? '';
const NAMESPACE = 'flux-system';
/** Where one fetches what another one has fetched. */
const STORAGE = '127.0.0.1:17073';
const CHART = /vault-secrets-operator-(\d+\.\d+\.\d+)\.tgz$/;
/** Who writes to Flux' own objects, as its documents have it. */
const BY_HAND = '--field-manager=flux-client-side-apply';

const example = (): KubeObject[] => objectsIn(join(ROOT, 'examples/gitops/flux.yaml'));
const ofKind = (kind: string): KubeObject[] => example().filter((object) => object.kind === kind);

/** Why its example cannot be carried out here, or undefined. */
export function missing(chart = process.env.VSO_CHART ?? ''): string | undefined {
  const program = [...CONTROLLERS.map((name) => `${name}-controller`), 'git'].find((name) => !isFound(name));
  if (program) return `no program ${program}`;
  if (!existsSync(KINDS)) return 'FLUX_CRDS names no file with the kinds of Flux';
  const [{ spec }] = ofKind('HelmRelease');
  const { version } = spec.chart.spec;
  return CHART.exec(chart)?.[1] === version ? undefined : `VSO_CHART names no chart of the operator's ${version}`;
}

/** Flux' controllers as processes of this machine, which act on the cluster as whoever runs the tests. */
export class Flux {
  private constructor(private readonly processes: readonly ChildProcess[]) {}

  static async start(): Promise<Flux> {
    await apply(KINDS);
    await kubectl(['wait', '--for=condition=Established', '--timeout=60s', '-f', KINDS]);
    await applyAll({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
    return new Flux(CONTROLLERS.map(begin));
  }

  /** Applies the example, with this machine's repositories in the place of those that it names. */
  async carryOut({ git, charts }: Sources): Promise<void> {
    const urls: Readonly<Record<string, string>> = { GitRepository: git, HelmRepository: charts };
    const own = (object: KubeObject) =>
      object.kind in urls ? { ...object, spec: { ...object.spec, url: urls[object.kind] } } : object;
    await applyAll(...example().map(own));
  }

  /** Waits until one of its objects is Ready. @returns when it became so */
  async isReady(kind: string, name: string, seconds: number): Promise<Date> {
    return eventually(async () => {
      this.expectRunning();
      const conditions = (await find(kind, NAMESPACE, name))?.status?.conditions ?? [];
      const ready = conditions.find(({ type }: KubeObject) => type === 'Ready');
      if (ready?.status !== 'True') throw new Error(JSON.stringify(conditions));
      return new Date(ready.lastTransitionTime);
    }, seconds);
  }

  /** Has it look at one of its objects now, and waits until it has. */
  async reconcile(kind: string, name: string, seconds = 120): Promise<void> {
    const asked = new Date().toISOString();
    const request = `reconcile.fluxcd.io/requestedAt=${asked}`;
    await kubectl(['annotate', kind, name, '-n', NAMESPACE, request, '--overwrite', BY_HAND]);
    await eventually(async () => {
      this.expectRunning();
      const { status } = await find(kind, NAMESPACE, name);
      if (status?.lastHandledReconcileAt !== asked) throw new Error(JSON.stringify(status?.conditions));
    }, seconds);
    await this.isReady(kind, name, seconds);
  }

  /** Ends the controllers, and removes their kinds with whatever is left of them. */
  async remove(): Promise<void> {
    await Promise.all(this.processes.map(end));
    for (const { kind, metadata } of await left())
      await run('kubectl', [
        'patch',
        `${kind.toLowerCase()}/${metadata.name}`,
        '-n',
        metadata.namespace,
        '--type=merge',
        '-p',
        '{"metadata":{"finalizers":null}}',
      ]);
    await kubectl(['delete', '-f', KINDS, '--ignore-not-found']);
    await kubectl(['delete', 'namespace', NAMESPACE, '--ignore-not-found']);
  }

  private expectRunning(): void {
    const ended = this.processes.findIndex(({ exitCode, signalCode }) => (exitCode ?? signalCode) !== null);
    if (ended < 0) return;
    const lines = readFileSync(logOf(CONTROLLERS[ended]), 'utf8').trim().split('\n').slice(-5);
    throw new Error(`${CONTROLLERS[ended]}-controller has ended:\n${lines.join('\n')}`);
  }
}

/** Objects of Flux that are there. */
export async function left(): Promise<KubeObject[]> {
  const kinds = [...new Set([...example().map(({ kind }) => kind), 'HelmChart'])];
  return list(kinds.join(','), NAMESPACE);
}

const logOf = (name: string): string => workFile(`${name}-controller.log`);

function begin(name: (typeof CONTROLLERS)[number]): ChildProcess {
  const [home, fetched] = [workFile('flux'), workFile('flux/fetched')];
  mkdirSync(fetched, { recursive: true });
  const storage = ['--storage-path', fetched, '--storage-addr', STORAGE, '--storage-adv-addr', STORAGE];
  const log = openSync(logOf(name), 'w');
  const started = spawn(
    `${name}-controller`,
    [
      '--watch-all-namespaces',
      '--metrics-addr=0',
      '--health-addr=0',
      '--requeue-dependency=5s',
      ...(name === 'source' ? storage : []),
    ],
    { env: { ...process.env, RUNTIME_NAMESPACE: NAMESPACE, HOME: home }, stdio: ['ignore', log, log] },
  );
  closeSync(log);
  return started;
}

async function end(controller: ChildProcess): Promise<void> {
  if (controller.exitCode !== null || controller.signalCode !== null) return;
  controller.kill('SIGKILL');
  await once(controller, 'exit');
}
