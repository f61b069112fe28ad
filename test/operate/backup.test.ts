import { keepWorkspace } from '../../lib/operate/backup/backup';
import { inPlace } from '../../lib/operate/backup/place';
import { chooseSnapshots } from '../../lib/operate/backup/restore';
import { WorkspaceFiles } from '../../lib/operate/backup/workspace-files';
import type { Kubectl, KubeObject } from '../../lib/operate/cluster/kubectl';
import { chosen, claimsOf, workspacesOf } from '../../lib/operate/cluster/workspace';
import { find } from '../helpers/objects';
import { synth } from '../helpers/synth';

const template = (name: string) => ({ metadata: { name } });
const mount = (name: string, mountPath: string) => ({ name, mountPath });

/** Environments that are numbered, and a person's own that took over volumes. */
const SETS: readonly KubeObject[] = [
  {
    metadata: { name: 'devenv', namespace: 'devenv' },
    spec: {
      replicas: 1,
      volumeClaimTemplates: [template('workspace'), template('bash-history')],
      template: {
        spec: {
          containers: [{ volumeMounts: [mount('tmp', '/tmp'), mount('workspace', '/workspace')] }],
          volumes: [{ name: 'tmp', emptyDir: {} }],
        },
      },
    },
  },
  {
    metadata: { name: 'devenv-alice', namespace: 'devenv' },
    spec: {
      replicas: 0,
      template: {
        spec: {
          containers: [{ volumeMounts: [mount('workspace', '/workspace')] }],
          volumes: [{ name: 'workspace', persistentVolumeClaim: { claimName: 'workspace-devenv-3' } }],
        },
      },
    },
  },
];
/** The volumes of the numbered one that was scaled away are still there. */
const CLAIMS = ['workspace-devenv-0', 'workspace-devenv-2', 'bash-history-devenv-2'].map((name) => ({
  metadata: { name, namespace: 'devenv' },
}));
const kubectl = {
  list: async (kinds: string) => (kinds === 'statefulsets' ? SETS : CLAIMS),
} as Partial<Kubectl> as Kubectl;

// Others of this worker have the same class.
afterEach(() => jest.restoreAllMocks());

describe('workspaces', () => {
  test('are those of environments that run, that are stopped, and whose files alone are left', async () => {
    const all = await workspacesOf(kubectl);
    expect(all.map(({ name, volumes }) => [name, volumes])).toEqual([
      ['devenv-0', [{ claim: 'workspace-devenv-0', path: '/workspace' }]],
      ['devenv-2', [{ claim: 'workspace-devenv-2', path: '/workspace' }]],
      ['devenv-alice-0', [{ claim: 'workspace-devenv-3', path: '/workspace' }]],
    ]);
  });

  test.each([
    ['alice', ['devenv-alice-0']],
    ['devenv-alice', ['devenv-alice-0']],
    ['devenv-2', ['devenv-2']],
  ])('are meant by the name %s', async (name, expected) =>
    expect(chosen(await workspacesOf(kubectl), [name]).map((one) => one.name)).toEqual(expected),
  );

  test('that are not there are said to be none', async () => {
    const all = await workspacesOf(kubectl);
    expect(() => chosen(all, ['bob'])).toThrow(
      'there is no environment "bob"; there are devenv-0, devenv-2, devenv-al',
    );
  });
});

describe('an environment whose folders are in one claim', () => {
  const SET = find(synth('environments: {replicas: 1, storage: {layout: oneClaim}}').objects, 'StatefulSet', 'devenv');
  const made: KubeObject[] = [];
  const cluster = {
    list: async (kinds: string) =>
      kinds === 'statefulsets' ? [{ ...SET, spec: { ...SET.spec, replicas: 0 } }] : CLAIM,
    find: async () => undefined,
    answer: async (args: readonly string[], { input }: { input?: string } = {}) => {
      if (args[0] === 'create') made.push(JSON.parse(input ?? ''));
      return '';
    },
    run: async () => ({ exitCode: 0 }),
  } as unknown as Kubectl;
  const CLAIM = [{ metadata: { name: 'environment-devenv-0', namespace: 'devenv' } }];
  const FOLDERS = [
    { claim: 'environment-devenv-0', path: '/workspace', subPath: 'workspace' },
    { claim: 'environment-devenv-0', path: '/commandhistory', subPath: 'bash-history' },
    { claim: 'environment-devenv-0', path: '/home/node/.claude', subPath: 'claude-config' },
  ];

  test('is known by that claim, with each folder in it', async () => {
    const [workspace, ...others] = await workspacesOf(cluster);
    expect([workspace.name, workspace.volumes, others]).toEqual(['devenv-0', FOLDERS, []]);
    expect(claimsOf(workspace).map(({ metadata }) => metadata.name)).toEqual(['environment-devenv-0']);
  });

  test('is read, while it is stopped, by a pod that has each folder where the environment has it', async () => {
    const [workspace] = await workspacesOf(cluster);
    await inPlace(cluster, workspace, async () => undefined);
    const [{ spec }] = made;
    expect(spec.containers[0].volumeMounts.slice(1)).toEqual(
      FOLDERS.map(({ claim: name, path: mountPath, subPath }) => ({ name, mountPath, subPath })),
    );
    expect(spec.volumes.slice(1)).toEqual([
      { name: 'environment-devenv-0', persistentVolumeClaim: { claimName: 'environment-devenv-0' } },
    ]);
  });
});

test('a step that keeps an environment says how many bytes that were, and where they went another way', async () => {
  const snapshot = { id: 'aaa1', kind: 'environment', name: 'devenv-0', time: '', cluster: 'here', bytes: 7 };
  jest.spyOn(WorkspaceFiles, 'with').mockImplementation(async (_, __, use, task = {}) => {
    task.title = `${task.title} (through this machine)`;
    return use({ keep: async () => snapshot } as unknown as WorkspaceFiles);
  });
  const [workspace] = await workspacesOf(kubectl);
  const kept: unknown[] = [];
  const options = { cluster: 'here', signal: new AbortController().signal } as Parameters<typeof keepWorkspace>[1];
  const { title, task } = keepWorkspace(workspace, options, (one) => void kept.push(one));
  const shown = { title, output: '' };
  expect([await task(undefined, shown as never), shown.title, kept]).toEqual([
    7,
    'devenv-0 (through this machine)',
    [snapshot],
  ]);
});

describe('the backup to restore', () => {
  const snapshot = (id: string, name: string) => ({
    id,
    kind: 'environment' as const,
    name,
    time: '',
    cluster: '',
    bytes: 0,
  });
  const snapshots = [snapshot('aaa1', 'devenv-0'), snapshot('bbb2', 'devenv-2'), snapshot('ccc3', 'devenv-0')];
  const pick = async (names: string[], options: { at?: string; from?: string } = {}, all = snapshots) =>
    [...chooseSnapshots(all, chosen(await workspacesOf(kubectl), names), { cluster: 'here', ...options }).values()].map(
      ({ id }) => id,
    );
  const of = (cluster: string, ...all: typeof snapshots) => all.map((one) => ({ ...one, cluster }));

  test('is the newest of each', async () => expect(await pick(['devenv-0', 'devenv-2'])).toEqual(['ccc3', 'bbb2']));
  test('is the one that is named', async () => expect(await pick(['devenv-0'], { at: 'aaa' })).toEqual(['aaa1']));
  test('is another one’s', async () => expect(await pick(['alice'], { from: 'devenv-2' })).toEqual(['bbb2']));
  test('is none where a variable with its name is not set: that would be the newest of any cluster', async () =>
    expect(pick(['devenv-0'], { at: '' })).rejects.toThrow('--at names no backup'));
  test('is one of this cluster, or of the only other one, unless it is named', async () => {
    const [here, there, elsewhere] = ['here', 'there', 'elsewhere'].map((cluster, index) =>
      of(cluster, snapshot(`${index}`, 'devenv-0')),
    );
    expect(await pick(['devenv-0'], {}, [...here, ...there])).toEqual(['0']);
    expect(await pick(['devenv-0'], {}, there)).toEqual(['1']);
    await expect(pick(['devenv-0'], {}, [...there, ...elsewhere])).rejects.toThrow(/of several clusters.*--at/);
    expect(await pick(['devenv-0'], { at: '2' }, [...there, ...elsewhere])).toEqual(['2']);
  });
  test('is said to be missing', async () => {
    await expect(pick(['alice'])).rejects.toThrow(
      'there is no backup of devenv-alice-0: sandboxctl backups lists them',
    );
    await expect(pick(['devenv-0'], { at: 'bbb' })).rejects.toThrow('there is no backup bbb of devenv-0');
  });
});
