import {
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
