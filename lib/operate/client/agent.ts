import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import * as z from 'zod/mini';
import { call } from '../../../images/bootstrap/src/http';
import { Failure } from '../failure';
import { variable } from '../variable';
import { addressOf, unreachable } from './address';
import { read } from './answers';
import { Boundary } from './boundary';

/** A program that opens sessions without a browser, and how it shows Vault who it is. */
export interface Agent {
  readonly name: string;
  /** URL of Boundary's API. */
  readonly boundary: string;
  /** URL of Vault. */
  readonly vault: string;
  /** Path of Vault's login. */
  readonly login: string;
  /** The token that Vault checks. */
  readonly token: string;
  /** The only authorities that their certificates may be of, in PEM. @default - those that Node.js comes with */
  readonly ca?: string;
}

/** Where a pod finds the token of its ServiceAccount that is meant for Vault. */
const TOKEN_FILE = '/var/run/secrets/vault/token';

const LOGGED_IN = z.object({ auth: z.object({ client_token: z.string() }) });
const STORED = z.object({ data: z.object({ data: z.object({ username: z.string(), password: z.string() }) }) });

type Variables = Readonly<Record<string, string | undefined>>;

function fileNamed(variable: string, file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new Failure(`${variable}: ${file} cannot be read: ${(error as Error).message}`);
  }
}

/** The agent that the environment speaks of; undefined where a person uses it. @throws Failure if it says half of it */
export function agentIn(env: Variables): Agent | undefined {
  const of = (name: string) => variable(name, env);
  const agent = of('SANDBOXCTL_AGENT');
  if (!agent) return undefined;
  const needed = (name: string): string => {
    const value = of(name);
    if (!value) throw new Failure(`${name} is not set: the agent ${agent} needs it, such as https://HOST[:PORT]`);
    return addressOf(value);
  };
  const [boundary, vault] = [needed('BOUNDARY_ADDR'), needed('VAULT_ADDR')];
  const authority = of('VAULT_CACERT');
  const ca = authority ? fileNamed('VAULT_CACERT', authority) : undefined;
  const file = of('SANDBOXCTL_TOKEN_FILE') ?? TOKEN_FILE;
  const token = of('SANDBOXCTL_TOKEN') ?? fileNamed('SANDBOXCTL_TOKEN_FILE', file);
  return { name: agent, boundary, vault, login: of('SANDBOXCTL_VAULT_LOGIN') ?? 'kubernetes', token, ca };
}

async function askVault({ vault, ca }: Agent, path: string, token?: string, body?: unknown) {
  const headers = token ? { 'x-vault-token': token } : undefined;
  const method = body ? 'POST' : 'GET';
  try {
    return await call({ method, url: `${vault}/v1/${path}`, ca, headers, body });
  } catch (error) {
    throw new Failure(unreachable('Vault', vault, error as NodeJS.ErrnoException));
  }
}

/** The agent's password for Boundary, by a login of Vault's that ends at once. */
async function passwordOf(agent: Agent): Promise<{ username: string; password: string }> {
  const { name, login, token: jwt } = agent;
  const answer = await askVault(agent, `auth/${login}/login`, undefined, { role: `platform-agent.${name}`, jwt });
  const refused =
    `: is it among boundary.agents, and the token its own? ${answer.body?.errors?.join('; ') ?? ''}`.trim();
  if (answer.status !== 200) throw new Failure(`Vault does not know the agent ${name}${refused}`);
  const { client_token: token } = read(LOGGED_IN, answer.body, 'Vault', agent.vault).auth;
  const stored = await askVault(agent, `platform/data/boundary/agents/${name}`, token);
  await askVault(agent, 'auth/token/revoke-self', token, {});
  if (stored.status !== 200) throw new Failure(`Vault has no password of the agent ${name}: deploy the platform again`);
  return read(STORED, stored.body, 'Vault', agent.vault).data.data;
}

/** Logs an agent in; nothing of it is written anywhere. */
export async function logInAs(agent: Agent): Promise<Boundary> {
  const boundary = new Boundary({ address: agent.boundary, ca: agent.ca });
  for (let tries = 1; ; tries++) {
    const { username, password } = await passwordOf(agent);
    const login = await boundary.logInByPassword(username, password);
    if (login) return new Boundary(boundary.server, login);
    // Its password may be changing at this moment.
    if (tries > 1)
      throw new Failure(
        `Boundary does not take the password of the agent ${agent.name}: look at the log of boundary-keeper`,
      );
    await pause(2000);
  }
}
