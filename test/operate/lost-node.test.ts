import { Kubectl, type KubeObject } from '../../lib/operate/cluster/kubectl';
import { isReady } from '../../lib/operate/cluster/pods';
import { makeProgram } from '../../lib/operate/program';

const TAINT = 'node.kubernetes.io/out-of-service';
const part = { 'app.kubernetes.io/part-of': 'agent-sandbox-platform' };

const node = (name: string, status: string, taints: object[] = []): KubeObject => ({
  kind: 'Node',
  metadata: { name, labels: { 'kubernetes.io/hostname': name, zone: 'a' } },
  spec: { taints },
  status: { conditions: [{ type: 'Ready', status, message: 'runtime is down' }] },
});
const ready = (status: string) => ({ phase: 'Running', conditions: [{ type: 'Ready', status }] });
const pod = (set: string, nodeName: string | undefined, status = 'False'): KubeObject => ({
  kind: 'Pod',
  metadata: { name: `${set}-0`, namespace: 'devenv', labels: { ...part, set } },
  spec: { nodeName, volumes: [{ persistentVolumeClaim: { claimName: `workspace-${set}-0` } }] },
  status: ready(status),
});
const set = (name: string, readyReplicas: number): KubeObject => ({
  kind: 'StatefulSet',
  metadata: { name, namespace: 'devenv', labels: part, generation: 1 },
  spec: { replicas: 1, selector: { matchLabels: { set: name } } },
  status: { observedGeneration: 1, updatedReplicas: 1, readyReplicas },
});
const claim = (set: string, uid = set): KubeObject => ({
  kind: 'PersistentVolumeClaim',
  metadata: { name: `workspace-${set}-0`, namespace: 'devenv', uid },
  spec: { volumeName: `of-${set}` },
});
const volume = (set: string, key: string, value: string): KubeObject => ({
  kind: 'PersistentVolume',
  metadata: { name: `of-${set}` },
  spec: {
    nodeAffinity: {
      required: { nodeSelectorTerms: [{ matchExpressions: [{ key, operator: 'In', values: [value] }] }] },
    },
  },
});

/** A cluster with alice's environment on a lost node, her volume where any node of the zone has it. */
class Cluster {
  objects: KubeObject[] = [
    { kind: 'Namespace', metadata: { name: 'devenv', labels: part } },
    node('node-1', 'True'),
    node('node-2', 'Unknown'),
    set('alice', 0),
    pod('alice', 'node-2'),
    claim('alice'),
    volume('alice', 'zone', 'a'),
  ];
  readonly calls: string[] = [];
  /** What pods do that were ended. @default they are Ready elsewhere */
  next = (ended: KubeObject): KubeObject => pod(ended.metadata.labels.set, 'node-1', 'True');

  constructor() {
    jest.spyOn(Kubectl.prototype, 'list').mockImplementation((kinds, which) => this.list(kinds, which));
    jest.spyOn(Kubectl.prototype, 'answer').mockImplementation((args) => this.answer(args));
    jest.spyOn(Kubectl.prototype, 'deleteAll').mockImplementation(async (pods) => this.end(pods));
  }

  replace(...objects: KubeObject[]): void {
    const names = objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    this.objects = [...this.objects.filter((o) => !names.includes(`${o.kind} ${o.metadata.name}`)), ...objects];
  }

  private async list(kinds: string, { selector, fields }: { selector?: string; fields?: string } = {}) {
    const wanted = kinds.split(',').map((kind) => kind.replace(/s$/, ''));
    return this.objects.filter(
      ({ kind, metadata, spec }) =>
        wanted.includes(kind.toLowerCase()) &&
        (!selector || metadata.labels?.['app.kubernetes.io/part-of']) &&
        (!fields || fields === `spec.nodeName=${spec.nodeName}`),
    );
  }

  private async answer(args: readonly string[]): Promise<string> {
    this.calls.push(args.join(' '));
    if (args[0] === 'taint' && args.at(-1) !== `${TAINT}-`)
      this.end(this.objects.filter(({ kind, spec }) => kind === 'Pod' && spec.nodeName === args[2]));
    if (args[0] === 'delete')
      this.objects = this.objects.filter(({ kind, metadata }) => !/Claim$/.test(kind) || metadata.name !== args[2]);
    return '';
  }

  private end(pods: readonly KubeObject[]): void {
    this.calls.push(`ended: ${pods.map(({ metadata }) => metadata.name)}`);
    this.replace(...pods.map((one) => this.next(one)));
    for (const one of this.objects.filter(({ kind }) => kind === 'Pod'))
      this.replace(set(one.metadata.labels.set, isReady(one) ? 1 : 0));
  }
}

let cluster: Cluster;
let said = '';

async function nodeLost(...args: string[]): Promise<string> {
  await makeProgram().parseAsync(['node-lost', ...args], { from: 'user' });
  return said;
}

beforeEach(() => {
  said = '';
  const note = (text: unknown) => {
    said += text;
    return true;
  };
  jest.spyOn(process.stdout, 'write').mockImplementation(note);
  jest.spyOn(process.stderr, 'write').mockImplementation(note);
  cluster = new Cluster();
});
afterEach(() => {
  jest.restoreAllMocks();
  process.exitCode = undefined;
});

const GIVEN_UP = `taint node node-2 --overwrite ${TAINT}=nodeshutdown:NoExecute`;

describe('a node that is lost', () => {
  test('is given up, and what ran there is waited for', async () => {
    expect(await nodeLost('node-2', '--yes')).toMatch(
      /^node node-2 counts as gone for good, so see that it is switched off: .*; elsewhere start devenv\/alice-0\n/,
    );
    expect(cluster.calls).toEqual([GIVEN_UP, 'ended: alice-0']);
    expect([said, process.exitCode]).toEqual([expect.stringContaining('Ready elsewhere'), undefined]);
  });

  test('is given up again where that was broken off', async () => {
    await nodeLost('node-2', '--yes');
    expect(await nodeLost('node-2', '--yes')).toContain('nothing of the platform is on it any more');
  });

  test('is given up, too, where no other has room, which is said', async () => {
    const full = { type: 'PodScheduled', status: 'False', message: 'Insufficient memory' };
    cluster.next = ({ metadata }) => ({ ...pod(metadata.labels.set, undefined), status: { conditions: [full] } });
    expect(await nodeLost('node-2', '--yes')).toMatch(/\nuntil there is room: alice-0: Insufficient memory\n$/);
    expect(process.exitCode).toBe(1);
  });

  test('is an error where what starts elsewhere does not become Ready', async () => {
    cluster.next = ({ metadata }) => pod(metadata.labels.set, 'node-1');
    await expect(nodeLost('node-2', '--yes', '--timeout', '0s')).rejects.toThrow(
      'what ran there is Ready elsewhere: not within 0 s: alice-0: is started',
    );
  });
});

describe('what was on the node’s own disks', () => {
  beforeEach(() => {
    cluster.replace(set('bob', 0), pod('bob', 'node-2'), claim('bob'));
    cluster.replace(volume('bob', 'kubernetes.io/hostname', 'node-2'));
    cluster.next = ({ metadata: { labels } }) =>
      labels.set === 'bob' &&
      cluster.objects.some((o) => o.kind === 'PersistentVolumeClaim' && o.metadata.uid === 'bob')
        ? pod('bob', undefined)
        : pod(labels.set, 'node-1', 'True');
  });

  test('is named and kept, and the others are back', async () => {
    expect(await nodeLost('node-2', '--yes', '--json')).toMatch(
      /on its own disks were the claims devenv\/workspace-bob-0: pods that use them go on waiting\n/,
    );
    expect(JSON.parse(said.split('\n').at(-2) as string).gone).toEqual(['devenv/workspace-bob-0']);
    expect(cluster.calls).toEqual([GIVEN_UP, expect.stringContaining('ended:')]);
    expect(process.exitCode).toBe(1);
  });

  test('begins anew where that is asked for, and nothing else does', async () => {
    expect(await nodeLost('node-2', '--yes', '--delete-volumes')).toMatch(/empty now: devenv\/workspace-bob-0\. What/);
    expect(cluster.calls.slice(2)).toEqual([
      'delete persistentvolumeclaim workspace-bob-0 --namespace devenv --ignore-not-found --wait=false',
      'ended: bob-0',
    ]);
    expect(process.exitCode).toBeUndefined();
  });
});

test.each<[string, KubeObject[], string, RegExp]>([
  ['that answers', [node('node-2', 'True')], 'node-2', /answers, and what runs there writes .* kubectl drain node-2/],
  [
    'whose kubelet answers',
    [node('node-2', 'False')],
    'node-2',
    /not Ready \(runtime is down\), .* switch the machine off/,
  ],
  ['that is none', [], 'node-3', /^there is no node "node-3"; there are node-1, node-2$/],
])('a node %s is not given up', async (_title, nodes, name, message) => {
  cluster.replace(...nodes);
  await expect(nodeLost(name, '--yes')).rejects.toThrow(message);
  expect(cluster.calls).toEqual([]);
});

test('the only node that answered last is not given up', async () => {
  cluster.objects = [node('node-1', 'Unknown'), node('node-2', 'Unknown'), node('node-3', 'True', [{ key: TAINT }])];
  await expect(nodeLost('node-2', '--delete-volumes', '--yes')).rejects.toThrow(
    'of the other nodes (node-1, node-3) none is Ready: there is none that its pods could go to; nothing is changed',
  );
  expect(cluster.calls).toEqual([]);
});

test('the only node is not given up', async () => {
  cluster.objects = cluster.objects.filter(({ metadata }) => metadata.name !== 'node-1');
  await expect(nodeLost('node-2', '--yes')).rejects.toThrow('node-2 is the only node');
});

test('nobody is there to ask: nothing is given up', async () => {
  const { isTTY } = process.stdin;
  process.stdin.isTTY = false;
  await expect(nodeLost('node-2')).rejects.toThrow('give --yes if that is meant');
  process.stdin.isTTY = isTTY;
  expect(cluster.calls).toEqual([]);
});

describe('a node that is back', () => {
  test('takes pods again', async () => {
    cluster.replace(node('node-2', 'True', [{ key: TAINT }]));
    expect(await nodeLost('node-2', '--back')).toBe('pods run on node-2 again\n');
    expect(cluster.calls).toEqual([`taint node node-2 ${TAINT}-`]);
  });

  test('is left as it is while it does not answer', async () => {
    cluster.replace(node('node-2', 'Unknown', [{ key: TAINT }]));
    await expect(nodeLost('node-2', '--back')).rejects.toThrow('node node-2 is not Ready');
  });

  test('has nothing taken back that was never said', async () =>
    expect(await nodeLost('node-1', '--back')).toBe('node-1 was not given up: nothing is changed\n'));
});
