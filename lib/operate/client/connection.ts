import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../failure';
import type { Authorization } from './boundary';
import { loggedIn } from './login';
import { Connection, type Prepared, sweep } from './prepared';
import { quotedPath } from './quoted';

/** Names of the credential libraries, as the stack `boundary` gives them. */
const HOST_AUTHORITY = 'host-authority';

/**
 * Has a session, a key and a certificate made for one ssh process, and files that it reads. Never fails: ssh would go on.
 * @param connections folder of all connections; where there can be none, the ProxyCommand says so
 */
export async function prepare(environment: string, ssh: number, connections: string): Promise<void> {
  const connection = new Connection(connections, ssh);
  if (!emptied(connections, connection)) return;
  const write = (name: string, text: string) => writeFileSync(join(connection.folder, name), text, { mode: 0o600 });
  let prepared: Prepared = { host: environment };
  try {
    const authorization = await (await loggedIn()).authorize(environment);
    const { host, token } = authorization;
    for (const [name, text] of Object.entries(filesOf(authorization))) write(name, text);
    prepared = { host, token };
  } catch (error) {
    prepared = { ...prepared, failure: (error as Error).message };
  }
  write('prepared.json', JSON.stringify(prepared));
  writeFileSync(connection.config, sshConfig(connection, prepared), { mode: 0o600 });
}

/** Makes room for a connection. Returns whether it could. */
function emptied(connections: string, { folder }: Connection): boolean {
  try {
    mkdirSync(connections, { recursive: true, mode: 0o700 });
    sweep(connections);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { mode: 0o700 });
    return true;
  } catch {
    return false;
  }
}

/** What ssh reads: the key of this one session, its certificate, and whom to believe that it is the environment. */
function filesOf({ credentials, sessionId }: Authorization): Record<string, string> {
  const { [HOST_AUTHORITY]: authority, ...others } = credentials;
  const key = Object.values(others).find(({ private_key: made }) => made);
  if (!key || !authority)
    throw new Failure(
      `session ${sessionId} brought no key: deploy the stack boundary again, it makes the credential libraries`,
    );
  const line = (text: unknown) => `${String(text).trim()}\n`;
  return {
    key: line(key.private_key),
    'key-cert.pub': line(key.signed_key),
    known_hosts: `@cert-authority * ${line(authority.public_key)}`,
  };
}

/** Settings that hold for this one ssh process and no other. */
const sshConfig = (
  { ssh, folder }: Connection,
  { host }: Prepared,
): string => `Match exec "exec sh -c '[ $PPID = ${ssh} ]'"
  IdentityFile ${quotedPath(join(folder, 'key'))}
  CertificateFile ${quotedPath(join(folder, 'key-cert.pub'))}
  UserKnownHostsFile ${quotedPath(join(folder, 'known_hosts'))}
  HostKeyAlias ${host}
`;
