import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KEY, makeKey, synthesize, WORK } from './platform';
import { must } from './run';

/** Before all files: one key, and the manifests that let it in. */
export default async function setup(): Promise<void> {
  process.env[WORK] = mkdtempSync(join(tmpdir(), 'platform-cluster-'));
  await must('kubectl', ['version']);
  await makeKey(KEY);
  await synthesize('platform');
}
