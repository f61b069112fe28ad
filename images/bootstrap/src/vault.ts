import { read, write } from './kubernetes';
import { configuration, keep, log } from './program';
import { VaultClient } from './vault-client';
import { applySetup, type Setup } from './vault-setup';

export interface Config extends Setup {
  /** Every server, by its own name, first the one that initialises. */
  readonly servers: readonly string[];
  /** The active server, whichever it is. */
  readonly address: string;
  readonly caFile: string;
  readonly keys: { readonly namespace: string; readonly secretName: string };
  /** Whether a seal outside Vault unseals it, so that only recovery keys are made. */
  readonly autoUnseal: boolean;
}

interface Kept {
  readonly keys: readonly string[];
  readonly rootToken?: string;
}

async function kept({ keys }: Config): Promise<Kept | undefined> {
  const data = await read('secrets', keys.namespace, keys.secretName);
  return data?.keys ? { keys: JSON.parse(data.keys), rootToken: data['root-token'] || undefined } : undefined;
}

async function initialise(config: Config, server: VaultClient): Promise<void> {
  const { namespace, secretName } = config.keys;
  if (await kept(config)) {
    throw new Error(
      `${server.address} has no data, but ${namespace}/${secretName} holds keys of an earlier Vault: restore it, or delete that Secret to begin anew`,
    );
  }
  // Rights to write are proven before Vault answers with what must not be lost.
  await write('secrets', namespace, secretName, { state: 'initialising' });
  const shares = config.autoUnseal
    ? { recovery_shares: 1, recovery_threshold: 1 }
    : { secret_shares: 1, secret_threshold: 1 };
  const answer = await server.write('sys/init', shares);
  const keys = JSON.stringify(answer.keys_base64?.length ? answer.keys_base64 : answer.recovery_keys_base64);
  await write('secrets', namespace, secretName, { state: 'initialised', keys, 'root-token': answer.root_token });
  log(`initialised ${server.address}`);
}

/** Brings every server to unsealed. False while one is not. */
async function unseal(config: Config): Promise<boolean> {
  let all = true;
  const servers = config.servers.map((address) => new VaultClient(address, config.caFile));
  for (const [index, server] of servers.entries()) {
    try {
      let status = await server.read('sys/seal-status');
      // The others join the first one by themselves once it is unsealed.
      if (!status.initialized && index === 0) {
        await initialise(config, server);
        status = await server.read('sys/seal-status');
      }
      if (status.sealed && status.initialized && !config.autoUnseal) {
        for (const key of (await kept(config))?.keys ?? []) status = await server.write('sys/unseal', { key });
        if (!status.sealed) log(`unsealed ${server.address}`);
      }
      all &&= status.initialized && !status.sealed;
    } catch (error) {
      log(`${server.address}: ${(error as Error).message}`);
      all = false;
    }
  }
  return all;
}

/** Applies the setup: the first time as root, whose token is then revoked and forgotten; later by the bootstrap's own role. */
async function configure(config: Config): Promise<void> {
  const vault = new VaultClient(config.address, config.caFile);
  const root = (await kept(config))?.rootToken;
  if (!root) return applySetup(await vault.login(config.bootstrapRole), config);
  const asRoot = vault.with(root);
  await applySetup(asRoot, config);
  await vault.login(config.bootstrapRole);
  await asRoot.write('auth/token/revoke-self', {});
  await write('secrets', config.keys.namespace, config.keys.secretName, { state: 'configured', 'root-token': null });
  log('configured; the root token is revoked');
}

export async function reconcile(config: Config, done: { configured: boolean }): Promise<boolean> {
  const unsealed = await unseal(config);
  if (unsealed && !done.configured) {
    await configure(config);
    done.configured = true;
    log('ready');
  }
  return unsealed && done.configured;
}

if (process.argv[2]) {
  const done = { configured: false };
  const config = configuration<Config>();
  keep(5, () => reconcile(config, done));
}
