import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RESTRICTED } from '../../../lib/operate/cluster/probe';
import { eventually } from '../support/eventually';
import { applyAll, find, kubectl } from '../support/kubectl';
import { becomesReady, deploy, isFound, synthesize, undeploy, workFile } from '../support/platform';
import { must } from '../support/run';
import { makeScratch, removeScratch } from '../support/scratch';
import { keptKeys, rootToken, scaleBootstrap, status, vault } from '../support/vault';

const OTHER = 'other-vault';
/** Vault, and no more of the platform than goes with it. */
const ALONE = { boundary: { enabled: false }, keycloak: { enabled: false }, environments: { replicas: 1 } };
const TRANSIT = {
  type: 'transit',
  address: `http://vault.${OTHER}.svc:8200`,
  keyName: 'unseal',
  tokenSecret: 'seal-token',
};

let sealToken = '';

const inOther = (command: string) =>
  must('kubectl', [
    'exec',
    '-n',
    OTHER,
    'vault',
    '--',
    'sh',
    '-c',
    `export VAULT_ADDR=http://127.0.0.1:8200; ${command}`,
  ]);

/** A second Vault, whose transit engine unseals the platform's, and the token for it. */
async function makeOther(image: string): Promise<void> {
  await makeScratch(OTHER);
  const labels = { app: 'vault' };
  const securityContext = { ...RESTRICTED, runAsUser: 100 };
  const command = ['vault', 'server', '-dev', '-dev-listen-address=0.0.0.0:8200', '-dev-no-store-token'];
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'vault', namespace: OTHER, labels },
    spec: { containers: [{ name: 'vault', image, command, securityContext, env: [{ name: 'HOME', value: '/tmp' }] }] },
  };
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'vault', namespace: OTHER },
    spec: { selector: labels, ports: [{ port: 8200 }] },
  };
  await applyAll(pod, service);
  await kubectl(['wait', 'pod/vault', '-n', OTHER, '--for=condition=Ready', '--timeout=60s']);
  const root = await eventually(async () => {
    const token = /Root Token: (\S+)/.exec(await kubectl(['logs', '-n', OTHER, 'vault']))?.[1];
    if (!token) throw new Error('the other Vault does not say its token');
    return token;
  }, 30);
  const policy =
    'path "transit/encrypt/unseal" {capabilities=["update"]} path "transit/decrypt/unseal" {capabilities=["update"]}';
  const token =
    await inOther(`export VAULT_TOKEN=${root}; vault secrets enable transit >/dev/null && vault write -f transit/keys/unseal >/dev/null &&
    echo '${policy}' | vault policy write seal - >/dev/null && vault token create -orphan -period=24h -policy=seal -field=token`);
  sealToken = token.trim();
  await giveToken();
}

const giveToken = () =>
  kubectl(['apply', '--server-side', '-f', '-'], {
    input: JSON.stringify({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: TRANSIT.tokenSecret, namespace: 'vault' },
      stringData: { token: sealToken },
    }),
  });

/** Whether the platform's Vault reaches the other one. */
const connect = (on: boolean) =>
  kubectl([
    'patch',
    'service',
    'vault',
    '-n',
    OTHER,
    '-p',
    JSON.stringify({ spec: { selector: { app: on ? 'vault' : 'nothing' } } }),
  ]);

let folder: string;

beforeAll(async () => {
  await undeploy(workFile('dist-platform'));
  folder = await synthesize('platform', ALONE, 'dist-development');
  await deploy(folder);
  await becomesReady(folder, 200);
  await makeOther((await find('statefulset', 'vault', 'vault')).spec.template.spec.containers[0].image);
}, 600_000);

afterAll(async () => {
  await removeScratch(OTHER);
  await undeploy(folder);
}, 300_000);

// SECURITY.md: "Give Vault a seal of its own for anything else"
test('from the development seal to transit, nothing is lost', async () => {
  const root = await rootToken();
  expect(await vault('secrets enable -path=seal-test kv', root)).toMatchObject({ code: 0 });
  expect(await vault('kv put seal-test/x value=kept', root)).toMatchObject({ code: 0 });
  folder = await synthesize('platform', { ...ALONE, vault: { seal: TRANSIT } }, 'dist-transit');
  await deploy(folder);
  await eventually(async () => expect(await status()).toMatchObject({ type: 'transit', sealed: false }), 180);
  await becomesReady(folder, 120);
  expect((await vault('kv get -field=value seal-test/x', root)).stdout).toBe('kept');
  // What unsealed before is the recovery key now.
  const again = await rootToken();
  expect(await vault('token lookup', again)).toMatchObject({ code: 0 });
});

// SECURITY.md: "Give Vault a seal of its own for anything else"
test('it unseals itself, without the bootstrap, where the other Vault answers and nowhere else', async () => {
  await scaleBootstrap(0);
  await connect(false);
  await kubectl(['delete', 'pod', 'vault-0', '-n', 'vault']);
  await eventually(async () => {
    const log = await kubectl(['logs', '-n', 'vault', 'vault-0', '-c', 'vault']);
    expect(log).toMatch(/error.*(seal|transit)/i);
  }, 90);
  const endpoints = await find('endpoints', 'vault', 'vault');
  expect(endpoints.subsets?.[0]?.addresses ?? []).toEqual([]);
  await connect(true);
  await eventually(async () => expect(await status()).toMatchObject({ sealed: false }), 180);
  await scaleBootstrap(1);
  await becomesReady(folder, 120);
});

const hasGpg = isFound('gpg');

// SECURITY.md: "Vault's recovery key (any other seal) | Where it stands: the same Secret"
// SECURITY.md: "Vault's recovery key (any other seal) | Who reads it: that operator"
(hasGpg ? test : test.skip)(
  `recovery keys are for the operator named, and for nobody else${hasGpg ? '' : ' (skipped: there is no gpg)'}`,
  async () => {
    const home = mkdtempSync(join(tmpdir(), 'gpg-'));
    const gpg = (...args: string[]) => must('gpg', ['--homedir', home, '--batch', '--quiet', ...args]);
    await gpg('--passphrase', '', '--quick-generate-key', 'operator@example.com', 'default', 'default', 'never');
    const publicKey = await gpg('--export', '--armor', 'operator@example.com');
    await undeploy(folder);
    folder = await synthesize(
      'platform',
      { ...ALONE, vault: { seal: TRANSIT, recovery: { pgpKeys: [publicKey] } } },
      'dist-pgp',
    );
    await kubectl(['apply', '--server-side', '-f', join(folder, '00-namespaces.k8s.yaml')]);
    await giveToken();
    await deploy(folder);
    await becomesReady(folder, 200);
    const [share] = JSON.parse((await keptKeys()).keys);
    const shareFile = await must('sh', ['-c', 'file=$(mktemp) && base64 -d > "$file" && echo "$file"'], {
      input: share,
    });
    const recoveryKey = await gpg('--decrypt', shareFile.trim());
    expect(recoveryKey).toMatch(/^[0-9a-f]{64,}$/);
    expect(JSON.stringify(await keptKeys())).not.toContain(recoveryKey);
  },
  600_000,
);
