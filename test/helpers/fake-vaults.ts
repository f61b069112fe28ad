/** What goes wrong once, at which of the calls, and when the servers without data join the others. */
export interface Trouble {
  readonly kind: 'killed' | 'fails';
  readonly moment: 'before' | 'after';
  /** Its number, or how it begins. */
  readonly call: number | string;
  readonly joins: 'at once' | 'late';
}

interface Vault {
  readonly key: string;
  readonly root: string;
  isSetUp: boolean;
  isRootRevoked: boolean;
}

interface Server {
  vault?: Vault;
  isSealed: boolean;
  isUp: boolean;
  isClaimGone: boolean;
}

type Values = Record<string, string | null>;
type ErrorClass = new (message: string) => Error;

/** Servers of Vault and the API server beside them, in the memory of a test. */
export class FakeVaults {
  readonly secrets = new Map<string, { values: Record<string, string>; version: string }>();
  /** Every Vault that was ever initialised. */
  readonly made: Vault[] = [];
  /** Claims and pods that were deleted. */
  readonly removed: string[] = [];
  /** What stood in each Secret when a server was asked to initialise. */
  readonly stateAtInit: (readonly [secret: string, state?: string])[] = [];
  isReadOnly = false;
  isKilled = false;
  calls = 0;
  /** What happens just before a call, such as what somebody else does. */
  before: (what: string) => Promise<void> | void = () => {};
  private readonly servers: ReadonlyMap<string, Server>;
  private readonly stopped = new Set<string>();
  private versions = 0;

  constructor(
    addresses: readonly string[],
    private readonly unsealsItself: boolean,
    private trouble?: Trouble,
  ) {
    this.servers = new Map(
      addresses.map((address) => [address, { isSealed: true, isUp: true, isClaimGone: false }] as const),
    );
  }

  server(address: string): Server {
    const found =
      this.servers.get(address) ?? [...this.servers.values()].find(({ isUp, isSealed }) => isUp && !isSealed);
    if (!found?.isUp) throw new Error(`no answer from ${address}`);
    return found;
  }

  /** All Vaults that servers have data of. */
  vaults(): Vault[] {
    return [...new Set([...this.servers.values()].flatMap(({ vault }) => vault ?? []))];
  }

  /** What has no data joins who is unsealed; what was deleted comes back, and joins at a later time. */
  restart(): void {
    this.join();
    for (const [address, server] of this.servers) server.isUp = !this.stopped.has(address);
  }

  /** Nobody reaches a server, until it is started. */
  stop(address: string): void {
    this.stopped.add(address);
    this.restart();
  }

  start(address: string): void {
    this.stopped.delete(address);
    this.restart();
  }

  /** Whoever was killed is started anew, and nothing goes wrong any more, or something else. */
  heal(trouble?: Trouble): void {
    Object.assign(this, { trouble, isKilled: false, calls: 0 });
    this.restart();
  }

  /** A server restarts, with or without its volume. */
  restartServer(address: string, volume: 'kept' | 'lost'): void {
    const server = this.servers.get(address) as Server;
    if (volume === 'lost') server.vault = undefined;
    server.isSealed = !(this.unsealsItself && server.vault);
  }

  /** Somebody else initialises a server. */
  initialiseForeign(address: string): Vault {
    const vault = this.newVault('foreign');
    Object.assign(this.server(address), { vault, isSealed: !this.unsealsItself });
    return vault;
  }

  readVersioned(_kind: string, _namespace: string, name: string) {
    return this.call(`read ${name}`, () => {
      const found = this.secrets.get(name);
      return found && { values: { ...found.values }, version: found.version };
    });
  }

  create(_kind: string, _namespace: string, name: string, values: Record<string, string>): Promise<boolean> {
    return this.call(`create ${name}`, () => {
      this.refuseWrites(name);
      if (this.secrets.has(name)) return false;
      this.secrets.set(name, { values, version: `${++this.versions}` });
      return true;
    });
  }

  change(Conflict: ErrorClass, _kind: string, _ns: string, name: string, values: Values, version?: string) {
    return this.call(
      `change ${name} ${values.state}`,
      () => {
        this.refuseWrites(name);
        const found = this.secrets.get(name);
        if (!found) throw new Error(`${name} not found`);
        if (version && version !== found.version) throw new Conflict(`${name} was changed in between`);
        const all = Object.entries({ ...found.values, ...values });
        const left = Object.fromEntries(all.filter((entry): entry is [string, string] => entry[1] !== null));
        this.secrets.set(name, { values: left, version: `${++this.versions}` });
        return `${this.versions}`;
      },
      // What only the program knows is tried again for ever after any other error.
      Conflict,
    );
  }

  remove(kind: string, _namespace: string, name: string): Promise<void> {
    return this.call(`remove ${kind} ${name}`, () => {
      this.removed.push(name);
      const server = this.servers.get(`https://${name.replace(/^data-/, '')}`);
      if (!server) throw new Error(`no ${kind} ${name}`);
      if (kind === 'persistentvolumeclaims') {
        server.isClaimGone = true;
        return;
      }
      if (server.isClaimGone) server.vault = undefined;
      Object.assign(server, { isUp: false, isClaimGone: false, isSealed: !(this.unsealsItself && server.vault) });
    });
  }

  sealStatus(address: string) {
    return this.call(`status ${address}`, () => {
      const { vault, isSealed } = this.server(address);
      return { initialized: vault !== undefined, sealed: isSealed, migration: false };
    });
  }

  ask(address: string, path: string, token?: string): Promise<{ status: number }> {
    return this.call(`ask ${path}`, () => {
      const { vault } = this.server(address);
      return { status: vault && token === vault.root && !vault.isRootRevoked ? 200 : 403 };
    });
  }

  write(address: string, path: string, body: { key?: string }, token?: string): Promise<object> {
    return this.call(`write ${path}`, () => {
      const server = this.server(address);
      if (path === 'sys/init') return this.initialise(server);
      if (path === 'sys/unseal') {
        if (server.vault?.key === body.key) server.isSealed = false;
        return { sealed: server.isSealed, initialized: true, migration: false };
      }
      if (!server.vault || token !== server.vault.root) throw new Error(`${path}: permission denied`);
      server.vault.isRootRevoked = true;
      return {};
    });
  }

  login(address: string): Promise<string> {
    return this.call('login', () => {
      if (!this.server(address).vault?.isSetUp) throw new Error('no such role');
      return 'role';
    });
  }

  setUp(address: string, token?: string): Promise<void> {
    return this.call('set up', () => {
      const { vault } = this.server(address);
      const isRoot = vault && token === vault.root && !vault.isRootRevoked;
      if (!vault || !(isRoot || token === 'role')) throw new Error('permission denied');
      vault.isSetUp = true;
    });
  }

  private initialise(server: Server): object {
    if (server.vault) throw new Error('Vault is already initialized');
    for (const [name, { values }] of this.secrets) this.stateAtInit.push([name, values.state]);
    const vault = this.newVault('own');
    Object.assign(server, { vault, isSealed: !this.unsealsItself });
    const keys = { [this.unsealsItself ? 'recovery_keys_base64' : 'keys_base64']: [vault.key] };
    return { ...keys, root_token: vault.root };
  }

  private newVault(whose: string): Vault {
    const name = `${whose}-${this.made.length}`;
    const vault = { key: `key-${name}`, root: `root-${name}`, isSetUp: false, isRootRevoked: false };
    this.made.push(vault);
    return vault;
  }

  private join(): void {
    const servers = [...this.servers.values()].filter(({ isUp }) => isUp);
    const vault = servers.find(({ isSealed }) => !isSealed)?.vault;
    for (const server of servers)
      if (vault && !server.vault) Object.assign(server, { vault, isSealed: !this.unsealsItself });
  }

  private refuseWrites(name: string): void {
    if (this.isReadOnly) throw new Error(`${name}: forbidden`);
  }

  private async call<T>(what: string, effect: () => T, Killed: ErrorClass = Error): Promise<T> {
    if (this.isKilled) throw new Killed('killed');
    await this.before(what);
    this.calls++;
    if (this.trouble?.joins === 'at once') this.join();
    const { call } = this.trouble ?? {};
    const isHit = typeof call === 'string' ? what.startsWith(call) : call === this.calls;
    const trouble = isHit ? this.trouble : undefined;
    const result = trouble?.moment === 'before' ? undefined : effect();
    if (!trouble) return result as T;
    this.isKilled = trouble.kind === 'killed';
    throw this.isKilled ? new Killed('killed') : new Error(`no answer to ${what}`);
  }
}
