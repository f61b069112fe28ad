import { type KubeObject, nameOf } from './objects';

export interface Comparison {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** New values by object and path; `undefined` for what is gone. */
  readonly changed: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const isTree = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** New values by path, as short as they can be said; `undefined` for what is gone. */
export function difference(before: unknown, after: unknown, path = ''): Record<string, unknown> {
  if (!isTree(before) || !isTree(after)) return Object.is(before, after) ? {} : { [path]: after };
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return Object.assign({}, ...keys.map((key) => difference(before[key], after[key], path ? `${path}/${key}` : key)));
}

/** A Job's name ends in a digest of its content, and programs' configurations are read as what they say. */
function readable(object: KubeObject): KubeObject {
  const { kind, metadata, data } = object;
  if (kind === 'Job')
    return { ...object, metadata: { ...metadata, name: metadata.name.replace(/-[0-9a-f]{10}$/, '') } };
  if (!data?.['config.json']) return object;
  return { ...object, data: { ...data, 'config.json': JSON.parse(data['config.json']) } };
}

const byName = (objects: readonly KubeObject[]) =>
  new Map(objects.map(readable).map((object): [string, KubeObject] => [nameOf(object), object]));

/** What tells two lists of objects apart, whatever their order. */
export function compare(before: readonly KubeObject[], after: readonly KubeObject[]): Comparison {
  const [from, to] = [byName(before), byName(after)];
  const changes = [...to]
    .filter(([name]) => from.has(name))
    .map(([name, object]): [string, Record<string, unknown>] => [name, difference(from.get(name), object)]);
  return {
    added: [...to.keys()].filter((name) => !from.has(name)).sort(),
    removed: [...from.keys()].filter((name) => !to.has(name)).sort(),
    changed: Object.fromEntries(changes.filter(([, change]) => Object.keys(change).length > 0)),
  };
}
