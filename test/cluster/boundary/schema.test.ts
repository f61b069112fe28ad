import { setTimeout as pause } from 'node:timers/promises';
import { forget, sql } from '../support/boundary-database';
import { eventually } from '../support/eventually';
import { find, type KubeObject, kubectl, list, nodeAddress } from '../support/kubectl';
import { becomesReady, deploy, isFound, platform, synthesize } from '../support/platform';

const NAMESPACE = 'boundary';
const IN = ['-n', NAMESPACE];
/** How often the database is made while what makes it is killed; by hand, more. */
const KILLS = Number(process.env.KILLS ?? 1);
/** Milliseconds that it takes, about. */
const LONGEST_MS = 3000;

/** Whether this Boundary has the plugins that its migration begins with; the testbed's has none, and a schema that is half made stays so. */
const goesOn = process.env.MIGRATES === 'yes';
const migrates = isFound('boundary-0.20') && goesOn;
const onEarlier = migrates ? test : test.skip;
const why = migrates ? '' : ' (skipped: no image of Boundary 0.20, or MIGRATES does not say that 0.21 has its plugins)';

let folder: string;

const jobs = async (instance: string): Promise<KubeObject[]> =>
  list('jobs', NAMESPACE, '-l', `app.kubernetes.io/instance=${instance}`);

/** Takes the database away, and what kept a key that it knew. */
async function beginAnew(): Promise<void> {
  await forget();
  // The testbed's image lacks the programs with which a worker's probe finds that out.
  await kubectl(['delete', 'pod', '-l', 'app.kubernetes.io/instance=boundary-worker', ...IN, '--grace-period=1']);
}

/** Kills the pod that makes the database some time after it began; what could not go on from there, before it says so. */
async function killMaker(afterMs: number): Promise<void> {
  const pod = await eventually(async () => {
    const [found] = await list('pods', NAMESPACE, '-l', 'app.kubernetes.io/instance=boundary-schema');
    const schema = found?.status.initContainerStatuses?.find(({ name }: KubeObject) => name === 'schema');
    if (!(goesOn ? schema?.state.running : schema?.state.terminated)) throw new Error(JSON.stringify(found?.status));
    return found.metadata.name;
  }, 60);
  if (goesOn) await pause(afterMs);
  await kubectl(['delete', 'pod', pod, ...IN, '--force', '--grace-period=0']);
}

beforeAll(async () => {
  folder = await platform();
}, 400_000);

test(
  `the database is made once, however often that is killed (${KILLS} times), by controllers that start together${goesOn ? '' : ' (not while it is half made: MIGRATES does not say that 0.21 has its plugins)'}`,
  async () => {
    const afterMs = Array.from({ length: KILLS }, (_, index) => ((index + 0.5) / KILLS) * LONGEST_MS);
    for (const ms of afterMs) {
      await beginAnew();
      await deploy(folder);
      await kubectl(['scale', 'deployment', 'boundary-controller', ...IN, '--replicas=3']);
      await killMaker(ms);
      await eventually(async () => {
        const { status } = await find('deployment', NAMESPACE, 'boundary-controller');
        expect(status.readyReplicas).toBe(3);
        for (const job of [...(await jobs('boundary-schema')), ...(await jobs('boundary-bootstrap'))])
          expect(job.status.succeeded).toBe(1);
      }, 180);
      expect(await sql("SELECT count(*) FROM boundary_schema_version WHERE edition = 'oss'")).toBe('1');
      expect(await sql("SELECT count(*) FROM iam_scope WHERE name = 'agent-sandbox'")).toBe('1');
    }
    if (goesOn) console.info(`killed after ${afterMs.map((ms) => `${Math.round(ms)} ms`).join(', ')}`);
    await kubectl(['scale', 'deployment', 'boundary-controller', ...IN, '--replicas=1']);
    await becomesReady(folder, 120);
  },
  Math.max(600, KILLS * 120) * 1000,
);

onEarlier(
  `from Boundary 0.20 its data is taken along${why}`,
  async () => {
    const access = { nodeAddress: await nodeAddress() };
    const earlier = { access, images: { boundary: 'hashicorp/boundary:0.20' } };
    await beginAnew();
    const before = await synthesize('platform', earlier, 'dist-boundary-0.20');
    await deploy(before);
    await becomesReady(before, 240);
    const version = "SELECT version FROM boundary_schema_version WHERE edition = 'oss'";
    const [old, project] = [
      await sql(version),
      await sql("SELECT public_id FROM iam_scope WHERE name = 'environments'"),
    ];
    await deploy(folder);
    await becomesReady(folder, 240);
    expect(Number(await sql(version))).toBeGreaterThan(Number(old));
    expect(await sql("SELECT public_id FROM iam_scope WHERE name = 'environments'")).toBe(project);
    const { data } = await find('configmap', NAMESPACE, 'boundary-objects');
    expect(data.project).toBe(project);
  },
  600_000,
);
