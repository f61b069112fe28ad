import { Failure } from '../failure';
import { expectUninterrupted, pauseFor, withBorrowed } from '../interruption';
import { until } from '../until';
import type { Kubectl, KubeObject } from './kubectl';
import { withoutImage } from './pods';

const NAME = 'sandboxctl-check';
const PORT = 8080;
const PULL_SEC = 120;
/** Until a policy counts on every node. */
const POLICY_SEC = 30;
/** No check takes longer. */
const LONGEST_SEC = 300;
/** In which the namespace of an earlier one goes. */
const GONE_SEC = 120;
const MANAGER = 'app.kubernetes.io/managed-by';
const MANAGED: Readonly<Record<string, string>> = { [MANAGER]: 'sandboxctl' };

/** What the Pod Security Standard `restricted` asks of a container. */
export const RESTRICTED = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  runAsNonRoot: true,
  runAsUser: 1000,
  seccompProfile: { type: 'RuntimeDefault' },
};

/** Two pods that try out what only pods can. */
export interface Probe {
  readonly image: string;
  /** Why its image cannot be had, if so. */
  readonly pull?: string;
  resolves(name: string): Promise<boolean>;
  /** Whether one reaches the other, before and after a policy that denies it. */
  isolated(): Promise<[before: boolean, after: boolean]>;
  /** Whether a privileged pod is refused. */
  refusesPrivileged(): Promise<boolean>;
}

/** Makes a namespace with two pods, lets `use` try things out by them, and removes it in any case: what was killed, the next run does. */
export async function withProbe<T>(kubectl: Kubectl, image: string, use: (probe: Probe) => Promise<T>): Promise<T> {
  await makeRoom(kubectl);
  const work = async () => {
    await apply(kubectl, [namespace(), pod('server', image, SERVE), pod('client', image, ['sleep', '300'])]);
    return use(await probeOf(kubectl, image));
  };
  return withBorrowed(work, () => remove(kubectl));
}

const remove = (kubectl: Kubectl) => kubectl.run(['delete', 'namespace', NAME, '--ignore-not-found', '--wait=false']);

/** Has nothing stand that a run left which is over. @throws Failure - where another one may be at work, or it is somebody else's */
async function makeRoom(kubectl: Kubectl): Promise<void> {
  const left = await kubectl.find('namespace', NAME);
  if (!left) return;
  const { labels = {}, creationTimestamp, deletionTimestamp } = left.metadata;
  if (labels[MANAGER] !== MANAGED[MANAGER])
    throw new Failure(
      `the namespace ${NAME} is somebody else's: sandboxctl check needs that name (kubectl delete namespace ${NAME})`,
    );
  const age = (Date.now() - Date.parse(creationTimestamp)) / 1000;
  if (!deletionTimestamp && age < LONGEST_SEC)
    throw new Failure(
      `another check began ${Math.max(0, Math.round(age))} s ago: run this again once it is over; one that was killed is cleared away ${LONGEST_SEC} s after it began, or by kubectl delete namespace ${NAME}`,
    );
  await remove(kubectl);
  await until(
    `the namespace ${NAME} of an earlier check goes`,
    GONE_SEC,
    async () => !(await kubectl.find('namespace', NAME)),
  );
}

const SERVE = ['node', '-e', `require('node:net').createServer((socket) => socket.end('hello')).listen(${PORT})`];

const namespace = (): object => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: NAME, labels: { ...MANAGED, 'pod-security.kubernetes.io/enforce': 'restricted' } },
});

const pod = (name: string, image: string, command: readonly string[], privileged = false): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: NAME, labels: { app: name } },
  spec: {
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: 1,
    containers: [{ name, image, command, securityContext: privileged ? { privileged } : RESTRICTED }],
  },
});

const apply = (kubectl: Kubectl, items: readonly object[]): Promise<string> =>
  kubectl.answer(['apply', '--server-side', '--filename', '-'], {
    input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
  });

async function probeOf(kubectl: Kubectl, image: string): Promise<Probe> {
  const pull = await refusedPull(kubectl);
  const script = async (text: string) =>
    (await kubectl.run(['exec', '--namespace', NAME, 'client', '--', 'node', '-e', text])).exitCode === 0;
  const reaches = async () => {
    const { status } = await kubectl.find('pod', 'server', NAME);
    return script(
      `const s = require('node:net').connect(${PORT}, '${status.podIP}'); s.on('data', () => process.exit(0)); s.on('error', () => process.exit(1)); setTimeout(() => process.exit(1), 2000)`,
    );
  };
  return {
    image,
    pull,
    resolves: (name) => script(`require('node:dns').lookup('${name}', (error) => process.exit(error ? 1 : 0))`),
    isolated: async () => {
      const before = await reaches();
      await apply(kubectl, [
        {
          apiVersion: 'networking.k8s.io/v1',
          kind: 'NetworkPolicy',
          metadata: { name: 'deny', namespace: NAME },
          spec: { podSelector: { matchLabels: { app: 'server' } }, policyTypes: ['Ingress'] },
        },
      ]);
      const end = Date.now() + POLICY_SEC * 1000;
      let after = true;
      while (before && after && Date.now() < end) {
        expectUninterrupted();
        after = await reaches();
      }
      return [before, after];
    },
    refusesPrivileged: async () => {
      const input = JSON.stringify(pod('privileged', image, ['true'], true));
      return (await kubectl.run(['apply', '--dry-run=server', '--filename', '-'], { input })).exitCode !== 0;
    },
  };
}

/** Why the pods do not run, or undefined once they do. */
async function refusedPull(kubectl: Kubectl): Promise<string | undefined> {
  const end = Date.now() + PULL_SEC * 1000;
  for (;;) {
    const pods = await kubectl.list('pods', { namespace: NAME });
    const isReady = ({ status }: KubeObject) => status.containerStatuses?.every(({ ready }: KubeObject) => ready);
    if (pods.length === 2 && pods.every(isReady)) return undefined;
    const refused = pods.map(withoutImage).find((container) => container !== undefined)?.state.waiting;
    if (refused) return refused.message ?? refused.reason;
    if (Date.now() > end) return `its pods do not run after ${PULL_SEC} s`;
    await pauseFor(500);
  }
}
