import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../support/eventually';
import { exec, find, type KubeObject, kubectl, type Place } from '../support/kubectl';
import { expectDenied, expectOpen } from '../support/network';
import { becomesReady, deploy, objectsIn, platform, synthesize } from '../support/platform';
import { makeScratch, removeScratch, SCRATCH, scratchPod } from '../support/scratch';

const LABEL = ['app.kubernetes.io/name', 'prometheus'] as const;
const METRICS = { namespace: SCRATCH, podLabels: { [LABEL[0]]: LABEL[1] } };
const HOST = 'vault-0.vault-internal.vault.svc';
const PORT = 8202;

let before: string;
let folder: string;
let prometheus: Place;
let stranger: Place;
let authority: string;

/** Asks Vault as Prometheus does, who trusts the platform's authority alone. @returns what it says, and the status after that */
const ask = async (from: Place, path: string, port = PORT) => {
  const url = `https://${HOST}:${port}/v1/${path}`;
  const script = `cat >/tmp/ca.crt && exec curl -sS --max-time 20 --cacert /tmp/ca.crt -w '\\n%{http_code}' '${url}'`;
  const { stdout, stderr } = await exec(from, ['sh', '-c', script], { input: authority });
  const lines = stdout.trim().split('\n');
  return { status: Number(lines.pop()), text: lines.join('\n'), stderr };
};

const allIn = (of: string): KubeObject[] =>
  readdirSync(of)
    .filter((file) => file.endsWith('.yaml'))
    .flatMap((file) => objectsIn(join(of, file)));
const keyOf = ({ kind, metadata }: KubeObject) => `${kind} ${metadata.namespace} ${metadata.name}`;

beforeAll(async () => {
  before = await platform();
  folder = await synthesize('platform', { vault: { metrics: METRICS } }, 'dist-metrics');
  await deploy(folder);
  await becomesReady(folder, 300);
  await makeScratch();
  prometheus = await scratchPod('prometheus', ['sleep', '3600']);
  await kubectl(['label', 'pod', 'prometheus', '-n', SCRATCH, LABEL.join('=')]);
  stranger = await scratchPod('stranger', ['sleep', '3600']);
  authority = await eventually(async () => {
    const { data } = await find('configmap', 'vault', 'platform-ca');
    if (!data?.['ca.crt']) throw new Error('the authority is not in the namespace of Vault yet');
    return data['ca.crt'] as string;
  }, 60);
}, 700_000);

afterAll(async () => {
  await removeScratch();
  await platform();
  const kept = new Set(allIn(before).map(keyOf));
  for (const { kind, metadata } of allIn(folder).filter((one) => !kept.has(keyOf(one))))
    await kubectl(['delete', kind, metadata.name, '-n', metadata.namespace ?? '', '--ignore-not-found']);
}, 500_000);

// SECURITY.md: "whoever runs in the pods that vault.metrics names | Can: read Vault's metrics"
test('the pods named read metrics without a login, over TLS of the platform', async () => {
  await expectOpen(prometheus, HOST, PORT);
  await eventually(async () => {
    const { status, text } = await ask(prometheus, 'sys/metrics?format=prometheus');
    expect(status).toBe(200);
    expect(text).toMatch(/^vault_core_unsealed{.*} 1$/m);
    expect(text).toMatch(/^vault_core_active{.*} 1$/m);
  }, 60);
});

// SECURITY.md: "whoever runs in the pods that vault.metrics names | Cannot: read or write anything else"
test('they read nothing else there', async () => {
  for (const path of ['secret/data/devenv/credentials', 'sys/mounts', 'sys/policies/acl/default'])
    expect([path, (await ask(prometheus, path)).status]).toEqual([path, 403]);
});

test('another pod of their namespace does not reach the port', async () => {
  await expectDenied(stranger, HOST, PORT);
  await expectDenied({ namespace: 'devenv', pod: 'devenv-0', container: 'devenv' }, HOST, PORT);
});
