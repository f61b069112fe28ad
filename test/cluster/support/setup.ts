import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Confinement } from './confinement';
import { inventoryBefore } from './inventory';
import { kubectl, list, nodeAddress } from './kubectl';
import { NewMachine } from './new-machine';
import { BEFORE, FOUND, KEY, makeKey, synthesize, WORK, workFile } from './platform';
import { hasProgram, must, run } from './run';

/** Programs that some tests run. */
const TOOLS = [
  ...['kubeconform', 'kube-score', 'gpg', 'versitygw', 'restic', 'dex', 'vault', 'git'],
  ...['source-controller', 'kustomize-controller', 'helm-controller'],
];

/** Before all files: one key, and the manifests that let it in. */
export default async function setup(): Promise<void> {
  process.env[WORK] = mkdtempSync(join(tmpdir(), 'platform-cluster-'));
  await must('kubectl', ['version']);
  await makeKey(KEY);
  writeFileSync(workFile(BEFORE), JSON.stringify(await inventoryBefore()));
  // What clients dial stands in the servers' certificates, so it is the same for all tests.
  await synthesize('platform', { access: { nodeAddress: await nodeAddress() } });
  // Tests are named before any of them runs, so what may be lacking is looked for by now.
  const tools = await Promise.all(TOOLS.map(async (name) => ((await hasProgram(name)) ? name : '')));
  const gvisor = await run('kubectl', ['get', 'runtimeclass', 'gvisor']);
  const images = await kubectl(['get', 'nodes', '-o', 'jsonpath={.items[*].status.images[*].names}']);
  const found: Readonly<Record<string, boolean>> = {
    gvisor: gvisor.code === 0,
    confinement: await Confinement.isPossible(),
    'new-machine': await NewMachine.isPossible(),
    'oauth2-proxy': images.includes('/oauth2-proxy:'),
    'external-secrets': images.includes('/external-secrets:'),
    'boundary-0.20': images.includes('/boundary:0.20'),
    'boundary-kms': images.includes('/boundary:0.21-kms'),
    'three-nodes': (await list('nodes')).length >= 3,
  };
  process.env[FOUND] = [...tools, ...Object.keys(found).filter((name) => found[name])].join(' ');
}
