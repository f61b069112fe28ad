import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundled } from '../helpers/bundled';
import { TestClient } from '../helpers/test-client';

const client = new TestClient();
const CLI = bundled('lib/operate/cli.ts');

/** The proxy of this test in the place of ssh, with a script in the place of Boundary's client. */
function proxy(script: string): { child: ChildProcess; ended: Promise<string> } {
  const folder = join(client.connections, `${process.pid}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'prepared.json'), JSON.stringify({ host: 'devenv-alice', token: 'opens-it' }));
  writeFileSync(join(folder, 'key'), 'the private key');
  const bin = join(client.home, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'boundary'), `#!/bin/sh\n${script}`, { mode: 0o755 });
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` };
  const child = spawn(process.execPath, [CLI, 'ssh-proxy', 'devenv-alice', client.connections], { env });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  return { child, ended: new Promise((resolve) => child.once('close', () => resolve(said))) };
}

test.each([
  ['ends before it takes the token', 'exec <&-; exit 3', 'ended with status 3: it does not say why'],
  ['says why it ends', 'cat >/dev/null; echo why >&2; exit 1', 'ended with status 1: why'],
  [
    'takes no connection',
    `exec <&-; echo '{"port":1}'; exec sleep 60`,
    'takes no connection (connect ECONNREFUSED 127.0.0.1:1)',
  ],
])("a client of Boundary's that %s is told of, and no key is left", async (_, script, words) => {
  expect(await proxy(script).ended).toBe(`sandboxctl: Boundary's client ${words}\n`);
  expect(readdirSync(client.connections)).toEqual([]);
});

test('a connection ends with its ssh, whatever the other side does, and leaves no key', async () => {
  // Takes nothing, and so never sees that the other side has ended.
  const holds = `require("net").createServer((socket) => socket.write("SSH-2.0-any"))
    .listen(0, "127.0.0.1", function () { console.log(JSON.stringify({ port: this.address().port })); })`;
  const { child, ended } = proxy(`exec '${process.execPath}' -e '${holds}'`);
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  child.stdin?.end('SSH-2.0-mine');
  expect(await ended).toBe('');
  expect([child.exitCode, readdirSync(client.connections)]).toEqual([0, []]);
});
