import { existsSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { type Directive, type Line, parse } from 'ssh-config';
import { writeWhole } from '../write';
import { loggedIn } from './login';
import { connectionsFolder, sshFolder } from './places';
import { quotedCommand, quotedPath } from './quoted';

const FILE = 'sandboxctl.conf';
/** Mode of a file that ssh trusts. */
const PRIVATE = 0o600;
/** Boundary may have targets of others, whose names may be no host names. */
const HOST_NAME = /^[a-z0-9][a-z0-9.-]*$/;

/**
 * Writes the file that makes `ssh ENVIRONMENT` work, for all that the person may enter. Returns its path and their names.
 * @param command words that start this program again
 */
export async function writeSshConfig(command: readonly string[]): Promise<{ file: string; names: string[] }> {
  const names = (await (await loggedIn()).targets())
    .map(({ name }) => name)
    .filter((name) => HOST_NAME.test(name))
    .sort();
  const file = join(sshFolder(), FILE);
  writeWhole(file, managed(quotedCommand(command), names), { mode: PRIVATE });
  return { file, names };
}

/** Has the person's own configuration read the managed file. False where it does already. */
export function include(): boolean {
  const file = join(sshFolder(), 'config');
  const own = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const isRead = (line: Line) =>
    'param' in line && /^include$/i.test(line.param) && valuesOf(line).some((path) => basename(path) === FILE);
  if (parse(own).some(isRead)) return false;
  // First, since ssh takes the first value that it finds, and outside of every Host. What is there stays to the letter.
  writeWhole(file, `Include ${FILE}\n\n${own}`, { mode: PRIVATE });
  return true;
}

function knownHome(): string {
  try {
    return userInfo().homedir;
  } catch {
    // Of whom the system knows nothing, ssh says so itself.
    return dirname(sshFolder());
  }
}

/** What to know where ssh looks elsewhere than this has written: it takes the home that the system knows, whatever HOME says. */
export function unread(home = knownHome()): string | undefined {
  const read = join(home, '.ssh');
  if (resolve(read) === resolve(sshFolder())) return undefined;
  return `ssh reads ${read} and not ${sshFolder()}, whatever HOME says: use "sandboxctl ssh", or ssh -F ${join(sshFolder(), FILE)}`;
}

/** Values of a line, without the quotes that they may have. */
const valuesOf = ({ value }: Directive): string[] => (Array.isArray(value) ? value.map(({ val }) => val) : [value]);

const managed = (command: string, names: readonly string[]): string => {
  const hosts = names.map((name) => `Host ${name}\n  User node\n`).join('');
  const all = names.join(',') || 'none-yet';
  const connections = connectionsFolder();
  // Said to both, since ssh may be started in another environment than this, as by cron.
  const folder = quotedCommand([connections]);
  return `# Made by "sandboxctl ssh-config", which writes it anew each time.
${hosts}
Match originalhost ${all} exec "exec ${command} ssh-prepare %n ${folder}"
  Include ${quotedPath(connections, '/*.conf')}
Match originalhost ${all}
  ProxyCommand ${command} ssh-proxy %n ${folder}
  IdentitiesOnly yes
  StrictHostKeyChecking yes
  ServerAliveInterval 30
  ServerAliveCountMax 4
`;
};
