import { Failure } from '../failure';
import type { KubeObject } from './kubectl';
import { containersOf } from './pods';

/** Which of what pods say is wanted. */
export interface Wanted {
  /** Name that the pods are of. */
  readonly name: string;
  readonly container?: string;
  /** Of the last time, such as `10m`. */
  readonly since: string;
  /** The last lines alone. */
  readonly tail?: number;
  readonly follow?: boolean;
  /** What containers said before they ended and were started again. */
  readonly previous?: boolean;
}

/** Arguments of kubectl, for each log by itself. @throws Failure - where there is none such */
export function logsOf(pods: readonly KubeObject[], wanted: Wanted): string[][] {
  const { name, container, since, tail, follow, previous } = wanted;
  const has = (one: KubeObject) => container === undefined || one.name === container;
  if (!pods.some((pod) => containersOf(pod).some(has)))
    throw new Failure(`${name} has no container "${container}"; it has ${containerNames(pods).join(', ')}`);
  const which = pods.flatMap((pod): [KubeObject, string[]][] => {
    const found = containersOf(pod).filter(has);
    const ended = found.filter(({ lastState }) => lastState?.terminated);
    if (previous) return ended.map((one) => [pod, [`--container=${one.name}`, '--previous']]);
    const all = container ? `--container=${container}` : '--all-containers';
    return found.length > 0 ? [[pod, [all, `--since=${since}`]]] : [];
  });
  if (which.length === 0) throw new Failure(`nothing of ${name} has ended and was started again`);
  return which.map(([{ metadata }, options]) => [
    ...['logs', '--namespace', metadata.namespace, metadata.name, ...options],
    ...(tail === undefined ? [] : [`--tail=${tail}`]),
    ...(follow ? ['--follow'] : []),
    ...(which.length > 1 ? ['--prefix'] : []),
  ]);
}

const containerNames = (pods: readonly KubeObject[]): string[] => [
  ...new Set(pods.flatMap((pod) => containersOf(pod).map((one) => one.name as string))),
];
