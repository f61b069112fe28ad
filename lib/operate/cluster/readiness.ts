import type { Kubectl, KubeObject } from './kubectl';
import { OURS } from './labels';
import { crashOf, crashText, LastWords, type Words } from './last-words';
import { nameOf } from './names';
import { containersOf, imageWarning, isReady, unschedulable, warningsOf, withoutImage } from './pods';

/** Whether an object is of a kind that takes its time. */
export const isWorkload = ({ kind }: KubeObject): boolean => /^(StatefulSet|Deployment|Job)$/.test(kind);

/** What a part of the platform is still waiting for, a line for each pod or workload; nothing once it is Ready. */
export type Late = readonly string[];

/** All of a platform that may be late. */
export interface Seen {
  readonly workloads: readonly KubeObject[];
  readonly pods: readonly KubeObject[];
  readonly events: readonly KubeObject[];
  /** What programs said that ended. @default - nobody asked */
  readonly words?: Words;
}

/** One look at the platform. @param words whom who looks again asks each time */
export async function look(kubectl: Kubectl, words = new LastWords(kubectl)): Promise<Seen> {
  const [objects, events] = await Promise.all([
    kubectl.list('statefulsets,deployments,jobs,pods', { selector: OURS }),
    kubectl.list('events'),
  ]);
  const pods = objects.filter(({ kind }) => kind === 'Pod');
  return {
    workloads: objects.filter(isWorkload),
    pods,
    events,
    words: await words.of(pods.filter((pod) => !isReady(pod))),
  };
}

/** Whether what a workload asks for is there. */
export function isSettled({ kind, metadata, spec, status = {} }: KubeObject): boolean {
  if (kind === 'Job') return status.succeeded >= (spec.completions ?? 1) || spec.suspend === true;
  const { replicas = 1 } = spec;
  const counts = [status.updatedReplicas ?? 0, status.readyReplicas ?? 0];
  return status.observedGeneration === metadata.generation && counts.every((count) => count === replicas);
}

/** What workloads still wait for. @param wanted as their manifests name them */
export function lateOf(wanted: readonly KubeObject[], { workloads, pods, events, words }: Seen): Late {
  const there = new Map(workloads.map((workload) => [nameOf(workload), workload]));
  return wanted.flatMap((one) => {
    const { kind, metadata } = one;
    const workload = there.get(nameOf(one));
    if (!workload) return [`${kind} ${metadata.name} is not there yet`];
    if (isSettled(workload)) return [];
    const own = pods.filter((pod) => selects(workload, pod) && !isReady(pod));
    if (own.length === 0) return [warningsOf(workload, events)[0] ?? `${kind} ${metadata.name} is rolled out`];
    return own.map((pod) => `${pod.metadata.name}: ${reasonOf(pod, events, words)}`);
  });
}

/** A Job that nobody begins again. */
export interface Lost {
  readonly uid: string;
  readonly line: string;
  readonly mend: string;
}

/** Jobs of what is wanted that failed for good: whoever waits for them waits for ever. */
export function lostOf(wanted: readonly KubeObject[], { workloads, words }: Seen): Lost[] {
  const names = new Set(wanted.map(nameOf));
  return workloads.flatMap((workload) => {
    const { kind, metadata, status = {} } = workload;
    if (kind !== 'Job' || !names.has(nameOf(workload))) return [];
    const failed = status.conditions?.find(({ type, status: is }: KubeObject) => type === 'Failed' && is === 'True');
    if (!failed) return [];
    const { uid, name, namespace } = metadata;
    const why = [failed.message ?? failed.reason, words?.get(uid)].filter(Boolean).join('; its last pod ');
    return [
      {
        uid,
        line: `Job ${name} failed for good: ${why}`,
        mend: `mend what it says, then kubectl delete job ${name} --namespace ${namespace}, and run the same again`,
      },
    ];
  });
}

/**
 * Pods of a version before their StatefulSet's that are not Ready: a set that goes by the order of its pods waits for
 * them for ever, and would replace them if they were.
 */
export function heldBack({ workloads, pods }: Seen): KubeObject[] {
  return workloads
    .filter(
      ({ kind, metadata, spec, status }) =>
        kind === 'StatefulSet' &&
        spec.podManagementPolicy === 'OrderedReady' &&
        spec.updateStrategy.type === 'RollingUpdate' &&
        status.observedGeneration === metadata.generation,
    )
    .flatMap((set) =>
      pods.filter(
        (pod) =>
          selects(set, pod) &&
          !isReady(pod) &&
          !pod.metadata.deletionTimestamp &&
          pod.metadata.labels['controller-revision-hash'] !== set.status.updateRevision,
      ),
    );
}

function selects({ spec, metadata }: KubeObject, pod: KubeObject): boolean {
  const labels = Object.entries<string>(spec.selector?.matchLabels ?? {});
  return (
    pod.metadata.namespace === metadata.namespace &&
    labels.length > 0 &&
    labels.every(([key, value]) => pod.metadata.labels?.[key] === value)
  );
}

/** Why a pod is not Ready, as its containers, its conditions or its events say. @param words what programs said that ended */
export function reasonOf(pod: KubeObject, events: readonly KubeObject[], words?: Words): string {
  if (pod.metadata.deletionTimestamp) return 'is on its way out';
  const containers = containersOf(pod);
  const crash = crashOf(pod);
  if (crash) return crashText(crash, words?.get(pod.metadata.uid));
  const refused = withoutImage(pod)?.state.waiting;
  // The container says no more than that it is tried again.
  if (refused) return [refused.reason, imageWarning(pod, events) ?? refused.message].filter(Boolean).join(': ');
  const waiting = containers
    .map(({ state }) => state?.waiting)
    .find((state) => state && !/^(PodInitializing|ContainerCreating)$/.test(state.reason));
  if (waiting) return [waiting.reason, waiting.message].filter(Boolean).join(': ');
  return (
    placeless(pod, events) ??
    warningsOf(pod, events)[0] ??
    (containers.some(({ started }) => started) ? 'runs, and is not ready yet' : 'is started')
  );
}

/** Why no node takes a pod, and what its claims were warned of where it is for them. */
function placeless(pod: KubeObject, events: readonly KubeObject[]): string | undefined {
  const why = unschedulable(pod);
  if (!why || !/PersistentVolumeClaim/i.test(why)) return why;
  const claims = (pod.spec?.volumes ?? []).flatMap(
    ({ persistentVolumeClaim: claim }: KubeObject) => claim?.claimName ?? [],
  );
  const said = events
    .filter(
      ({ type, involvedObject: { kind, name, namespace } }) =>
        type === 'Warning' &&
        kind === 'PersistentVolumeClaim' &&
        namespace === pod.metadata.namespace &&
        claims.includes(name),
    )
    .map(({ message, involvedObject }) => `${involvedObject.name}: ${message}`);
  return [why, ...said.slice(-1)].join('; ');
}
