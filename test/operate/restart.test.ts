import type { Kubectl, KubeObject } from '../../lib/operate/cluster/kubectl';
import { type RestartArguments, restart } from '../../lib/operate/platform/restart';
import { READY } from '../helpers/healthy';

const paused: number[] = [];
jest.mock('node:timers/promises', () => ({ setTimeout: async (ms: number) => void paused.push(ms) }));

const labels = {
  'app.kubernetes.io/part-of': 'agent-sandbox-platform',
  'app.kubernetes.io/component': 'environment',
};
const environment = (user: string, uid: string): KubeObject => ({
  kind: 'Pod',
  metadata: {
    name: `devenv-${user}-0`,
    namespace: 'devenv',
    uid,
    labels: { ...labels, 'app.kubernetes.io/instance': `devenv-${user}` },
  },
  status: { phase: 'Running', ...READY },
});

/** A cluster with environments, in which sessions are in use. @returns it, and what it is asked to do */
function clusterWith(sessions: string) {
  const asked: string[] = [];
  const deleted = new Set<string>();
  const kubectl = {
    list: async () => ['alice', 'bob'].map((user) => environment(user, 'old')),
    find: async (_kind: string, name: string) => environment(name.split('-')[1], deleted.has(name) ? 'new' : 'old'),
    run: async (args: readonly string[]) => {
      asked.push(`tell ${args[3]} ${args.at(-1)}`);
      return { exitCode: 0, stdout: sessions };
    },
    answer: async (args: readonly string[]) => {
      asked.push(args.slice(0, 3).join(' '));
      deleted.add(args[2]);
      return '';
    },
  } as unknown as Kubectl;
  return { kubectl, asked };
}

const given = (names: string[], more: Partial<RestartArguments> = {}): RestartArguments => ({
  names,
  warning: 60,
  timeout: 0,
  json: true,
  ...more,
});

beforeEach(() => void paused.splice(0));

test('an environment in use restarts once who is in it was told and had the time', async () => {
  const { kubectl, asked } = clusterWith('sshd: node@pts/0\nsshd-session: node@notty\n');
  const ends = await restart(kubectl, given(['alice']));
  expect(asked).toEqual([
    'tell devenv-alice-0 This environment restarts in 60 s; files in /workspace stay.',
    'delete pod devenv-alice-0',
  ]);
  expect(paused).toEqual([60_000]);
  expect(ends).toMatchObject([{ title: 'devenv-alice-0 Ready again' }]);
});

test('nobody waits for nobody, nor where no warning is asked for', async () => {
  await restart(clusterWith('').kubectl, given(['alice']));
  await restart(clusterWith('sshd: node@pts/0').kubectl, given(['alice'], { warning: 0 }));
  expect(paused).toEqual([]);
});

test('what has two names is restarted once, and nothing where a name means nothing', async () => {
  const twice = clusterWith('');
  await restart(twice.kubectl, given(['alice', 'devenv-alice-0']));
  expect(twice.asked.filter((one) => one.startsWith('delete'))).toEqual(['delete pod devenv-alice-0']);
  const { kubectl, asked } = clusterWith('');
  await expect(restart(kubectl, given(['bob', 'nobody']))).rejects.toThrow(/called "nobody"/);
  expect(asked).toEqual([]);
});
