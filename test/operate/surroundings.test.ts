import { execFile } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { bundled } from '../helpers/bundled';
import { Stand } from '../helpers/stand';

const CLI = bundled('lib/operate/cli.ts');
const TASKS = pathToFileURL(bundled('lib/operate/tasks.ts')).href;
const CONFIG = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', namespace: 'devenv' } };
const MAPS = { '20-vault.k8s.yaml': [CONFIG], '50-environments.k8s.yaml': [CONFIG] };
const KUBECTL = `echo "$*" >> "$STAND/args"
case "$*" in *ignore-not-found*) ;; get*) echo '{"items": []}' ;; esac`;

const stand = (kubectl = KUBECTL) => new Stand(CLI).platform(MAPS).program('kubectl', kubectl);
const UP = ['up', '--by', 'kubectl'];

test('NO_COLOR takes colours away, whoever asks for them', async () => {
  const ESCAPE = '\u001b[';
  expect((await stand().run(UP, { FORCE_COLOR: '1' })).stdout).toContain(ESCAPE);
  const { code, stdout, stderr } = await stand().run(UP, { FORCE_COLOR: '1', NO_COLOR: '1' });
  expect([code, stdout.includes(ESCAPE), stderr.includes(ESCAPE)]).toEqual([0, false, false]);
});

test.each([
  ['false', 1],
  ['0', 1],
  ['no', 1],
  ['true', 3],
  ['', 3],
])('PARALLEL=%s: so many things at once: %i', async (PARALLEL, most) => {
  const code = `const { runTasks } = (await import('${TASKS}')).default;
    let [now, most] = [0, 0];
    const task = async () => {
      most = Math.max(most, ++now);
      await new Promise(setImmediate);
      now--;
    };
    await runTasks(['a', 'b', 'c'].map((title) => ({ title, task })), { json: true });
    console.log(most);`;
  const args = ['--input-type=module', '--eval', code];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: { ...process.env, PARALLEL } });
  expect(Number(stdout)).toBe(most);
});

test('SKIP_VAULT reaches the program that makes the platform', async () => {
  const place = stand();
  place.write('project/cdktf.json', JSON.stringify({ app: 'echo "vault is skipped: $SKIP_VAULT" >&2; exit 1' }));
  expect(await place.run(UP, { SKIP_VAULT: 'true' })).toMatchObject({
    code: 1,
    stderr: 'sandboxctl: vault is skipped: true\n',
  });
});

test('--skip leaves a part as it is', async () => {
  const place = stand();
  expect((await place.run([...UP, '--skip', 'vault'])).code).toBe(0);
  const applied = place
    .read('args')
    .split('\n')
    .filter((line) => line.startsWith('apply'));
  expect(applied).toEqual([expect.stringContaining('50-environments')]);
  expect(applied[0]).not.toContain('20-vault');
});

test('DEBUG shows what is run, and nothing else does', async () => {
  expect((await stand().run(UP, { DEBUG: 'true' })).stderr).toContain('+ kubectl apply --server-side');
  expect((await stand().run(UP, { DEBUG: '0' })).stderr).toBe('');
});

describe('status --watch', () => {
  const set = (ready: number) => ({
    kind: 'StatefulSet',
    metadata: { name: 'devenv', namespace: 'devenv', generation: 1 },
    spec: { replicas: 1, template: { spec: { containers: [] } } },
    status: { observedGeneration: 1, updatedReplicas: 1, readyReplicas: ready },
  });
  const watched = `case "$*" in
'get statefulsets,'*) [ -e "$STAND/away" ] && { echo 'Unable to connect to the server' >&2; exit 1; }; cat "$STAND/live" ;;
get*) echo '{"items": []}' ;;
version*) echo '{"serverVersion": {"gitVersion": "v1.34.1"}}' ;;
config*) exit 1 ;;
esac`;

  test('goes on with what becomes of it, past a cluster that does not answer, until it is interrupted', async () => {
    const place = stand(watched);
    const show = (ready: number) => place.write('live', JSON.stringify({ items: [set(ready)] }));
    show(0);
    const status = place.start(['status', '--watch']);
    await status.until(() => status.stdout.includes('0/1'));
    place.write('away');
    await status.until(() => status.stdout.includes('not just now: the cluster does not answer'));
    show(1);
    place.remove('away');
    await status.until(() => status.stdout.includes('1/1'));
    status.interrupt('terminal');
    expect(await status.ended).toMatchObject({ code: 130, stderr: '' });
  });

  test('of a cluster that never answered ends', async () => {
    const place = stand(watched);
    place.write('away');
    expect(await place.run(['status', '--watch'])).toMatchObject({ code: 1, stdout: '' });
  });
});

describe('stop', () => {
  const users = () => {
    const place = stand();
    place.write('project/platform.yaml', '# ours\nenvironments:\n  users:\n    alice: {}\n    bob: {}\n');
    return place;
  };

  test('has the environment of a user not run, and deploys that', async () => {
    const place = users();
    const { code, stdout } = await place.run(['stop', 'alice', '--by', 'kubectl', '--json']);
    expect([code, JSON.parse(stdout).map(({ title }: { title: string }) => title)]).toEqual([0, ['manifests']]);
    expect(place.read('project/platform.yaml')).toMatch(/^# ours\n.*alice:.*running: false.*bob: \{\}/s);
    expect(place.read('args')).toContain('apply --server-side');
  });

  test('of somebody who is no user changes nothing', async () => {
    const place = users();
    const before = place.read('project/platform.yaml');
    expect(await place.run(['stop', 'alice', 'carol'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/platform\.yaml has no user "carol"; it has alice, bob\n$/),
    });
    expect([place.read('project/platform.yaml'), place.read('args')]).toEqual([before, '']);
  });
});

describe('forward', () => {
  const service = (name: string, clusterIP: string) => ({
    metadata: { name, namespace: 'vault' },
    spec: { clusterIP, ports: [{ port: 8200 }, { port: 8201 }] },
  });
  const services = JSON.stringify({ items: [service('vault-internal', 'None'), service('vault', '10.0.0.1')] });
  const kubectl = `echo "$*" >> "$STAND/args"
case $1 in
get) echo '${services}' ;;
port-forward) [ -e "$STAND/goes-on" ] && { touch "$STAND/begun"; exec tail -f /dev/null; }; exit 3 ;;
esac`;

  test.each([
    [['vault'], 'port-forward --namespace vault service/vault 8200'],
    [['vault', '9000:8201'], 'port-forward --namespace vault service/vault 9000:8201'],
  ])('%j is of a Service and its first port, and ends as kubectl does', async (args, run) => {
    const place = stand(kubectl);
    expect((await place.run(['forward', ...args])).code).toBe(3);
    expect(place.read('args').trim().split('\n').at(-1)).toBe(run);
  });

  test('of what is no Service says which there are', async () =>
    expect(await stand(kubectl).run(['forward', 'nothing'])).toMatchObject({
      code: 1,
      stderr: 'sandboxctl: there is no Service "nothing" of the platform\'s; there are vault\n',
    }));

  test('goes on until it is interrupted', async () => {
    const place = stand(kubectl);
    place.write('goes-on');
    const forward = place.start(['forward', 'vault']);
    await forward.until(() => place.has('begun'));
    forward.interrupt('terminal');
    // Shells tell 130 of either: which one it is depends on who hears of it first, this program or kubectl.
    expect(['SIGINT', 130]).toContain((await forward.ended).code);
  });
});
