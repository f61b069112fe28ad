import { mkdirSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

interface WriteOptions {
  /** Of a file that is new. @default - as the process makes them */
  readonly mode?: number;
  /** Whether it takes the place of what is there, its mode or a link, too. @default false */
  readonly anew?: boolean;
}

/** Writes a file in one step: nobody reads half of it, and one that is killed leaves what was before. A link stays one. */
export function writeWhole(path: string, text: string, { mode, anew = false }: WriteOptions = {}): void {
  mkdirSync(dirname(path), { recursive: true });
  const there = anew ? undefined : statSync(path, { throwIfNoEntry: false });
  const place = there ? realpathSync(path) : path;
  const next = `${place}.${process.pid}`;
  // What one of that number left has rights of its own.
  rmSync(next, { force: true });
  writeFileSync(next, text, { mode: there?.mode ?? mode });
  renameSync(next, place);
}
