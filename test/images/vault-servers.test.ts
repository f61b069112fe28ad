import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, reconcile } from '../../images/bootstrap/src/vault';

/** What each server answers, what the Secret with the keys holds, what is logged and asked for. */
const statuses: Record<string, object | undefined> = {};
let secret: Record<string, string> | undefined;
let leader: string;
const said: string[] = [];
const done: string[] = [];

jest.mock('../../images/bootstrap/src/program', () => ({
  configuration: () => ({}),
  keep: () => {},
  log: (text: string) => void said.push(text),
  phase: async () => {},
}));
jest.mock('../../images/bootstrap/src/kubernetes', () => ({
  Conflict: class extends Error {},
  readVersioned: async () => secret && { values: secret, version: '1' },
  create: async () => {
    secret ??= {};
  },
  change: async () => '2',
  write: async () => {},
  remove: async (kind: string, _: string, name: string) => void done.push(`delete ${kind} ${name}`),
}));
jest.mock('../../images/bootstrap/src/vault-setup', () => ({ applySetup: async () => void done.push('set up') }));
jest.mock('../../images/bootstrap/src/vault-client', () => ({
  VaultClient: class {
    constructor(readonly address: string) {}
    async sealStatus() {
      if (!statuses[this.address]) throw new Error('no answer');
      return statuses[this.address];
    }
    async write(path: string) {
      done.push(`${path} of ${this.address}`);
      if (path === 'sys/unseal') statuses[this.address] = UNSEALED;
      return path === 'sys/init' ? { keys_base64: ['key'], root_token: 'root' } : UNSEALED;
    }
    read = async () => ({ leader_address: leader });
    login = async () => this;
  },
}));

const EMPTY = { initialized: false, sealed: true };
const SEALED = { initialized: true, sealed: true, removed_from_cluster: false };
const UNSEALED = { ...SEALED, sealed: false };
const KEYS = { state: 'configured', keys: '["key"]' };
/** What is said meanwhile. */
const JOINS = 'vault-0: vault-0 has no data, and joins vault-1 once that is unsealed';
const PODS = ['vault-0', 'vault-1', 'vault-2'];

const folder = mkdtempSync(join(tmpdir(), 'servers-'));
const doneFile = join(folder, 'set-up');
afterAll(() => rmSync(folder, { recursive: true }));

async function once(seen: (object | undefined)[], keys?: Record<string, string>, autoUnseal = false) {
  said.length = done.length = 0;
  secret = keys;
  rmSync(doneFile, { force: true });
  for (const [index, pod] of PODS.entries()) statuses[pod] = seen[index];
  const config = {
    servers: PODS.slice(0, seen.length),
    address: 'vault',
    doneFile,
    keys: { namespace: 'platform-bootstrap', secretName: 'vault-keys' },
    storage: { namespace: 'vault', pods: PODS, claims: ['data-vault-0', 'data-vault-1', 'data-vault-2'] },
    recovery: { pgpKeys: [], threshold: 1 },
    autoUnseal,
    databases: [],
    issuers: [],
  } as unknown as Config;
  const isReady = await reconcile(config, { steps: new Map() });
  // Whoever waits for it may then use what was set up.
  expect(existsSync(doneFile)).toBe(done.includes('set up'));
  return isReady;
}

beforeEach(() => {
  leader = 'https://vault-0';
});

describe('the first server of Vault without data', () => {
  test('joins the others, which have it, and none begins beside them', async () => {
    expect(await once([EMPTY, UNSEALED, UNSEALED], KEYS)).toBe(false);
    expect({ done, said }).toEqual({ done: [], said: [JOINS] });
    // It has joined, and is unsealed as they are.
    await once([SEALED, UNSEALED, UNSEALED], KEYS);
    expect(done).toEqual(['sys/unseal of vault-0', 'set up']);
  });

  test('joins them where a seal outside opens it, and nobody keeps recovery keys any more', async () => {
    expect(await once([EMPTY, UNSEALED, UNSEALED], { state: 'configured' }, true)).toBe(false);
    expect({ done, said }).toEqual({ done: [], said: [JOINS] });
  });

  test('waits for the keys where those are lost, too, and says so', async () => {
    await once([EMPTY, UNSEALED, undefined]);
    expect(done).toEqual([]);
    expect(said[0]).toMatch(/^vault-0: vault-1 is initialised, but .*vault-keys has no keys: restore/);
  });

  test('begins anew with all of them where none of that was ever completed', async () => {
    await once([EMPTY, SEALED, undefined], { state: 'wiping' });
    expect(done).toEqual([
      ...PODS.map((pod) => `delete persistentvolumeclaims data-${pod}`),
      ...PODS.map((pod) => `delete pods ${pod}`),
    ]);
  });

  test.each([[[EMPTY]], [[EMPTY, EMPTY, EMPTY]]])('is initialised where no other has any: %j', async (seen) => {
    await once(seen);
    expect(done).toContain('sys/init of vault-0');
  });
});

test("a server that was taken out of Vault's cluster is not given keys, and what lets it in again is said", async () => {
  expect(await once([UNSEALED, { ...SEALED, removed_from_cluster: true }, UNSEALED], KEYS)).toBe(false);
  expect(done).toEqual([]);
  expect(said).toEqual([expect.stringMatching(/^vault-1: it was taken out .*delete its claim "data-…" and its pod/)]);
});

test('where pods of most servers went that nobody had taken out, it is said what brings them back', async () => {
  leader = '';
  await expect(once([UNSEALED], KEYS)).rejects.toThrow(/has no leader: .*ask for as many as before again/);
  expect(done).toEqual([]);
});
