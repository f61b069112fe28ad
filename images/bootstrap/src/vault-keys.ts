import { Conflict, change, create, readVersioned, remove, type Versioned, write } from './kubernetes';
import { log, phase } from './program';
import type { VaultClient } from './vault-client';

export interface KeysConfig {
  readonly keys: { readonly namespace: string; readonly secretName: string };
  /** Whether a seal outside Vault unseals it, so that only recovery keys are made. */
  readonly autoUnseal: boolean;
  /** Who gets the recovery keys, each share encrypted to one of these PGP keys, in base64; empty: one share, as it is. */
  readonly recovery: { readonly pgpKeys: readonly string[]; readonly threshold: number };
  /** Pods and claims of the servers, which go where an initialisation was never completed. */
  readonly storage: {
    readonly namespace: string;
    readonly pods: readonly string[];
    readonly claims: readonly string[];
  };
}

export interface Kept {
  /** Unseal keys, or recovery keys where a seal outside unseals. */
  readonly keys?: readonly string[];
  readonly rootToken?: string;
  /** Whether the setup was done once; operators may take the recovery keys out after that. */
  readonly isConfigured: boolean;
}

/**
 * The Secret's key `state`, each step a change of the very version that was read:
 * none → `initialising` → `initialised` → `configured`, and `initialising` → `wiping` → none.
 *
 * Whoever asks Vault to initialise holds the version of `initialising`. Keys are kept only into that version, and data
 * is wiped only after it was changed to `wiping`: so either the keys are kept, or they can never be.
 */
const STATE = 'state';

/** What is kept of an initialisation. */
export async function kept({ keys }: KeysConfig): Promise<Kept> {
  const values = (await readVersioned('secrets', keys.namespace, keys.secretName))?.values;
  return {
    keys: values?.keys ? JSON.parse(values.keys) : undefined,
    rootToken: values?.['root-token'] || undefined,
    isConfigured: values?.[STATE] === 'configured',
  };
}

/** Notes that the setup is done, and forgets the root token, which is revoked by now. */
export const forgetRoot = ({ keys }: KeysConfig): Promise<void> =>
  write('secrets', keys.namespace, keys.secretName, { [STATE]: 'configured', 'root-token': null });

/**
 * Begins a Vault on a server without data, unless keys of an earlier Vault say that there must be some. A second one
 * beside servers that have data would never be theirs: what an initialisation that was never completed left there goes
 * first, and to any other the server belongs itself.
 */
export async function begin(config: KeysConfig, server: VaultClient, others: readonly VaultClient[]): Promise<void> {
  const holder = await withData(others);
  const { keys, isConfigured } = await kept(config);
  if (!holder) {
    await recovered(config);
    if (keys || isConfigured) {
      const { namespace, secretName } = config.keys;
      throw new Error(
        `${server.address} has no data, but ${namespace}/${secretName} is of an earlier Vault: restore that one, or delete that Secret to begin anew`,
      );
    }
    return initialise(config, server);
  }
  if (!keys && !isConfigured) return recover(config, holder);
  throw new Error(`${server.address} has no data, and joins ${holder.address} once that is unsealed`);
}

/** The first of the servers that has data. @throws if none has, and one of them does not say so */
async function withData(servers: readonly VaultClient[]): Promise<VaultClient | undefined> {
  const statuses = await Promise.allSettled(servers.map((server) => server.sealStatus()));
  const holder = statuses.findIndex(
    // One that was taken out has data of before, which no server joins.
    (one) => one.status === 'fulfilled' && one.value.initialized && !one.value.removed_from_cluster,
  );
  if (holder >= 0) return servers[holder];
  const silent = statuses.findIndex(({ status }) => status === 'rejected');
  if (silent >= 0) throw new Error(`waits for ${servers[silent].address}, which may have data of an earlier Vault`);
  return undefined;
}

/** Initialises the first server, where there is no Vault yet. */
async function initialise(config: KeysConfig, server: VaultClient): Promise<void> {
  const claimed = await claim(config);
  await phase('claimed');
  const answer = await server.write('sys/init', sharesOf(config));
  await phase('initialised');
  const keys = JSON.stringify(config.autoUnseal ? answer.recovery_keys_base64 : answer.keys_base64);
  await keep(config, { [STATE]: 'initialised', keys, 'root-token': answer.root_token }, claimed);
  await phase('kept');
}

/** Takes the right to initialise. Rights to write are proven, too, before Vault answers with what must not be lost. */
async function claim({ keys: { namespace, secretName } }: KeysConfig): Promise<string> {
  await create('secrets', namespace, secretName, {});
  const { version } = (await readVersioned('secrets', namespace, secretName)) as Versioned;
  return change('secrets', namespace, secretName, { [STATE]: 'initialising' }, version);
}

/** What only this process knows is tried again until it is kept, or somebody else took over. */
async function keep({ keys }: KeysConfig, values: Record<string, string>, version: string): Promise<void> {
  for (;;) {
    try {
      return void (await change('secrets', keys.namespace, keys.secretName, values, version));
    } catch (error) {
      if (error instanceof Conflict) throw error;
      log(`the keys are not kept yet: ${(error as Error).message}`);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

function sharesOf({ autoUnseal, recovery }: KeysConfig): Record<string, unknown> {
  if (!autoUnseal) return { secret_shares: 1, secret_threshold: 1 };
  if (recovery.pgpKeys.length === 0) return { recovery_shares: 1, recovery_threshold: 1 };
  return {
    recovery_shares: recovery.pgpKeys.length,
    recovery_threshold: recovery.threshold,
    recovery_pgp_keys: recovery.pgpKeys,
  };
}

/**
 * A Vault with data whose keys nobody has. It is empty where the Secret says that an initialisation was begun and never
 * completed: then its storage goes, and all begins anew. Otherwise it is left alone.
 */
export async function recover(config: KeysConfig, server: VaultClient): Promise<void> {
  const { namespace, secretName } = config.keys;
  const found = await readVersioned('secrets', namespace, secretName);
  const state = found?.values[STATE];
  if (!found || found.values.keys || (state !== 'initialising' && state !== 'wiping')) {
    throw new Error(
      `${server.address} is initialised, but ${namespace}/${secretName} has no keys: restore that Secret from your backup; nothing is changed`,
    );
  }
  if (state === 'initialising') {
    await change('secrets', namespace, secretName, { [STATE]: 'wiping' }, found.version);
    await phase('wiping');
  }
  const { storage } = config;
  for (const claim of storage.claims) await remove('persistentvolumeclaims', storage.namespace, claim);
  for (const pod of storage.pods) await remove('pods', storage.namespace, pod, 0);
  log('an initialisation that was never completed is undone: nobody can have its keys');
}

/** Ends a wiping once no server has data any more. */
async function recovered({ keys: { namespace, secretName } }: KeysConfig): Promise<void> {
  const found = await readVersioned('secrets', namespace, secretName);
  if (found?.values[STATE] !== 'wiping') return;
  await change('secrets', namespace, secretName, { [STATE]: null }, found.version);
  await phase('wiped');
}
