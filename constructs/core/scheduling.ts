import { isObjectName } from './checks';
import type { k8s } from './k8s';
import { QUALIFIED as KEY, LABEL as VALUE } from './reserved';
import { EFFECTS, tolerationFaults } from './rules/tolerations';

/** Which nodes pods may run on, and which pods go before others. */
export interface Scheduling {
  /** Labels that the node must carry. @default - any node */
  readonly nodeSelector?: Readonly<Record<string, string>>;
  /** Taints of nodes that are tolerated. @default - none */
  readonly tolerations?: readonly k8s.Toleration[];
  /** PriorityClass. @default - the cluster's default priority */
  readonly priorityClassName?: string;
}

/** What the API server refuses in a toleration; nothing where it takes it. */
function faultOf(toleration: k8s.Toleration): string | undefined {
  const { key, value, effect } = toleration;
  if (key !== undefined && !KEY.test(key)) return `has the key "${key}", which no taint has`;
  if (!VALUE.test(value ?? '')) return `has the value "${value}", which no taint has`;
  if (effect !== undefined && !EFFECTS.some((one) => one === effect))
    return `has the effect "${effect}", which no taint has: take ${EFFECTS.join(', ')} or none`;
  const [fault] = tolerationFaults(toleration);
  return fault && `does not fit together: its ${fault.field} ${fault.must}`;
}

/**
 * What says in a pod where it runs.
 *
 * @param who the pod's owner, for errors
 * @throws if a label, toleration or name is none that the API server takes
 */
export function scheduled(who: string, scheduling: Scheduling): Partial<k8s.PodSpec> {
  const { nodeSelector, tolerations, priorityClassName } = scheduling;
  for (const [key, value] of Object.entries(nodeSelector ?? {}))
    if (!KEY.test(key) || !VALUE.test(value))
      throw new Error(`nodeSelector of "${who}" must have labels such as pool: sandbox, got "${key}: ${value}"`);
  for (const [index, toleration] of (tolerations ?? []).entries()) {
    const fault = faultOf(toleration);
    if (fault) throw new Error(`toleration ${index + 1} of "${who}" ${fault}`);
  }
  if (priorityClassName !== undefined && !isObjectName(priorityClassName))
    throw new Error(`priorityClassName of "${who}" must be a name such as interactive, got "${priorityClassName}"`);
  return {
    ...(nodeSelector && { nodeSelector: { ...nodeSelector } }),
    ...(tolerations && { tolerations: [...tolerations] }),
    ...(priorityClassName && { priorityClassName }),
  };
}
