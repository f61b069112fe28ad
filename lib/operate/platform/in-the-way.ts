import { type Kubectl, type KubeObject, keyOf } from '../cluster/kubectl';
import { isOurs } from '../cluster/labels';
import { Failure } from '../failure';

/** Kinds with fields that stay as they were made, so that what stands cannot become what a manifest says. */
const FIXED: Readonly<Record<string, string>> = {
  StatefulSet: 'statefulsets',
  Deployment: 'deployments',
  Service: 'services',
};

/** What stands where objects are to be and is somebody else's, as `Kind namespace/name`. */
export async function inTheWay(kubectl: Kubectl, objects: readonly KubeObject[]): Promise<string[]> {
  const wanted = new Set(objects.filter(({ kind }) => kind in FIXED).map(keyOf));
  if (wanted.size === 0) return [];
  const standing = await kubectl.list(Object.values(FIXED).join(','));
  return standing.filter((object) => wanted.has(keyOf(object)) && !isOurs(object)).map(keyOf);
}

/** @throws Failure - where something of somebody else's stands in the way: nothing is touched then */
export async function expectNothingInTheWay(kubectl: Kubectl, objects: readonly KubeObject[]): Promise<void> {
  const found = await inTheWay(kubectl, objects);
  if (found.length > 0) throw new Failure(`${wordsOf(found)}; nothing is changed. ${MEND}`);
}

export const wordsOf = (found: readonly string[]): string =>
  `these have names of the platform's objects, and are not its own: ${found.join(', ')}`;

/** What to do about it. */
export const MEND =
  'Choose other namespaces (namespaces), or delete them, which leaves the volumes of a StatefulSet: docs/MIGRATION.md';
