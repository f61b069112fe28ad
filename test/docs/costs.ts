import { quantity } from '../../lib/operate/platform/resources';
import type { KubeObject } from '../helpers/objects';

/** What pods that run all the time ask for together, what volumes hold, and how many load balancers there are. */
export interface Cost {
  readonly pods: number;
  /** Thousandths of a processor. */
  readonly cpu: number;
  /** MiB. */
  readonly memory: number;
  /** GiB. */
  readonly disk: number;
  readonly balancers: number;
}

const NOTHING: Cost = { pods: 0, cpu: 0, memory: 0, disk: 0, balancers: 0 };
const KEYS = Object.keys(NOTHING) as (keyof Cost)[];

export const sum = (costs: readonly Cost[]): Cost =>
  costs.reduce((a, b) => Object.fromEntries(KEYS.map((key) => [key, a[key] + b[key]])) as unknown as Cost, NOTHING);

export const times = (cost: Cost, count: number): Cost => sum(Array.from({ length: count }, () => cost));

/** What a scheduler sets aside for a pod: all of its containers, or one that prepares it and asks for more. */
function requested({ containers, initContainers = [] }: any, key: 'cpu' | 'memory', unit: number): number {
  const of = ({ resources }: any) => quantity(resources.requests[key]) / unit;
  const all = containers.reduce((total: number, container: any) => total + of(container), 0);
  return Math.round(Math.max(all, ...initContainers.map(of)));
}

function costOf({ kind, spec }: any): Cost {
  if (kind === 'Service') return { ...NOTHING, balancers: spec.type === 'LoadBalancer' ? 1 : 0 };
  if (!/^(StatefulSet|Deployment)$/.test(kind)) return NOTHING;
  const one: Cost = {
    pods: 1,
    cpu: requested(spec.template.spec, 'cpu', 1e-3),
    memory: requested(spec.template.spec, 'memory', 2 ** 20),
    disk: (spec.volumeClaimTemplates ?? []).reduce(
      (total: number, claim: any) => total + quantity(claim.spec.resources.requests.storage) / 2 ** 30,
      0,
    ),
    balancers: 0,
  };
  return times(one, spec.replicas);
}

export const costIn = (objects: readonly KubeObject[], namespace: string): Cost =>
  sum(objects.filter(({ metadata }) => metadata.namespace === namespace).map(costOf));

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;
const inUnits = (number: number, unit: number, small: string, large: string): string =>
  number >= unit ? `${Math.round((number / unit) * 10) / 10}${large}` : `${number}${small}`;

/** As the documents write it. */
export const textOf = ({ pods, cpu, memory, disk, balancers }: Cost): string =>
  [
    count(pods, 'pod'),
    inUnits(cpu, 1000, 'm', ' CPU'),
    inUnits(memory, 1024, 'Mi', 'Gi'),
    ...(disk > 0 ? [`${disk}Gi of disk`] : []),
    ...(balancers > 0 ? [count(balancers, 'load balancer')] : []),
  ].join(', ');
