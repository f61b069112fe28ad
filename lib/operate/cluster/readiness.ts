import type { Kubectl, KubeObject } from './kubectl';
import { OURS } from './labels';
import { containersOf, isReady, unschedulable, warningsOf } from './pods';

/** Whether an object is of a kind that takes its time. */
export const isWorkload = ({ kind }: KubeObject): boolean => /^(StatefulSet|Deployment|Job)$/.test(kind);

/** What a part of the platform is still waiting for, a line for each pod or workload; nothing once it is Ready. */
export type Late = readonly string[];

/** All of a platform that may be late. */
export interface Seen {
  readonly workloads: readonly KubeObject[];
  readonly pods: readonly KubeObject[];
  readonly events: readonly KubeObject[];
}

const keyOf = (kind: string, { namespace, name }: { namespace: string; name: string }) =>
  `${kind}/${namespace}/${name}`;

/** One look at the platform. */
export async function look(kubectl: Kubectl): Promise<Seen> {
  const [objects, events] = await Promise.all([
    kubectl.list('statefulsets,deployments,jobs,pods', { selector: OURS }),
    kubectl.list('events'),
  ]);
  return { workloads: objects.filter(isWorkload), pods: objects.filter(({ kind }) => kind === 'Pod'), events };
}

/** Whether what a workload asks for is there. */
export function isSettled({ kind, metadata, spec, status = {} }: KubeObject): boolean {
  if (kind === 'Job') return status.succeeded >= (spec.completions ?? 1) || spec.suspend === true;
  const { replicas = 1 } = spec;
  const counts = [status.updatedReplicas ?? 0, status.readyReplicas ?? 0];
  return status.observedGeneration === metadata.generation && counts.every((count) => count === replicas);
}

/** What workloads still wait for. @param wanted as their manifests name them */
export function lateOf(wanted: readonly KubeObject[], { workloads, pods, events }: Seen): Late {
  const there = new Map(workloads.map((workload) => [keyOf(workload.kind, workload.metadata), workload]));
  return wanted.flatMap(({ kind, metadata }) => {
    const workload = there.get(keyOf(kind, metadata));
    if (!workload) return [`${kind} ${metadata.name} is not there yet`];
    if (isSettled(workload)) return [];
    const own = pods.filter((pod) => selects(workload, pod) && !isReady(pod));
    if (own.length === 0) return [warningsOf(workload, events)[0] ?? `${kind} ${metadata.name} is rolled out`];
    return own.map((pod) => `${pod.metadata.name}: ${reasonOf(pod, events)}`);
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

/** Why a pod is not Ready, as its containers, its conditions or its events say. */
export function reasonOf(pod: KubeObject, events: readonly KubeObject[]): string {
  if (pod.metadata.deletionTimestamp) return 'is on its way out';
  const containers = containersOf(pod);
  const waiting = containers
    .map(({ state }) => state?.waiting)
    .find((state) => state && !/^(PodInitializing|ContainerCreating)$/.test(state.reason));
  if (waiting) return [waiting.reason, waiting.message].filter(Boolean).join(': ');
  const ended = containers.map(({ state }) => state?.terminated).find((state) => state && state.exitCode !== 0);
  if (ended) return `ended with status ${ended.exitCode}${ended.message ? `: ${ended.message}` : ''}`;
  return (
    unschedulable(pod) ??
    warningsOf(pod, events)[0] ??
    (containers.some(({ started }) => started) ? 'runs, and is not ready yet' : 'is started')
  );
}
