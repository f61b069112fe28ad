import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { sectionsOf } from '../../docs/commands';
import { eventually } from '../support/eventually';
import { applyAll, find, kubectl } from '../support/kubectl';
import { expectDenied, expectOpen } from '../support/network';
import { asItsAdministrator, connectOther, giveAuthority, makeOther, OTHER } from '../support/other-vault';
import { becomesReady, deploy, isFound, synthesize, undeploy, workFile } from '../support/platform';
import { must, run } from '../support/run';
import { makeScratch, removeScratch, scratchPod } from '../support/scratch';
import { keptKeys, rootToken, scaleBootstrap, status, vault } from '../support/vault';

/** Vault, and no more of the platform than goes with it. */
const ALONE = { boundary: { enabled: false }, keycloak: { enabled: false }, environments: { replicas: 1 } };
const hasGpg = isFound('gpg');
const why = hasGpg ? '' : ' (skipped: there is no gpg)';
const on = hasGpg ? test : test.skip;

const blocks = (language: string): string[] =>
  sectionsOf('docs/OPERATIONS.md')
    .filter(({ title }) => title === "Change Vault's seal")
    .flatMap((section) => section.blocks.filter((block) => block.language === language).map(({ text }) => text));
const [prepare, rekey, prove, keep] = blocks('sh');
const [policy, setting] = blocks('yaml');

let folder: string;
/** Home of gpg of the one operator named. */
let home = '';
let operatorKey = '';
let root = '';

const gpg = (...args: string[]) => must('gpg', ['--homedir', home, '--batch', '--quiet', ...args]);
/** What an operator reads of a share that is kept. */
const decrypted = async (share: string): Promise<string> => {
  const file = await must('sh', ['-c', 'file=$(mktemp) && base64 -d > "$file" && echo "$file"'], { input: share });
  return gpg('--decrypt', file.trim());
};

/** The platform's manifests with the seal of docs/OPERATIONS.md, and the operator whom gpg has. */
const sealed = (name: string): Promise<string> => {
  const { vault: settings } = parse(setting);
  const recovery = operatorKey ? { recovery: { pgpKeys: [operatorKey] } } : {};
  return synthesize('platform', { ...ALONE, vault: { ...settings, ...recovery } }, name);
};

beforeAll(async () => {
  await undeploy(workFile('dist-platform'));
  folder = await synthesize('platform', ALONE, 'dist-development');
  await deploy(folder);
  await becomesReady(folder, 200);
  await makeOther((await find('statefulset', 'vault', 'vault')).spec.template.spec.containers[0].image);
  if (!hasGpg) return;
  home = mkdtempSync(join(tmpdir(), 'gpg-'));
  await gpg('--passphrase', '', '--quick-generate-key', 'operator@example.com', 'default', 'default', 'never');
  operatorKey = await gpg('--export', '--armor', 'operator@example.com');
}, 600_000);

afterAll(async () => {
  await removeScratch(OTHER);
  await removeScratch();
  await undeploy(folder);
  if (!home) return;
  // Its agent outlives gpg.
  await must('gpgconf', ['--homedir', home, '--kill', 'all']);
  rmSync(home, { recursive: true });
}, 300_000);

test('the policy of docs/OPERATIONS.md lets nobody else reach the other Vault', async () => {
  await makeScratch();
  const stranger = await scratchPod('stranger', ['sleep', '600']);
  await expectOpen(stranger, `vault.${OTHER}.svc`, 8200);
  await kubectl(['apply', '--server-side', '-f', '-'], { input: policy });
  await eventually(() => expectDenied(stranger, `vault.${OTHER}.svc`, 8200), 30);
});

test("where another authority stands in the place of the other Vault's, Vault does not unseal, and says so", async () => {
  root = await rootToken();
  expect(await vault('secrets enable -path=seal-test kv', root)).toMatchObject({ code: 0 });
  expect(await vault('kv put seal-test/x value=kept', root)).toMatchObject({ code: 0 });
  await asItsAdministrator(prepare, 'another-ca');
  folder = await sealed('dist-transit');
  await deploy(folder);
  await eventually(async () => {
    const log = await kubectl(['logs', '-n', 'vault', 'vault-0', '-c', 'vault']);
    expect(log).toContain('certificate signed by unknown authority');
  }, 120);
  expect((await find('endpoints', 'vault', 'vault')).subsets?.[0]?.addresses ?? []).toEqual([]);
});

// SECURITY.md: "Give Vault a seal of its own for anything else"
test('from the development seal to transit, over TLS and by its authority alone, nothing is lost', async () => {
  await giveAuthority('seal-ca');
  // Kubernetes would start it again by itself, later with each time.
  await kubectl(['delete', 'pod', 'vault-0', '-n', 'vault']);
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
  await connectOther(false);
  await kubectl(['delete', 'pod', 'vault-0', '-n', 'vault']);
  await eventually(async () => {
    const log = await kubectl(['logs', '-n', 'vault', 'vault-0', '-c', 'vault']);
    expect(log).toMatch(/error.*(seal|transit)/i);
  }, 90);
  const endpoints = await find('endpoints', 'vault', 'vault');
  expect(endpoints.subsets?.[0]?.addresses ?? []).toEqual([]);
  await connectOther(true);
  await eventually(async () => expect(await status()).toMatchObject({ sealed: false }), 180);
  await scaleBootstrap(1);
  await becomesReady(folder, 120);
});

// SECURITY.md: "After a change from the development seal, its unseal key is the recovery key until"
on(`by the commands of docs/OPERATIONS.md the old key opens nothing, and the operator named can${why}`, async () => {
  const old: string[] = JSON.parse((await keptKeys()).keys);
  const login = rekey.slice(0, rekey.indexOf('recovery='));
  const commands = [rekey, login + prove, keep].join('\n');
  const done = await run('sh', ['-e', '-c', `cd "$(mktemp -d)"\n${commands}`], { env: { GNUPGHOME: home } });
  expect({ code: done.code, stderr: done.code === 0 ? '' : done.stderr }).toEqual({ code: 0, stderr: '' });
  const [share, ...others] = JSON.parse((await keptKeys()).keys);
  expect([others, old.includes(share)]).toEqual([[], false]);
  await expect(rootToken(old)).rejects.toThrow('generate-root');
  const token = await rootToken([await decrypted(share)]);
  expect(await vault('token lookup', token)).toMatchObject({ code: 0 });
  expect((await vault('kv get -field=value seal-test/x', token)).stdout).toBe('kept');
});

// SECURITY.md: "Vault's recovery key (any other seal) | Where it stands: the same Secret"
// SECURITY.md: "Vault's recovery key (any other seal) | Who reads it: that operator"
on(
  `recovery keys are for the operator named, and for nobody else${why}`,
  async () => {
    const token = (await find('secret', 'vault', 'seal-token')).data;
    const authority = (await find('configmap', 'vault', 'seal-ca')).data;
    await undeploy(folder);
    folder = await sealed('dist-pgp');
    await kubectl(['apply', '--server-side', '-f', join(folder, '00-namespaces.k8s.yaml')]);
    const own = (kind: string, name: string, data: object) => ({
      apiVersion: 'v1',
      kind,
      metadata: { name, namespace: 'vault' },
      data,
    });
    await applyAll(own('Secret', 'seal-token', token), own('ConfigMap', 'seal-ca', authority));
    await deploy(folder);
    await becomesReady(folder, 200);
    const [share] = JSON.parse((await keptKeys()).keys);
    const recoveryKey = await decrypted(share);
    expect(recoveryKey).toMatch(/^[0-9a-f]{64,}$/);
    expect(JSON.stringify(await keptKeys())).not.toContain(recoveryKey);
  },
  600_000,
);
