import type { Kubectl, KubeObject } from '../cluster/kubectl';
import { isOurs } from '../cluster/labels';
import { isReady } from '../cluster/pods';
import { replicasOf } from '../cluster/working-hours';
import { quantity } from '../platform/resources';
import { bad, type Finding, good } from './finding';

const RESOURCES = ['cpu', 'memory'] as const;
type Amounts = Record<(typeof RESOURCES)[number], number>;

interface Node {
  readonly node: KubeObject;
  readonly left: Amounts & { pods: number };
}

interface Wanted {
  readonly name: string;
  readonly spec: KubeObject;
  readonly asks: Amounts;
}

const GIB = 2 ** 30;
const words = ({ cpu, memory }: Amounts): string => `${cpu.toFixed(1)} CPUs and ${(memory / GIB).toFixed(1)} GiB`;

/** What a pod asks of its node: containers run together, those that prepare it one after the other. */
function requestOf({ containers, initContainers = [] }: KubeObject, resource: keyof Amounts): number {
  const of = ({ resources }: KubeObject) => quantity(resources?.requests?.[resource] ?? resources?.limits?.[resource]);
  const isSidecar = ({ restartPolicy }: KubeObject) => restartPolicy === 'Always';
  const together = [...containers, ...initContainers.filter(isSidecar)];
  const sum = together.reduce((total: number, container: KubeObject) => total + of(container), 0);
  return Math.max(sum, ...initContainers.map(of));
}

const amounts = (of: (resource: keyof Amounts) => number): Amounts => ({ cpu: of('cpu'), memory: of('memory') });

/** Pods that stay, largest first; those of Jobs come and go. */
function wantedBy(objects: readonly KubeObject[]): Wanted[] {
  const lasting = objects.filter(({ kind }) => kind === 'StatefulSet' || kind === 'Deployment');
  const pods = lasting.flatMap((workload): Wanted[] => {
    const spec = workload.spec.template.spec;
    const asks = amounts((resource) => requestOf(spec, resource));
    return Array.from({ length: replicasOf(workload) }, () => ({ name: workload.metadata.name, spec, asks }));
  });
  return pods.sort((a, b) => b.asks.memory - a.asks.memory || b.asks.cpu - a.asks.cpu);
}

/** Nodes that take pods, with what others than the platform's leave of them. */
function nodesWith(nodes: readonly KubeObject[], pods: readonly KubeObject[]): Node[] {
  return nodes
    .filter((node) => isReady(node) && !node.spec.unschedulable)
    .map((node) => {
      const ended = /^(Succeeded|Failed)$/;
      const others = pods.filter(
        (pod) => pod.spec.nodeName === node.metadata.name && !isOurs(pod) && !ended.test(pod.status.phase),
      );
      const { allocatable } = node.status;
      const left = (resource: keyof Amounts) =>
        quantity(allocatable[resource]) - others.reduce((sum, { spec }) => sum + requestOf(spec, resource), 0);
      return { node, left: { ...amounts(left), pods: quantity(allocatable.pods) - others.length } };
    });
}

const tolerates = ({ tolerations = [] }: KubeObject, { key, value, effect }: KubeObject): boolean =>
  tolerations.some(
    (one: KubeObject) =>
      (one.key === undefined || one.key === key) &&
      (one.operator === 'Exists' || one.value === value) &&
      (one.effect === undefined || one.effect === effect),
  );

/** Whether labels and taints of a node let a pod in. */
const letsIn = ({ node }: Node, { spec }: Wanted): boolean =>
  Object.entries(spec.nodeSelector ?? {}).every(([key, value]) => node.metadata.labels?.[key] === value) &&
  (node.spec.taints ?? []).every((taint: KubeObject) => taint.effect === 'PreferNoSchedule' || tolerates(spec, taint));

const hasRoom = ({ left }: Node, { asks }: Wanted): boolean =>
  left.pods >= 1 && RESOURCES.every((resource) => left[resource] >= asks[resource]);

/** Whether all that stays finds a node. How pods are spread is not looked at. */
export async function roomFinding(kubectl: Kubectl, objects: readonly KubeObject[]): Promise<Finding> {
  const [all, pods] = await Promise.all([kubectl.list('nodes'), kubectl.list('pods')]);
  const nodes = nodesWith(all, pods);
  const left = amounts((resource) => nodes.reduce((sum, node) => sum + Math.max(0, node.left[resource]), 0));
  const wanted = wantedBy(objects);
  const asked = amounts((resource) => wanted.reduce((sum, { asks }) => sum + asks[resource], 0));
  const [shut, refused] = [new Set<string>(), new Set<string>()];
  for (const pod of wanted) {
    const open = nodes.filter((node) => letsIn(node, pod));
    const [node] = open.filter((one) => hasRoom(one, pod)).sort((a, b) => b.left.memory - a.left.memory);
    if (!node) (open.length === 0 ? shut : refused).add(`${pod.name} (${words(pod.asks)})`);
    else {
      for (const resource of RESOURCES) node.left[resource] -= pod.asks[resource];
      node.left.pods -= 1;
    }
  }
  const what = 'room';
  if (shut.size > 0)
    return bad(
      what,
      `labels or taints of every node keep out ${[...shut].join(', ')}`,
      'see that nodes have the labels and no other taints than platform.yaml says (nodeSelector, tolerations)',
    );
  const sizes = `the platform asks for ${words(asked)}, and nodes have ${words(left)} left`;
  return refused.size > 0
    ? bad(
        what,
        `${sizes}: no node has room for ${[...refused].join(', ')}`,
        'add a node, or ask for less (resources, replicas)',
      )
    : good(what, sizes);
}
