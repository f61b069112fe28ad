import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { eventually } from '../support/eventually';
import { find, isReady, kubectl, list } from '../support/kubectl';
import { makeKey, platform, workFile } from '../support/platform';
import { run } from '../support/run';
import { clientOptions, freePort, hostKey, inEnvironment, type SshOptions, ssh, withTunnel } from '../support/ssh';

const NAMESPACE = 'devenv';
const SECRET = 'devenv-secrets';
const onFirst = <T>(use: Parameters<typeof withTunnel<T>>[2]) => withTunnel(NAMESPACE, 'devenv-0', use);
const pod = (name: string) => find('pod', NAMESPACE, name);
let firstUid: string;

async function ready(name: string): Promise<void> {
  await eventually(async () => {
    const found = await pod(name);
    if (!found || found.metadata.deletionTimestamp || !isReady(found)) throw new Error(JSON.stringify(found?.status));
  }, 120);
}

beforeAll(async () => {
  await kubectl(['delete', 'secret', SECRET, '-n', NAMESPACE, '--ignore-not-found']);
  await platform();
  await makeKey('another-key');
  firstUid = (await pod('devenv-0')).metadata.uid;
  // A running environment may have got this run's key only now, with its next look at the ConfigMap.
  await eventually(() => inEnvironment(NAMESPACE, 'devenv-0', 'true'), 150);
  await eventually(() => inEnvironment(NAMESPACE, 'devenv-1', 'true'), 150);
});

afterAll(() => kubectl(['delete', 'secret', SECRET, '-n', NAMESPACE, '--ignore-not-found']));

test('a missing optional Secret holds no environment back; it is made now, and awaited below', async () => {
  expect(await find('secret', NAMESPACE, SECRET)).toBeUndefined();
  expect(isReady(await pod('devenv-0'))).toBe(true);
  await kubectl(['create', 'secret', 'generic', SECRET, '-n', NAMESPACE, '--from-literal=greeting=hello']);
});

test('a command runs as the user node, whatever the number', () =>
  onFirst(async (tunnel) => {
    const { stdout } = await ssh(
      tunnel,
      'id -un; id -u; id -g; echo "$HOME $CLAUDE_CONFIG_DIR $DEVENV_SECRETS"; node --version',
    );
    expect(stdout).toMatch(/^node\n1234567\n0\n\/home\/node \/home\/node\/.claude \/run\/secrets\/devenv\nv\d+/);
  }));

test('a file goes in and out by sftp', () =>
  onFirst(async ({ port }) => {
    const text = `${Math.random()}\n`;
    writeFileSync(workFile('sent'), text);
    const batch = `put ${workFile('sent')} /workspace/sftp\nget /workspace/sftp ${workFile('received')}\n`;
    const sftp = await run('sftp', [...clientOptions(), '-P', String(port), '-b', '-', 'node@127.0.0.1'], {
      input: batch,
    });
    expect(sftp).toMatchObject({ code: 0 });
    expect(readFileSync(workFile('received'), 'utf8')).toBe(text);
  }));

test('a forwarded port reaches what listens in the environment', () =>
  onFirst(async ({ port }) => {
    const local = await freePort();
    const server = `node -e 'require("http").createServer((_, answer) => answer.end("from inside")).listen(8080, "127.0.0.1")'`;
    const forward = ['-L', `${local}:127.0.0.1:8080`, '-tt'];
    const child = spawn('ssh', [...clientOptions(), '-p', String(port), ...forward, 'node@127.0.0.1', server], {
      stdio: 'ignore',
    });
    try {
      const answer = await eventually(async () => (await fetch(`http://127.0.0.1:${local}`)).text(), 20);
      expect(answer).toBe('from inside');
    } finally {
      child.kill();
    }
  }));

const DENIED: Record<string, SshOptions> = {
  'another key': { key: 'another-key' },
  'the user root': { user: 'root' },
  'a password': {
    options: ['-o', 'PubkeyAuthentication=no', '-o', 'PreferredAuthentications=password,keyboard-interactive'],
  },
};

// SECURITY.md: "sshd runs without root, for one user, on port 2222, with keys and certificates only."
// SECURITY.md: "by key, listed in sshKeys: whoever holds one gets in"
test.each(Object.keys(DENIED))('%s is denied, and no method but keys is offered', (name) =>
  onFirst(async (tunnel) => {
    expect((await ssh(tunnel, 'true')).code).toBe(0);
    const { code, stderr } = await ssh(tunnel, 'true', DENIED[name]);
    expect(code).toBe(255);
    expect(stderr).toContain('Permission denied (publickey).');
  }),
);

// SECURITY.md: "an environment's SSH host key | Where it stands:"
test('a deleted pod comes back with its host key and its files', async () => {
  const before = await pod('devenv-1');
  const key = await withTunnel(NAMESPACE, 'devenv-1', hostKey);
  await inEnvironment(NAMESPACE, 'devenv-1', 'echo kept > /workspace/kept; echo kept > ~/.claude/kept');
  await kubectl(['delete', 'pod', 'devenv-1', '-n', NAMESPACE]);
  await ready('devenv-1');
  expect((await pod('devenv-1')).metadata.uid).not.toBe(before.metadata.uid);
  expect(await withTunnel(NAMESPACE, 'devenv-1', hostKey)).toBe(key);
  expect(await withTunnel(NAMESPACE, 'devenv-0', hostKey)).not.toBe(key);
  expect(await inEnvironment(NAMESPACE, 'devenv-1', 'cat /workspace/kept ~/.claude/kept')).toBe('kept\nkept');
});

test('claims and files survive scaling down and up', async () => {
  const claims = async () =>
    (await list('persistentvolumeclaims', NAMESPACE)).map(({ metadata }) => `${metadata.name} ${metadata.uid}`).sort();
  const before = await claims();
  await inEnvironment(NAMESPACE, 'devenv-1', 'echo scaled > /workspace/scaled');
  const scale = (replicas: number) =>
    kubectl(['scale', 'statefulset/devenv', '-n', NAMESPACE, `--replicas=${replicas}`]);
  await scale(1);
  await eventually(async () => expect(await pod('devenv-1')).toBeUndefined(), 90);
  expect(await claims()).toEqual(before);
  await scale(2);
  await ready('devenv-1');
  expect(await claims()).toEqual(before);
  expect(before).toHaveLength(6);
  expect(await inEnvironment(NAMESPACE, 'devenv-1', 'cat /workspace/scaled')).toBe('scaled');
});

test('a Secret made later is seen by a running environment, without a restart', async () => {
  const read = () => inEnvironment(NAMESPACE, 'devenv-0', 'cat "$DEVENV_SECRETS/greeting"');
  expect(await eventually(read, 150)).toBe('hello');
  expect((await pod('devenv-0')).metadata.uid).toBe(firstUid);
});
