import type { KubeObject } from './kubectl';

/** Whether a node's labels, or its name, are as one term of a volume's affinity has them. */
function fits({ metadata }: KubeObject, { matchExpressions = [], matchFields = [] }: KubeObject): boolean {
  const isMet = (value: string | undefined, { operator, values = [] }: KubeObject): boolean => {
    if (operator === 'In') return values.includes(value);
    if (operator === 'NotIn') return !values.includes(value);
    if (operator === 'DoesNotExist') return value === undefined;
    return value !== undefined;
  };
  return (
    matchExpressions.every((term: KubeObject) => isMet(metadata.labels?.[term.key], term)) &&
    matchFields.every((term: KubeObject) => isMet(metadata.name, term))
  );
}

/** Whether a volume can be used on a node. */
function reaches({ spec }: KubeObject, node: KubeObject): boolean {
  const terms: KubeObject[] | undefined = spec.nodeAffinity?.required?.nodeSelectorTerms;
  return terms === undefined || terms.some((term) => fits(node, term));
}

/** Claims whose volumes can be used on one node and on none of the others: those on its own disks. */
export function claimsOnlyOn(
  node: KubeObject,
  { claims, volumes, nodes }: Readonly<Record<'claims' | 'volumes' | 'nodes', readonly KubeObject[]>>,
): KubeObject[] {
  const others = nodes.filter(({ metadata }) => metadata.name !== node.metadata.name);
  return claims.filter(({ spec }) => {
    const volume = volumes.find(({ metadata }) => metadata.name === spec.volumeName);
    return volume && reaches(volume, node) && !others.some((other) => reaches(volume, other));
  });
}
