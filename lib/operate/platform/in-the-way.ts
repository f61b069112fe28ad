import type { Kubectl, KubeObject } from '../cluster/kubectl';
import { OURS } from '../cluster/labels';
import { nameOf, standingOf } from '../cluster/standing';
import { Failure } from '../failure';

/** What stands where objects are to be and is somebody else's. @param prefix of the platform's Helm releases */
export const inTheWay = async (
  kubectl: Kubectl,
  objects: readonly KubeObject[],
  prefix?: string,
): Promise<readonly KubeObject[]> => (await standingOf(kubectl, objects, prefix)).others;

/** @throws Failure - where something of somebody else's stands in the way: nothing is touched then */
export async function expectNothingInTheWay(
  kubectl: Kubectl,
  objects: readonly KubeObject[],
  prefix?: string,
): Promise<void> {
  const found = await inTheWay(kubectl, objects, prefix);
  if (found.length > 0) throw new Failure(`${wordsOf(found)}; nothing is changed. ${mendOf(found)}`);
}

export const wordsOf = (found: readonly KubeObject[]): string =>
  `these have names of the platform's objects, and are not its own: ${found.map(nameOf).join(', ')}`;

/** What to do about it. */
export function mendOf(found: readonly KubeObject[]): string {
  const namespaces = found.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name);
  const handOver = `kubectl label namespace ${namespaces.join(' ')} ${OURS}`;
  return [
    'Choose other namespaces (namespaces), or delete them, which leaves the volumes of a StatefulSet: docs/MIGRATION.md',
    ...(namespaces.length > 0 ? [`A namespace that is to become the platform's is handed over: ${handOver}`] : []),
  ].join('. ');
}
