import type { Construct } from 'constructs';
import { type Identity, metadataOf, selectorOf } from './identity';
import { k8s } from './k8s';

/** What autoscalers of nodes read on a pod: the cluster autoscaler, and Karpenter. */
export const movableByAutoscalers = (movable: boolean): Record<string, string> => ({
  'cluster-autoscaler.kubernetes.io/safe-to-evict': String(movable),
  'karpenter.sh/do-not-disrupt': String(!movable),
});

interface DisruptionBudgetProps {
  readonly namespace: string;
  /** Whose pods it is for. */
  readonly identity: Identity;
  /** Pods that a drain may take at a time. @default 1 */
  readonly maxUnavailable?: number;
}

/** A drain of nodes takes so many pods at a time; those that are not ready hold up none, since nobody uses them. */
export function makeDisruptionBudget(
  scope: Construct,
  id: string,
  { namespace, identity, maxUnavailable = 1 }: DisruptionBudgetProps,
): void {
  new k8s.KubePodDisruptionBudget(scope, id, {
    metadata: metadataOf(scope, identity, identity.instance, namespace),
    spec: {
      maxUnavailable: k8s.IntOrString.fromNumber(maxUnavailable),
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
      selector: { matchLabels: selectorOf(identity) },
    },
  });
}
