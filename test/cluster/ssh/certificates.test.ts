import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { sectionsOf } from '../../docs/commands';
import { type Asked, authorities, certified, SIGNER, sign, VAULT_FILE } from '../support/certificates';
import { eventually } from '../support/eventually';
import { apply, find, hasten, kubectl, nodeAddress } from '../support/kubectl';
import { isFound, makeKey, platform, workFile } from '../support/platform';
import { must, run } from '../support/run';
import { clientOptions, freePort, type SshOptions, ssh, type Tunnel, withTunnel } from '../support/ssh';
import { SshHome } from '../support/ssh-home';
import { logIn } from '../support/vault';

const NAMESPACE = 'devenv';
const KNOWN_HOSTS = 'known_hosts';

/** `vault.ssh.userAuthority` while one authority takes over from another, as docs/SSH.md has it. */
const STEPS = sectionsOf('docs/SSH.md').flatMap(({ title, text }) =>
  title === 'Another authority' ? [...text.matchAll(/^\| \d \| `(.+?)` \|/gm)].map(([, step]) => parse(step)) : [],
);

const on = <T>(environment: string, use: (tunnel: Tunnel) => Promise<T>) => withTunnel(NAMESPACE, environment, use);
const uid = async (pod: string) => (await find('pod', NAMESPACE, pod)).metadata.uid;
const configMap = async (name: string, key: string): Promise<string> =>
  (await find('configmap', NAMESPACE, name))?.data?.[key] ?? '';
const lines = (text: string) => text.split('\n').filter(Boolean);

/** Settings of a client that knows the hosts' authorities and asks nobody. */
const strict = (name: string, knownHosts = KNOWN_HOSTS) => ({
  StrictHostKeyChecking: 'yes',
  UserKnownHostsFile: workFile(knownHosts),
  HostKeyAlias: name,
});

/** Waits for what reaches the first environment by its files. */
const soon = (observe: () => Promise<void>) =>
  eventually(async () => {
    await hasten(NAMESPACE, 'devenv-0');
    await observe();
  }, 150);

let folder: string;
let token: string;
let firstUid: string;

beforeAll(async () => {
  folder = await platform();
  await kubectl(['delete', 'configmap', 'ssh-revoked-keys', '-n', NAMESPACE, '--ignore-not-found']);
  await kubectl(['delete', 'serviceaccount', SIGNER.name, '-n', SIGNER.namespace, '--ignore-not-found']);
  await kubectl(['create', 'serviceaccount', SIGNER.name, '-n', SIGNER.namespace]);
  await authorities({});
  token = await logIn(SIGNER.namespace, SIGNER.name, 'platform-ssh.ci');
  firstUid = await uid('devenv-0');
  await certified(token, 'certified');
  await eventually(async () => expect(lines(await configMap('ssh-host-ca', 'ssh_known_hosts'))).toHaveLength(1), 60);
  writeFileSync(workFile(KNOWN_HOSTS), await configMap('ssh-host-ca', 'ssh_known_hosts'));
  await on('devenv-0', (tunnel) =>
    soon(async () => expect(await ssh(tunnel, 'true', { key: 'certified' })).toMatchObject({ code: 0 })),
  );
}, 480_000);

afterAll(async () => {
  await kubectl(['delete', 'configmap', 'ssh-revoked-keys', '-n', NAMESPACE, '--ignore-not-found']);
  await kubectl(['delete', 'serviceaccount', SIGNER.name, '-n', SIGNER.namespace, '--ignore-not-found']);
  await apply(join(folder, VAULT_FILE), '--force-conflicts');
});

// SECURITY.md: "Clients that trust the hosts' authority know an environment by its certificate."
test('a first connection asks nothing, and another environment in its place is refused', () =>
  on('devenv-0', async (tunnel) => {
    const connect = (name: string) => ssh(tunnel, 'id -un', { key: 'certified', settings: strict(name) });
    for (const name of ['devenv-0.devenv', 'devenv-0.devenv.svc.cluster.local'])
      await soon(async () => expect(await connect(name)).toMatchObject({ code: 0, stdout: 'node\n' }));
    for (const name of ['devenv-1.devenv', 'devenv-0.elsewhere']) {
      const { code, stderr } = await connect(name);
      expect([code, stderr]).toEqual([255, expect.stringContaining('Host key verification failed')]);
    }
  }));

// SECURITY.md: "by certificate: Boundary has Vault issue a new key for each session"
test('a signer has keys signed for its environments, and no more', async () => {
  await makeKey('wanted');
  expect(await sign(token, 'wanted', { more: { ttl: '30m' } })).toMatchObject({ code: 0 });
  const DENIED: readonly (readonly [Asked, string])[] = [
    [{ environment: 'devenv-1' }, 'permission denied'],
    [{ mount: 'ssh-host', environment: 'devenv' }, 'permission denied'],
    [{ more: { valid_principals: 'devenv-1' } }, 'not a valid value for valid_principals'],
    [{ more: { ttl: '2h' } }, 'larger than maximum allowed'],
    [{ more: { cert_type: 'host' } }, 'not allowed by role'],
  ];
  for (const [asked, reason] of DENIED) {
    const { code, stderr } = await sign(token, 'wanted', asked);
    expect([asked, code, stderr]).toEqual([asked, 2, expect.stringContaining(reason)]);
  }
});

const hasVault = isFound('vault');
(hasVault ? test : test.skip)(
  `the lines of docs/SSH.md log in as they stand${hasVault ? '' : ' (skipped: no vault)'}`,
  async () => {
    const home = await SshHome.make();
    const jwt = ['create', 'token', SIGNER.name, '-n', SIGNER.namespace, '--audience', 'vault'];
    writeFileSync(join(home.path, 'token'), (await kubectl(jwt)).trim());
    const external = (await find('service', 'vault', 'vault-external')).spec.ports[0].nodePort;
    const { code, stdout, stderr } = await home.logInAsDocumented({
      'https://vault.example.com': `https://${await nodeAddress()}:${external}`,
      '/var/run/secrets/vault/token': join(home.path, 'token'),
      '2222': String(await freePort()),
    });
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.match(/^node$/gm)).toHaveLength(3);
    const known = lines(readFileSync(join(home.path, '.ssh/known_hosts'), 'utf8'));
    expect(known).toEqual(Array(2).fill(lines(await configMap('ssh-host-ca', 'ssh_known_hosts'))[0]));
  },
);

/** What a login with the certificate gets that Vault gives to who asks for nothing. */
const DENIED: Record<string, { on?: string; options?: SshOptions; prepare?: () => Promise<unknown> }> = {
  'another authority': {
    options: { key: 'foreign' },
    prepare: async () => {
      for (const name of ['foreign', 'foreign-ca']) await makeKey(name);
      const signing = ['-q', '-s', workFile('foreign-ca'), '-I', 'x', '-n', 'devenv-0', workFile('foreign.pub')];
      await must('ssh-keygen', signing);
    },
  },
  "another environment's principal": { on: 'devenv-1', options: { key: 'certified' } },
  'the user root': { options: { key: 'certified', user: 'root' } },
  'a password': {
    options: {
      key: 'certified',
      options: ['-o', 'PubkeyAuthentication=no', '-o', 'PreferredAuthentications=password,keyboard-interactive'],
    },
  },
};

// SECURITY.md: "sshd runs without root, for one user, on port 2222, with keys and certificates only."
test.each(Object.keys(DENIED))('%s is denied', async (name) => {
  const { on: where = 'devenv-0', options, prepare } = DENIED[name];
  await prepare?.();
  const allowed = await on('devenv-0', (tunnel) => ssh(tunnel, 'true', { key: 'certified' }));
  const denied = await on(where, (tunnel) => ssh(tunnel, 'true', options));
  expect([allowed.code, denied.code, denied.stderr]).toEqual([0, 255, expect.stringContaining('Permission denied')]);
});

test('a certificate ends', () =>
  on('devenv-0', async (tunnel) => {
    await certified(token, 'short', { more: { ttl: '4s' } });
    const login = () => ssh(tunnel, 'true', { key: 'short' });
    expect(await login()).toMatchObject({ code: 0 });
    await eventually(async () => expect(await login()).toMatchObject({ code: 255 }), 20);
    expect((await login()).stderr).toContain('Permission denied');
  }));

test('terminal and port forwarding are there by default, and neither without its extension', () =>
  on('devenv-0', async (tunnel) => {
    await certified(token, 'no-pty', { more: { extensions: { 'permit-port-forwarding': '' } } });
    await certified(token, 'no-forwarding', { more: { extensions: { 'permit-pty': '' } } });
    const terminal = (key: string) => ssh(tunnel, 'tty', { key, options: ['-tt'], settings: { LogLevel: 'INFO' } });
    expect(await terminal('certified')).toMatchObject({ code: 0, stdout: expect.stringContaining('/dev/pts/') });
    expect(await terminal('no-pty')).toMatchObject({
      code: 255,
      stderr: expect.stringContaining('PTY allocation request failed'),
    });
    expect(await ssh(tunnel, 'id -un', { key: 'no-pty' })).toMatchObject({ code: 0, stdout: 'node\n' });
    // As VS Code reaches its server, which listens on the environment's loopback.
    const forward = (key: string) =>
      run('ssh', [...clientOptions({ key }), '-W', '127.0.0.1:2222', '-p', String(tunnel.port), 'node@127.0.0.1']);
    expect(await forward('certified')).toMatchObject({ stdout: expect.stringMatching(/^SSH-2\.0-/) });
    expect(await forward('no-forwarding')).toMatchObject({
      stdout: '',
      stderr: expect.stringContaining('forwarding failed'),
    });
  }));

// SECURITY.md: "Revoking works on new connections"
test('a list of revoked keys and a second authority arrive without a restart, and end no session', async () => {
  await certified(token, 'revoked', { more: { ttl: '30m' } });
  await certified(token, 'old', { more: { ttl: '30m' } });
  const login = (key: string) => on('devenv-0', (tunnel) => ssh(tunnel, 'true', { key }));
  expect((await login('revoked')).code).toBe(0);
  await on('devenv-0', async ({ port }) => {
    const command = 'while read -r line; do echo "$line"; done';
    const session = spawn('ssh', [...clientOptions({ key: 'revoked' }), '-p', String(port), 'node@127.0.0.1', command]);
    let echoed = '';
    session.stdout.on('data', (text) => {
      echoed += text;
    });
    await must('ssh-keygen', ['-q', '-k', '-f', workFile('revoked_keys'), workFile('revoked-cert.pub')]);
    const file = `--from-file=revoked_keys=${workFile('revoked_keys')}`;
    await kubectl(['create', 'configmap', 'ssh-revoked-keys', '-n', NAMESPACE, file]);
    await authorities({ userAuthority: STEPS[0], hostAuthority: { alsoTrusted: ['ssh-host-2'] } });
    await certified(token, 'new', { mount: 'ssh-2', more: { ttl: '30m' } });
    await soon(async () => {
      const codes = [(await login('revoked')).code, (await login('new')).code, (await login('old')).code];
      expect(codes).toEqual([255, 0, 0]);
    });
    session.stdin.write('still here\n');
    await eventually(() => expect(echoed).toContain('still here'), 10);
    session.kill();
  });
  expect(await uid('devenv-0')).toBe(firstUid);
}, 480_000);

test('while an authority takes over from another, certificates of both get in', async () => {
  const trusted = async () => lines(await configMap('ssh-user-ca', 'user-ca.pub'));
  const [former, next] = await trusted();
  await authorities({ userAuthority: STEPS[1], hostAuthority: { alsoTrusted: ['ssh-host-2'] } });
  await eventually(async () => expect(await trusted()).toEqual([next, former]), 60);
  await certified(token, 'newer', { mount: 'ssh-2', more: { ttl: '30m' } });
  await on('devenv-0', (tunnel) =>
    soon(async () => {
      const logins = ['old', 'new', 'newer'].map((key) => ssh(tunnel, 'true', { key }));
      expect((await Promise.all(logins)).map(({ code }) => code)).toEqual([0, 0, 0]);
    }),
  );
  expect(await uid('devenv-0')).toBe(firstUid);
}, 240_000);

test('an authority takes over from another, and locks out nobody but the former', async () => {
  const both = await configMap('ssh-host-ca', 'ssh_known_hosts');
  expect(lines(both)).toHaveLength(2);
  writeFileSync(workFile('both'), both);
  writeFileSync(workFile('second'), lines(both)[1]);
  await authorities({
    userAuthority: STEPS[2],
    hostAuthority: { mount: 'ssh-host-2', alsoTrusted: ['ssh-host'] },
  });
  await eventually(async () => expect(lines(await configMap('ssh-user-ca', 'user-ca.pub'))).toHaveLength(1), 60);
  await on('devenv-0', async (tunnel) => {
    const login = (key: string, knownHosts: string) =>
      ssh(tunnel, 'true', { key, settings: strict('devenv-0.devenv', knownHosts) });
    await soon(async () => {
      // Whoever trusts both is never asked, before and after.
      expect(await login('new', 'both')).toMatchObject({ code: 0 });
      expect(await login('old', 'both')).toMatchObject({ code: 255 });
      expect(await login('new', 'second')).toMatchObject({ code: 0 });
    });
  });
  expect(await uid('devenv-0')).toBe(firstUid);
}, 480_000);
