import type { KubeObject } from '../../lib/operate/cluster/kubectl';
import { heldBack, isSettled, lateOf, reasonOf } from '../../lib/operate/cluster/readiness';

const labels = { app: 'vault' };
const set = (status: object, replicas = 1): KubeObject => ({
  kind: 'StatefulSet',
  metadata: { name: 'vault', namespace: 'vault', generation: 2, uid: 'set' },
  spec: { replicas, selector: { matchLabels: labels } },
  status: { observedGeneration: 2, ...status },
});
const pod = (status: object, metadata: object = {}): KubeObject => ({
  kind: 'Pod',
  metadata: { name: 'vault-0', namespace: 'vault', uid: 'pod', labels, ...metadata },
  status: { phase: 'Pending', ...status },
});
const warning = (uid: string, message: string, at: string): KubeObject => ({
  type: 'Warning',
  message,
  lastTimestamp: at,
  involvedObject: { uid },
  metadata: {},
});
const READY = { updatedReplicas: 1, readyReplicas: 1 };

describe('a workload is settled', () => {
  test.each<[string, KubeObject, boolean]>([
    ['whose pods are all there and Ready', set(READY), true],
    ['whose last change was not seen yet', { ...set(READY), status: { ...READY, observedGeneration: 1 } }, false],
    ['whose pods are of an earlier version', set({ readyReplicas: 1, updatedReplicas: 0 }), false],
    ['that is stopped', set({ updatedReplicas: 0, readyReplicas: 0 }, 0), true],
    ['that is a Job and done', { kind: 'Job', spec: {}, status: { succeeded: 1 } }, true],
    ['that is a Job and runs', { kind: 'Job', spec: {}, status: { active: 1 } }, false],
    ['that is a Job for whoever asks for it', { kind: 'Job', spec: { suspend: true }, status: {} }, true],
  ])('%s: %#', (_, workload, settled) => expect(isSettled(workload)).toBe(settled));
});

describe('what a part waits for', () => {
  const seen = (workloads: KubeObject[], pods: KubeObject[] = [], events: KubeObject[] = []) => ({
    workloads,
    pods,
    events,
  });
  const wanted = [set({})];

  test('is nothing once all is Ready', () => expect(lateOf(wanted, seen([set(READY)]))).toEqual([]));

  test('is what is not there yet', () =>
    expect(lateOf(wanted, seen([]))).toEqual(['StatefulSet vault is not there yet']));

  test('is why its pods are late, and nobody else’s', () => {
    const other = pod({}, { name: 'other-0', labels: { app: 'other' } });
    expect(
      lateOf(
        wanted,
        seen([set({})], [pod({}), other], [warning('pod', 'secret "x" not found', '2026-01-01T00:00:00Z')]),
      ),
    ).toEqual(['vault-0: secret "x" not found']);
  });

  test('is why there are no pods', () =>
    expect(lateOf(wanted, seen([set({})], [], [warning('set', 'exceeded quota', '2026-01-01T00:00:00Z')]))).toEqual([
      'exceeded quota',
    ]));
});

describe('why a pod is late', () => {
  test.each<[string, object, string]>([
    [
      'an image',
      { containerStatuses: [{ state: { waiting: { reason: 'ImagePullBackOff', message: 'no such image' } } }] },
      'ImagePullBackOff: no such image',
    ],
    ['a program that ends', { containerStatuses: [{ state: { terminated: { exitCode: 3 } } }] }, 'ended with status 3'],
    [
      'no node',
      { conditions: [{ type: 'PodScheduled', status: 'False', message: 'insufficient memory' }] },
      'insufficient memory',
    ],
    ['it starts', { containerStatuses: [{ state: { waiting: { reason: 'ContainerCreating' } } }] }, 'is started'],
    ['it runs', { containerStatuses: [{ state: { running: {} }, started: true }] }, 'runs, and is not ready yet'],
  ])('%s', (_, status, reason) => expect(reasonOf(pod(status), [])).toBe(reason));

  test('does nothing to a terminal, whatever those in an environment write', () => {
    const evil = 'late\u001b]0;all is well\u0007\u001b[2J\u009b1A\r gone';
    const ended = { containerStatuses: [{ state: { terminated: { exitCode: 1, message: evil } }, restartCount: 0 }] };
    const warned = [warning('pod', evil, '2026-01-01T00:00:00Z')];
    for (const said of [reasonOf(pod(ended), []), reasonOf(pod({}), warned)]) {
      expect(said).toMatch(/late.* gone$/);
      expect(said).not.toMatch(/\p{Cc}/u);
    }
  });

  test('is the newest of its warnings', () => {
    const events = [warning('pod', 'later', '2026-01-01T00:00:02Z'), warning('pod', 'earlier', '2026-01-01T00:00:01Z')];
    expect(reasonOf(pod({}), events)).toBe('later');
  });
});

describe('a pod of a version before that is not Ready', () => {
  const ordered = (more: object = {}): KubeObject => ({
    kind: 'StatefulSet',
    metadata: { name: 'database', namespace: 'boundary', generation: 2 },
    spec: {
      podManagementPolicy: 'OrderedReady',
      updateStrategy: { type: 'RollingUpdate' },
      selector: { matchLabels: labels },
      ...more,
    },
    status: { observedGeneration: 2, updateRevision: 'new' },
  });
  const podOf = (revision: string, ready: boolean): KubeObject => ({
    metadata: {
      name: 'database-0',
      namespace: 'boundary',
      labels: { ...labels, 'controller-revision-hash': revision },
    },
    status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  });
  const held = (workload: KubeObject, one: KubeObject) =>
    heldBack({ workloads: [workload], pods: [one], events: [] }).length;

  test('holds up a StatefulSet that goes by the order of its pods, and no other', () => {
    expect(held(ordered(), podOf('old', false))).toBe(1);
    expect(held(ordered(), podOf('old', true))).toBe(0);
    expect(held(ordered(), podOf('new', false))).toBe(0);
    expect(held(ordered({ podManagementPolicy: 'Parallel' }), podOf('old', false))).toBe(0);
    expect(held({ ...ordered(), status: { observedGeneration: 1, updateRevision: 'new' } }, podOf('old', false))).toBe(
      0,
    );
  });
});
