import { randomBytes } from 'node:crypto';
import { type Api, findOrCreate, type Stored } from './boundary-api';
import { expectOk } from './http';
import { log } from './program';
import type { VaultClient } from './vault-client';

/** Who logs in by a password that stands in Vault alone. */
export interface Account {
  /** Login name, and name of the user. */
  readonly name: string;
  readonly password: Stored;
}

const GLOBAL = { scope_id: 'global' };

interface Kept {
  readonly password?: string;
  readonly since: string;
  /** 0 before the first. */
  readonly version: number;
}

/** What Vault keeps of a password; without one where Vault says that there is none, and not at a moment's trouble. */
async function kept(vault: VaultClient, { mount, path }: Stored): Promise<Kept> {
  const answer = await vault.ask('GET', `${mount}/data/${path}`);
  // Deleted, it has versions all the same.
  if (answer.status === 404) return { since: '', version: answer.body?.data?.metadata?.version ?? 0 };
  const { data, metadata } = expectOk(answer, `read ${mount}/${path}`).data;
  return { password: data.password, since: metadata.created_time, version: metadata.version };
}

/** The password that an account has. Fails where there is none yet. */
export async function keptPassword(vault: VaultClient, { name, password: at }: Account): Promise<string> {
  const { password } = await kept(vault, at);
  if (!password) throw new Error(`${name} has no password yet`);
  return password;
}

/** An account's password, made where there is none or the one there is older than `seconds`. */
export async function passwordOf(
  vault: VaultClient,
  { name, password: { mount, path } }: Account,
  seconds = Number.POSITIVE_INFINITY,
): Promise<string> {
  const present = await kept(vault, { mount, path });
  if (present.password && Date.now() - Date.parse(present.since) < seconds * 1000) return present.password;
  const password = randomBytes(24).toString('base64url');
  // Refused if somebody wrote one meanwhile.
  const options = { cas: present.version };
  await vault.write(`${mount}/data/${path}`, { options, data: { username: name, password } });
  log(`${name} has ${present.password ? 'another' : 'a'} password`);
  return password;
}

/** Has an account let in with what stands in Vault now. */
export async function setPassword(api: Api, id: string, password: string): Promise<void> {
  const { version } = await api('GET', `accounts/${id}`);
  await api('POST', `accounts/${id}:set-password`, { version, password });
}

/** A user with an account of the password method. */
export async function keepAccount(
  api: Api,
  vault: VaultClient,
  method: string,
  account: Account,
): Promise<{ readonly user: string; readonly account: string }> {
  const password = await passwordOf(vault, account);
  const { name } = account;
  const attributes = { login_name: name, password };
  const { object, isNew } = await findOrCreate(api, 'accounts', { auth_method_id: method }, name, () => ({
    type: 'password',
    attributes,
  }));
  if (!isNew) await setPassword(api, object.id, password);
  const { object: user } = await findOrCreate(api, 'users', GLOBAL, name);
  const { version, account_ids: accounts = [] } = await api('GET', `users/${user.id}`);
  if (!accounts.includes(object.id))
    await api('POST', `users/${user.id}:set-accounts`, { version, account_ids: [object.id] });
  return { user: user.id, account: object.id };
}

/** What users may do everywhere. */
export async function keepRole(
  api: Api,
  name: string,
  users: readonly string[],
  grants: readonly string[],
): Promise<void> {
  const { object } = await findOrCreate(api, 'roles', GLOBAL, name);
  const set = async (what: string, body: object) => {
    const { version } = await api('GET', `roles/${object.id}`);
    await api('POST', `roles/${object.id}:${what}`, { version, ...body });
  };
  await set('set-principals', { principal_ids: users });
  await set('set-grant-scopes', { grant_scope_ids: ['this', 'descendants'] });
  await set('set-grants', { grant_strings: grants });
}
