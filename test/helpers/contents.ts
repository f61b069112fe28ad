import { createHash } from 'node:crypto';

/** An object as the API server answers with it. */
type KubeObject = any;

/** The content of each object of a cluster, by kind, namespace and name. */
export type Inventory = Readonly<Record<string, unknown>>;

/** Fields of an object that say who changed it and when, or how it is just now. */
const PASSING_FIELDS = ['status', 'apiVersion', 'kind', 'metadata'];
/** Notes that the cluster's own controllers write anew again and again. */
const PASSING_NOTES =
  /^(control-plane\.alpha\.kubernetes\.io\/leader|deployment\.kubernetes\.io\/revision|kubectl\.kubernetes\.io\/(restartedAt|last-applied-configuration)|endpoints\.kubernetes\.io\/last-change-trigger-time)$/;
/** Kinds whose content follows from others, or is made anew with them: that they are there is what counts. */
const BY_NAME = new Set([
  'Pod',
  'ReplicaSet',
  'ControllerRevision',
  'Endpoints',
  'EndpointSlice',
  'Lease',
  'IPAddress',
  'CSINode',
  'CSIStorageCapacity',
]);
/** Of a node only that counts which nobody but a person sets. */
const OF_A_NODE = ['labels', 'unschedulable'];

/** How an object is known, by a pattern where its controller chose the name. */
export function keyOf({ kind, metadata }: KubeObject): string {
  const { namespace, labels = {} } = metadata;
  return [kind, namespace, nameOf(kind, metadata, labels)].filter(Boolean).join(' ');
}

function nameOf(kind: string, { name, generateName, ownerReferences = [] }: KubeObject, labels: KubeObject): string {
  const hash = labels['pod-template-hash'] ?? labels['controller.kubernetes.io/hash'];
  const chosen = generateName && !labels['apps.kubernetes.io/pod-index'] ? `${generateName}*` : name;
  const isOfCronJob = kind === 'Job' && ownerReferences.some((owner: KubeObject) => owner.kind === 'CronJob');
  return (hash ? chosen.replace(hash, '*') : chosen)
    .replace(/(?<=^sh\.helm\.release\.v1\..*\.v)\d+$/, '*')
    .replace(/(?<=^pvc-)[0-9a-f-]{36}$/, '*')
    .replace(isOfCronJob ? /(?<=-)\d+$/ : /$^/, '*');
}

/** What an object says, without what changes by itself; secrets by their sums. */
function contentOf(object: KubeObject): unknown {
  const { kind, metadata } = object;
  if (BY_NAME.has(kind) || keyOf(object).includes('*')) return {};
  const { labels = {}, annotations = {}, finalizers = [] } = metadata;
  const all = {
    labels,
    annotations: Object.fromEntries(Object.entries(annotations).filter(([name]) => !PASSING_NOTES.test(name))),
    finalizers,
    ...Object.fromEntries(Object.entries(object).filter(([field]) => !PASSING_FIELDS.includes(field))),
  };
  if (kind === 'Node')
    return Object.fromEntries(
      Object.entries({ ...all, ...object.spec }).filter(([field]) => OF_A_NODE.includes(field)),
    );
  if (kind !== 'Secret') return all;
  const sum = ([key, value]: [string, unknown]) => [
    key,
    createHash('sha256').update(String(value)).digest('hex').slice(0, 12),
  ];
  return { ...all, data: Object.fromEntries(Object.entries(object.data ?? {}).map(sum)) };
}

/** By which kubelets say that they live: one that is on its way says so whenever it arrives. */
const isHeartbeat = ({ kind, metadata }: KubeObject): boolean =>
  kind === 'Lease' && metadata.namespace === 'kube-node-lease';

/** Every object by its key, with its content. */
export const inventoryOf = (objects: readonly KubeObject[]): Inventory =>
  Object.fromEntries(
    objects
      .filter((object) => !isHeartbeat(object))
      .map((object): [string, unknown] => [keyOf(object), contentOf(object)])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );

/** Fields in which two values differ, by their paths. */
function paths(before: unknown, after: unknown, path = ''): string[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (!isMap(before) || !isMap(after)) return [path];
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.flatMap((name) => paths(before[name], after[name], path ? `${path}.${name}` : name));
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/** What is new in a cluster (`+`), gone (`-`), and another than before (`~`, and in which fields). */
export function differencesOf(before: Inventory, after: Inventory): string[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return keys.flatMap((key) => {
    if (!(key in before)) return [`+ ${key}`];
    if (!(key in after)) return [`- ${key}`];
    const changed = paths(before[key], after[key]);
    return changed.length > 0 ? [`~ ${key}: ${changed.join(', ')}`] : [];
  });
}
