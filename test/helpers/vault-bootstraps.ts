import { devNull } from 'node:os';
import type { Config, Done } from '../../images/bootstrap/src/vault';
import { reconcile } from '../../images/bootstrap/src/vault';
import type { Trouble } from './fake-vaults';
import { begin, logged, world } from './vault-modules';

export const SECRET = 'vault-keys';
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
export async function bootstrap(config: Config, rounds = 12): Promise<boolean> {
  const done: Done = { steps: new Map() };
  for (let round = 0; round < rounds; round++) {
    const ready = await reconcile(config, done).catch((error: Error) => void logged.push(error.message));
    if (world.isKilled) return false;
    if (ready) return true;
    world.restart();
  }
  return false;
}

/** Servers that nobody initialised. */
export const begun = (config: Config, trouble?: Trouble) => {
  begin(config.servers, config.autoUnseal, trouble);
};
export const secret = () => world.secrets.get(SECRET)?.values;

/** A Vault that was set up, with what people wrote. */
export async function setUp(config: Config): Promise<void> {
  begun(config);
  expect(await bootstrap(config)).toBe(true);
  // Followers join once the first is unsealed, and are unsealed in their turn.
  expect(await bootstrap(config)).toBe(true);
}

export function expectOneVault(config: Config): void {
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

/** What is tried again in half a second is so at once, in all tests of a file. */
export function tryAtOnce(): void {
  beforeAll(() => {
    jest.spyOn(global, 'setTimeout').mockImplementation(((then: () => void) => setImmediate(then)) as any);
  });
  afterAll(() => jest.restoreAllMocks());
}

export function deleteSecret() {
  const deleted = world.secrets.get(SECRET);
  world.secrets.delete(SECRET);
  if (!deleted) throw new Error(`${SECRET} is not there`);
  return deleted;
}

export const restartAll = ({ servers }: Config, volumes: 'kept' | 'lost') => {
  for (const address of servers) world.restartServer(address, volumes);
};

export const KINDS = [
  ['one server', settings(1)],
  ['three servers', settings(3)],
  ['one server that unseals itself', settings(1, true)],
  ['three servers that unseal themselves', settings(3, true)],
] as const;
