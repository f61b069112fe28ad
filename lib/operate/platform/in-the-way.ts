import type { Kubectl, KubeObject } from '../cluster/kubectl';
import { OURS } from '../cluster/labels';
import { nameOf } from '../cluster/names';
import { standingOf } from '../cluster/standing';
import { Failure } from '../failure';
import type { Selection } from './selection';

type Meant = Pick<Selection, 'objects' | 'releasePrefix'>;

/** What stands where a platform's objects are to be and is somebody else's: what its own Helm releases made is not. */
export const inTheWay = async (kubectl: Kubectl, { objects, releasePrefix }: Meant): Promise<readonly KubeObject[]> =>
  (await standingOf(kubectl, objects, releasePrefix)).others;

/** @throws Failure - where something of somebody else's stands in the way: nothing is touched then */
export async function expectNothingInTheWay(kubectl: Kubectl, selection: Meant): Promise<void> {
  const found = await inTheWay(kubectl, selection);
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
