import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { type Access, access, endAccess, NAME, PASSWORD } from '../support/access';
import { hasChromium, inChromium } from '../support/chromium';
import { eventually } from '../support/eventually';
import { kubectl } from '../support/kubectl';
import { byForms, type Person } from '../support/person';
import { KEY, workFile } from '../support/platform';
import { Processes } from '../support/processes';
import { RemoteServer } from '../support/remote-server';
import { must, run } from '../support/run';
import { missing } from '../support/stacks';
import { Terminal } from '../support/terminal';
import { triedUnless } from '../support/tried';
import { Web } from '../support/web';

const why = missing();
const tried = triedUnless(why);

const inWhat = hasChromium
  ? ', in Chromium, after a wrong password'
  : ' (skipped: Chromium; by the forms of its pages)';

let platform: Access;
let alice: Person;
let mallory: Person;

/** A web server of an environment's own, where only who is inside reaches it. */
const SERVER = `require("http").createServer((q, s) => s.end("web of " + require("os").hostname())).listen(8080, "127.0.0.1")`;

/** Serial numbers of the certificates that sshd let in, from its log. */
async function serials(): Promise<string[]> {
  const log = await kubectl(['logs', '-n', 'devenv', NAME, '--since=10m']);
  return [...log.matchAll(/Accepted publickey .*-CERT .*\(serial (\d+)\)/g)].map(([, serial]) => serial);
}

beforeAll(async () => {
  if (why) return;
  platform = await access();
  ({ alice, mallory } = platform.people);
}, 900_000);

afterAll(endAccess);

tried('without a login there is one clear line', async () => {
  const { code, stderr } = await alice.sandboxctl('environments');
  expect([code, stderr.trim()]).toEqual([1, 'sandboxctl: nobody is logged in here: run sandboxctl login']);
});

// SECURITY.md: "a person with a grant in Boundary | Can: open SSH sessions"
tried(`a person logs in once${inWhat}, after a wrong password, and sees the environments of the grant`, async () => {
  const { boundary, keycloak } = platform.addresses;
  const go = hasChromium ? inChromium([keycloak, boundary], 'wrong') : byForms;
  await alice.logIn(boundary, PASSWORD, go);
  expect(statSync(alice.loginFile).mode & 0o777).toBe(0o600);
  const { stdout } = await alice.sandboxctl('environments');
  expect(stdout.trim().split('\n')).toEqual([NAME]);
});

// SECURITY.md: "a person with a grant in Boundary | Can: open SSH sessions"
tried('runs commands there, with the status of the command', async () => {
  const { stdout, stderr, code } = await alice.sandboxctl('ssh', '0', '--', 'echo', '$HOSTNAME');
  expect({ code, stdout: stdout.trim(), stderr }).toEqual({ code: 0, stdout: NAME, stderr: '' });
  expect((await alice.sandboxctl('ssh', NAME, 'exit 7')).code).toBe(7);
});

tried('ssh, sftp and forwarded ports work by the name alone, and leave no key behind', async () => {
  expect((await alice.sandboxctl('ssh-config')).stdout).toContain(NAME);
  expect(readFileSync(alice.sshConfig, 'utf8')).toContain(`Host ${NAME}`);
  expect(await alice.ssh(NAME, 'true')).toMatchObject({ code: 0, stderr: '' });
  const put = await run('sftp', ['-F', alice.sshConfig, '-b', '-', NAME], {
    env: alice.env,
    input: `put ${workFile('ca.crt')} /workspace/copied\n`,
  });
  expect(put.code).toBe(0);
  expect((await alice.ssh(NAME, 'cat /workspace/copied')).stdout).toBe(readFileSync(workFile('ca.crt'), 'utf8'));
  const forwarded = await alice.ssh('-W', '127.0.0.1:2222', NAME);
  expect(forwarded.stdout).toMatch(/^SSH-2\.0-/);
  await eventually(() => expect(readdirSync(alice.connections)).toEqual([]), 10);
});

tried('git and rsync work by the name, and an agent of one’s own is handed on where that is permitted', async () => {
  const env = { ...alice.env, GIT_SSH_COMMAND: `ssh -F ${alice.sshConfig}` };
  const made =
    'git init -q /workspace/repo && cd /workspace/repo && git -c user.name=a -c user.email=a@b commit -q --allow-empty -m first';
  expect(await alice.ssh(NAME, made)).toMatchObject({ code: 0 });
  await must('git', ['clone', '-q', `${NAME}:/workspace/repo`, workFile('repo')], { env });
  expect(await must('git', ['-C', workFile('repo'), 'log', '--format=%s'])).toBe('first\n');
  await must('rsync', ['-a', '-e', env.GIT_SSH_COMMAND, workFile('repo/'), `${NAME}:/workspace/synced`], { env });
  expect((await alice.ssh(NAME, 'git -C /workspace/synced log --format=%s')).stdout).toBe('first\n');
  const [key] = readFileSync(workFile(`${KEY}.pub`), 'utf8')
    .split(' ')
    .slice(1);
  const listed = () =>
    must(
      'ssh-agent',
      [
        'sh',
        '-c',
        'ssh-add -q "$1" && exec ssh -F "$2" -A "$3" ssh-add -L',
        'sh',
        workFile(KEY),
        alice.sshConfig,
        NAME,
      ],
      { env },
    );
  expect(await listed()).toContain(key);
});

// SECURITY.md: "by certificate: Boundary has Vault issue a new key for each session"
tried('ten at once each have a key and certificate of their own', async () => {
  const before = await serials();
  const outcomes = await Promise.all(Array.from({ length: 10 }, (_, index) => alice.ssh(NAME, `echo ${index}`)));
  expect(outcomes.map(({ stdout }) => stdout.trim())).toEqual(Array.from({ length: 10 }, (_, index) => `${index}`));
  await eventually(async () => expect(new Set((await serials()).slice(before.length)).size).toBe(10), 20);
});

tried('an open session is listed', async () => {
  const child = alice.start('ssh', NAME, 'sleep 60');
  try {
    await eventually(async () => {
      const sessions = JSON.parse((await alice.sandboxctl('sessions', '--json')).stdout);
      expect(sessions).toContainEqual(
        expect.objectContaining({ user: expect.any(String), target: NAME, status: 'active' }),
      );
    }, 60);
  } finally {
    child.kill();
  }
});

tried('no list of processes and no shell’s history shows a key or a token', async () => {
  const { token } = JSON.parse(readFileSync(alice.loginFile, 'utf8'));
  const control = `typed-${Date.now()}`;
  const watch = new Processes();
  const terminal = Terminal.of(alice, NAME);
  await terminal.type(`true ${control}`);
  const history = await terminal.type('echo "$HISTFILE"');
  const { stdout: typed } = await alice.ssh(NAME, `cat '${history}'`);
  terminal.close();
  for (const [seen, shown] of [
    [watch.end().join('\n'), 'ssh-proxy'],
    [typed, control],
  ]) {
    expect(seen).toContain(shown);
    expect(seen).not.toContain(token);
    expect(seen).not.toMatch(/PRIVATE KEY|hvs\.|at_[A-Za-z0-9]{8}/);
  }
});

tried('VS Code Remote’s way: a server on loopback, found again after the connection dropped', async () => {
  const first = await RemoteServer.connect(alice, NAME);
  const server = await first.answer();
  expect(server).toMatch(/^server \d+$/);
  first.drop();
  const second = await RemoteServer.connect(alice, NAME);
  expect(await second.answer()).toBe(server);
  second.drop();
});

// SECURITY.md: "The network lets nothing but that proxy reach the port"
tried(
  'a web server in it is read at an address of this machine, and one that does not listen yet is told of',
  async () => {
    const web = await Web.of(alice, '0');
    try {
      expect((await web.read()).code).not.toBe(0);
      await eventually(() => expect(web.words).toContain(`nothing listens at port 8080 of ${NAME} yet`), 20);
      const start = `nohup node -e '${SERVER}' >/dev/null 2>&1 </dev/null & echo $! >/tmp/web.pid`;
      expect(await alice.sandboxctl('ssh', NAME, '--', start)).toMatchObject({ code: 0 });
      await eventually(async () => expect((await web.read()).stdout).toBe(`web of ${NAME}`), 30);
    } finally {
      expect(await web.interrupt()).toBe(255);
      await alice.sandboxctl('ssh', NAME, '--', 'kill "$(cat /tmp/web.pid)"');
    }
    await eventually(() => expect(readdirSync(alice.connections)).toEqual([]), 10);
  },
);

// SECURITY.md: "a person who logs in to Vault | Can: read and write the folder"
// SECURITY.md: "a person who logs in to Vault | Cannot: anything else"
tried('Vault takes the same login, for the folder of one’s own', async () => {
  const { vault } = platform.addresses;
  const env = { ...alice.env, VAULT_ADDR: vault, VAULT_CACERT: workFile('ca.crt') };
  const login = spawn('vault', ['login', '-method=oidc', '-no-print', 'skip_browser=true'], {
    env: { ...process.env, ...env },
  });
  const ended = new Promise((resolve) => login.once('exit', resolve));
  let said = '';
  for (const stream of [login.stdout, login.stderr])
    stream.on('data', (data) => {
      said += data;
    });
  const url = await eventually(() => {
    const found = /https:\S+/.exec(said)?.[0];
    if (!found) throw new Error(`no address: ${said}`);
    return found;
  }, 60);
  await byForms(url, alice.name, PASSWORD);
  expect(await ended).toBe(0);
  const kv = (...args: string[]) => run('vault', ['kv', ...args], { env });
  expect(await kv('put', 'secret/people/alice/notes', 'note=mine')).toMatchObject({ code: 0 });
  expect((await kv('get', '-field=note', 'secret/people/alice/notes')).stdout.trim()).toBe('mine');
  for (const path of ['secret/people/mallory/notes', 'secret/devenv/credentials'])
    expect((await kv('get', path)).stderr).toContain('permission denied');
});

tried(`five wrong passwords lock a name out${inWhat}, the right one then too, and nobody else`, async () => {
  const { boundary, keycloak } = platform.addresses;
  const wrong = ['1', '2', '3', '4', '5'];
  const go = hasChromium ? inChromium([keycloak, boundary], ...wrong) : byForms;
  if (!hasChromium) for (const one of wrong) await expect(mallory.logIn(boundary, one)).rejects.toThrow();
  await expect(mallory.logIn(boundary, PASSWORD, go)).rejects.toThrow(/Invalid username or password/);
  await alice.logIn(boundary, PASSWORD);
  await platform.keycloak.call('DELETE', 'attack-detection/brute-force/users');
});

tried('who has no grant sees nothing, and gets in nowhere', async () => {
  await mallory.logIn(platform.addresses.boundary, PASSWORD);
  expect((await mallory.sandboxctl('environments')).stdout.trim()).toBe('');
  for (const command of ['ssh', 'web'])
    expect(await mallory.sandboxctl(command, NAME)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`there is no environment "${NAME}" that you may enter; yours: none`),
    });
  // Not by ssh either, with a configuration of one who may.
  await mallory.sandboxctl('ssh-config');
  const others = readFileSync(alice.sshConfig, 'utf8').replaceAll(alice.connections, mallory.connections);
  writeFileSync(mallory.sshConfig, others);
  const { code, stderr } = await mallory.ssh(NAME, 'true');
  expect([code, stderr.split('\n').filter((line) => line.startsWith('sandboxctl'))]).toEqual([
    255,
    [
      `sandboxctl: there is no environment ${NAME} that you may enter: "sandboxctl environments" lists yours; grants stand in platform.yaml, in environments.users and environments.access`,
    ],
  ]);
});
