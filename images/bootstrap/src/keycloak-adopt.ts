import type { Api } from './keycloak-realm';
import { log } from './program';

interface Scope {
  readonly id: string;
  readonly name: string;
  readonly protocol: string;
  readonly protocolMappers?: readonly { readonly id?: string }[];
}

/** The client that keeps the realm, and what it has to be let do. */
export interface Keeper {
  readonly clientId: string;
  readonly secret: string;
  /** Roles of the realm's own management. */
  readonly roles: readonly string[];
}

/** The client that has the realm's own management for roles. */
const MANAGEMENT = 'realm-management';

/**
 * Gives a realm that an earlier version imported what Keycloak gives every other one and that import left out: the
 * scopes by which a token names its person at all. They are those of the realm `master`.
 * @param clients ids of those that are there: others get the scopes as they are made
 */
async function giveScopes(master: Api, realm: Api, clients: readonly string[]): Promise<void> {
  const known: Scope[] = await realm('GET', 'client-scopes');
  const named: Scope[] = await master('GET', 'default-default-client-scopes');
  const lacking = named.filter(({ name }) => !known.some((one) => one.name === name));
  const scopes: Scope[] = await Promise.all(lacking.map(({ id }) => master('GET', `client-scopes/${id}`)));
  const wanted = scopes.filter(({ protocol }) => protocol === 'openid-connect');
  if (wanted.length === 0) return;
  for (const { id: _, protocolMappers = [], ...scope } of wanted) {
    const mappers = protocolMappers.map(({ id: __, ...mapper }) => mapper);
    await realm('POST', 'client-scopes', { ...scope, protocolMappers: mappers });
  }
  const now: Scope[] = await realm('GET', 'client-scopes');
  for (const { id } of now.filter(({ name }) => wanted.some((one) => one.name === name))) {
    await realm('PUT', `default-default-client-scopes/${id}`);
    for (const client of clients) await realm('PUT', `clients/${client}/default-client-scopes/${id}`);
  }
  log(`the realm has the scopes ${wanted.map(({ name }) => name).join(', ')}, too`);
}

const clientOf = async (realm: Api, clientId: string): Promise<{ readonly id: string } | undefined> =>
  (await realm('GET', `clients?clientId=${encodeURIComponent(clientId)}`))[0];

async function giveKeeper(realm: Api, { clientId, secret, roles }: Keeper): Promise<void> {
  const there = await clientOf(realm, clientId);
  if (there) await realm('PUT', `clients/${there.id}`, { ...there, secret });
  else {
    await realm('POST', 'clients', {
      clientId,
      protocol: 'openid-connect',
      publicClient: false,
      clientAuthenticatorType: 'client-secret',
      secret,
      standardFlowEnabled: false,
      directAccessGrantsEnabled: false,
      serviceAccountsEnabled: true,
    });
    log(`client ${clientId}: made`);
  }
  const [keeper, management] = await Promise.all([clientOf(realm, clientId), clientOf(realm, MANAGEMENT)]);
  if (!keeper || !management) throw new Error(`the realm has no client ${keeper ? MANAGEMENT : clientId}`);
  const { id: user } = await realm('GET', `clients/${keeper.id}/service-account-user`);
  const given = await Promise.all(roles.map((name) => realm('GET', `clients/${management.id}/roles/${name}`)));
  await realm('POST', `users/${user}/role-mappings/clients/${management.id}`, given);
}

/**
 * Logs in as the administrator of then, who goes last: where that is refused and the realm keeps itself, all was done by a
 * run that was broken off before it said so. @returns nothing in that case
 */
export async function logInUnlessDone<T>(
  logIn: () => Promise<T>,
  isKept: () => Promise<unknown>,
): Promise<T | undefined> {
  try {
    return await logIn();
  } catch (refused) {
    await isKept().catch(() => {
      throw refused;
    });
    log('the realm keeps itself already');
    return undefined;
  }
}

/**
 * Brings a realm that a version before imported to where its own client keeps it, as an administrator of that time. May
 * be run again at any point.
 * @param clients names of the platform's own clients
 * @param isKept tries that client out @throws where it cannot log in: the administrator stays then
 */
export async function adopt(
  { master, realm, administrator }: { readonly master: Api; readonly realm: Api; readonly administrator: string },
  keeper: Keeper,
  clients: readonly string[],
  isKept: () => Promise<unknown>,
): Promise<void> {
  const standing = (await Promise.all(clients.map((name) => clientOf(realm, name)))).flatMap((one) => one?.id ?? []);
  await giveScopes(master, realm, standing);
  await giveKeeper(realm, keeper);
  await isKept();
  const [user] = await master('GET', `users?exact=true&username=${encodeURIComponent(administrator)}`);
  if (user) await master('DELETE', `users/${user.id}`);
  log(`the realm keeps itself, and the administrator ${administrator} of before is gone`);
}
