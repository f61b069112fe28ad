import { join } from 'node:path';

export const ROOT = join(__dirname, '..');
/** The program as one file, by the version of Node that runs this. */
export const PROGRAM = [process.execPath, join(ROOT, 'build', 'program', 'main.js')];
