import type { KubeObject } from './kubectl';

/** Taint that says that a node is switched off for good: its pods end without it, and volumes let go of it. */
export const OUT_OF_SERVICE = 'node.kubernetes.io/out-of-service';

export const isGivenUp = ({ spec }: KubeObject): boolean =>
  (spec.taints ?? []).some(({ key }: KubeObject) => key === OUT_OF_SERVICE);
