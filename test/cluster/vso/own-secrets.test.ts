import { readFileSync } from 'node:fs';
import { eventually } from '../support/eventually';
import { applyAll, find, kubectl, list } from '../support/kubectl';
import { KEY, workFile } from '../support/platform';
import { secretBecomes, secretFile } from '../support/secret-files';
import { destroyAll, makeProject, missing, sandboxctl, succeeds } from '../support/stacks';
import { triedUnless } from '../support/tried';
import { logIn, vault } from '../support/vault';

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

beforeAll(async () => {
  if (why) return;
  await makeProject({
    environments: {
      sshKeys: [readFileSync(workFile(`${KEY}.pub`), 'utf8').trim()],
      users: { alice: { secrets: { path: 'devenv/alice' } }, bob: { secrets: { path: 'devenv/bob' } } },
    },
    boundary: { enabled: false },
    keycloak: { enabled: false },
  });
  await succeeds('up');
  await set('github_token', 'of-all');
  await set('github_token', 'of-alice', '--user', 'alice');
  await set('api_key', 'hers', '--user', 'alice');
  await set('other', 'his', '--user', 'bob');
}, 900_000);

afterAll(async () => {
  if (why) return;
  await destroyAll();
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

tried('the operator is denied bob’s secret by the login that is alice’s', async () => {
  const granted = await find('vaultstaticsecret', NAMESPACE, 'devenv-alice-vault-secrets');
  const { apiVersion, kind } = granted;
  const spec = { ...granted.spec, path: 'devenv/bob', destination: { ...granted.spec.destination, name: 'stolen' } };
  await applyAll({ apiVersion, kind, metadata: { name: 'stolen', namespace: NAMESPACE }, spec });
  await eventually(async () => {
    const events = await list('events', NAMESPACE, '--field-selector', 'involvedObject.name=stolen');
    expect(events.map(({ message }) => message).join()).toContain('permission denied');
  }, 60);
  expect(await find('secret', NAMESPACE, 'stolen')).toBeUndefined();
  await kubectl(['delete', 'vaultstaticsecret', 'stolen', '-n', NAMESPACE]);
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
