import { readFileSync, writeFileSync } from 'node:fs';
import { type Account, keepAccount, keepRole, passwordOf } from './boundary-accounts';
import { type Api, findOrCreate, logInAsPrepared, type Servers, vaultOf } from './boundary-api';
import { type Identity, makeLogin } from './boundary-login';
import { read, write } from './kubernetes';
import { configuration, fail, log, untilDone } from './program';

export interface Config extends Servers {
  readonly namespace: string;
  readonly configMap: string;
  /** ConfigMap that says that the database is ready for controllers. */
  readonly schema: string;
  /** Whom Terraform logs in as. */
  readonly account: Account;
  readonly store: { readonly tokenRole: string; readonly policies: readonly string[]; readonly periodSec: number };
  readonly identity?: Identity;
  /** Whom the program logs in as that keeps logins, agents and sessions as they are granted. */
  readonly keeper: Account;
  readonly agents: readonly Account[];
}

/** Where the store finds Vault, and whose certificate that has to show. */
const storeServer = ({ vault, caFile }: Config) => ({ address: vault, ca_cert: readFileSync(caFile, 'utf8') });

/** A token that renews itself for as long as it is used, and can do what the store needs. */
async function storeToken(config: Config): Promise<object> {
  const vault = await vaultOf(config);
  // The period is asked for by name: a token that has it from its role alone does not show it, and Boundary looks.
  const { tokenRole, policies, periodSec } = config.store;
  const { auth } = await vault.write(`auth/token/create/${tokenRole}`, {
    policies,
    period: `${periodSec}s`,
    display_name: 'boundary',
  });
  return { token: auth.client_token };
}

/** Boundary's credential store. One that is there gets another token, since the Vault that made its own may be gone. */
export async function credentialStore(api: Api, project: string, config: Config): Promise<string> {
  const make = async () => ({ type: 'vault', attributes: { ...storeServer(config), ...(await storeToken(config)) } });
  const { object, isNew } = await findOrCreate(api, 'credential-stores', { scope_id: project }, 'vault', make);
  if (!isNew) {
    const path = `credential-stores/${object.id}`;
    const change = async (version: number, attributes: object): Promise<number> =>
      (await api('PATCH', path, { version, attributes })).version;
    const token = await storeToken(config);
    // Boundary tries each by what it knew before: another authority by the token, which a Vault begun anew does not know.
    try {
      await change(await change(object.version, storeServer(config)), token);
    } catch {
      await change(await change(object.version, token), storeServer(config));
    }
    log('the credential store has another token');
  }
  return object.id;
}

/** What the keeper may do: end sessions, set up people's login, and set the passwords of agents, nobody else's. */
export const keeperGrants = (login: string, agents: readonly string[]): string[] => [
  'ids=*;type=session;actions=list,read,cancel',
  'ids=*;type=role;actions=list,read',
  'ids=*;type=group;actions=list,read',
  'ids=*;type=user;actions=list,read',
  'ids=*;type=account;actions=list,read',
  ...(login ? [`ids=${login};actions=read,update,change-state`, 'ids=global;actions=read,update'] : []),
  ...(agents.length > 0 ? [`ids=${agents.join(',')};actions=read,set-password`] : []),
];

/** Accounts of programs. Returns the ids that others need. */
async function keepAccounts(api: Api, method: string, oidc: string, config: Config): Promise<Record<string, string>> {
  const vault = await vaultOf(config);
  const keeper = await keepAccount(api, vault, method, config.keeper);
  const ids: Record<string, string> = {};
  for (const agent of config.agents) {
    const { user, account } = await keepAccount(api, vault, method, agent);
    Object.assign(ids, { [`user-${agent.name}`]: user, [`account-${agent.name}`]: account });
  }
  const accounts = config.agents.map(({ name }) => ids[`account-${name}`]);
  await keepRole(api, 'keeper', [keeper.user], keeperGrants(oidc, accounts));
  return ids;
}

/** The password that Terraform logs in with, once there is a database; controllers of one before are gone by then. */
export async function firstPassword({ namespace, schema, account, ...servers }: Config): Promise<string> {
  if (!(await read('configmaps', namespace, schema))) throw new Error('the database has not got its schema yet');
  return passwordOf(await vaultOf(servers), account);
}

async function run(config: Config): Promise<void> {
  const method = readFileSync('/scratch/method', 'utf8').trim();
  const { account } = config;
  const api = await logInAsPrepared(config, method, account.name, await passwordOf(await vaultOf(config), account));
  const scope = async (type: 'org' | 'project', parent: string, name: string) =>
    (await findOrCreate(api, 'scopes', { scope_id: parent }, name, () => ({ type }))).object.id;
  const org = await scope('org', 'global', 'agent-sandbox');
  const project = await scope('project', org, 'environments');
  const store = await credentialStore(api, project, config);
  const oidc = config.identity ? await makeLogin(api, config.identity) : '';
  const accounts = await keepAccounts(api, method, oidc, config);
  await write('configmaps', config.namespace, config.configMap, { method, org, project, store, oidc, ...accounts });
  log('objects are in place');
}

if (process.argv[2]) {
  const config = configuration<Config>();
  const step =
    process.argv[3] === 'password'
      ? async () => writeFileSync('/scratch/password', await firstPassword(config), { mode: 0o644 })
      : () => run(config);
  untilDone(step).catch(fail);
}
