import type { Kubectl, KubeObject } from '../../lib/operate/cluster/kubectl';
import { differencesOfPreparation, preparationOf } from '../../lib/operate/platform/preparation';
import { departureOf, takeOut } from '../../lib/operate/platform/vault-servers';
import { find } from '../helpers/objects';
import { synth } from '../helpers/synth';

const platformOf = (replicas: number): readonly KubeObject[] => synth(`vault: {replicas: ${replicas}}`).objects;
const setOf = (replicas: number): KubeObject => find(platformOf(replicas), 'StatefulSet', 'vault');
const claim = (name: string): KubeObject => ({ metadata: { name, namespace: 'vault' }, status: { phase: 'Bound' } });
const options = { signal: new AbortController().signal, tell: () => {} };

interface Cluster {
  /** Servers that its StatefulSet has. */
  readonly replicas: number;
  /** Numbers of those that the cluster counts on, the first of them leads; none where nobody leads. */
  readonly peers: readonly number[];
  /** Numbers of those that have no vote. @default none */
  readonly mute?: readonly number[];
  /** Numbers of pods that are not Ready. @default none */
  readonly unready?: readonly number[];
  readonly claims?: readonly string[];
  /** Whether there is the login. @default true */
  readonly hasLogin?: boolean;
}

/** A cluster whose Vault is led by the first one that is left. It notes what is done. */
function clusterOf({ replicas, peers, mute = [], unready = [], claims = [], hasLogin = true }: Cluster) {
  const done: string[] = [];
  let left = [...peers];
  const commands: Record<string, (name: string) => string> = {
    'list-peers': () => {
      const servers = left.map((n) => ({ node_id: `vault-${n}`, leader: n === left[0], voter: !mute.includes(n) }));
      return JSON.stringify({ data: { config: { servers } } });
    },
    'remove-peer': (name) => {
      left = left.filter((n) => name !== `vault-${n}`);
      return '';
    },
  };
  const pods = Array.from({ length: replicas }, (_, n) => ({
    metadata: { name: `vault-${n}`, namespace: 'vault' },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: unready.includes(n) ? 'False' : 'True' }] },
  }));
  const account = find(platformOf(3), 'ServiceAccount', 'vault-servers');
  const lists: Record<string, KubeObject[]> = {
    statefulsets: [{ ...setOf(3), spec: { ...setOf(3).spec, replicas } }],
    pods,
    persistentvolumeclaims: claims.map(claim),
    serviceaccounts: hasLogin ? [account] : [],
    storageclasses: [],
  };
  const kubectl = {
    list: async (kinds: string) => lists[kinds],
    answer: async (args: readonly string[]) => {
      if (args[0] === 'delete') done.push(args.filter((arg) => !arg.startsWith('--')).join(' '));
      return 'token';
    },
    run: async (args: readonly string[]) => {
      if (args.at(-1) === 'kill 1') {
        done.push(`end ${args[3]}`);
        return { exitCode: 0, stdout: '', stderr: '' };
      }
      const [verb, name] = args.slice(args.indexOf('operator') + 1).filter((arg) => arg !== 'raft');
      if (verb !== 'list-peers') done.push([verb, name].join(' ').trim());
      if (left.length === 0) return { exitCode: 2, stdout: '', stderr: 'active cluster node not found' };
      return { exitCode: 0, stdout: commands[verb](name), stderr: '' };
    },
  } as unknown as Kubectl;
  return { kubectl, done };
}

const change = (cluster: Cluster, wanted: number) => departureOf(clusterOf(cluster).kubectl, platformOf(wanted));

describe('as many servers of Vault, or the first ones', () => {
  test.each([1, 3, 5])('%i are deployed as they are', async (replicas) =>
    expect(await change({ replicas, peers: [] }, replicas)).toBeUndefined(),
  );

  test('none that stand are none that leave', async () => {
    const kubectl = { list: async () => [] } as unknown as Kubectl;
    expect(await departureOf(kubectl, platformOf(1))).toBeUndefined();
  });
});

describe('fewer servers of Vault', () => {
  test.each([
    [3, 1, ['vault-0'], ['vault-1', 'vault-2']],
    [5, 3, ['vault-0', 'vault-1', 'vault-2'], ['vault-3', 'vault-4']],
  ])(
    '%i to %i: the last ones leave, with their data and without their audit logs',
    async (replicas, wanted, ...who) => {
      const [staying, leaving] = who;
      expect(await change({ replicas, peers: [0, 1, 2, 3, 4].slice(0, replicas) }, wanted)).toEqual({
        namespace: 'vault',
        staying,
        leaving,
        claims: leaving.map((pod) => `data-${pod}`),
      });
    },
  );

  test.each([
    [0, ['vault-1', 'vault-2']],
    [1, ['vault-2', 'vault-1']],
    [2, ['vault-1', 'vault-2']],
  ])(
    'where vault-%i leads, it is the last one that is taken out, if at all; each ends at once',
    async (leader, out) => {
      const peers = [leader, ...[0, 1, 2].filter((n) => n !== leader)];
      const { kubectl, done } = clusterOf({ replicas: 3, peers });
      const departure = await departureOf(kubectl, platformOf(1));
      if (!departure) throw new Error('nobody leaves');
      await takeOut(kubectl, departure, options);
      const steps = out.flatMap((name) => [`remove-peer ${name}`, `end ${name}`]);
      expect(done).toEqual([...steps, 'delete persistentvolumeclaim data-vault-1 data-vault-2 vault']);
    },
  );

  test('that were taken out by a run that was killed are not again, and their volumes go', async () => {
    const { kubectl, done } = clusterOf({ replicas: 3, peers: [0] });
    const departure = await departureOf(kubectl, platformOf(1));
    if (departure) await takeOut(kubectl, departure, options);
    expect(done).toEqual([
      'end vault-1',
      'end vault-2',
      'delete persistentvolumeclaim data-vault-1 data-vault-2 vault',
    ]);
  });

  test.each([
    [{ unready: [0] }, /from 3 servers to 1 now: vault-0 would stay, and is not Ready; vault.replicas: 3 leaves them/],
    [{ mute: [0] }, /vault-0 would stay, and is no voter of its cluster yet/],
    [{ peers: [] }, /Vault's servers: active cluster node not found/],
    [{ hasLogin: false }, /nobody may see or change .* sandboxctl up with vault.replicas as it is makes the login/],
  ])('are refused in words where the others could not go on: %j', async (cluster, words) => {
    const { kubectl, done } = clusterOf({ replicas: 3, peers: [1, 0, 2], ...cluster });
    await expect(departureOf(kubectl, platformOf(1))).rejects.toThrow(words);
    expect(done).toEqual([]);
  });

  test('are named before anything is done, with the volumes that go', async () => {
    const { kubectl, done } = clusterOf({ replicas: 3, peers: [0, 1, 2] });
    const [volumes, servers] = differencesOfPreparation(await preparationOf(kubectl, [setOf(1)]));
    expect(volumes.text).toBe('- vault/data-vault-1\n- vault/data-vault-2');
    expect(servers.text).toMatch(/goes on with vault-0: vault-1, vault-2 leave its cluster first, and data-vault-1, /);
    expect(done).toEqual([]);
  });
});

describe('more servers of Vault', () => {
  const claims = ['data-vault-0', 'data-vault-1', 'audit-vault-1', 'data-vault-2'];

  test('begin empty, whatever audit logs there are of others before', async () =>
    expect(await change({ replicas: 1, peers: [0], claims: ['data-vault-0', 'audit-vault-1'] }, 3)).toBeUndefined());

  test('never begin with what servers that were taken out have left', async () =>
    expect(change({ replicas: 1, peers: [0], claims }, 3)).rejects.toThrow(
      /lets none in .*: kubectl delete persistentvolumeclaim data-vault-1 data-vault-2 --namespace vault, then the same/,
    ));

  test('take up theirs where pods alone were taken away, so that most of them are there again', async () => {
    expect(await change({ replicas: 1, peers: [], claims }, 3)).toBeUndefined();
    expect(await change({ replicas: 1, peers: [0, 1, 2], claims }, 3)).toBeUndefined();
    expect(await change({ replicas: 1, peers: [], unready: [0], claims }, 3)).toBeUndefined();
  });
});
