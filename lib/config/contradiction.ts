import type { Tree } from './layers';
import type { PlatformConfig } from './schema';
import { formatPath, type Path } from './words';

/** What people wrote: the files alone, and with the environment over them. */
export interface Written {
  readonly files: Tree;
  readonly all: Tree;
}

export interface Contradiction {
  /** The settings that contradict each other, the one to mend first. */
  readonly about: readonly Path[];
  readonly message: string;
}

export type Rule = (config: PlatformConfig, written: Written) => Contradiction[];

export const path = (dotted: string): Path => dotted.split('.');
export const clash = (message: string, ...about: (string | Path)[]): Contradiction => ({
  message,
  about: about.map((one) => (typeof one === 'string' ? path(one) : one)),
});
export const when = (wrong: unknown, contradiction: () => Contradiction) => (wrong ? [contradiction()] : []);

/** An entry for each pair whose values are the same. */
export function shared(
  entries: readonly (readonly [Path, unknown])[],
  message: (other: string) => string,
): Contradiction[] {
  const owners = new Map<unknown, Path>();
  return entries.flatMap(([at, value]) => {
    const owner = owners.get(value);
    if (!owner) owners.set(value, at);
    return owner ? [clash(message(formatPath(owner)), at, owner)] : [];
  });
}

export const entriesAt = (at: string, map: object) =>
  Object.entries(map).map(([key, value]) => [[...path(at), key], value] as const);
