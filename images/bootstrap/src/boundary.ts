import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { call, expectOk } from './http';
import { read, write } from './kubernetes';
import { configuration, log, untilDone } from './program';
import { VaultClient } from './vault-client';

interface Identity {
  readonly issuer: string;
  readonly clientId: string;
  readonly apiUrl: string;
  readonly clientSecret: { readonly namespace: string; readonly secretName: string; readonly key: string };
}

interface Config {
  readonly namespace: string;
  readonly configMap: string;
  readonly boundary: string;
  readonly vault: string;
  readonly caFile: string;
  readonly role: string;
  readonly password: { readonly mount: string; readonly path: string };
  readonly store: { readonly tokenRole: string; readonly policies: readonly string[]; readonly periodSec: number };
  readonly identity?: Identity;
}

/** The service account's password, made on the first run and kept in Vault only. */
async function password(config: Config): Promise<string> {
  const vault = await new VaultClient(config.vault, config.caFile).login(config.role);
  const path = `${config.password.mount}/data/${config.password.path}`;
  const present = await vault.ask('GET', path);
  if (present.status === 200) return present.body.data.data.password;
  const made = randomBytes(24).toString('base64url');
  await vault.write(path, { options: { cas: 0 }, data: { username: 'terraform', password: made } });
  return made;
}

/** People's login. It is made inactive: whether its issuer answers is not this program's to wait for. */
async function identityAttributes(config: Config): Promise<object> {
  const { issuer, clientId, apiUrl, clientSecret } = config.identity as Identity;
  const secret = await read('secrets', clientSecret.namespace, clientSecret.secretName);
  if (!secret?.[clientSecret.key])
    throw new Error(`Secret ${clientSecret.namespace}/${clientSecret.secretName} is not there yet`);
  return {
    type: 'oidc',
    attributes: {
      issuer,
      client_id: clientId,
      client_secret: secret[clientSecret.key],
      api_url_prefix: apiUrl,
      signing_algorithms: ['RS256'],
      claims_scopes: ['groups'],
      idp_ca_certs: [readFileSync(config.caFile, 'utf8')],
    },
  };
}

type Api = (method: string, path: string, body?: unknown) => Promise<any>;

async function login(config: Config): Promise<Api> {
  const ca = readFileSync(config.caFile);
  const method = readFileSync('/scratch/method', 'utf8').trim();
  const request = async (verb: string, path: string, body?: unknown, token?: string) =>
    expectOk(
      await call({
        method: verb,
        url: `${config.boundary}/v1/${path}`,
        ca,
        body,
        headers: token ? { authorization: `Bearer ${token}` } : {},
      }),
      `${verb} ${path.split('?')[0]}`,
    );
  const attributes = { login_name: 'terraform', password: await password(config) };
  const answer = await request('POST', `auth-methods/${method}:authenticate`, {
    command: 'login',
    type: 'token',
    attributes,
  });
  const token = answer.attributes.token;
  return (verb, path, body) => request(verb, path, body, token);
}

async function findOrCreate(
  api: Api,
  collection: string,
  parent: Record<string, string>,
  name: string,
  make: () => Promise<object> | object,
): Promise<string> {
  const query = new URLSearchParams({ ...parent, filter: `"/item/name" == "${name}"` });
  const found = (await api('GET', `${collection}?${query}`)).items?.[0]?.id;
  if (found) return found;
  const made = await api('POST', collection, { ...parent, name, ...(await make()) });
  log(`created ${collection} ${name}`);
  return made.id;
}

/** A token that renews itself for as long as it is used, and can do what the store needs. */
async function storeAttributes(config: Config): Promise<object> {
  const vault = await new VaultClient(config.vault, config.caFile).login(config.role);
  // The period is asked for by name: a token that has it from its role alone does not show it, and Boundary looks.
  const { tokenRole, policies, periodSec } = config.store;
  const { auth } = await vault.write(`auth/token/create/${tokenRole}`, {
    policies,
    period: `${periodSec}s`,
    display_name: 'boundary',
  });
  return {
    type: 'vault',
    attributes: { address: config.vault, token: auth.client_token, ca_cert: readFileSync(config.caFile, 'utf8') },
  };
}

async function run(config: Config): Promise<void> {
  const api = await login(config);
  const org = await findOrCreate(api, 'scopes', { scope_id: 'global' }, 'agent-sandbox', () => ({ type: 'org' }));
  const project = await findOrCreate(api, 'scopes', { scope_id: org }, 'environments', () => ({ type: 'project' }));
  const store = await findOrCreate(api, 'credential-stores', { scope_id: project }, 'vault', () =>
    storeAttributes(config),
  );
  const method = readFileSync('/scratch/method', 'utf8').trim();
  const oidc = config.identity
    ? await findOrCreate(api, 'auth-methods', { scope_id: 'global' }, 'oidc', () => identityAttributes(config))
    : '';
  await write('configmaps', config.namespace, config.configMap, { method, org, project, store, oidc });
  log('objects are in place');
}

if (process.argv[2]) {
  const config = configuration<Config>();
  const step =
    process.argv[3] === 'password'
      ? async () => writeFileSync('/scratch/password', await password(config), { mode: 0o644 })
      : () => run(config);
  untilDone(step);
}
