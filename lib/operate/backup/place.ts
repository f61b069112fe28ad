import type { Kubectl, KubeObject } from '../cluster/kubectl';
import { COMPONENT } from '../cluster/labels';
import { isReady } from '../cluster/pods';
import type { Workspace } from '../cluster/workspace';
import { Failure } from '../failure';
import { withBorrowed } from '../interruption';
import { lastLines } from '../run';
import { until } from '../until';
import type { Bucket } from './bucket';
import { BUSY, IDLE } from './files';
import { isGone, whoNow } from './who';

/** Seconds in which a pod with volumes has to start. */
const START_SEC = 180;
/** Seconds in which an environment has begun or ended. */
const SETTLED_SEC = 60;
/** Longer than anything takes; a pod that is left over ends by itself. */
const LIFE_SEC = 86_400;
/** Label with the environment whose volumes a pod has. */
const FILES_OF = 'agent-sandbox.dev/files-of';
/** Annotation with who made it. */
const MADE_BY = 'agent-sandbox.dev/made-by';

/** A pod that has a workspace's volumes. */
export interface Place {
  readonly pod: string;
  /** Whether the environment runs, there or beside it. */
  readonly isRunning: boolean;
}

/** Lets `use` work in the environment, or where that is stopped in a pod with its volumes, which goes afterwards. */
export async function inPlace<T>(
  kubectl: Kubectl,
  workspace: Workspace,
  use: (place: Place) => Promise<T>,
): Promise<T> {
  const running = await runningPod(kubectl, workspace);
  if (running) return use({ pod: workspace.name, isRunning: true });
  return withPod(kubectl, podFor(workspace), (pod) => use({ pod, isRunning: false }));
}

/** Lets `use` work in a pod with the workspace's volumes, beside the environment where that runs; the bucket is reached from there. */
export async function beside<T>(
  kubectl: Kubectl,
  workspace: Workspace,
  bucket: Bucket,
  use: (place: Place) => Promise<T>,
): Promise<T> {
  const running = await runningPod(kubectl, workspace);
  const pod = podFor(workspace, running?.spec.nodeName);
  const reaching = (uid: string) => policyFor(pod, uid, bucket);
  return withPod(kubectl, pod, (name) => use({ pod: name, isRunning: running !== undefined }), reaching);
}

/** Has a pod run while it is used. @param along an object that goes with it, given its UID */
async function withPod<T>(
  kubectl: Kubectl,
  pod: KubeObject,
  use: (name: string) => Promise<T>,
  along?: (uid: string) => KubeObject,
): Promise<T> {
  const { name, namespace } = pod.metadata;
  const where = ['--namespace', namespace];
  const remove = () => kubectl.answer(['delete', 'pod', name, '--ignore-not-found', '--grace-period=1', ...where]);
  const make = (object: KubeObject) =>
    kubectl.answer(['create', '--filename', '-', '--output', 'jsonpath={.metadata.uid}'], {
      input: JSON.stringify(object),
    });
  if (await isLeft(kubectl, pod)) await remove();
  const work = async () => {
    const uid = await make(pod);
    // Before the pod runs, so that its first packet passes.
    if (along) await make(along(uid));
    const wait = ['wait', `pod/${name}`, '--for=condition=Ready', `--timeout=${START_SEC}s`, ...where];
    const { exitCode } = await kubectl.run(wait);
    if (exitCode !== 0) throw new Failure(`no pod with its volumes after ${START_SEC} s: sandboxctl doctor says why`);
    return await use(name);
  };
  return withBorrowed(work, remove);
}

/** Whether such a pod is left over. @throws Failure - where somebody else is at work in it */
async function isLeft(kubectl: Kubectl, pod: KubeObject): Promise<boolean> {
  const { name, namespace } = pod.metadata;
  const found = await kubectl.find('pod', name, namespace);
  if (found?.status?.phase !== 'Running' || isGone(found.metadata.annotations?.[MADE_BY])) return found !== undefined;
  const [, { mountPath }] = pod.spec.containers[0].volumeMounts;
  const inside = ['exec', '--namespace', namespace, name, '--', 'sh', '-c', IDLE, 'sh', mountPath.replace(/^\//, '')];
  const { exitCode, stderr } = await kubectl.run(inside);
  if (exitCode === BUSY) throw new Failure(lastLines(stderr, 3));
  return true;
}

/** The environment's pod, if it runs; one that begins or ends, as after a restore, is waited for. @throws Failure - where it does neither */
async function runningPod(kubectl: Kubectl, { name, namespace }: Workspace): Promise<KubeObject | undefined> {
  const late = () => `${name} is neither running nor stopped: sandboxctl doctor says why`;
  const { found } = await until(late, SETTLED_SEC, async () => {
    const pod = await kubectl.find('pod', name, namespace);
    if (!pod) return { found: undefined };
    return isReady(pod) && !pod.metadata.deletionTimestamp && { found: pod };
  });
  return found;
}

/**
 * A pod as the environment's, with its volumes that last and nothing else.
 * @param node has it there: a volume of one node is not to be had on others while it is in use
 */
function podFor(workspace: Workspace, node?: string): KubeObject {
  const { name, namespace, set, volumes } = workspace;
  const { securityContext, nodeSelector, tolerations, runtimeClassName, imagePullSecrets } = set.spec.template.spec;
  const labels = { ...set.metadata.labels, [COMPONENT]: 'workspace', [FILES_OF]: name };
  const claims = [...new Set(volumes.map(({ claim }) => claim))];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `${name}-files`, namespace, labels, annotations: { [MADE_BY]: whoNow() } },
    spec: {
      securityContext,
      nodeSelector,
      tolerations,
      runtimeClassName,
      imagePullSecrets,
      automountServiceAccountToken: false,
      restartPolicy: 'Never',
      ...(node && { affinity: onNode(node) }),
      containers: [containerFor(workspace)],
      volumes: [
        { name: 'scratch', emptyDir: { sizeLimit: '4Gi' } },
        ...claims.map((claim) => ({ name: claim, persistentVolumeClaim: { claimName: claim } })),
      ],
    },
  };
}

function onNode(node: string): KubeObject {
  const isNode = { matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] };
  return { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [isNode] } } };
}

/** That pod's only container, which has the environment's programs and rights, and waits. */
function containerFor({ set, volumes }: Workspace): KubeObject {
  const [{ image, imagePullPolicy, securityContext }] = set.spec.template.spec.containers;
  return {
    name: 'files',
    image,
    imagePullPolicy,
    securityContext,
    command: ['sh', '-c', `trap 'exit 0' TERM; sleep ${LIFE_SEC} & wait`],
    resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { cpu: '2', memory: '2Gi' } },
    volumeMounts: [
      { name: 'scratch', mountPath: '/tmp' },
      ...volumes.map(({ claim, path, subPath }) => ({ name: claim, mountPath: path, subPath })),
    ],
  };
}

/** Lets that pod reach the bucket. It goes with the pod. */
function policyFor({ metadata }: KubeObject, uid: string, { address, port }: Bucket): KubeObject {
  const { name, namespace, labels } = metadata;
  const width = address?.includes(':') ? 128 : 32;
  const to = address ? [{ ipBlock: { cidr: `${address}/${width}` } }] : [];
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: {
      name: `${name}-to-bucket-${uid.slice(0, 8)}`,
      namespace,
      labels,
      ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name, uid }],
    },
    spec: {
      podSelector: { matchLabels: { [FILES_OF]: labels[FILES_OF] } },
      policyTypes: ['Egress'],
      egress: [{ ports: [{ port, protocol: 'TCP' }], ...(to.length > 0 && { to }) }],
    },
  };
}
