import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { Failure } from '../failure';
import { writeWhole } from '../write';
import { addressOf, Unreachable } from './address';
import { agentIn, logInAs } from './agent';
import { Boundary, LOGIN_AGAIN, type LoggedIn, type Server } from './boundary';
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
  /** Milliseconds between two looks whether it came back. @default 1500 */
  readonly everyMs?: number;
}

function remembered(): Login | undefined {
  const file = loginFile();
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Boundary as the person sees it, or the program that the environment speaks of. @throws Failure if nobody is logged in */
export async function loggedIn(): Promise<Boundary> {
  const agent = agentIn(process.env);
  if (agent) return logInAs(agent);
  const login = remembered();
  if (!login?.token || !login.address) throw new Failure(`nobody is logged in here: ${LOGIN_AGAIN}`);
  if (login.expires && Date.parse(login.expires) < Date.now())
    throw new Failure(`your login ended at ${new Date(login.expires).toLocaleString()}: ${LOGIN_AGAIN}`);
  return new Boundary(login, login.token);
}

/** Boundary's id of the person who is logged in; a program's is not known. */
export const ownId = (): string | undefined => (agentIn(process.env) ? undefined : remembered()?.userId);

/** In one step, so that an ssh that begins just then finds the login of before or this one; its rights are these, whatever they were. */
const keep = (login: Login): void =>
  writeWhole(loginFile(), JSON.stringify(login, null, 2), { mode: 0o600, anew: true });

/** Logs a person in by the browser. Returns when the login ends. */
export async function logIn({ address, ca, show, seconds = 300, everyMs = 1500 }: LoginOptions): Promise<string> {
  const before = remembered();
  const server: Server = { address: addressOf(address ?? before?.address), ca: ca ? authorityIn(ca) : before?.ca };
  const boundary = new Boundary(server);
  const { url, poll } = await boundary.beginLogin(await boundary.primaryMethod());
  await show(url);
  const got = await awaited(poll, seconds, everyMs);
  keep({ ...server, ...got });
  return got.expires;
}

/** What the browser's login brings, asked for until the time is over, whatever the network does meanwhile. */
export async function awaited(
  poll: () => Promise<LoggedIn | undefined>,
  seconds: number,
  everyMs: number,
): Promise<LoggedIn> {
  const end = Date.now() + seconds * 1000;
  for (let trouble = ''; ; await pause(everyMs)) {
    try {
      const got = await poll();
      if (got) return got;
      trouble = '';
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      trouble = error.message;
    }
    if (Date.now() >= end) throw new Failure(nobody(seconds, trouble));
  }
}

const nobody = (seconds: number, trouble: string): string =>
  trouble
    ? `no login within ${seconds} seconds: ${trouble}. Then ${LOGIN_AGAIN}`
    : `nobody logged in within ${seconds} seconds, and Boundary does not say why. Was the window closed, or did its last page show an error? The identity provider's log has what it refused (Keycloak's: "Events" of its realm), the log of deployment/boundary-controller what Boundary did. To try again, ${LOGIN_AGAIN}`;

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
