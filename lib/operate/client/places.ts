import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { Failure, placeRefused } from '../failure';

const home = (): string => process.env.HOME || homedir();

/** Where a client keeps things, below the person's home; nobody else reads any of it. */
const base = (variable: string, fallback: string): string => {
  const given = process.env[variable] ?? '';
  // One that is not absolute does not count, as the definition of these variables says: ssh would take it for another.
  const folder = join(isAbsolute(given) ? given : join(home(), fallback), 'sandboxctl');
  return made(folder, `${variable} says where that is, else HOME: name a folder of your own`);
};

/** @throws Failure with what to do where it cannot be made */
function made(folder: string, mend: string): string {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return folder;
  } catch (error) {
    const refused = placeRefused(error);
    throw refused ? new Failure(`${refused.message}. ${mend}`) : error;
  }
}

/** File with the login. */
export const loginFile = (): string => join(base('XDG_CONFIG_HOME', '.config'), 'login.json');

/** Folder of the connections that are open or about to be, gone after a restart where the system has such a place. */
export const connectionsFolder = (): string => {
  const folder = join(base('XDG_RUNTIME_DIR', '.cache'), 'connections');
  return made(folder, 'remove it, or have XDG_RUNTIME_DIR name a folder of your own');
};

/** What ssh reads: the person's own file, and the one that is written here. */
export const sshFolder = (): string => {
  const folder = join(home(), '.ssh');
  return made(folder, 'ssh reads its configuration there: have it be yours');
};
