import { choosePlatform } from '../../lib/operate/backup/platform';
import { PlatformRestore, type RestoreOptions } from '../../lib/operate/backup/platform-restore';
import type { Repository } from '../../lib/operate/backup/repository';
import * as files from '../../lib/operate/backup/restore';
import type { Snapshot } from '../../lib/operate/backup/snapshot';
import { secretsOf } from '../../lib/operate/backup/state';
import type { Kubectl, KubeObject } from '../../lib/operate/cluster/kubectl';
import { expectNoHalfRestore } from '../../lib/operate/cluster/restored';
import { claimsOf, workspaceNamed } from '../../lib/operate/cluster/workspace';
import { Selection } from '../../lib/operate/platform/selection';
import * as platform from '../../lib/operate/platform/up';

jest.mock('../../lib/operate/platform/up');
jest.mock('../../lib/operate/backup/restore', () => ({
  ...jest.requireActual('../../lib/operate/backup/restore'),
  verify: jest.fn(),
  putBack: jest.fn(),
}));

const snapshot = (id: string, kind: Snapshot['kind'], name: string): Snapshot => ({
  id,
  kind,
  name,
  time: '',
  cluster: '',
  bytes: 0,
});
const labels = (name: string, component: string) => ({
  'app.kubernetes.io/part-of': 'agent-sandbox-platform',
  'app.kubernetes.io/name': name,
  'app.kubernetes.io/component': component,
});
const set = (name: string, of: object, spec: object = {}): KubeObject => ({
  kind: 'StatefulSet',
  metadata: { name, namespace: name, labels: of },
  spec: { replicas: 1, template: { spec: { containers: [{ volumeMounts: [] }] } }, ...spec },
});
const mark = (name: string, id: string) => ({ [`restored-files.agent-sandbox.dev/${name}`]: id });
const VAULT = set('vault', labels('vault', 'server'));
const DEVENV = set('devenv', labels('devenv', 'environment'), {
  volumeClaimTemplates: [
    { metadata: { name: 'workspace', labels: { a: 'b' } }, spec: { accessModes: ['ReadWriteOnce'] } },
  ],
});

describe('a whole platform that is kept', () => {
  const members = [snapshot('v1', 'vault', 'vault'), snapshot('e1', 'environment', 'devenv-0')];
  const repository = (snapshots: readonly Snapshot[], text = JSON.stringify({ format: 1, members, secrets: [] })) =>
    ({
      location: '/backups',
      snapshots: async () => [...snapshots],
      read: async () => text,
    }) as Partial<Repository> as Repository;
  const wholes = [...members, snapshot('p1', 'platform', 'platform'), snapshot('p2', 'platform', 'platform')];

  test('is the newest, or the one that is named', async () => {
    expect((await choosePlatform(repository(wholes), { cluster: '' })).snapshot.id).toBe('p2');
    expect((await choosePlatform(repository(wholes), { cluster: '', at: 'p1' })).snapshot.id).toBe('p1');
  });

  test.each([
    ['is none where a backup was broken off', members, undefined, /no backup of a whole platform in \/backups/],
    ['is said to be missing', wholes, 'p3', /there is no backup p3 of a whole platform/],
    ['has to have all of its parts', wholes.slice(1), undefined, /p2 is not whole any more, it lacks vault/],
  ])('%s', async (_, snapshots, at, expected) =>
    expect(
      choosePlatform(repository(snapshots as Snapshot[]), { cluster: '', at: at as string | undefined }),
    ).rejects.toThrow(expected as RegExp),
  );

  test('may be of a program to come', async () =>
    expect(choosePlatform(repository(wholes, '{"format":3}'), { cluster: '' })).rejects.toThrow(/of a later version/));
});

describe('a restore', () => {
  const backup = (...members: Snapshot[]) => ({
    format: 1 as const,
    secrets: [],
    members,
    snapshot: snapshot('p1', 'platform', 'platform'),
  });
  const VAULTS = backup(snapshot('v1', 'vault', 'vault'));
  const given = (namespaces: KubeObject[], standing: KubeObject[]): RestoreOptions => ({
    kubectl: {
      list: async (kinds: string) => (kinds === 'namespaces' ? namespaces : standing),
    } as Partial<Kubectl> as Kubectl,
    repository: {} as Repository,
    folder: '.',
    timeout: 1,
  });
  const namespace = (from?: string, whole?: string) => ({
    metadata: {
      name: 'vault',
      annotations: {
        ...(from && { 'agent-sandbox.dev/restored-from': from }),
        ...(whole && { 'agent-sandbox.dev/restored': whole }),
      },
    },
  });

  beforeEach(() => {
    const selection = { objects: [VAULT, DEVENV], environments: [DEVENV], namespaces: ['vault'] };
    jest.spyOn(Selection, 'of').mockResolvedValue(selection as Partial<Selection> as Selection);
  });
  afterEach(() => jest.restoreAllMocks());

  test('is of what platform.yaml makes', async () => {
    await PlatformRestore.of(VAULTS, given([], []));
    await expect(PlatformRestore.of(backup(), given([], []))).rejects.toThrow(
      /makes vault, of which the backup has nothing/,
    );
    const secrets = [{ metadata: { namespace: 'elsewhere' } }];
    await expect(PlatformRestore.of({ ...VAULTS, secrets }, given([], []))).rejects.toThrow(/no namespace elsewhere/);
    await expect(
      PlatformRestore.of(backup(snapshot('d1', 'database', 'boundary-database')), given([], [])),
    ).rejects.toThrow(/platform.yaml makes no boundary-database, which the backup holds/);
    await expect(
      PlatformRestore.of(backup(snapshot('e1', 'environment', 'devenv-alice-0')), given([], [])),
    ).rejects.toThrow(/makes no devenv-alice-0/);
  });

  test.each([
    ['needs a cluster without the platform', [namespace()], [VAULT], /has a platform, with StatefulSet vault/],
    ['of another backup needs one, too', [namespace(undefined, 'p0')], [VAULT], /has a platform/],
    [
      'needs one where only a namespace is left of what it made',
      [{ ...namespace(undefined, 'p1'), metadata: { ...namespace(undefined, 'p1').metadata, name: 'devenv' } }],
      [VAULT],
      /has a platform/,
    ],
    ['does not mix two backups', [namespace('p0')], [VAULT], /p0 is half put back here: go on with --at p0/],
  ])('%s', (_, namespaces, standing, expected) =>
    expect(PlatformRestore.of(VAULTS, given(namespaces, standing))).rejects.toThrow(expected),
  );

  test('that was broken off goes on', async () =>
    expect(await PlatformRestore.of(VAULTS, given([namespace('p1')], [VAULT]))).toMatchObject({ isOver: false }));

  test('that was killed once all was back has nothing left to do, and is not refused', async () => {
    const restore = await PlatformRestore.of(VAULTS, given([namespace(undefined, 'p1')], [VAULT]));
    expect(restore.isOver).toBe(true);
    // Whatever else it would ask the cluster or the repository is none of what this one answers.
    expect(await restore.run()).toEqual([]);
  });
});

test('files that a run before put back stay as they are since, those of another backup do not', async () => {
  const members = ['devenv-0', 'devenv-1', 'devenv-2'].map((name, index) => snapshot(`e${index}`, 'environment', name));
  const annotations = {
    'agent-sandbox.dev/restored-from': 'p1',
    'agent-sandbox.dev/restored-data': 'p1',
    ...mark('devenv-0', 'p1'),
    ...mark('devenv-1', 'p0'),
  };
  const calls: string[][] = [];
  const kubectl: Partial<Kubectl> = {
    list: async (kinds) => (kinds === 'namespaces' ? [{ metadata: { name: 'devenv', annotations } }] : [VAULT]),
    find: async () => ({}),
    answer: async (args) => {
      calls.push([...args]);
      return '';
    },
  };
  const selection: Partial<Selection> = { objects: [DEVENV], environments: [DEVENV], namespaces: ['devenv'] };
  jest.spyOn(Selection, 'of').mockResolvedValue(selection as Selection);
  jest.mocked(files.verify).mockResolvedValue([]);
  jest.mocked(platform.up).mockResolvedValue([]);
  jest.mocked(files.putBack).mockImplementation(async (chosen, _, back) => {
    for (const workspace of chosen.keys()) await back?.(workspace);
    return [];
  });
  const backup = { format: 1 as const, secrets: [], members, snapshot: snapshot('p1', 'platform', 'platform') };
  const given = { kubectl: kubectl as Kubectl, repository: {} as Repository, folder: '.', timeout: 1 };
  await (await PlatformRestore.of(backup, given)).run();
  const changes = calls.map((args) => args.slice(3, -1));
  expect(changes).toEqual([
    ['restored-files.agent-sandbox.dev/devenv-1=p1'],
    ['restored-files.agent-sandbox.dev/devenv-2=p1'],
    [
      'agent-sandbox.dev/restored=p1',
      'agent-sandbox.dev/restored-from-',
      'agent-sandbox.dev/restored-data-',
      ...members.map(({ name }) => `restored-files.agent-sandbox.dev/${name}-`),
    ],
  ]);
});

test('nothing else begins while a restore has not put its data back', async () => {
  const cluster = (annotations: Record<string, string>) =>
    ({ list: async () => [{ metadata: { annotations } }, { metadata: {} }] }) as Partial<Kubectl> as Kubectl;
  const [from, data] = ['agent-sandbox.dev/restored-from', 'agent-sandbox.dev/restored-data'];
  for (const marks of [{}, { [from]: 'p1', [data]: 'p1' }, { [data]: 'p1' }])
    await expectNoHalfRestore(cluster(marks as Record<string, string>));
  for (const marks of [{ [from]: 'p1' }, { [from]: 'p1', [data]: 'p0' }])
    await expect(expectNoHalfRestore(cluster(marks as Record<string, string>))).rejects.toThrow(
      /^backup p1 is half put back here: go on with sandboxctl restore --platform --at p1/,
    );
});

test('claims of an environment that never ran are those that its set would make', () => {
  const workspace = workspaceNamed('devenv-7', [DEVENV]);
  expect(workspace && claimsOf(workspace)).toEqual([
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'workspace-devenv-7', namespace: 'devenv', labels: { a: 'b' } },
      spec: { accessModes: ['ReadWriteOnce'] },
    },
  ]);
  expect(workspaceNamed('somebody-0', [DEVENV])).toBeUndefined();
});

test('kept of Secrets is what nobody makes anew, without what only this cluster knows', async () => {
  const secret = (name: string, more: object) => ({
    metadata: { name, namespace: 'vault', uid: 'u', ...more },
    type: 'Opaque',
    data: { a: 'Yg==' },
  });
  const list = async () => [
    secret('keys', {
      labels: { managed: 'Helm', a: 'b' },
      annotations: { 'meta.helm.sh/release-name': 'x', mine: 'y' },
    }),
    secret('delivered', { ownerReferences: [{}] }),
  ];
  expect(await secretsOf({ list } as Partial<Kubectl> as Kubectl, ['vault'])).toEqual([
    {
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'Opaque',
      metadata: { name: 'keys', namespace: 'vault', labels: { a: 'b' }, annotations: { mine: 'y' } },
      data: { a: 'Yg==' },
    },
  ]);
});
