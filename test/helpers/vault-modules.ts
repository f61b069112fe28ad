import { FakeVaults } from './fake-vaults';

// What a test puts in the place of the bootstrap's modules, each by its name.

/** The servers of the test that runs. */
export let world: FakeVaults;
/** What the bootstrap said of them. */
export const logged: string[] = [];

/** New servers, of which nothing was said yet. */
export function begin(...servers: ConstructorParameters<typeof FakeVaults>): void {
  logged.length = 0;
  world = new FakeVaults(...servers);
}

class Conflict extends Error {}
type Values = Record<string, string | null>;

export const kubernetes = {
  Conflict,
  readVersioned: (...args: [string, string, string]) => world.readVersioned(...args),
  create: (...args: [string, string, string, Record<string, string>]) => world.create(...args),
  change: (...args: [string, string, string, Values, string?]) => world.change(Conflict, ...args),
  write: async (...args: [string, string, string, Values]) => {
    await world.change(Conflict, ...args);
  },
  remove: (...args: [string, string, string]) => world.remove(...args),
};

export const program = {
  configuration: () => ({}),
  keep: () => {},
  log: (message: string) => logged.push(message),
  phase: async () => {},
};

class VaultClient {
  constructor(
    readonly address: string,
    _caFile: string,
    private readonly token?: string,
  ) {}
  with = (token: string) => new VaultClient(this.address, '', token);
  sealStatus = () => world.sealStatus(this.address);
  ask = (_method: string, path: string) => world.ask(this.address, path, this.token);
  read = async () => ({ leader_address: this.address });
  write = (path: string, body: any) => world.write(this.address, path, body, this.token);
  login = async () => this.with(await world.login(this.address));
}
export const vaultClient = { VaultClient };

export const vaultSetup = {
  applySetup: (vault: { address: string; token?: string }) => world.setUp(vault.address, vault.token),
};
