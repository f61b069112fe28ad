import { readFileSync } from 'node:fs';
import { call, expectOk } from './http';
import { Hopeless, log } from './program';
import { VaultClient } from './vault-client';

/** Boundary's HTTP API, as one account. Fails unless the answer is a success. */
export type Api = (method: string, path: string, body?: unknown) => Promise<any>;

/** The login is over, or was none. */
export class Unauthenticated extends Error {}

/** Where Boundary and Vault are, and who asks. */
export interface Servers {
  readonly boundary: string;
  readonly vault: string;
  readonly caFile: string;
  /** Role of Vault's login. */
  readonly role: string;
}

/** Where in Vault an account's password stands, in a key-value engine of the second version. */
export interface Stored {
  readonly mount: string;
  readonly path: string;
}

export const vaultOf = ({ vault, caFile, role }: Servers): Promise<VaultClient> =>
  new VaultClient(vault, caFile).login(role);

/** Logs in to Boundary by a password. */
export async function logIn(
  { boundary, caFile }: Pick<Servers, 'boundary' | 'caFile'>,
  method: string,
  loginName: string,
  password: string,
): Promise<Api> {
  const request = async (verb: string, path: string, body?: unknown, token?: string) => {
    const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};
    // Read each time: a login outlives the authority that it began with.
    const ca = readFileSync(caFile);
    const answer = await call({ method: verb, url: `${boundary}/v1/${path}`, ca, body, headers });
    // Whoever logs in is refused by a database that has no such method, or lets nobody log in yet.
    if (answer.status === 401 || (!token && [403, 404].includes(answer.status)))
      throw new Unauthenticated(`${verb} ${path.split('?')[0]}: Boundary knows no such login`);
    return expectOk(answer, `${verb} ${path.split('?')[0]}`);
  };
  const attributes = { login_name: loginName, password };
  const login = { command: 'login', type: 'token', attributes };
  const { token } = (await request('POST', `auth-methods/${method}:authenticate`, login)).attributes;
  return (verb, path, body) => request(verb, path, body, token);
}

/** Logs in to the Boundary that the steps before have prepared. @throws Hopeless where it is not that one any more */
export async function logInAsPrepared(...[servers, method, name, password]: Parameters<typeof logIn>): Promise<Api> {
  try {
    return await logIn(servers, method, name, password);
  } catch (error) {
    if (!(error instanceof Unauthenticated)) throw error;
    throw new Hopeless(
      `${error.message}: what was prepared for it is of another database, or another password; it is prepared anew`,
    );
  }
}

/** Every item of a list, which comes in pages. */
export async function list(api: Api, collection: string, query: Record<string, string>): Promise<any[]> {
  const items: any[] = [];
  for (let token = ''; ; ) {
    const page = await api(
      'GET',
      `${collection}?${new URLSearchParams({ ...query, ...(token && { list_token: token }) })}`,
    );
    items.push(...(page.items ?? []));
    if (page.response_type !== 'delta') return items;
    token = page.list_token;
  }
}

const find = async (api: Api, collection: string, parent: Record<string, string>, name: string): Promise<any> =>
  (await list(api, collection, { ...parent, filter: `"/item/name" == "${name}"` }))[0];

/** An object by its name, and whether this call made it. */
export async function findOrCreate(
  api: Api,
  collection: string,
  parent: Record<string, string>,
  name: string,
  make: () => Promise<object> | object = () => ({}),
): Promise<{ readonly object: any; readonly isNew: boolean }> {
  const found = await find(api, collection, parent, name);
  if (found) return { object: found, isNew: false };
  const object = await api('POST', collection, { ...parent, name, ...(await make()) });
  log(`created ${collection} ${name}`);
  return { object, isNew: true };
}
