import type { Path } from './words';

export type Tree = { [key: string]: unknown };

/** One source of settings, and where in it each of them stands. */
export interface Layer {
  readonly tree: Tree;
  /** Where the path itself is written; undefined when it is not. */
  locate(path: Path): string | undefined;
}

export const isMap = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value at a path; undefined where there is none. */
export const valueAt = (tree: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (node, part) =>
      typeof node === 'object' && node && Object.hasOwn(node, part) ? (node as Tree)[part as string] : undefined,
    tree,
  );

/** Selectors, which mean something else once a key is added. */
const REPLACED_WHOLE = new Set(['network.dns.podLabels']);
/** Maps in which a key alone says enough. */
const BARE_KEYS = new Set(['environments.users']);

const sameKind = (a: Tree, b: Tree) => a.type === undefined || b.type === undefined || a.type === b.type;

/** `over` on top of `base`: maps are merged, lists replaced; null takes a key back to its default. */
export function merge(base: Tree, over: Tree, at = ''): Tree {
  const result = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const below = Object.hasOwn(base, key) ? base[key] : undefined;
    const path = at ? `${at}.${key}` : key;
    if (isMap(value)) {
      const mergeable = isMap(below) && sameKind(below, value) && !REPLACED_WHOLE.has(path);
      result[key] = merge(mergeable ? below : {}, value, path);
    } else if (value !== null) result[key] = value;
    else if (BARE_KEYS.has(at)) result[key] = below ?? {};
    else delete result[key];
  }
  return result;
}

/** Keys of which one takes the place of the other. */
const ALTERNATIVES: readonly (readonly [Path, Path])[] = [
  [
    ['environments', 'replicas'],
    ['environments', 'users'],
  ],
];

const isGiven = (tree: Tree, path: Path) => (valueAt(tree, path) ?? undefined) !== undefined;

/** A file on top of others: merged, and where it gives one of two alternatives, theirs of the other goes. */
export function overlay(base: Tree, over: Tree): Tree {
  const displaced = ALTERNATIVES.flatMap(([a, b]) => [
    ...(isGiven(over, a) ? [b] : []),
    ...(isGiven(over, b) ? [a] : []),
  ]);
  return merge(without(base, displaced), over);
}

/** The tree without what stands at these paths; inside a list, without the list. */
export function without(tree: Tree, paths: readonly Path[]): Tree {
  const rest = merge({}, tree);
  for (const path of paths) {
    const index = path.findIndex((part) => typeof part === 'number');
    const keys = (index < 0 ? path : path.slice(0, index)) as string[];
    const parent = valueAt(rest, keys.slice(0, -1));
    if (isMap(parent)) delete parent[keys[keys.length - 1]];
  }
  return rest;
}

/** Where the first of these paths that is written stands; else, what is nearest above the first. */
export function whereIs(layers: readonly Layer[], path: Path, ...others: readonly Path[]): string {
  const last = [...layers].reverse();
  for (const written of [path, ...others]) {
    const where = last.map((layer) => layer.locate(written)).find(Boolean);
    if (where) return where;
  }
  for (let length = path.length - 1; length >= 0; length--) {
    for (const layer of last) {
      const where = layer.locate(path.slice(0, length));
      if (where) return where;
    }
  }
  return '';
}
