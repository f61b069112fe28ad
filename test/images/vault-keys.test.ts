import { devNull } from 'node:os';
import type { Config, Done } from '../../images/bootstrap/src/vault';
import { reconcile } from '../../images/bootstrap/src/vault';
import { FakeVaults, type Trouble } from './fake-vaults';

let world: FakeVaults;
const logged: string[] = [];

jest.mock('../../images/bootstrap/src/kubernetes', () => {
  class Conflict extends Error {}
  return {
    Conflict,
    readVersioned: (...args: [string, string, string]) => world.readVersioned(...args),
    create: (...args: [string, string, string, Record<string, string>]) => world.create(...args),
    change: (...args: [string, string, string, Record<string, string | null>, string?]) =>
      world.change(Conflict, ...args),
    write: async (_kind: string, _namespace: string, name: string, values: Record<string, string | null>) => {
      await world.change(Conflict, _kind, _namespace, name, values);
    },
    remove: (...args: [string, string, string]) => world.remove(...args),
  };
});
jest.mock('../../images/bootstrap/src/program', () => ({
  configuration: () => ({}),
  keep: () => {},
  log: (message: string) => logged.push(message),
  phase: async () => {},
}));
jest.mock('../../images/bootstrap/src/vault-client', () => ({
  VaultClient: class {
    constructor(
      readonly address: string,
      _caFile: string,
      private readonly token?: string,
    ) {}
    with = (token: string) => new (this.constructor as any)(this.address, '', token);
    sealStatus = () => world.sealStatus(this.address);
    ask = (_method: string, path: string) => world.ask(this.address, path, this.token);
    read = async () => ({ leader_address: this.address });
    write = (path: string, body: any) => world.write(this.address, path, body, this.token);
    login = async () => this.with(await world.login(this.address));
  },
}));
jest.mock('../../images/bootstrap/src/vault-setup', () => ({
  applySetup: (vault: { address: string; token?: string }) => world.setUp(vault.address, vault.token),
}));

const SECRET = 'vault-keys';
const settings = (servers: number, autoUnseal = false) =>
  ({
    servers: Array.from({ length: servers }, (_, index) => `https://vault-${index}`),
    address: 'https://vault',
    doneFile: devNull,
    keys: { namespace: 'bootstrap', secretName: SECRET },
    recovery: { pgpKeys: [], threshold: 1 },
    storage: {
      namespace: 'vault',
      pods: Array.from({ length: servers }, (_, index) => `vault-${index}`),
      claims: Array.from({ length: servers }, (_, index) => `data-vault-${index}`),
    },
    autoUnseal,
    databases: [],
    issuers: [],
  }) as unknown as Config;

/** A bootstrap that was just started, round for round, until it is done or has had so many. */
async function bootstrap(config: Config, rounds = 12): Promise<boolean> {
  const done: Done = { steps: new Map() };
  for (let round = 0; round < rounds; round++) {
    const ready = await reconcile(config, done).catch((error: Error) => void logged.push(error.message));
    if (world.isKilled) return false;
    if (ready) return true;
    world.restart();
  }
  return false;
}

const begun = (config: Config, trouble?: Trouble) => {
  logged.length = 0;
  world = new FakeVaults(config.servers, config.autoUnseal, trouble);
};
const secret = () => world.secrets.get(SECRET)?.values;

/** A Vault that was set up, with what people wrote. */
async function setUp(config: Config): Promise<void> {
  begun(config);
  expect(await bootstrap(config)).toBe(true);
  // Followers join once the first is unsealed, and are unsealed in their turn.
  expect(await bootstrap(config)).toBe(true);
}

function expectOneVault(config: Config): void {
  expect(world.vaults()).toHaveLength(1);
  const [vault] = world.vaults();
  expect(config.servers.map((address) => world.server(address).isSealed)).toEqual(config.servers.map(() => false));
  expect(Object.keys(secret() ?? {}).sort()).toEqual(['keys', 'state']);
  expect([secret()?.state, JSON.parse(secret()?.keys ?? '')]).toEqual(['configured', [vault.key]]);
  expect([vault.isSetUp, vault.isRootRevoked]).toEqual([true, true]);
  // Whatever was thrown away held nothing, and its keys stand nowhere.
  const kept = JSON.stringify([...world.secrets.values()]);
  for (const lost of world.made.filter((one) => one !== vault)) {
    expect(lost.isSetUp).toBe(false);
    expect([kept.includes(lost.key), kept.includes(lost.root)]).toEqual([false, false]);
  }
}

beforeAll(() => {
  // What is tried again in half a second is so at once.
  jest.spyOn(global, 'setTimeout').mockImplementation(((then: () => void) => setImmediate(then)) as any);
});
afterAll(() => jest.restoreAllMocks());

/** What happens once, just before a call. */
const once = (call: string, what: () => Promise<void> | void) => {
  world.before = async (next) => {
    if (next !== call) return;
    world.before = () => {};
    await what();
  };
};

function deleteSecret() {
  const deleted = world.secrets.get(SECRET);
  world.secrets.delete(SECRET);
  if (!deleted) throw new Error(`${SECRET} is not there`);
  return deleted;
}

const restartAll = ({ servers }: Config, volumes: 'kept' | 'lost') => {
  for (const address of servers) world.restartServer(address, volumes);
};

const KINDS = [
  ['one server', settings(1)],
  ['three servers', settings(3)],
  ['one server that unseals itself', settings(1, true)],
  ['three servers that unseal themselves', settings(3, true)],
] as const;

const TROUBLES = [
  ['killed before', { kind: 'killed', moment: 'before' }],
  ['killed after', { kind: 'killed', moment: 'after' }],
  ['without an answer, and before', { kind: 'fails', moment: 'before' }],
  ['without an answer, and after', { kind: 'fails', moment: 'after' }],
] as const;

/** Has something go wrong at each call of what is done, one after the other, and finds that all ends well. */
async function atEachCall(
  config: Config,
  how: (typeof TROUBLES)[number][1],
  act: (trouble: Trouble) => Promise<void>,
): Promise<void> {
  for (const joins of ['at once', 'late'] as const) {
    let isReached = true;
    for (let call = 1; isReached; call++) {
      await act({ ...how, call, joins });
      isReached = world.calls >= call;
      world.heal();
      expect([call, joins, await bootstrap(config)]).toEqual([call, joins, true]);
      expectOneVault(config);
      expect(call).toBeLessThan(500);
    }
  }
}

describe.each(KINDS)('%s', (_title, config) => {
  // SECURITY.md: "The bootstrap first writes state: initialising into vault-keys"
  // SECURITY.md: "What is lost is empty: nothing was written to that Vault"
  test('are initialised once the marker is written, set up as root, and the root token is forgotten', async () => {
    await setUp(config);
    expect(world.stateAtInit).toEqual([[SECRET, 'initialising']]);
    expectOneVault(config);
  });

  test.each(TROUBLES)(
    'end as one Vault with its keys, when the bootstrap is %s any of its calls',
    async (_how, how) => {
      await atEachCall(config, how, async (trouble) => {
        begun(config, trouble);
        await bootstrap(config);
      });
    },
  );

  test.each(TROUBLES)(
    'begin anew after keys that nobody kept, also when it is %s any call of that',
    async (_how, how) => {
      await atEachCall(config, how, async (trouble) => {
        begun(config, { ...trouble, kind: 'killed', moment: 'after', call: 'write sys/init' });
        await bootstrap(config);
        expect(world.made).toHaveLength(1);
        world.heal(trouble);
        await bootstrap(config);
      });
    },
  );

  test('are not initialised where the keys could not be kept', async () => {
    begun(config);
    world.isReadOnly = true;
    expect(await bootstrap(config)).toBe(false);
    expect([world.made, world.removed]).toEqual([[], []]);
    expect(logged.join()).toContain('forbidden');
  });

  // SECURITY.md: "Without the state, be it that somebody deleted the Secret, nothing is ever wiped"
  test('keep their data, whose keys were deleted, until these are back', async () => {
    await setUp(config);
    const deleted = deleteSecret();
    restartAll(config, 'kept');
    // A seal outside Vault unseals it, and who has its recovery keys is not the bootstrap's to mend.
    expect(await bootstrap(config)).toBe(false);
    expect([world.made.length, world.removed, secret()]).toEqual([1, [], undefined]);
    expect(logged.join()).toContain(
      'bootstrap/vault-keys has no keys: restore that Secret from your backup; nothing is changed',
    );
    world.secrets.set(SECRET, deleted);
    expect(await bootstrap(config)).toBe(true);
    expectOneVault(config);
  });

  test('are no new Vault where the Secret is of an earlier one, whose data is gone', async () => {
    await setUp(config);
    const { values } = { ...world.secrets.get(SECRET) };
    restartAll(config, 'lost');
    expect(await bootstrap(config)).toBe(false);
    expect([world.made.length, world.removed, secret()]).toEqual([1, [], values]);
    expect(logged.join()).toContain('has no data, but bootstrap/vault-keys is of an earlier Vault: restore that one');
  });

  test('are left alone where somebody else initialised them first', async () => {
    begun(config);
    world.initialiseForeign('https://vault-0');
    expect(await bootstrap(config)).toBe(false);
    expect([world.made.length, world.removed, secret()]).toEqual([1, [], undefined]);
    expect(logged.join()).toContain('has no keys');
  });

  // SECURITY.md: "Only now, and only with that state, the servers' claims are deleted."
  test('go where somebody else initialised them after the marker was written, and begin anew', async () => {
    begun(config);
    once('write sys/init', () => void world.initialiseForeign('https://vault-0'));
    expect(await bootstrap(config)).toBe(true);
    expectOneVault(config);
    expect(world.made).toHaveLength(2);
  });

  // SECURITY.md: "Keys are kept only by a change of exactly that version."
  // SECURITY.md: "A Vault that is initialised while vault-keys says initialising and holds no keys"
  // SECURITY.md: "From then on the keys can never be kept, by whoever holds them"
  test('are undone where the bootstrap is slow to keep the keys: these can never be kept after that', async () => {
    begun(config);
    once('change vault-keys initialised', async () => {
      const [lost] = world.made;
      // Another one finds what looks like an initialisation that was killed.
      expect(await bootstrap(config)).toBe(true);
      expect(world.vaults()).not.toContain(lost);
    });
    await bootstrap(config);
    expect(logged).toContain('https://vault-0: vault-keys was changed in between');
    expect(world.made).toHaveLength(2);
    expectOneVault(config);
  });

  // SECURITY.md: "A bootstrap that finds it changes the state to wiping"
  test('stay where the keys were kept just before another bootstrap would have undone them', async () => {
    begun(config);
    let other = Promise.resolve(false);
    let undoes = () => {};
    const isUndoing = new Promise<void>((resolve) => {
      undoes = resolve;
    });
    world.before = async (what) => {
      if (what === 'change vault-keys initialised') {
        other = bootstrap(config);
        await isUndoing;
      }
      if (what === 'change vault-keys wiping') {
        undoes();
        while (secret()?.state === 'initialising') await new Promise(setImmediate);
      }
    };
    expect(await bootstrap(config)).toBe(true);
    expect(await other).toBe(true);
    expect([world.made.length, world.removed]).toEqual([1, []]);
    expectOneVault(config);
  });
});

// SECURITY.md: "Of several servers none is initialised as long as another one has data"
describe.each([KINDS[1], KINDS[3]])('%s, of which the first has lost its volume', (_title, config) => {
  const [first, ...others] = config.servers;
  /** With what the others have, whose pods restarted, too, and who are reached later than the first. */
  const lose = (reached: 'reached' | 'out of reach') => {
    for (const address of others) {
      world.restartServer(address, 'kept');
      if (reached === 'out of reach') world.stop(address);
    }
    world.restartServer(first, 'lost');
  };

  test('are joined by it, and nobody is told to delete the keys', async () => {
    await setUp(config);
    lose('reached');
    expect(await bootstrap(config)).toBe(true);
    expect(logged.join()).not.toContain('delete that Secret');
    expect([world.made.length, world.removed]).toEqual([1, []]);
    expectOneVault(config);
  });

  test('are no new Vault when their keys are deleted, too: it waits for these', async () => {
    await setUp(config);
    const deleted = deleteSecret();
    lose('reached');
    expect(await bootstrap(config)).toBe(false);
    expect([world.made.length, world.removed, secret()]).toEqual([1, [], undefined]);
    expect(logged.join()).toMatch(/is initialised, but bootstrap\/vault-keys has no keys: restore that Secret/);
    world.secrets.set(SECRET, deleted);
    expect(await bootstrap(config)).toBe(true);
    expectOneVault(config);
  });

  test.each(['kept', 'deleted'])(
    'are no new Vault while the others are out of reach, with keys that are %s',
    async (keys) => {
      await setUp(config);
      const kept = keys === 'deleted' ? deleteSecret() : world.secrets.get(SECRET);
      lose('out of reach');
      expect(await bootstrap(config)).toBe(false);
      expect([world.made.length, world.removed, world.server(first).vault]).toEqual([1, [], undefined]);
      expect(logged).toContain(`${first}: waits for ${others[0]}, which may have data of an earlier Vault`);
      for (const address of others) world.start(address);
      if (kept) world.secrets.set(SECRET, kept);
      expect(await bootstrap(config)).toBe(true);
      expectOneVault(config);
    },
  );
});

test('one server that loses its volume with its keys is begun anew: nothing says that there was another', async () => {
  const [, config] = KINDS[0];
  await setUp(config);
  deleteSecret();
  restartAll(config, 'lost');
  expect(await bootstrap(config)).toBe(true);
  expect(world.made).toHaveLength(2);
});

test('recovery keys that operators took out of the Secret are not missed by servers that unseal themselves', async () => {
  const [, config] = KINDS[3];
  await setUp(config);
  delete world.secrets.get(SECRET)?.values.keys;
  restartAll(config, 'kept');
  expect(await bootstrap(config)).toBe(true);
  world.restartServer('https://vault-0', 'lost');
  expect(await bootstrap(config)).toBe(true);
  expect([world.made.length, world.removed]).toEqual([1, []]);
});
