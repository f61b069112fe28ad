import type { Hours } from '../../../images/bootstrap/src/hours';
import type { Kubectl, KubeObject } from './kubectl';
import { COMPONENT, labelOf, OURS } from './labels';

const WORKING_HOURS = 'agent-sandbox.dev/working-hours';
const REPLICAS = 'agent-sandbox.dev/replicas';
const STOPS_AT = 'stops-at';

/** Selects the ConfigMaps by which who works is told that environments stop. */
const NOTICES = `${OURS},${COMPONENT}=notice`;
/** Selects all that working hours are made of. */
const OBJECTS = [NOTICES, `${OURS},app.kubernetes.io/instance=working-hours`];
const KINDS = 'cronjobs,jobs,configmaps,serviceaccounts,roles,rolebindings,networkpolicies';
/** Seconds in which it goes. */
const GONE_SEC = 60;
/** Who owns the number of a set's environments while hours count for it. */
export const MANAGER = 'working-hours';

/** Words for days of the week, in their order. */
export const DAYS: readonly string[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** The hours of a set, as its annotation says; undefined where it has none. */
export function hoursOf({ metadata }: KubeObject): Hours | undefined {
  const text = metadata.annotations?.[WORKING_HOURS];
  return text && JSON.parse(text);
}

/** How many environments a set is to have, in its hours if there are any. */
export const replicasOf = ({ metadata, spec }: KubeObject): number =>
  spec.replicas ?? Number(metadata.annotations?.[REPLICAS] ?? 1);

/** Whether hours count for a set, or a deploy that ended them was broken off. */
export const hasHours = (set: KubeObject): boolean =>
  hoursOf(set) !== undefined ||
  (set.metadata.managedFields ?? []).some(
    ({ manager, operation }: KubeObject) => manager === MANAGER && operation === 'Apply',
  );

/** Removes what working hours are made of, which would stop environments that have none any more. */
export async function removeHours(kubectl: Kubectl): Promise<void> {
  const found = await Promise.all(OBJECTS.map((selector) => kubectl.list(KINDS, { selector })));
  await kubectl.deleteAll(found.flat(), GONE_SEC);
}

/** When sets stop, in ISO 8601, of those that were told; by namespace and name. */
export async function stopsOf(kubectl: Kubectl): Promise<ReadonlyMap<string, string>> {
  const notices = await kubectl.list('configmaps', { selector: NOTICES });
  const told = notices.filter(({ data }) => data?.[STOPS_AT]);
  return new Map(
    told.map((notice) => [`${notice.metadata.namespace}/${labelOf(notice, 'instance')}`, notice.data[STOPS_AT]]),
  );
}

/** Hours in a line, such as `mon-fri 08:00-19:00 Europe/Berlin`. */
export const hoursText = ({ days, from, to, timeZone }: Hours): string =>
  `${spans(days).join(',')} ${from}-${to} ${timeZone}`;

/** Days in their order, three and more neighbours as `mon-fri`. */
function spans(days: readonly string[]): string[] {
  const line = DAYS.map((day) => (days.includes(day) ? day : ' ')).join('');
  return (line.match(/\w+/g) ?? []).map((run) =>
    run.length < 9 ? run.replace(/(?<=^...)(?=.)/, ',') : `${run.slice(0, 3)}-${run.slice(-3)}`,
  );
}
