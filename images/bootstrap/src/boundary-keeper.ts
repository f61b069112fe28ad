import { type Account, keptPassword, passwordOf, setPassword } from './boundary-accounts';
import { type Api, logIn, type Servers, Unauthenticated, vaultOf } from './boundary-api';
import { activate, type Identity } from './boundary-login';
import { endUnfounded, type Roles } from './boundary-sessions';
import { authorityOf } from './issuer';
import { read, readVersioned } from './kubernetes';
import { configuration, keep, log } from './program';

interface Config extends Servers {
  readonly namespace: string;
  /** ConfigMap with the ids of what the bootstrap made. */
  readonly configMap: string;
  readonly account: Account;
  readonly identity?: Identity;
  /** Programs that log in by a password. */
  readonly agents: readonly Account[];
  /** Life of an agent's password, in seconds. */
  readonly agentPasswordSec: number;
}

/** What was seen or set, as far as nobody changed it meanwhile: looked at again after some time. */
interface Known {
  readonly sinceMs: number;
  /** Version of the client's secret, and the issuer's authority, that people's login was last set up with. */
  login?: string;
  /** Passwords as Boundary has them. */
  readonly passwords: Map<string, string>;
  readonly roles: Roles;
}

const LOOK_AGAIN_MS = 300_000;
const nothing = (): Known => ({ sinceMs: Date.now(), passwords: new Map(), roles: new Map() });

interface State {
  api?: Api;
  known: Known;
  /** When each session was first seen without a grant. */
  unfounded: Map<string, number>;
  /** Why each step failed last. */
  readonly reasons: Map<string, string>;
}

async function objects({ namespace, configMap }: Config): Promise<Record<string, string>> {
  const ids = await read('configmaps', namespace, configMap);
  if (!ids) throw new Error(`ConfigMap ${configMap} is not there yet`);
  return ids;
}

/** Has Boundary know what stands in Vault for an agent, which is another one after some time. */
async function rotate(config: Config, { passwords }: Known, api: Api, agent: Account, id: string): Promise<void> {
  const password = await passwordOf(await vaultOf(config), agent, config.agentPasswordSec);
  if (passwords.get(agent.name) === password) return;
  await setPassword(api, id, password);
  passwords.set(agent.name, password);
}

/** Sets up people's login at the start, again whenever the client has another secret or the issuer another authority, and now and then. */
export async function followLogin(
  { identity }: Pick<Config, 'identity'>,
  known: Pick<Known, 'login'>,
  api: Api,
  method: string,
): Promise<void> {
  if (!identity) return;
  const { namespace, secretName } = identity.clientSecret;
  const secret = await readVersioned('secrets', namespace, secretName);
  if (!secret) return;
  const login = [secret.version, authorityOf(identity)].join(' ');
  if (known.login === login) return;
  await activate(api, method, identity);
  known.login = login;
}

/** Every step by itself: one that waits for others, as for an identity provider, holds up no other. */
async function round(config: Config, state: State): Promise<undefined> {
  const ids = await objects(config);
  const { account } = config;
  if (Date.now() - state.known.sinceMs > LOOK_AGAIN_MS) state.known = nothing();
  if (!state.api) {
    state.api = await logIn(config, ids.method, account.name, await keptPassword(await vaultOf(config), account));
    state.known = nothing();
  }
  const { api, known } = state;
  const steps: [string, () => Promise<void>][] = [
    [
      'sessions',
      async () => {
        state.unfounded = await endUnfounded(api, known.roles, state.unfounded);
      },
    ],
    ...config.agents.map((agent): [string, () => Promise<void>] => [
      agent.name,
      () => rotate(config, known, api, agent, ids[`account-${agent.name}`]),
    ]),
    ['login', () => followLogin(config, known, api, ids.oidc)],
  ];
  for (const [name, step] of steps) await attempt(state, name, step);
  return undefined;
}

async function attempt(state: State, name: string, step: () => Promise<void>): Promise<void> {
  try {
    await step();
    state.reasons.delete(name);
  } catch (error) {
    if (error instanceof Unauthenticated) state.api = undefined;
    const reason = (error as Error).message;
    if (state.reasons.get(name) !== reason) log(`${name}: failed, trying again: ${reason}`);
    state.reasons.set(name, reason);
  }
}

if (process.argv[2]) {
  const config = configuration<Config>();
  log('keeps logins, agents and sessions as they are granted');
  const state: State = { known: nothing(), unfounded: new Map(), reasons: new Map() };
  keep(5, () => round(config, state));
}
