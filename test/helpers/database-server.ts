import { execFileSync, spawn } from 'node:child_process';
import { chownSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, until } from './vault-server';

/** Programs that refuse to be root run as somebody else, where the tests are root's. */
const asNobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

export interface Database {
  readonly port: number;
  query(sql: string, login?: { username: string; password: string }): string;
  stop(): void;
}

/** A PostgreSQL whose superuser `admin` comes in by its socket alone. */
export async function startDatabase(): Promise<Database> {
  const folder = mkdtempSync(join(tmpdir(), 'database-'));
  if (asNobody.uid) chownSync(folder, asNobody.uid, asNobody.gid);
  const options = { ...asNobody, cwd: folder, stdio: 'ignore' } as const;
  execFileSync('initdb', ['-D', join(folder, 'data'), '-U', 'admin', '--auth-host=scram-sha-256'], options);
  const port = await freePort();
  const settings = ['-c', 'listen_addresses=127.0.0.1', '-c', `unix_socket_directories=${folder}`];
  const server = spawn('postgres', ['-D', join(folder, 'data'), '-p', String(port), ...settings], options);
  const query: Database['query'] = (sql, login) => {
    const [host, user] = login ? ['127.0.0.1', login.username] : [folder, 'admin'];
    const env = { ...process.env, PGPASSWORD: login?.password ?? '' };
    const where = ['-h', host, '-p', String(port), '-U', user, '-d', 'postgres'];
    return execFileSync('psql', [...where, '-v', 'ON_ERROR_STOP=1', '-tAc', sql], { env, stdio: 'pipe' })
      .toString()
      .trim();
  };
  await until(async () => query('SELECT 1'));
  return { port, query, stop: () => void server.kill('SIGINT') };
}
