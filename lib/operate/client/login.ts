import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { Failure } from '../failure';
import { addressOf } from './address';
import { agentIn, logInAs } from './agent';
import { Boundary, LOGIN_AGAIN, type Server } from './boundary';
import { loginFile } from './places';

interface Login extends Server {
  readonly token?: string;
  /** Time at which the token ends, as ISO 8601 has it. */
  readonly expires?: string;
  /** Boundary's id of the person. */
  readonly userId?: string;
}

export interface LoginOptions {
  /** URL of Boundary's API. @default - that of the last login */
  readonly address?: string;
  /** File with the authority of its certificate. @default - that of the last login */
  readonly ca?: string;
  /** Shows the address that the browser has to go to. */
  readonly show: (url: string) => void | Promise<void>;
  /** Seconds to wait for the browser. @default 300 */
  readonly seconds?: number;
}

function remembered(): Login | undefined {
  try {
    return JSON.parse(readFileSync(loginFile(), 'utf8'));
  } catch {
    return undefined;
  }
}

/** Boundary as the person sees it, or the program that the environment speaks of. @throws Failure if nobody is logged in */
export async function loggedIn(): Promise<Boundary> {
  const agent = agentIn(process.env);
  if (agent) return logInAs(agent);
  const login = remembered();
  if (!login?.token) throw new Failure(`nobody is logged in here: ${LOGIN_AGAIN}`);
  if (login.expires && Date.parse(login.expires) < Date.now())
    throw new Failure(`your login ended at ${new Date(login.expires).toLocaleString()}: ${LOGIN_AGAIN}`);
  return new Boundary(login, login.token);
}

/** Boundary's id of the person who is logged in; a program's is not known. */
export const ownId = (): string | undefined => (agentIn(process.env) ? undefined : remembered()?.userId);

const keep = (login: Login): void => {
  // Written anew, so that its rights are these, whatever they were.
  rmSync(loginFile(), { force: true });
  writeFileSync(loginFile(), JSON.stringify(login, null, 2), { mode: 0o600 });
};

/** Logs a person in by the browser. Returns when the login ends. */
export async function logIn({ address, ca, show, seconds = 300 }: LoginOptions): Promise<string> {
  const before = remembered();
  const server: Server = { address: addressOf(address ?? before?.address), ca: ca ? authorityIn(ca) : before?.ca };
  const boundary = new Boundary(server);
  const { url, poll } = await boundary.beginLogin(await boundary.primaryMethod());
  await show(url);
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await pause(1500)) {
    const got = await poll();
    if (!got) continue;
    keep({ ...server, ...got });
    return got.expires;
  }
  throw new Failure(`nobody logged in within ${seconds} seconds: ${LOGIN_AGAIN}`);
}

/** Forgets the login, and keeps where Boundary is. */
export function logOut(): void {
  const { address, ca } = remembered() ?? { address: '' };
  if (address) keep({ address, ca });
}

function authorityIn(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new Failure(`--ca ${file} cannot be read: ${(error as Error).message}`);
  }
  if (!text.includes('-----BEGIN CERTIFICATE-----'))
    throw new Failure(`--ca ${file} holds no certificate in PEM: it begins with -----BEGIN CERTIFICATE-----`);
  return text;
}
