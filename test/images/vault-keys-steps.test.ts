import type { VaultClient } from '../../images/bootstrap/src/vault-client';
import { initialise, type KeysConfig, recover, recovered } from '../../images/bootstrap/src/vault-keys';

/** The Secret vault-keys, as the API server has it: each change is another version. */
let secret: { values: Record<string, string>; version: string } | undefined;
/** What was deleted, with the state that the Secret then had. */
let removed: string[] = [];
let versions = 0;
/** What happens once, just before the next change arrives. */
let meanwhile = async () => {};
const put = (values: Record<string, string | null>) => {
  const all = Object.entries({ ...secret?.values, ...values }).filter((entry) => entry[1] !== null);
  secret = { values: Object.fromEntries(all) as Record<string, string>, version: String(++versions) };
  return secret.version;
};

jest.mock('../../images/bootstrap/src/kubernetes', () => {
  class Conflict extends Error {}
  return {
    Conflict,
    readVersioned: async () => secret,
    create: async () => !secret && put({}),
    change: async (_kind: string, _ns: string, _name: string, values: Record<string, string>, version?: string) => {
      const other = meanwhile;
      meanwhile = async () => {};
      await other();
      if (version && version !== secret?.version) throw new Conflict('changed in between');
      return put(values);
    },
    remove: async (_kind: string, _ns: string, name: string) =>
      void removed.push(`${name}, while ${secret?.values.state}`),
  };
});
jest.mock('../../images/bootstrap/src/program', () => ({ log: () => {}, phase: async () => {} }));

const CONFIG: KeysConfig = {
  keys: { namespace: 'platform-bootstrap', secretName: 'vault-keys' },
  autoUnseal: false,
  recovery: { pgpKeys: [], threshold: 1 },
  storage: { namespace: 'vault', pods: ['vault-0'], claims: ['data-vault-0'] },
};
const ALL = ['data-vault-0, while wiping', 'vault-0, while wiping'];

/** An empty Vault, and what it is asked; `onInit` happens once it has keys and nobody has heard of them. */
function vault(onInit = async () => {}) {
  const asked: string[] = [];
  const write = async (path: string) => {
    asked.push(`${path}, while ${secret?.values.state}`);
    await onInit();
    return { keys_base64: ['key'], root_token: 'root' };
  };
  return { asked, server: { address: 'https://vault-0', write } as unknown as VaultClient };
}

beforeEach(() => {
  secret = undefined;
  removed = [];
  meanwhile = async () => {};
});

// SECURITY.md: "The bootstrap first writes state: initialising into vault-keys"
// SECURITY.md: "What is lost is empty: nothing was written to that Vault"
test('Vault is asked for keys once the Secret says so, and for nothing before they are kept', async () => {
  const { asked, server } = vault();
  // The root token is for whoever reads the Secret.
  expect(await initialise(CONFIG, server)).toBeUndefined();
  expect(asked).toEqual(['sys/init, while initialising']);
  expect(secret?.values).toEqual({ state: 'initialised', keys: '["key"]', 'root-token': 'root' });
});

// SECURITY.md: "Keys are kept only by a change of exactly that version."
test('keys are not kept where the Secret was changed since', async () => {
  const { server } = vault(async () => void put({ touched: 'by somebody' }));
  await expect(initialise(CONFIG, server)).rejects.toThrow('changed in between');
  expect(secret?.values).toEqual({ state: 'initialising', touched: 'by somebody' });
});

// SECURITY.md: "A Vault that is initialised while vault-keys says initialising and holds no keys"
// SECURITY.md: "From then on the keys can never be kept, by whoever holds them"
test('keys that are on their way when another bootstrap finds that Vault can never be kept', async () => {
  const { server } = vault(() => recover(CONFIG, server));
  await expect(initialise(CONFIG, server)).rejects.toThrow('changed in between');
  expect([secret?.values, removed]).toEqual([{ state: 'wiping' }, ALL]);
});

// SECURITY.md: "A bootstrap that finds it changes the state to wiping"
test('a bootstrap that would wipe leaves all alone where the keys were kept in between', async () => {
  put({ state: 'initialising' });
  meanwhile = async () => void put({ state: 'initialised', keys: '["key"]' });
  await expect(recover(CONFIG, vault().server)).rejects.toThrow('changed in between');
  expect([secret?.values.keys, removed]).toEqual(['["key"]', []]);
});

// SECURITY.md: "Only now, and only with that state, the servers' claims are deleted."
test.each(['initialising', 'wiping'])(
  'storage goes where the Secret says %s, and then all begins anew',
  async (state) => {
    put({ state });
    await recover(CONFIG, vault().server);
    expect(removed).toEqual(ALL);
    await recovered(CONFIG);
    expect(secret?.values).toEqual({});
    await initialise(CONFIG, vault().server);
    expect(secret?.values.keys).toBe('["key"]');
  },
);

// SECURITY.md: "Only now, and only with that state, the servers' claims are deleted."
// SECURITY.md: "Without the state, be it that somebody deleted the Secret, nothing is ever wiped"
test.each([
  ['is gone', undefined],
  ['is empty', {}],
  ['says initialised', { state: 'initialised' }],
  ['says configured', { state: 'configured' }],
  ['has keys', { state: 'initialising', keys: '["key"]' }],
])('nothing is wiped where the Secret %s', async (_title, values) => {
  if (values) put(values);
  const before = secret;
  await expect(recover(CONFIG, vault().server)).rejects.toThrow(/has no keys: restore that Secret.*nothing is changed/);
  expect([secret, removed]).toEqual([before, []]);
});

test.each([
  ['has keys', { keys: '["key"]' }],
  ['says configured', { state: 'configured' }],
])('no Vault is initialised where the Secret %s, whose Vault is an earlier one', async (_title, values) => {
  put(values);
  const { asked, server } = vault();
  await expect(initialise(CONFIG, server)).rejects.toThrow(/is of an earlier Vault/);
  expect(asked).toEqual([]);
});
