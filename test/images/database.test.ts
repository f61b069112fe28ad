import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { find } from '../helpers/objects';
import { describeWith } from '../helpers/programs';
import { synth } from '../helpers/synth';
import { freePort, until } from '../helpers/vault-server';

/** PostgreSQL refuses to be root's. */
const asNobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
const PASSWORD = 'of-the-secret-1';

describeWith(['initdb', 'postgres', 'psql'], 'the database that a part of the platform starts', () => {
  let folder = '';
  let port = 0;
  let server: ChildProcess;
  /** The script of the pod, on a folder and an address of this machine. */
  const start = (): ChildProcess => {
    const { data } = find(synth('profile: kind').objects, 'ConfigMap', 'boundary-database-start');
    const script = String(data.start)
      .replaceAll(/\/var\/lib\/postgresql\/data|\/run\/credentials|\/tmp/g, folder)
      .replace('sleep 5', 'sleep 0.2')
      .replace("listen_addresses='*'", 'listen_addresses=127.0.0.1');
    const env = { ...process.env, PGPORT: String(port) };
    return spawn('sh', ['-c', script], { ...asNobody, env, stdio: 'ignore' });
  };
  const ask = (sql: string, user = 'boundary', password = PASSWORD, host = '127.0.0.1'): string => {
    const env = { ...process.env, PGPASSWORD: password };
    const where = ['-h', host, '-p', String(port), '-U', user, '-d', 'boundary'];
    return execFileSync('psql', [...where, '-v', 'ON_ERROR_STOP=1', '-tAc', sql], { env, stdio: 'pipe' })
      .toString()
      .trim();
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'database-'));
    writeFileSync(join(folder, 'password'), PASSWORD);
    chmodSync(folder, 0o755);
    if (asNobody.uid) chownSync(folder, asNobody.uid, asNobody.gid);
    port = await freePort();
    server = start();
    await until(async () => ask('SELECT 1'));
  });
  afterAll(async () => {
    server.kill('SIGINT');
    await once(server, 'exit');
    rmSync(folder, { recursive: true });
  });

  // SECURITY.md: "The user that a part has in its database owns that database"
  test('its user owns the database, and is no superuser', () => {
    expect(ask('SELECT rolsuper, rolcreaterole, rolreplication FROM pg_roles WHERE rolname = current_user')).toBe(
      'f|f|f',
    );
    ask('CREATE SCHEMA own; CREATE EXTENSION pgcrypto; DROP SCHEMA own');
    expect(() => ask("COPY (SELECT 1) TO PROGRAM 'cat'")).toThrow(/pg_execute_server_program/);
  });

  test('nobody comes in over the network without the password, and its superuser not at all', () => {
    expect(() => ask('SELECT 1', 'boundary', 'wrong')).toThrow(/authentication failed/);
    expect(() => ask('SELECT 1', 'postgres', '')).toThrow(/no password supplied/);
  });

  test('a new password of the Secret becomes the user’s', async () => {
    writeFileSync(join(folder, 'password'), 'of-the-secret-2');
    await until(async () => ask('SELECT 1', 'boundary', 'of-the-secret-2'));
    expect(() => ask('SELECT 1')).toThrow(/authentication failed/);
  });

  // SECURITY.md: "The user that a part has in its database owns that database"
  test('a restore makes the database anew', () => {
    const env = { ...process.env, PGHOST: folder, PGPORT: String(port), PGUSER: 'boundary' };
    const run = (program: string, ...args: string[]) =>
      execFileSync(program, ['--maintenance-db=postgres', ...args], { env, stdio: 'pipe' });
    run('dropdb', '--force', 'boundary');
    run('createdb', 'boundary');
    expect(ask("SELECT count(*) FROM pg_namespace WHERE nspname = 'own'", 'boundary', 'of-the-secret-2')).toBe('0');
  });
});
