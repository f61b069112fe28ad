import { writeFileSync } from 'node:fs';
import { authorityOf } from './issuer';
import { readVersioned } from './kubernetes';
import { configuration, keep, log, phase } from './program';
import { VaultClient } from './vault-client';
import { begin, forgetRoot, type KeysConfig, kept, recover } from './vault-keys';
import { letPeopleIn, type People } from './vault-people';
import { applySetup, connectDatabase, type Setup, trustIssuer } from './vault-setup';

export interface Config extends Setup, KeysConfig {
  /** Every server, by its own name, first the one that initialises. */
  readonly servers: readonly string[];
  /** The active server, whichever it is. */
  readonly address: string;
  readonly caFile: string;
  /** File that says to who waits that all is set up. */
  readonly doneFile: string;
  /** @default - nobody logs in but programs */
  readonly people?: People;
}

/** Said of a server that was taken out and is to be one again: whoever took it out deletes what it has. */
const TAKEN_OUT =
  'it was taken out of Vault\'s cluster, which lets it in again without its data only: delete its claim "data-…" and its pod (docs/OPERATIONS.md, "Another number of Vault\'s servers")';
/** Said where most servers of Vault's cluster are away, as where pods went that nobody had taken out. */
const NO_LEADER =
  'Vault has no leader: most servers of its cluster are away or sealed; if there were to be fewer, ask for as many as before again (docs/OPERATIONS.md, "Another number of Vault\'s servers")';

/** Brings one server to unsealed. False where it is not. */
async function unsealOne(config: Config, server: VaultClient, isFirst: boolean): Promise<boolean> {
  let status = await server.sealStatus();
  if (status.removed_from_cluster) throw new Error(TAKEN_OUT);
  // The others join the first one by themselves once it is unsealed.
  if (!status.initialized && isFirst) {
    const others = config.servers.slice(1).map((address) => new VaultClient(address, config.caFile));
    await begin(config, server, others);
    status = await server.sealStatus();
  }
  if (!status.initialized) return false;
  const { keys, isConfigured } = await kept(config);
  const needsNone = isConfigured && config.autoUnseal;
  if (!keys && isFirst && !needsNone) await recover(config, server);
  // A seal that is being changed wants the keys once more, whatever it changes to.
  if (status.sealed && (status.migration || !config.autoUnseal)) {
    for (const key of keys ?? []) status = await server.write('sys/unseal', { key, migrate: status.migration });
    if (!status.sealed) log(`unsealed ${server.address}`);
  }
  return !status.sealed;
}

/** Brings every server to unsealed. False while one is not. */
async function unseal(config: Config): Promise<boolean> {
  let all = true;
  for (const [index, address] of config.servers.entries()) {
    try {
      all = (await unsealOne(config, new VaultClient(address, config.caFile), index === 0)) && all;
    } catch (error) {
      log(`${address}: ${(error as Error).message}`);
      all = false;
    }
  }
  return all;
}

/** Applies the setup: the first time as root, whose token is then revoked and forgotten; later by the bootstrap's own role. */
async function configure(config: Config): Promise<void> {
  const vault = new VaultClient(config.address, config.caFile);
  if (!(await vault.read('sys/leader')).leader_address) throw new Error(NO_LEADER);
  const { rootToken } = await kept(config);
  if (!rootToken) return applySetup(await vault.login(config.bootstrapRole), config);
  const asRoot = vault.with(rootToken);
  // Killed after the last step but one, it finds the token revoked.
  if ((await asRoot.ask('GET', 'auth/token/lookup-self')).status !== 403) {
    await phase('configuring');
    await applySetup(asRoot, config);
    await phase('configured');
    await vault.login(config.bootstrapRole);
    await asRoot.write('auth/token/revoke-self', {});
    await phase('revoked');
  }
  await vault.login(config.bootstrapRole);
  await forgetRoot(config);
  await phase('forgotten');
}

/** After so long everything is set up anew, and tokens that pods hold are renewed. */
const SET_UP_EVERY_MS = 24 * 3600 * 1000;

/** What is done, and what waits for others, a database or an issuer, and is waited for by nothing. */
export interface Done {
  configuredAt?: number;
  /** Version of the client's secret, and the issuer's authority, that people's login was last set up with. */
  login?: string;
  /** Steps that are done, and those that failed with when and why. */
  readonly steps: Map<string, 'done' | { readonly atMs: number; readonly reason: string }>;
}

/** Milliseconds until a step that failed is tried again; unsealing comes first. */
const AGAIN_MS = 10_000;

/** Each step by itself: one that waits holds up no other. */
async function configureWithOthers(config: Config, done: Done): Promise<void> {
  const { people, databases, issuers } = config;
  const steps: [string, (vault: VaultClient) => Promise<void>][] = [
    ...databases.map((database): (typeof steps)[number] => [
      database.name,
      (vault) => connectDatabase(vault, database),
    ]),
    ...(people ? [['people', (vault) => letPeopleIn(vault, people)] as (typeof steps)[number]] : []),
    ...issuers.map((issuer): (typeof steps)[number] => [issuer.issuer, (vault) => trustIssuer(vault, issuer)]),
  ];
  for (const [name, step] of steps) await attempt(config, done, name, step);
}

async function attempt(
  config: Config,
  { steps }: Done,
  name: string,
  step: (vault: VaultClient) => Promise<void>,
): Promise<void> {
  const before = steps.get(name);
  if (before === 'done' || Date.now() - (before?.atMs ?? 0) < AGAIN_MS) return;
  try {
    await step(await new VaultClient(config.address, config.caFile).login(config.bootstrapRole));
    steps.set(name, 'done');
  } catch (error) {
    const reason = (error as Error).message;
    if (before?.reason !== reason) log(`${name}: failed, trying again: ${reason}`);
    steps.set(name, { atMs: Date.now(), reason });
  }
}

/** Another one after every change of the secret and the authority that people's login needs. */
async function loginVersion({ people }: Config): Promise<string | undefined> {
  if (!people) return undefined;
  const { namespace, secretName } = people.clientSecret;
  return [(await readVersioned('secrets', namespace, secretName))?.version, authorityOf(people)].join(' ');
}

export async function reconcile(config: Config, done: Done): Promise<boolean> {
  const unsealed = await unseal(config);
  const isDue = Date.now() - (done.configuredAt ?? 0) > SET_UP_EVERY_MS;
  // A Vault that was begun anew meanwhile is another one, which nobody has set up.
  if (unsealed && (isDue || !(await kept(config)).isConfigured)) {
    await configure(config);
    done.configuredAt = Date.now();
    done.steps.clear();
    writeFileSync(config.doneFile, '');
    log('ready');
  }
  if (!unsealed || done.configuredAt === undefined) return false;
  const login = await loginVersion(config);
  if (login !== done.login) done.steps.delete('people');
  done.login = login;
  await configureWithOthers(config, done);
  return true;
}

if (process.argv[2]) {
  const done: Done = { steps: new Map() };
  const config = configuration<Config>();
  keep(5, () => reconcile(config, done));
}
