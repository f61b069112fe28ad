import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeAddress } from './kubectl';
import { FOUND, KEY, makeKey, synthesize, WORK } from './platform';
import { hasProgram, must, run } from './run';

/** Before all files: one key, and the manifests that let it in. */
export default async function setup(): Promise<void> {
  process.env[WORK] = mkdtempSync(join(tmpdir(), 'platform-cluster-'));
  await must('kubectl', ['version']);
  await makeKey(KEY);
  // What clients dial stands in the servers' certificates, so it is the same for all tests.
  await synthesize('platform', { access: { nodeAddress: await nodeAddress() } });
  // Tests are named before any of them runs, so what may be lacking is looked for by now.
  const tools = await Promise.all(
    ['kubeconform', 'kube-score'].map(async (name) => ((await hasProgram(name)) ? name : '')),
  );
  const gvisor = await run('kubectl', ['get', 'runtimeclass', 'gvisor']);
  process.env[FOUND] = [...tools, gvisor.code === 0 ? 'gvisor' : ''].join(' ');
}
