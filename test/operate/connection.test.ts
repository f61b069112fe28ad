import { execFile, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { prepare } from '../../lib/operate/client/connection';
import { Connection } from '../../lib/operate/client/prepared';
import { include, unread, writeSshConfig } from '../../lib/operate/client/ssh-config';
import { bundled } from '../helpers/bundled';
import { testWith } from '../helpers/programs';
import { TARGETS, TestClient } from '../helpers/test-client';

const client = new TestClient();

const SESSION = {
  session_id: 's_1',
  authorization_token: 'opens-it',
  endpoint: 'tcp://devenv-alice.devenv.svc.cluster.local:22',
  credentials: [
    {
      credential_source: { name: 'devenv-alice' },
      secret: { decoded: { private_key: 'the private key\n', signed_key: 'the certificate' } },
    },
    { credential_source: { name: 'host-authority' }, secret: { decoded: { public_key: 'ssh-ed25519 AAAA\n' } } },
  ],
};
const AUTHORIZE = 'POST /v1/targets/devenv-alice:authorize-session';

const CLI = bundled('lib/operate/cli.ts');

/** A process that runs as long as this test, as ssh would. */
const SSH = process.pid;

describe('a connection', () => {
  test('has files that nobody else reads, and settings for this one ssh alone', async () => {
    client.remember();
    client.replies[AUTHORIZE] = [200, SESSION];
    await prepare('devenv-alice', SSH, client.connections);
    const folder = join(client.connections, `${SSH}`);
    const read = (name: string) => readFileSync(join(folder, name), 'utf8');
    expect([read('key'), read('key-cert.pub')]).toEqual(['the private key\n', 'the certificate\n']);
    expect(read('known_hosts')).toBe('@cert-authority * ssh-ed25519 AAAA\n');
    for (const name of readdirSync(folder))
      expect([name, statSync(join(folder, name)).mode & 0o777]).toEqual([name, 0o600]);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    const config = readFileSync(`${folder}.conf`, 'utf8');
    expect(config).toContain(`Match exec "exec sh -c '[ $PPID = ${SSH} ]'"`);
    expect(config).toContain('HostKeyAlias devenv-alice.devenv.svc.cluster.local');
    const connection = new Connection(client.connections, SSH);
    expect(connection.prepared()).toEqual({ host: 'devenv-alice.devenv.svc.cluster.local', token: 'opens-it' });
    connection.forget();
    expect(readdirSync(client.connections)).toEqual([]);
  });

  test.each([
    [[403, {}] as const, /^there is no environment devenv-alice that you may enter/],
    [[404, {}] as const, /^there is no environment devenv-alice that you may enter/],
    [[401, {}] as const, /run sandboxctl login$/],
    [
      [500, { message: 'its database is away' }] as const,
      /^Boundary refused a session to devenv-alice: its database is away$/,
    ],
    [
      [400, { message: 'No workers are available to handle this session.' }] as const,
      /^Boundary has no worker at this/,
    ],
    [[200, {}] as const, /^what answers at http:\S+ does not speak as Boundary does: [^\n]*$/],
    [[200, { ...SESSION, endpoint: 'devenv-alice' }] as const, /does not speak as Boundary does/],
    [[200, { ...SESSION, credentials: [] }] as const, /^session s_1 brought no key: deploy the stack boundary/],
  ])('that is answered %j says why when ssh asks for it', async (reply, words) => {
    client.remember();
    client.replies[AUTHORIZE] = reply;
    await prepare('devenv-alice', SSH, client.connections);
    expect(() => new Connection(client.connections, SSH).prepared()).toThrow(words);
  });

  test.each(['', '{"host":"devenv-al', '{}'])('of which only %j could be written says so', async (text) => {
    client.remember();
    await prepare('devenv-alice', SSH, client.connections);
    writeFileSync(join(client.connections, `${SSH}`, 'prepared.json'), text);
    expect(() => new Connection(client.connections, SSH).prepared()).toThrow(/^nothing is prepared .* may be full/);
  });

  test('of an ssh that is gone is removed with the next one', async () => {
    const { pid } = spawnSync('true');
    await prepare('devenv-alice', pid, client.connections);
    expect(existsSync(join(client.connections, `${pid}.conf`))).toBe(true);
    await prepare('devenv-alice', SSH, client.connections);
    expect(readdirSync(client.connections).sort()).toEqual([`${SSH}`, `${SSH}.conf`]);
  });
});

/** What ssh makes of a configuration for a host. */
async function settings(file: string, host: string): Promise<Map<string, string>> {
  const { stdout, stderr } = await promisify(execFile)('ssh', ['-T', '-G', '-F', file, host], { env: process.env });
  expect(stderr).toBe('');
  return new Map(stdout.split('\n').map((line) => [line.split(' ')[0], line.split(' ').slice(1).join(' ')]));
}

describe("ssh's configuration", () => {
  const items = ['devenv-bob', 'devenv-alice'].map((name) => ({
    id: `ttcp_${name}`,
    name,
    address: `${name}.devenv.svc`,
    authorized_actions: ['read', 'authorize-session'],
  }));
  const seen = { id: 'ttcp_3', name: 'devenv-carol', address: 'devenv-carol.devenv.svc', authorized_actions: ['read'] };

  beforeEach(() => {
    client.remember();
    client.replies[TARGETS] = [200, { items: [...items, seen] }];
  });

  test('knows every environment that the person may enter, and none that may only be seen', async () => {
    const { file, names } = await writeSshConfig(['sandboxctl']);
    expect(names).toEqual(['devenv-alice', 'devenv-bob']);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const text = readFileSync(file, 'utf8');
    for (const name of names) expect(text).toContain(`Host ${name}\n`);
    expect(text).toContain(
      `Match originalhost devenv-alice,devenv-bob exec "exec 'sandboxctl' ssh-prepare %n '${client.connections}'"`,
    );
  });

  testWith(['ssh'], 'has each ssh read what was prepared for it', async () => {
    client.replies[AUTHORIZE] = [200, SESSION];
    const { file } = await writeSshConfig([process.execPath, CLI]);
    const [one, another] = await Promise.all(['devenv-alice', 'devenv-alice'].map((host) => settings(file, host)));
    expect(one.get('identityfile')).toMatch(/\/connections\/\d+\/key$/);
    expect(one.get('identityfile')).not.toBe(another.get('identityfile'));
    expect(one.get('hostkeyalias')).toBe('devenv-alice.devenv.svc.cluster.local');
    expect(one.get('user')).toBe('node');
    expect(one.get('proxycommand')).toContain('ssh-proxy');
    // A name that is none of these is looked up as ever.
    expect((await settings(file, 'example')).has('proxycommand')).toBe(false);
  });

  testWith(['ssh'], 'holds in whatever environment ssh is started', async () => {
    client.replies[AUTHORIZE] = [200, SESSION];
    const { file } = await writeSshConfig([process.execPath, CLI]);
    delete process.env.XDG_RUNTIME_DIR;
    const read = await settings(file, 'devenv-alice');
    expect(read.get('identityfile')).toMatch(new RegExp(`^${client.connections}/\\d+/key$`));
    expect(read.get('proxycommand')).toMatch(new RegExp(` ssh-proxy %n '${client.connections}'$`));
  });

  testWith(['ssh'], 'whose folder is gone, and cannot be made, has ssh say what to do', async () => {
    const { file } = await writeSshConfig([process.execPath, CLI]);
    rmSync(join(client.home, 'run'), { recursive: true });
    writeFileSync(join(client.home, 'run'), 'no folder');
    const { status, stderr } = await new Promise<{ status: number | null; stderr: string }>((resolve) => {
      const child = execFile('ssh', ['-F', file, 'devenv-alice'], { env: process.env }, (_error, _stdout, stderr) =>
        resolve({ status: child.exitCode, stderr }),
      );
    });
    const said = stderr.split('\n').filter((line) => line.startsWith('sandboxctl:'));
    expect([status, said]).toEqual([
      255,
      [expect.stringMatching(/^sandboxctl: nothing is prepared .* or write "sandboxctl ssh-config" again, from where/)],
    ]);
  });

  testWith(['ssh'], 'is read where a variable names a folder from wherever one is, which does not count', async () => {
    process.env.XDG_RUNTIME_DIR = 'run';
    client.replies[AUTHORIZE] = [200, SESSION];
    const { file } = await writeSshConfig([process.execPath, CLI]);
    const read = await settings(file, 'devenv-alice');
    expect(read.get('identityfile')).toMatch(new RegExp(`^${client.home}/.cache/sandboxctl/connections/\\d+/key$`));
  });

  testWith(['ssh'], 'is read where folders have spaces in their names', async () => {
    process.env.XDG_RUNTIME_DIR = join(client.home, 'my run');
    const program = join(client.home, 'my programs.js');
    copyFileSync(CLI, program);
    client.replies[AUTHORIZE] = [200, SESSION];
    const { file } = await writeSshConfig([process.execPath, program]);
    const read = await settings(file, 'devenv-alice');
    const prepared = join(client.home, 'my run/sandboxctl/connections');
    expect(read.get('identityfile')).toMatch(new RegExp(`^${prepared}/\\d+/key$`));
    expect(read.get('certificatefile')).toMatch(new RegExp(`^${prepared}/\\d+/key-cert.pub$`));
    expect(read.get('userknownhostsfile')).toMatch(new RegExp(`^${prepared}/\\d+/known_hosts$`));
    expect(read.get('hostkeyalias')).toBe('devenv-alice.devenv.svc.cluster.local');
  });

  test.each(['"', "'", '%', '*', '[', '$', '\\', '\n'])(
    'does not lead to folders with %j in their names',
    async (mark) => {
      const said = JSON.stringify(mark).replace(/[\\$*["']/g, '\\$&');
      await expect(writeSshConfig([`/a${mark}b/sandboxctl`])).rejects.toThrow(
        new RegExp(`cannot name what has ${said} in its path`),
      );
      process.env.XDG_RUNTIME_DIR = join(client.home, `a${mark}b`);
      await expect(writeSshConfig(['sandboxctl'])).rejects.toThrow(/XDG_RUNTIME_DIR at paths without$/);
    },
  );

  test.each([
    ['Include "sandboxctl.conf"', false],
    ['include=~/.ssh/sandboxctl.conf', false],
    ['Include "/home/my own/.ssh/sandboxctl.conf"', false],
    ['Include "my own.conf" sandboxctl.conf # both', false],
    ['Include sandboxctl.conf.old', true],
    ['# Include sandboxctl.conf', true],
    ['Host example\n  Include sandboxctl.conf', true],
  ])('with the line %j is added to: %s', (line, added) => {
    mkdirSync(join(client.home, '.ssh'));
    writeFileSync(join(client.home, '.ssh/config'), `${line}\n`);
    expect(include()).toBe(added);
  });

  test('of the person’s own stays as it is, but for one line', () => {
    const own = '# mine\nHost example\n    User me # yes\n\nHost *\n  ForwardAgent no\n';
    mkdirSync(join(client.home, '.ssh'));
    writeFileSync(join(client.home, '.ssh/config'), own);
    expect([include(), include()]).toEqual([true, false]);
    const text = readFileSync(join(client.home, '.ssh/config'), 'utf8');
    expect(text.startsWith('Include sandboxctl.conf\n')).toBe(true);
    expect(text.endsWith(own)).toBe(true);
  });

  test('may be a link to a file elsewhere, and stays one', () => {
    mkdirSync(join(client.home, '.ssh'));
    writeFileSync(join(client.home, 'dotfile'), 'Host *\n');
    symlinkSync(join(client.home, 'dotfile'), join(client.home, '.ssh/config'));
    include();
    expect(readFileSync(join(client.home, 'dotfile'), 'utf8')).toBe('Include sandboxctl.conf\n\nHost *\n');
  });

  test('that ssh does not read, as HOME is not the home that the system knows, is told of', () => {
    expect(unread('/home/me')).toBe(
      `ssh reads /home/me/.ssh and not ${client.home}/.ssh, whatever HOME says: use "sandboxctl ssh", or ssh -F ${client.home}/.ssh/sandboxctl.conf`,
    );
    expect(unread(`${client.home}/`)).toBeUndefined();
  });

  test('is made where there is none', () => {
    expect(include()).toBe(true);
    expect(readFileSync(join(client.home, '.ssh/config'), 'utf8').trim()).toBe('Include sandboxctl.conf');
  });
});
