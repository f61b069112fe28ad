import { Kubectl, type KubeObject } from '../../lib/operate/cluster/kubectl';
import { LastWords } from '../../lib/operate/cluster/last-words';
import { lateOf, look, lostOf } from '../../lib/operate/cluster/readiness';
import { Failure } from '../../lib/operate/failure';
import { NotReady, Watch } from '../../lib/operate/platform/watch';

const labels = { app: 'keeper' };
const DEPLOYMENT: KubeObject = {
  kind: 'Deployment',
  metadata: { name: 'keeper', namespace: 'boundary', uid: 'd', generation: 1 },
  spec: { replicas: 1, selector: { matchLabels: labels } },
  status: { observedGeneration: 1 },
};
const job = (uid: string, ...conditions: object[]): KubeObject => ({
  kind: 'Job',
  metadata: { name: 'schema', namespace: 'boundary', uid },
  spec: { selector: { matchLabels: labels } },
  status: { conditions },
});
const FAILED = { type: 'Failed', status: 'True', message: 'Job has reached the specified backoff limit' };
const pod = (state: object, more: object = {}, metadata: object = {}, spec: object = {}): KubeObject => ({
  kind: 'Pod',
  metadata: { name: 'keeper-1', namespace: 'boundary', uid: 'p', labels, ...metadata },
  spec,
  status: { phase: 'Running', containerStatuses: [{ name: 'keeper', ready: false, state, ...more }] },
});
const CRASHED = pod(
  { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 40s restarting failed container' } },
  { restartCount: 4, lastState: { terminated: { exitCode: 3, reason: 'Error' } } },
);
const warning = (involvedObject: object, message: string): KubeObject => ({
  type: 'Warning',
  message,
  involvedObject: { namespace: 'boundary', ...involvedObject },
  lastTimestamp: '2026-01-01T00:00:00Z',
  metadata: {},
});

/** A cluster with these objects, one look after the other; the last one stays. */
class Told extends Kubectl {
  readonly asked: string[] = [];

  constructor(
    private readonly looks: readonly (readonly KubeObject[])[],
    private readonly events: readonly KubeObject[] = [],
  ) {
    super();
  }

  private at = 0;

  override list = async (kinds: string): Promise<KubeObject[]> =>
    kinds === 'events' ? [...this.events] : [...this.looks[Math.min(this.at++, this.looks.length - 1)]];

  override run: Kubectl['run'] = async (args) => {
    this.asked.push(args.join(' '));
    return { exitCode: 0, stdout: 'starts\nasks\ncannot reach the database\n' } as Awaited<ReturnType<Kubectl['run']>>;
  };
}

const late = async (objects: readonly KubeObject[], events: readonly KubeObject[] = []) =>
  lateOf([DEPLOYMENT], await look(new Told([[DEPLOYMENT, ...objects]], events)));

describe('what is waited for', () => {
  test('is told with the exit status of a program that ends again and again, and its last words', async () =>
    expect(await late([CRASHED])).toEqual([
      'keeper-1: ended with status 3, 4 times: starts; asks; cannot reach the database',
    ]));

  test.each<[string, object, string]>([
    [
      'runs again',
      { running: {} },
      'keeper-1: ended with status 137 (OOMKilled), 2 times: starts; asks; cannot reach the database',
    ],
    [
      'is created again',
      { waiting: { reason: 'ContainerCreating' } },
      'keeper-1: ended with status 137 (OOMKilled), 2 times: starts; asks; cannot reach the database',
    ],
  ])('is told so, too, while it %s', async (_, state, line) => {
    const lastState = { terminated: { exitCode: 137, reason: 'OOMKilled' } };
    expect(await late([pod(state, { restartCount: 2, lastState })])).toEqual([line]);
  });

  test('is told in the words that a program left for it', async () => {
    const lastState = { terminated: { exitCode: 1, reason: 'Error', message: 'no such key' } };
    expect(await late([pod({ running: {} }, { restartCount: 1, lastState })])).toEqual([
      'keeper-1: ended with status 1: no such key',
    ]);
  });

  test('is no crash where it is Ready again, or ended well', async () => {
    const lastState = { terminated: { exitCode: 1 } };
    expect(await late([pod({ running: {} }, { ready: true, started: true, restartCount: 1, lastState })])).toEqual([
      'keeper-1: runs, and is not ready yet',
    ]);
    expect(await late([pod({ terminated: { exitCode: 0 } })])).toEqual(['keeper-1: is started']);
  });

  test('is told with why an image cannot be had, not with when it is tried again', async () => {
    const waiting = { reason: 'ImagePullBackOff', message: 'Back-off pulling image "keeper:2"' };
    const events = [
      warning({ uid: 'p' }, 'Failed to pull image "keeper:2": not found'),
      warning({ uid: 'p' }, 'Error: ErrImagePull'),
    ];
    expect(await late([pod({ waiting })], events)).toEqual([
      'keeper-1: ImagePullBackOff: Failed to pull image "keeper:2": not found',
    ]);
  });

  test('is told with why no node takes it, and why its claim has no volume', async () => {
    const message = '0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims';
    const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'data-0' } }];
    const one = pod({}, {}, {}, { volumes });
    one.status = { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', message }] };
    const events = [
      warning({ kind: 'PersistentVolumeClaim', name: 'data-1' }, 'of another one'),
      warning({ kind: 'PersistentVolumeClaim', name: 'data-0' }, 'storageclass "fast" not found'),
    ];
    expect(await late([one], events)).toEqual([`keeper-1: ${message}; data-0: storageclass "fast" not found`]);
  });

  test('has its last words asked for once each time that it ends', async () => {
    const told = new Told([[]]);
    const words = new LastWords(told);
    const again = structuredClone(CRASHED);
    again.status.containerStatuses[0].restartCount = 5;
    for (const one of [CRASHED, CRASHED, again]) await words.of([one]);
    const logs = 'logs keeper-1 --namespace boundary --container keeper --tail=3 --previous';
    expect(told.asked).toEqual([logs, logs]);
  });
});

describe('a Job that failed for good', () => {
  const part = { name: 'boundary', files: [], objects: [job('')], needsOperator: false };
  const ended = (looks: readonly (readonly KubeObject[])[], isDeployed: () => boolean = () => false) =>
    new Watch(new Told(looks), [part]).becomesReady(part, 60, { signal: new AbortController().signal, isDeployed });

  test('ends the wait at once, with its reason, what its last pod said, and what to do', async () => {
    const last = pod({ terminated: { exitCode: 2 } }, {}, { ownerReferences: [{ uid: 'j' }] });
    const end = ended([[job('j')], [job('j'), last], [job('j', FAILED)]]);
    await expect(end).rejects.toThrow(NotReady);
    await expect(end).rejects.toMatchObject({
      message:
        'boundary does not become Ready: Job schema failed for good: Job has reached the specified backoff limit; its last pod ended with status 2: starts; asks; cannot reach the database',
      mend: 'mend what it says, then kubectl delete job schema --namespace boundary, and run the same again',
    });
  });

  test('of before counts once all is deployed: until then it may be made anew', async () => {
    await ended([[job('j', FAILED)], [{ ...job('j'), status: { succeeded: 1 } }]], () => true);
    await expect(ended([[job('j', FAILED)]], () => true)).rejects.toThrow('failed for good');
  });

  test('is none where it is tried again, or nobody waits for it', () => {
    const seen = (...workloads: KubeObject[]) => ({ workloads, pods: [], events: [] });
    expect(lostOf([job('')], seen(job('j')))).toEqual([]);
    expect(lostOf([DEPLOYMENT], seen(job('j', FAILED)))).toEqual([]);
  });
});

test('what is not waited for because of another failure still says what it waited for', async () => {
  const part = { name: 'boundary', files: [], objects: [DEPLOYMENT], needsOperator: false };
  const controller = new AbortController();
  const tell = (now: readonly string[]) =>
    now.length > 0 && controller.abort(new Failure('not waited for, because of what failed'));
  await expect(
    new Watch(new Told([[DEPLOYMENT, CRASHED]]), [part]).becomesReady(part, 60, { signal: controller.signal, tell }),
  ).rejects.toThrow(/^not waited for, because of what failed; it waited for keeper-1: ended with status 3, 4 times/);
});
