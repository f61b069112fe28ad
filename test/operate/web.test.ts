import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { WEB_PORT } from '../../constructs/environments/sshd';
import { writeSshConfig } from '../../lib/operate/client/ssh-config';
import { forwarding, localPort } from '../../lib/operate/client/web';
import { makeProgram } from '../../lib/operate/program';
import { bundled } from '../helpers/bundled';
import { testWith } from '../helpers/programs';
import { TARGETS, TestClient } from '../helpers/test-client';

const client = new TestClient();
const CLI = bundled('lib/operate/cli.ts');

/** A port that somebody has, while `use` runs. */
async function withTaken(use: (port: number) => Promise<unknown>): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await use((server.address() as AddressInfo).port);
  await new Promise((resolve) => server.close(resolve));
}

/** Has the command find a script in ssh's place. */
function asSsh(script: string): NodeJS.ProcessEnv {
  const folder = join(client.home, 'bin');
  mkdirSync(folder);
  writeFileSync(join(folder, 'ssh'), `#!/bin/sh\n${script}`);
  chmodSync(join(folder, 'ssh'), 0o755);
  return { ...process.env, PATH: `${folder}:${process.env.PATH}` };
}

/** The command with that ssh, and what it says until it ends. */
class Web {
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';
  readonly ended: Promise<number | null>;

  constructor(env: NodeJS.ProcessEnv, ...args: string[]) {
    this.child = spawn(process.execPath, [CLI, 'web', ...args, '--no-browser'], { env });
    this.child.stdout?.on('data', (chunk) => {
      this.stdout += chunk;
    });
    this.child.stderr?.on('data', (chunk) => {
      this.stderr += chunk;
    });
    this.ended = new Promise((resolve) => this.child.once('close', resolve));
  }
}

beforeEach(() => {
  client.remember();
  const alice = { id: 'ttcp_1', name: 'devenv-alice', address: 'devenv-alice.devenv.svc' };
  client.replies[TARGETS] = [200, { items: [{ ...alice, authorized_actions: ['authorize-session'] }] }];
});

describe('the port of this machine', () => {
  test('is the same as in the environment where nobody has it', async () => {
    // Below those that the system gives to whoever asks for any, so that none is taken in between.
    const ports = Array.from({ length: 100 }, (_, index) => 20_000 + ((process.pid * 100 + index) % 10_000));
    const had = await Promise.all(ports.map((port) => localPort(undefined, port)));
    expect(had.filter((port, index) => port === ports[index]).length).toBeGreaterThan(50);
  });

  test('is any other where somebody has it', async () => {
    await withTaken(async (port) => {
      const other = await localPort(undefined, port);
      expect([other > 0, other === port]).toEqual([true, false]);
    });
  });

  test('that is asked for is had, or told of', async () => {
    expect(await localPort(0, 8080)).toBeGreaterThan(0);
    await withTaken((port) =>
      expect(localPort(port, 8080)).rejects.toThrow(
        `--local-port ${port} cannot be had on this machine (it is in use): name another, or 0 for any`,
      ),
    );
  });

  test.each([
    [['--port', '0'], 'give a whole number from 1 to 65535'],
    [['--port', '65536'], 'give a whole number from 1 to 65535'],
    [['--port', 'http'], 'give a whole number from 1 to 65535'],
    [['--local-port', ''], 'give a whole number from 0 to 65535'],
  ])('%j is none', async (args, words) => {
    const web = new Web(process.env, 'alice', ...args);
    expect([await web.ended, web.stderr]).toEqual([2, expect.stringContaining(words)]);
  });
});

test('the port of the environment is by default the one that the platform keeps for its web server', () => {
  const web = makeProgram().commands.find((command) => command.name() === 'web');
  expect(web?.opts().port).toBe(WEB_PORT);
});

testWith(['ssh'], 'ssh opens no shell, forwards from the loopback alone, and ends if it cannot', async () => {
  const { file } = await writeSshConfig([process.execPath, CLI]);
  const args = ['-G', '-F', file, 'devenv-alice', ...forwarding(18080, 8080)];
  const { stdout, stderr } = await promisify(execFile)('ssh', args, { env: process.env });
  expect(stderr).toBe('');
  const settings = stdout.split('\n');
  for (const line of [
    'localforward [127.0.0.1]:18080 [localhost]:8080',
    'exitonforwardfailure yes',
    'permitlocalcommand yes',
    'localcommand echo forwarded',
    'user node',
  ])
    expect(settings).toContain(line);
  expect(stdout).toMatch(/^proxycommand .* ssh-proxy %n '/m);
});

describe('sandboxctl web', () => {
  const REFUSED = 'channel 2: open failed: connect failed: Connection refused\\r\\n';

  test('says the address once ssh has forwarded it, and what ssh says, and ends with its status', async () => {
    const script = `printf '%s\\n' "$*" >&2; echo forwarded; echo forwarded; printf 'a warning\\r\\n' >&2; exit 7`;
    const web = new Web(asSsh(script), 'alice', '--port', '3000', '--local-port', '0');
    expect(await web.ended).toBe(7);
    const [, port] =
      /^devenv-alice is here, until you interrupt this: http:\/\/127\.0\.0\.1:(\d+)\n$/.exec(web.stdout) ?? [];
    const config = join(client.home, '.ssh/sandboxctl.conf');
    const args = ['-F', config, 'devenv-alice', ...forwarding(Number(port), 3000)].join(' ');
    expect(web.stderr).toBe(`${args}\na warning\n`);
  });

  test('says no address where ssh gets nowhere, only why', async () => {
    const web = new Web(asSsh(`echo 'sandboxctl: devenv-alice does not answer' >&2; exit 255`), 'devenv-alice');
    const code = await web.ended;
    expect([code, web.stdout, web.stderr]).toEqual([255, '', 'sandboxctl: devenv-alice does not answer\n']);
  });

  test('says once that nothing listens there, and goes on', async () => {
    const script = `echo forwarded; printf '${REFUSED}${REFUSED}' >&2; echo on >&2`;
    const web = new Web(asSsh(script), 'alice', '--local-port', '0');
    expect(await web.ended).toBe(0);
    expect(web.stderr).toBe(
      'sandboxctl: nothing listens at port 8080 of devenv-alice yet: start it, this goes on\non\n',
    );
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('hands %s on, and ends with ssh', async (signal) => {
    const ends = `process.on("${signal}", () => { console.error("ended"); process.exit(255); });`;
    const script = `exec '${process.execPath}' -e '${ends} setInterval(() => {}, 1000); console.log("forwarded")'`;
    const web = new Web(asSsh(script), 'alice', '--local-port', '0');
    await new Promise((resolve) => web.child.stdout?.once('data', resolve));
    web.child.kill(signal);
    expect([await web.ended, web.stderr]).toEqual([255, 'ended\n']);
  });

  test.each([
    ['bob', /^sandboxctl: there is no environment "bob" that you may enter; yours: devenv-alice\n$/],
    ['alice', /^sandboxctl: nobody is logged in here: run sandboxctl login\n$/],
  ])('of %s says what "sandboxctl ssh" says to whoever may not', async (name, words) => {
    if (name === 'alice') client.remember({ token: undefined });
    const web = new Web(asSsh('echo began >&2'), name);
    expect([await web.ended, web.stdout, web.stderr]).toEqual([1, '', expect.stringMatching(words)]);
  });
});
