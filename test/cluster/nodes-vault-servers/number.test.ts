import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { blocksOf } from '../../docs/commands';
import { eventually } from '../support/eventually';
import { apply, applyAll, find, isReady, kubectl, list } from '../support/kubectl';
import { CLI, isFound, ROOT, synthesize, workFile } from '../support/platform';
import { allVote, leader, PODS } from '../support/raft';
import { must, run } from '../support/run';
import { triedUnless } from '../support/tried';
import { scaleBootstrap, status } from '../support/vault';
import { type Writer, writingToStandard } from '../support/writer';

const isHere = isFound('three-nodes');
const on = triedUnless(isHere ? undefined : 'the cluster has fewer than three nodes');

/** Seconds that a server stays sealed or empty: longer than a failing probe is borne. */
const LEFT_SEC = 90;
/** A server that nobody initialises, beside the others. */
const SPARE = 'vault-spare';

let token: string;
let writer: Writer;

beforeAll(async () => {
  if (!isHere) return;
  ({ token, writer } = await writingToStandard());
}, 660_000);

afterAll(() => writer?.stop());

/** Says how long nobody answered. */
const tell = (what: string) =>
  console.info(`${what}: longest time without a write ${writer.longestSec().toFixed(1)} s`);

/** The platform of three nodes with another number of servers, written anew. */
const described = (replicas: number) => synthesize('standard', { vault: { replicas } }, `dist-vault-${replicas}`);

/** Waits until so many servers are all that there is, and their volumes. */
async function stand(replicas: number): Promise<void> {
  const pods = PODS.slice(0, replicas);
  await kubectl(['rollout', 'status', 'statefulset/vault', '-n', 'vault', '--timeout=300s'], { seconds: 310 });
  await eventually(async () => {
    const all = await list('pods', 'vault', '-l', 'app.kubernetes.io/instance=vault');
    expect(all.map(({ metadata }) => metadata.name).sort()).toEqual(pods);
    expect(all.map(isReady)).not.toContain(false);
    const claims = (await list('persistentvolumeclaims', 'vault')).map(({ metadata }) => metadata.name);
    expect(claims.filter((name) => name.startsWith('data-')).sort()).toEqual(pods.map((pod) => `data-${pod}`));
    expect(claims.filter((name) => name.startsWith('audit-'))).toHaveLength(PODS.length);
  }, 240);
  await allVote(token, pods);
}

/** Has a server lead that is to leave. */
async function leaverLeads(): Promise<void> {
  if ((await leader(token)) === 'vault-0') await kubectl(['delete', 'pod', 'vault-0', '-n', 'vault']);
  await eventually(async () => expect(await leader(token)).not.toBe('vault-0'), 60);
  await stand(3);
}

/** Runs the platform's command line on a project with so many servers. */
async function up(replicas: number): Promise<void> {
  await described(replicas);
  const folder = workFile('vault-servers');
  mkdirSync(folder, { recursive: true });
  if (!existsSync(join(folder, 'node_modules'))) symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  const app = `node --import ${join(ROOT, 'node_modules/tsx/dist/loader.mjs')} ${join(ROOT, 'main.ts')}`;
  const project = { language: 'typescript', app, projectId: 'servers', sendCrashReports: 'false' };
  writeFileSync(join(folder, 'cdktf.json'), JSON.stringify(project));
  const above = ['keys', 'overlay'].map((name) => workFile(`dist-vault-${replicas}-${name}.yaml`));
  const PLATFORM_FILE = [join(ROOT, 'test/cluster/standard.yaml'), ...above].join(',');
  const command = ['node', ...CLI, 'up', '--by', 'kubectl'];
  await must('sh', ['-c', 'cd "$1" && shift && exec "$@"', 'sh', folder, ...command], {
    env: { PLATFORM_FILE, CI: 'true' },
    seconds: 500,
  });
}

on(
  'three servers become one by sandboxctl, though one that leaves leads',
  async () => {
    await leaverLeads();
    writer.longestSec();
    await up(1);
    await stand(1);
    tell('three servers became one by sandboxctl');
  },
  800_000,
);

on(
  'a server that is sealed, and one that was never initialised, take no traffic and are not restarted for it',
  async () => {
    const { spec } = await find('statefulset', 'vault', 'vault');
    const { metadata, spec: pod } = spec.template;
    const volumes = [...pod.volumes, ...['data', 'audit'].map((name) => ({ name, emptyDir: {} }))];
    const spare = { name: SPARE, namespace: 'vault', labels: metadata.labels };
    await scaleBootstrap(0);
    try {
      await kubectl(['delete', 'pod', 'vault-0', '-n', 'vault']);
      await applyAll({ apiVersion: 'v1', kind: 'Pod', metadata: spare, spec: { ...pod, volumes } });
      const left = async (name: string) => {
        const [container] = (await find('pod', 'vault', name))?.status.containerStatuses ?? [];
        expect(Date.now() - Date.parse(container?.state.running?.startedAt)).toBeGreaterThan(LEFT_SEC * 1000);
        return container;
      };
      for (const name of ['vault-0', SPARE])
        expect(await eventually(() => left(name), LEFT_SEC + 90)).toMatchObject({ ready: false, restartCount: 0 });
      expect(await status('vault-0')).toMatchObject({ initialized: true, sealed: true });
      expect(await status(SPARE)).toMatchObject({ initialized: false });
      for (const service of ['vault', 'vault-external']) {
        const slices = await list('endpointslices', 'vault', '-l', `kubernetes.io/service-name=${service}`);
        const ready = slices.flatMap(({ endpoints }) => endpoints ?? []).filter(({ conditions }) => conditions.ready);
        expect(ready).toEqual([]);
      }
    } finally {
      await kubectl(['delete', 'pod', SPARE, '-n', 'vault', '--ignore-not-found']);
      await scaleBootstrap(1);
    }
    await stand(1);
    await writer.goesOn();
  },
  500_000,
);

on(
  'one server becomes three',
  async () => {
    await apply(await described(3));
    await stand(3);
    tell('one server became three');
  },
  600_000,
);

on(
  "three servers become one by the documentation's commands, and three again",
  async () => {
    await leaverLeads();
    writer.longestSec();
    const [recipe] = blocksOf('sh').filter(({ text }) => text.includes('remove-peer'));
    const folder = await described(1);
    const { code, stderr } = await run('sh', ['-e', '-c', recipe.text.replace('dist/', folder)], { seconds: 300 });
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    await stand(1);
    tell("three servers became one by the documentation's commands");
    await apply(await described(3));
    await stand(3);
    tell('one server became three again');
  },
  900_000,
);

on(
  'no acknowledged write is lost in all that',
  async () => {
    const { count } = writer;
    expect(count).toBeGreaterThan(500);
    expect(await writer.lost()).toEqual([]);
    console.info(`${count} writes, none lost`);
  },
  600_000,
);
