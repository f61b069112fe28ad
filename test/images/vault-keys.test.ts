import type { Config } from '../../images/bootstrap/src/vault';
import type { Trouble } from '../helpers/fake-vaults';
import {
  begun,
  bootstrap,
  deleteSecret,
  expectOneVault,
  KINDS,
  restartAll,
  SECRET,
  secret,
  setUp,
  tryAtOnce,
} from '../helpers/vault-bootstraps';
import { logged, world } from '../helpers/vault-modules';

jest.mock('../../images/bootstrap/src/kubernetes', () => jest.requireActual('../helpers/vault-modules').kubernetes);
jest.mock('../../images/bootstrap/src/program', () => jest.requireActual('../helpers/vault-modules').program);
jest.mock('../../images/bootstrap/src/vault-client', () => jest.requireActual('../helpers/vault-modules').vaultClient);
jest.mock('../../images/bootstrap/src/vault-setup', () => jest.requireActual('../helpers/vault-modules').vaultSetup);

tryAtOnce();

/** What happens once, just before a call. */
const once = (call: string, what: () => Promise<void> | void) => {
  world.before = async (next) => {
    if (next !== call) return;
    world.before = () => {};
    await what();
  };
};

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
