import { readFileSync } from 'node:fs';
import { eventually } from '../support/eventually';
import { applyAll, find, kubectl, list } from '../support/kubectl';
import { KEY, noPlatform, workFile } from '../support/platform';
import { makeScratch, removeScratch } from '../support/scratch';
import { secretBecomes, secretFile } from '../support/secret-files';
import { destroyAll, makeProject, missing, sandboxctl, succeeds } from '../support/stacks';
import { testTerraformCloud } from '../support/terraform-cloud';
import { triedUnless } from '../support/tried';
import { inVault, logIn, rootToken, vault } from '../support/vault';

const why = missing() ?? (process.env.VSO_CHART ? undefined : 'VSO_CHART names no chart of the operator');
const tried = triedUnless(why);

const NAMESPACE = 'devenv';
const [ALICE, BOB] = ['devenv-alice-0', 'devenv-bob-0'];
const ROLE = 'platform-devenv.devenv-alice';
/** Two of the operator's looks, and one of the kubelet's. */
const LIMIT_SEC = 120;

const set = async (key: string, value: string, ...more: string[]): Promise<void> =>
  expect(await sandboxctl(['secrets', 'set', ...more, key], value)).toMatchObject({ code: 0 });
/** How Vault answers whoever reads a secret with a token. */
const reads = (path: string, token: string) => vault(`kv get -mount=secret -field=github_token ${path}`, token);

/** Whether a test has destroyed the platform already. */
let isDestroyed = false;

beforeAll(async () => {
  if (why) return;
  // Whichever ran before, its environments would be waited for as well.
  await noPlatform();
  await makeScratch();
  await makeProject({
    environments: {
      sshKeys: [readFileSync(workFile(`${KEY}.pub`), 'utf8').trim()],
      users: { alice: { secrets: { path: 'devenv/alice' } }, bob: { secrets: { path: 'devenv/bob' } } },
    },
    boundary: { enabled: false },
    keycloak: { enabled: false },
    // So long a life that no token ends by itself.
    vault: { engines: { terraform: { enabled: true, host: testTerraformCloud.url, teamId: 'team-1', ttl: '1h' } } },
  });
  await succeeds('up');
  await testTerraformCloud.start();
  const config = `address=${testTerraformCloud.url} token=${testTerraformCloud.ENGINE_TOKEN}`;
  await inVault(`write terraform/config ${config}`, await rootToken());
  await set('github_token', 'of-all');
  await set('github_token', 'of-alice', '--user', 'alice');
  await set('api_key', 'hers', '--user', 'alice');
  await set('other', 'his', '--user', 'bob');
}, 900_000);

afterAll(async () => {
  if (why) return;
  if (!isDestroyed) await destroyAll();
  await removeScratch();
}, 900_000);

tried(
  'alice has hers over what all have, and bob neither',
  async () => {
    await secretBecomes('github_token', 'of-alice', LIMIT_SEC, ALICE);
    await secretBecomes('api_key', 'hers', LIMIT_SEC, ALICE);
    await secretBecomes('github_token', 'of-all', LIMIT_SEC, BOB);
    await secretBecomes('other', 'his', LIMIT_SEC, BOB);
    expect(await secretFile('api_key', BOB)).toBe('');
    expect(await secretFile('other', ALICE)).toBe('');
    expect(JSON.parse(await succeeds('secrets', 'get', '--user', 'alice', '--json'))).toEqual([
      'api_key',
      'github_token',
    ]);
  },
  4 * LIMIT_SEC * 1000,
);

tried('who fetches for alice reads hers, and neither bob’s nor what all have', async () => {
  const token = await logIn(NAMESPACE, 'vault-secrets-devenv-alice', ROLE);
  expect(await reads('devenv/alice', token)).toMatchObject({ code: 0, stdout: expect.stringContaining('of-alice') });
  for (const path of ['devenv/bob', 'devenv/credentials'])
    expect((await reads(path, token)).stderr).toContain('permission denied');
});

tried.each(['vault-secrets', 'vault-secrets-devenv-bob'])('%s does not log in for alice', async (account) => {
  await expect(logIn(NAMESPACE, account, ROLE)).rejects.toThrow('not authorized');
});

tried.each([
  ['that is alice’s', 'devenv-alice-vault-secrets', 'devenv/bob'],
  ['of the whole namespace', 'devenv-credentials', 'devenv/alice'],
])('the operator brings what was granted by the login %s, and is denied another’s', async (_login, granted, path) => {
  const { apiVersion, kind, spec } = await find('vaultstaticsecret', NAMESPACE, granted);
  const like = (name: string, of: string) => ({
    apiVersion,
    kind,
    metadata: { name, namespace: NAMESPACE },
    spec: { ...spec, path: of, destination: { ...spec.destination, name } },
  });
  const [twin, stolen] = [`${granted}-twin`, `${granted}-stolen`];
  await applyAll(like(twin, spec.path), like(stolen, path));
  await eventually(async () => {
    expect((await find('secret', NAMESPACE, twin))?.data).toHaveProperty('github_token');
    const events = await list('events', NAMESPACE, '--field-selector', `involvedObject.name=${stolen}`);
    expect(events.map(({ message }) => message).join()).toContain('permission denied');
  }, 60);
  expect(await find('secret', NAMESPACE, stolen)).toBeUndefined();
  await kubectl(['delete', 'vaultstaticsecret', twin, stolen, '-n', NAMESPACE]);
});

tried(
  'rotate waits for bob alone where alice has a key of her own',
  async () => {
    const { code, stdout } = await sandboxctl(['secrets', 'rotate', '--json', 'github_token'], 'of-all-again');
    expect({ code, titles: JSON.parse(stdout).map(({ title }: { title: string }) => title) }).toEqual({
      code: 0,
      titles: [`${BOB} has it`],
    });
    expect(await secretFile('github_token', BOB)).toBe('of-all-again');
    expect(await secretFile('github_token', ALICE)).toBe('of-alice');
  },
  400_000,
);

tried(
  'destroying the platform revokes the token of Terraform Cloud that stands',
  async () => {
    await secretBecomes('TFE_TOKEN', 'at-1.atlasv1.test', LIMIT_SEC, ALICE);
    expect(await testTerraformCloud.journal()).toEqual({ made: ['at-1'], revoked: [] });
    await destroyAll();
    isDestroyed = true;
    expect(await find('namespace', '', 'vault')).toBeUndefined();
    // The server, which is no part of the platform, still says what it was asked.
    const { made, revoked } = await testTerraformCloud.journal();
    expect([...revoked].sort()).toEqual([...made].sort());
  },
  900_000,
);
