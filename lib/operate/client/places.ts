import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const home = (): string => process.env.HOME || homedir();

/** Where a client keeps things, below the person's home; nobody else reads any of it. */
const base = (variable: string, fallback: string): string => {
  const folder = join(process.env[variable] || join(home(), fallback), 'sandboxctl');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
};

/** File with the login. */
export const loginFile = (): string => join(base('XDG_CONFIG_HOME', '.config'), 'login.json');

/** Folder of the connections that are open or about to be, gone after a restart where the system has such a place. */
export const connectionsFolder = (): string => {
  const folder = join(base('XDG_RUNTIME_DIR', '.cache'), 'connections');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
};

/** What ssh reads: the person's own file, and the one that is written here. */
export const sshFolder = (): string => {
  const folder = join(home(), '.ssh');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
};
