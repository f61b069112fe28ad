import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { buildSync } from 'esbuild';

const ROOT = resolve(__dirname, '../..');

/** A part of the program in one file, as packages have it, for a test file that runs it many times. */
export function bundled(entry: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'bundled-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const outfile = join(folder, 'program.js');
  buildSync({ entryPoints: [join(ROOT, entry)], outfile, bundle: true, platform: 'node', target: 'node20' });
  return outfile;
}
