import { readFileSync } from 'node:fs';
import { call, expectOk } from './http';
import { adopt, logInUnlessDone } from './keycloak-adopt';
import { type Api, Forbidden, keepRealm, type Realm } from './keycloak-realm';
import { readVersioned, type SecretKey, secretValue } from './kubernetes';
import { configuration, fail, keep, log } from './program';

interface Client {
  readonly clientId: string;
  readonly secret: SecretKey;
}

interface Mapper {
  readonly name: string;
  readonly id?: string;
}

export interface Config extends Realm {
  readonly keycloak: string;
  readonly realm: string;
  readonly caFile: string;
  readonly account: { readonly clientId: string; readonly passwordFile: string; readonly roles: readonly string[] };
  readonly protocolMappers: readonly Mapper[];
  readonly clients: readonly Client[];
  readonly redirectUris: readonly { readonly clientId: string; readonly uri: string }[];
}

const LOOK_AGAIN_MS = 300_000;
/** Sooner after trouble with the realm, and not at once: each time all clients are written, of which Keycloak keeps events. */
const TRY_AGAIN_MS = 60_000;

/** Marks the clients that are this program's, so that it touches no other. */
const OWN = 'agent-sandbox.dev/managed';

/** Logs in at a realm, and has the API of one by that. */
async function logIn(config: Config, at: string, credentials: Record<string, string>): Promise<(realm: string) => Api> {
  const ca = readFileSync(config.caFile);
  const answer = await call({
    method: 'POST',
    url: `${config.keycloak}/realms/${at}/protocol/openid-connect/token`,
    ca,
    body: new URLSearchParams(credentials).toString(),
    contentType: 'application/x-www-form-urlencoded',
  });
  const { access_token: token } = expectOk(answer, `login to ${config.keycloak}`);
  return (realm) => async (method, path, body) => {
    const url = `${config.keycloak}/admin/realms/${realm}${path && `/${path}`}`;
    const what = `${method} ${path.split('?')[0] || 'the realm'}`;
    const given = await call({ method, url, ca, body, headers: { authorization: `Bearer ${token}` } });
    if (given.status === 403) throw new Forbidden(`${what}: status 403`);
    return expectOk(given, what);
  };
}

const ownSecret = ({ account }: Config): string => readFileSync(account.passwordFile, 'utf8');

async function login(config: Config): Promise<Api> {
  const account = { client_id: config.account.clientId, client_secret: ownSecret(config) };
  return (await logIn(config, config.realm, { grant_type: 'client_credentials', ...account }))(config.realm);
}

/** Takes over a realm of before, as the administrator whom standard input names with the password. */
async function takeOver(config: Config): Promise<void> {
  const { username, password }: Record<string, string> = JSON.parse(readFileSync(0, 'utf8'));
  const credentials = { grant_type: 'password', client_id: 'admin-cli', username, password };
  const isKept = () => login(config);
  const apiOf = await logInUnlessDone(() => logIn(config, 'master', credentials), isKept);
  if (!apiOf) return;
  const { clientId, roles } = config.account;
  await adopt(
    { master: apiOf('master'), realm: apiOf(config.realm), administrator: username },
    { clientId, roles, secret: ownSecret(config) },
    config.clients.map((client) => client.clientId),
    isKept,
  );
}

/** Claims that a client tells: the platform's as they are wanted now, and those that others gave it. */
function mappersOf(present: readonly Mapper[], wanted: readonly Mapper[]): Mapper[] {
  const others = present.filter(({ name }) => !wanted.some((one) => one.name === name));
  return [...others, ...wanted.map((one) => ({ ...present.find(({ name }) => name === one.name), ...one }))];
}

/** Makes the realm's clients as wanted, and removes those that it made and nothing needs any more. */
export async function reconcile(
  api: Api,
  config: Config,
  secretOf: (client: Client) => Promise<string>,
): Promise<void> {
  const present: any[] = await api('GET', 'clients?max=1000');
  for (const client of config.clients) {
    const { clientId } = client;
    const before = present.find((one) => one.clientId === clientId);
    const wanted = {
      ...before,
      clientId,
      protocol: 'openid-connect',
      publicClient: false,
      secret: await secretOf(client),
      standardFlowEnabled: true,
      directAccessGrantsEnabled: false,
      redirectUris: config.redirectUris.filter((one) => one.clientId === clientId).map(({ uri }) => uri),
      attributes: { ...before?.attributes, [OWN]: 'true' },
      protocolMappers: mappersOf(before?.protocolMappers ?? [], config.protocolMappers),
    };
    if (before) await api('PUT', `clients/${before.id}`, wanted);
    else {
      await api('POST', 'clients', wanted);
      log(`client ${clientId}: made`);
    }
  }
  const names = config.clients.map(({ clientId }) => clientId);
  for (const { id, clientId, attributes } of present) {
    if (attributes?.[OWN] !== 'true' || names.includes(clientId)) continue;
    await api('DELETE', `clients/${id}`);
    log(`client ${clientId}: removed`);
  }
}

/** Versions of all clients' secrets: another text after every change of any. */
async function versions({ clients }: Config): Promise<string> {
  const read = clients.map(({ secret }) => readVersioned('secrets', secret.namespace, secret.secretName));
  return (await Promise.all(read)).map((one) => one?.version).join(' ');
}

if (process.argv[3] === 'adopt') takeOver(configuration<Config>()).catch(fail);
else if (process.argv[2]) {
  const config = configuration<Config>();
  let done = { versions: '', untilMs: 0 };
  let noted = '';
  keep(10, async () => {
    const now = await versions(config);
    // Now and then also where nothing changed here: the realm is a database that others restore and edit.
    if (now === done.versions && Date.now() < done.untilMs) return undefined;
    const api = await login(config);
    await reconcile(api, config, ({ secret }) => secretValue(secret));
    let again = LOOK_AGAIN_MS;
    // Clients are what logins need: they are through by now.
    const notes = await keepRealm(api, config).catch(({ message }: Error) => {
      again = TRY_AGAIN_MS;
      return [`failed, trying again: ${message}`];
    });
    const note = notes.join('; ');
    if (note && note !== noted) log(note);
    noted = note;
    done = { versions: now, untilMs: Date.now() + again };
    return undefined;
  });
}
