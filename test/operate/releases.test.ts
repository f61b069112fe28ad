import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Kubectl } from '../../lib/operate/cluster/kubectl';
import type { Part } from '../../lib/operate/platform/project';
import { areReleased, clear, clearRemovals, obstacles, unnoted } from '../../lib/operate/platform/releases';

const folder = mkdtempSync(join(tmpdir(), 'releases-'));
const NAMES = ['vault', 'boundary'];
const VERSION = '0.1.0-xaaaaaaaaaaaa';
const OTHER = '0.1.0-xbbbbbbbbbbbb';
const releases = NAMES.map((name) => [
  name,
  { name: `agent-sandbox-${name}`, namespace: 'kube-system', version: VERSION },
]);
writeFileSync(
  join(folder, 'cdk.tf.json'),
  JSON.stringify({ resource: { helm_release: Object.fromEntries(releases) } }),
);
const stack = { name: 'workloads', folder, dependencies: [] };

const workload = (name: string) => ({ kind: 'Deployment', metadata: { name, namespace: name } });
const filesOf = (name: string) => [`dist/20-${name}.k8s.yaml`];
const parts: Part[] = NAMES.map((name) => ({
  name,
  files: filesOf(name),
  objects: [workload(name)],
  needsOperator: false,
}));

/** A record's content, as Helm keeps it. */
const packed = (content: object) => ({
  release: Buffer.from(gzipSync(JSON.stringify(content)).toString('base64')).toString('base64'),
});

/** A cluster in which Helm has records (name, revision, status), all of a version, and some workloads. */
const clusterWith = (
  records: readonly [string, number, string][],
  workloads: readonly string[] = NAMES,
  version = VERSION,
): Kubectl =>
  ({
    answer: async (args: readonly string[]) =>
      args.includes('json')
        ? JSON.stringify({
            items: records.map(([name]) => ({ data: packed({ name, chart: { metadata: { version } } }) })),
          })
        : records
            .map(
              ([name, revision, status]) =>
                `kube-system   sh.helm.release.v1.${name}.v${revision}   helm.sh/release.v1   1   2m3s   ${name}   ${status}`,
            )
            .join('\n'),
    find: async () => ({ data: packed({ chart: { metadata: { version } } }) }),
    list: async () => workloads.map(workload),
  }) as Partial<Kubectl> as Kubectl;

const found = async (...given: Parameters<typeof clusterWith>) =>
  (await obstacles(clusterWith(...given), stack, parts)).map(({ secret }) => secret.replace('sh.helm.release.v1.', ''));

test('nothing is in the way of releases that stand', async () => {
  expect(
    await found([
      ['agent-sandbox-vault', 1, 'superseded'],
      ['agent-sandbox-vault', 2, 'deployed'],
    ]),
  ).toEqual([]);
  expect(await found([])).toEqual([]);
});

test('a release of others is none of ours', async () =>
  expect(await found([['somebody-elses', 1, 'pending-install']])).toEqual([]));

test.each(['pending-install', 'pending-upgrade', 'pending-rollback'])(
  'one that is %s is, and not the one before',
  async (status) =>
    expect(
      await found([
        ['agent-sandbox-vault', 1, 'deployed'],
        ['agent-sandbox-vault', 2, status],
      ]),
    ).toEqual(['agent-sandbox-vault.v2']),
);

test('all of one that is half removed is', async () =>
  expect(
    await found([
      ['agent-sandbox-vault', 1, 'superseded'],
      ['agent-sandbox-vault', 2, 'uninstalling'],
    ]),
  ).toEqual(['agent-sandbox-vault.v1', 'agent-sandbox-vault.v2']));

test('the Jobs of a removal that was broken off go, since Helm does not make them twice', async () => {
  const clusterOf = (status: string) => {
    const kubectl = clusterWith([['agent-sandbox-vault', 1, status]]);
    const answer = jest.fn(kubectl.answer);
    return Object.assign(kubectl, { answer });
  };
  const removed = clusterOf('uninstalling');
  expect(await clearRemovals(removed, stack)).toBe(true);
  expect(removed.answer.mock.lastCall?.[0]).toEqual(
    expect.arrayContaining(['delete', 'jobs', expect.stringMatching(/instance=agent-sandbox-vault$/)]),
  );
  expect(await clearRemovals(clusterOf('deployed'), stack)).toBe(false);
  // Also before the release is made again.
  const remade = clusterOf('uninstalling');
  await clear(remade, await obstacles(remade, stack, parts));
  expect(remade.answer.mock.calls.map(([[verb, kind]]) => [verb, kind])).toContainEqual(['delete', 'jobs']);
});

test('all of one is of which somebody removed a workload', async () =>
  expect(
    await found(
      [
        ['agent-sandbox-vault', 1, 'deployed'],
        ['agent-sandbox-boundary', 1, 'deployed'],
      ],
      ['vault'],
    ),
  ).toEqual(['agent-sandbox-boundary.v1']));

test('all of one is of which somebody removed a Job: what it keeps in the cluster may be gone with it', async () => {
  const job = { ...workload('boundary'), kind: 'Job' };
  const kubectl = clusterWith([['agent-sandbox-boundary', 1, 'deployed']], []);
  expect(await obstacles(kubectl, stack, [{ ...parts[1], objects: [job] }])).toHaveLength(1);
});

test('one that goes to another version is not, whatever that has more: what it sets no longer would stay', async () =>
  expect(await found([['agent-sandbox-boundary', 1, 'deployed']], ['vault'], OTHER)).toEqual([]));

test('all of one is whose set of environments would lose some, as its number is left to working hours', async () => {
  const set = (annotations: object, replicas?: number) => ({
    kind: 'StatefulSet',
    metadata: {
      name: 'vault',
      namespace: 'vault',
      labels: { 'app.kubernetes.io/component': 'environment' },
      annotations,
    },
    spec: { replicas },
  });
  const hours = { 'agent-sandbox.dev/working-hours': '{}' };
  const part = { ...parts[0], objects: [set(hours)] };
  const records = clusterWith([['agent-sandbox-vault', 1, 'deployed']]);
  const of = async (live: object) =>
    (await obstacles({ ...records, list: async () => [live] } as Partial<Kubectl> as Kubectl, stack, [part])).length;
  expect([await of(set({}, 3)), await of(set({}, 1)), await of(set(hours, 3))]).toEqual([1, 0, 0]);
});

test('a part of many files has a release for each', async () => {
  const [vault] = parts;
  const split = { ...vault, name: 'many', files: ['dist/50-vault.k8s.yaml', 'dist/50-boundary.k8s.yaml'] };
  const kubectl = clusterWith([['agent-sandbox-boundary', 1, 'deployed']], []);
  expect((await obstacles(kubectl, stack, [split])).map(({ name }) => name)).toEqual(['agent-sandbox-boundary']);
});

describe('a release that was broken off on the way', () => {
  const secret = (version: string) => {
    const content = { info: { status: 'pending-upgrade' }, chart: { metadata: { version } } };
    return {
      metadata: { name: 'record', labels: { owner: 'helm', status: 'pending-upgrade' } },
      data: packed(content),
    };
  };
  const clusterAt = (version: string) => {
    const kubectl = clusterWith([
      ['agent-sandbox-vault', 1, 'deployed'],
      ['agent-sandbox-vault', 2, 'pending-upgrade'],
    ]);
    const records = kubectl.answer;
    const asked: [readonly string[], unknown][] = [];
    const answer: Kubectl['answer'] = async (args, options) => {
      asked.push([args, options?.input]);
      return records(args);
    };
    return { kubectl: Object.assign(kubectl, { answer, find: async () => secret(version) }), asked };
  };
  const found = (kubectl: Kubectl) => obstacles(kubectl, stack, parts);

  test('to what its file says is forgotten, so that it is made again', async () => {
    const { kubectl, asked } = clusterAt(VERSION);
    const left = await found(kubectl);
    expect(left).toMatchObject([{ secret: 'sh.helm.release.v1.agent-sandbox-vault.v2', mend: 'forget' }]);
    await clear(kubectl, left);
    expect(asked.at(-1)?.[0].slice(0, 2)).toEqual(['delete', 'secret']);
  });

  test('to something else counts as failed, so that it is taken back', async () => {
    const { kubectl, asked } = clusterAt(OTHER);
    const left = await found(kubectl);
    expect(left).toMatchObject([{ mend: 'fail' }]);
    await clear(kubectl, left);
    const [args, input] = asked.at(-1) ?? [];
    const { metadata, data } = JSON.parse(input as string);
    const content = gunzipSync(Buffer.from(Buffer.from(data.release, 'base64').toString(), 'base64')).toString();
    expect([args?.[0], metadata.labels]).toEqual(['replace', { owner: 'helm', status: 'failed' }]);
    expect(JSON.parse(content).info.status).toBe('failed');
  });
});

test('a release that was made and not noted is known by its address and id', async () => {
  const kubectl = clusterWith([
    ['agent-sandbox-vault', 1, 'deployed'],
    ['agent-sandbox-boundary', 1, 'pending-install'],
  ]);
  const state = JSON.stringify({ resources: [{ type: 'helm_release', name: 'vault' }] });
  const boundary = { address: 'helm_release.boundary', id: 'kube-system/agent-sandbox-boundary' };
  expect(await unnoted(kubectl, stack, async () => state)).toEqual([boundary]);
  expect(await unnoted(kubectl, stack, async () => '')).toHaveLength(2);
  expect(await unnoted(clusterWith([]), stack, async () => '')).toEqual([]);
});

test('what Helm knows of was deployed by Terraform, whatever else it knows', async () => {
  expect(await areReleased(clusterWith([['agent-sandbox-vault', 1, 'deployed']]), [stack])).toBe(true);
  expect(await areReleased(clusterWith([['somebody-elses', 1, 'deployed']]), [stack])).toBe(false);
  expect(await areReleased(clusterWith([['agent-sandbox-vault', 1, 'deployed']]), [])).toBe(false);
});
