import { mkdirSync, realpathSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Writes a file in one step: nobody reads half of it, and one that is killed leaves what was before. A link stays one.
 * @param mode of a file that is new. @default - as the process makes them
 */
export function writeWhole(path: string, text: string, mode?: number): void {
  mkdirSync(dirname(path), { recursive: true });
  const there = statSync(path, { throwIfNoEntry: false });
  const place = there ? realpathSync(path) : path;
  const next = `${place}.${process.pid}`;
  writeFileSync(next, text, { mode: there?.mode ?? mode });
  renameSync(next, place);
}
