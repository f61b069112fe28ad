import { stringify } from 'yaml';
import type { KubeObject } from '../cluster/kubectl';

/** What an object has of the API server, and no manifest says. */
const OF_SERVER = ['managedFields', 'resourceVersion', 'generation', 'uid', 'creationTimestamp', 'selfLink'];
/** Holds all of an object once more, values of a Secret included. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
/** Label with the tool that deployed it: Helm writes its own name over what a manifest says. */
const DEPLOYED_BY = 'app.kubernetes.io/managed-by';
const HIDDEN = '***';
/** By what elements of a list are known, as Kubernetes merges them. */
const KEYS = ['name', 'mountPath', 'containerPort', 'port', 'topologyKey', 'ip'];

type Plain = Record<string, unknown>;
const isPlain = (value: unknown): value is Plain =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** An object as it is and as it would be, in words that say what changes, and of a Secret's values just whether they do. */
export function textsOf(live: KubeObject, made: KubeObject): [before: string, after: string] {
  const [before, after] = [live, made].map(readable);
  if (live.kind === 'Secret') {
    for (const field of ['data', 'stringData']) hide(before, after, field);
    // Tools keep what they applied there, under names of their own.
    hide(before.metadata, after.metadata, 'annotations');
  }
  return [before, after].map((object) => stringify(object, { lineWidth: 0, sortMapEntries: true })) as [string, string];
}

function readable({ status: _, ...object }: KubeObject): KubeObject {
  const metadata = Object.fromEntries(Object.entries(object.metadata).filter(([key]) => !OF_SERVER.includes(key)));
  const without = (field: string, left: string) => {
    const all = Object.entries(object.metadata[field] ?? {}).filter(([key]) => key !== left);
    if (field in metadata) metadata[field] = Object.fromEntries(all);
  };
  without('annotations', LAST_APPLIED);
  without('labels', DEPLOYED_BY);
  return { ...object, metadata };
}

function hide(before: Plain, after: Plain, field: string): void {
  const [was, is] = [before, after].map((object) => (object[field] ?? {}) as Plain);
  if (field in before) before[field] = hidden(was, is, 'before');
  if (field in after) after[field] = hidden(is, was, 'after');
}

const hidden = (values: Plain, others: Plain, when: string): Plain =>
  Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, value === others[key] ? HIDDEN : `${HIDDEN} (${when})`]),
  );

/** An object without what a manifest said before and does not say any more, which Helm takes back. */
export function withoutDropped(live: unknown, said: unknown, says: unknown): unknown {
  if (isPlain(live) && isPlain(said))
    return Object.fromEntries(
      Object.entries(live).flatMap(([key, value]) => {
        if (!(key in said)) return [[key, value]];
        if (!isPlain(says) || !(key in says)) return [];
        return [[key, withoutDropped(value, said[key], says[key])]];
      }),
    );
  if (!Array.isArray(live) || !Array.isArray(said) || !Array.isArray(says)) return live;
  const same = (one: unknown) => (other: unknown) => keyOf(one) !== undefined && keyOf(one) === keyOf(other);
  return live.flatMap((one) => {
    const before = said.find(same(one));
    const now = says.find(same(one));
    if (before === undefined) return [one];
    return now === undefined ? [] : [withoutDropped(one, before, now)];
  });
}

function keyOf(element: unknown): string | undefined {
  if (!isPlain(element)) return undefined;
  const key = KEYS.find((name) => name in element);
  return key && `${key} ${String(element[key])}`;
}
