import type { Kubectl, KubeObject } from '../cluster/kubectl';
import { ENVIRONMENTS, isEnvironment } from '../cluster/labels';
import { shortNameOf } from '../cluster/names';
import { hasHours, hoursOf, MANAGER, removeHours, replicasOf } from '../cluster/working-hours';
import type { Part } from './project';

/** A set of environments as its manifest has it, and as it stands. */
interface Pair {
  readonly wanted: KubeObject;
  readonly live: KubeObject;
}

const objectsOf = (parts: readonly Part[]): KubeObject[] => parts.flatMap(({ objects }) => objects);
const setsOf = (objects: readonly KubeObject[]): KubeObject[] =>
  objects.filter((object) => isEnvironment(object, 'StatefulSet'));

/** Sets that a deploy of parts finds. */
async function standing(kubectl: Kubectl, objects: readonly KubeObject[]): Promise<Pair[]> {
  const wanted = setsOf(objects);
  if (wanted.length === 0) return [];
  const seen = new Map(
    (await kubectl.list('statefulsets', { selector: ENVIRONMENTS, withManagers: true })).map((set) => [
      shortNameOf(set),
      set,
    ]),
  );
  return wanted.flatMap((one) => {
    const live = seen.get(shortNameOf(one));
    return live ? [{ wanted: one, live }] : [];
  });
}

/** Whether working hours are to count for a set that they did not count for, and that would lose environments by that. */
const isLoser = ({ wanted, live }: Pair): boolean =>
  hoursOf(wanted) !== undefined && hoursOf(live) === undefined && live.spec.replicas > 1;

/**
 * Parts with a set whose manifest names no number any more: whoever named it takes that away, and the one environment
 * that is Kubernetes' default would be left, until the program of the working hours has started the others again.
 */
export async function losers(kubectl: Kubectl, parts: readonly Part[]): Promise<Part[]> {
  const pairs = await standing(kubectl, objectsOf(parts));
  const keys = new Set(pairs.filter(isLoser).map(({ wanted }) => shortNameOf(wanted)));
  return parts.filter(({ objects }) => setsOf(objects).some((set) => keys.has(shortNameOf(set))));
}

/** Applies by kubectl: it keeps numbers that are no longer named, and is not refused those that are again. */
export async function handOver(kubectl: Kubectl, parts: readonly Part[], apply: () => Promise<void>): Promise<void> {
  const pairs = await standing(kubectl, objectsOf(parts));
  const returned = pairs.filter(({ wanted, live }) => hasHours(live) && !hoursOf(wanted));
  for (const { live } of pairs.filter(isLoser)) await own(kubectl, live, live.spec.replicas);
  for (const { wanted, live } of returned) await own(kubectl, live, replicasOf(wanted));
  await apply();
  const sets = setsOf(objectsOf(parts));
  // An apply deletes nothing.
  if (sets.length > 0 && !sets.some(hoursOf)) await removeHours(kubectl);
  // What manifests name is theirs alone, so that the next one may name another.
  for (const { live } of returned) await own(kubectl, live, undefined);
}

/** Runs sets now, whatever the hours: until the next end of them. @param names of sets, all if there are none */
export async function runNow(
  kubectl: Kubectl,
  objects: readonly KubeObject[],
  names: readonly string[],
): Promise<void> {
  for (const { wanted, live } of await standing(kubectl, objects))
    if (hoursOf(wanted) && (names.length === 0 || names.includes(wanted.metadata.name)))
      await scaleTo(kubectl, live, replicasOf(wanted));
}

/** Has the program of the working hours own a set's number, whoever does; undefined has it own none. */
async function own(kubectl: Kubectl, set: KubeObject, replicas: number | undefined): Promise<void> {
  const { apiVersion, kind, metadata } = set;
  const { name, namespace } = metadata;
  const input = JSON.stringify({ apiVersion, kind, metadata: { name, namespace }, spec: { replicas } });
  const manager = [`--field-manager=${MANAGER}`, '--force-conflicts'];
  await kubectl.answer(['apply', '--server-side', ...manager, '--filename', '-'], { input });
}

async function scaleTo(kubectl: Kubectl, { metadata, spec }: KubeObject, replicas: number): Promise<void> {
  if (spec.replicas === replicas) return;
  const where = ['--namespace', metadata.namespace];
  await kubectl.answer(['scale', 'statefulset', metadata.name, `--replicas=${replicas}`, ...where]);
}
