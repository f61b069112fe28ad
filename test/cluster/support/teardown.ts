import { rmSync } from 'node:fs';
import { eventually } from './eventually';
import { changed } from './inventory';
import { noPlatform, WORK } from './platform';

/** After all files: the cluster is as it was before them, object by object. */
export default async function teardown(): Promise<void> {
  await noPlatform();
  await eventually(async () => {
    const left = await changed();
    if (left.length > 0) throw new Error(`the tests leave:\n${left.join('\n')}`);
  }, 120);
  rmSync(process.env[WORK] ?? '', { recursive: true, force: true });
}
