import { readFileSync } from 'node:fs';
import { eventually } from '../support/eventually';
import { find, hasten, isReady, type KubeObject, kubectl, list } from '../support/kubectl';
import { KEY, noPlatform, workFile } from '../support/platform';
import { run } from '../support/run';
import { withTunnel } from '../support/ssh';
import { makeProject, missing, sandboxctl } from '../support/stacks';
import { Terminal } from '../support/terminal';
import { triedUnless } from '../support/tried';

const why = missing();
const tried = triedUnless(why);

const BOOTSTRAP = 'platform-bootstrap';
const MINUTE_MS = 60_000;
const ok = { code: 0 };

/** The time of day in so many minutes, in UTC. */
const inMinutes = (minutes: number) => new Date(Date.now() + minutes * MINUTE_MS).toISOString().slice(11, 16);
const hours = (from: number, to: number, by = 'terraform') =>
  sandboxctl(['schedule', '--days', 'mon-sun', '--from', inMinutes(from), '--to', inMinutes(to), '--by', by]);
const stopped = (...left: string[]) =>
  eventually(async () => expect((await environments()).map(({ metadata }) => metadata.name)).toEqual(left), 60);

/** Has the clock strike. */
async function strike(moment: 'start' | 'warn' | 'stop'): Promise<void> {
  const job = `${moment}-${Date.now()}`;
  await kubectl(['create', 'job', job, `--from=cronjob/working-hours-${moment}`, '-n', BOOTSTRAP]);
  await kubectl(['wait', '--for=condition=Complete', `job/${job}`, '-n', BOOTSTRAP, '--timeout=60s']);
}

const environments = () => list('pods', 'devenv', '-l', 'app.kubernetes.io/component=environment');
const idsOf = (pods: KubeObject[]) => pods.map(({ metadata }) => [metadata.name, metadata.uid]);
const running = async () =>
  (await environments())
    .filter((pod) => isReady(pod) && !pod.metadata.deletionTimestamp)
    .map((pod) => pod.metadata.name);

const platform = (own: object) => ({
  ...Object.fromEntries(['vault', 'boundary', 'keycloak'].map((part) => [part, { enabled: false }])),
  secrets: { delivery: 'none' },
  environments: { sshKeys: [readFileSync(workFile(`${KEY}.pub`), 'utf8').trim()], ...own },
});

beforeAll(async () => {
  if (why) return;
  await noPlatform();
  await makeProject(platform({ users: { alice: {}, bob: { schedule: false } } }));
  expect(await sandboxctl(['up'])).toMatchObject(ok);
}, 600_000);

afterAll(async () => {
  if (!why) await sandboxctl(['down', '--delete-workspaces', '--yes']);
}, 600_000);

describe('working hours', () => {
  tried(
    'stop nobody when they are set during them',
    async () => {
      const before = idsOf(await environments());
      const { code, stdout } = await hours(-180, 30);
      expect({ code, stdout }).toEqual({
        code: 0,
        stdout: expect.stringMatching(
          /mon-sun [\d:]+-[\d:]+ Etc\/UTC, with a warning 10 .*: devenv-alice$\n.*: devenv-bob$/m,
        ),
      });
      expect(idsOf(await environments())).toEqual(before);
    },
    120_000,
  );

  tried(
    'warn who is at a terminal before their end, and nobody else',
    async () => {
      await withTunnel('devenv', 'devenv-alice', async (tunnel) => {
        const notice = /This environment stops at [\d:]+ \(Etc\/UTC\): save your work/;
        const open = Terminal.at(tunnel);
        await open.type('true');
        await strike('warn');
        await hasten('devenv', 'devenv-alice-0', 'devenv-bob-0');
        await open.shows(notice, 100);
        const later = Terminal.at(tunnel);
        await later.shows(notice, 20);
        for (const terminal of [open, later]) terminal.close();
      });
      const text = (await sandboxctl(['status'])).stdout;
      expect(text).toMatch(/devenv-alice-0 .*stops in/);
      expect(text).not.toMatch(/devenv-bob-0 .*stops in/);
    },
    180_000,
  );

  tried(
    'stop nobody within them, however late the clock is',
    async () => {
      await strike('stop');
      expect(await running()).toEqual(['devenv-alice-0', 'devenv-bob-0']);
    },
    120_000,
  );

  tried(
    'stop environments at their end, but for those that are left out, and keep the volumes',
    async () => {
      expect(await hours(60, 180)).toMatchObject(ok);
      await strike('stop');
      await stopped('devenv-bob-0');
      expect(await find('persistentvolumeclaim', 'devenv', 'workspace-devenv-alice-0')).toMatchObject({
        status: { phase: 'Bound' },
      });
    },
    180_000,
  );

  tried(
    'are heeded by another deploy, and are no fault to any command',
    async () => {
      expect(await sandboxctl(['up'])).toMatchObject(ok);
      expect(await running()).toEqual(['devenv-bob-0']);
      expect(await sandboxctl(['status'])).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/devenv-alice +stopped +by its working hours, mon-sun/),
      });
    },
    180_000,
  );

  tried(
    'do not keep anybody from working late',
    async () => {
      expect(await sandboxctl(['start', 'alice'])).toMatchObject(ok);
      expect(await running()).toEqual(['devenv-alice-0', 'devenv-bob-0']);
    },
    180_000,
  );

  tried(
    'start what they stopped',
    async () => {
      await strike('stop');
      expect(await hours(-60, 60)).toMatchObject(ok);
      expect(await running()).toEqual(['devenv-alice-0', 'devenv-bob-0']);
    },
    180_000,
  );

  tried.each([
    ['patch', 'statefulsets/devenv-alice', '--subresource=scale', 'yes'],
    ['patch', 'statefulsets/devenv-bob', '--subresource=scale', 'no'],
    ['patch', 'statefulsets/devenv-alice', '', 'no'],
    ['patch', 'configmaps/devenv-alice-notice', '', 'yes'],
    ['patch', 'configmaps/devenv-alice-access', '', 'no'],
    ['patch', 'pods/devenv-alice-0', '', 'no'],
    ['delete', 'pods/devenv-alice-0', '', 'no'],
    ['create', 'pods/devenv-alice-0', '--subresource=exec', 'no'],
    ['get', 'secrets', '', 'no'],
  ])('have a program that may %s %s %s: %s', async (verb, what, more, expected) => {
    const account = `--as=system:serviceaccount:${BOOTSTRAP}:working-hours`;
    const { stdout } = await run('kubectl', [
      'auth',
      'can-i',
      verb,
      what,
      ...(more ? [more] : []),
      account,
      '-n',
      'devenv',
    ]);
    expect(stdout.trim()).toBe(expected);
  });
});

describe('several equal environments', () => {
  tried.each(['terraform', 'kubectl'])(
    'go on when hours are set, by %s',
    async (by) => {
      // What Terraform leaves is Terraform's.
      expect(await sandboxctl(['down', '--delete-workspaces', '--yes'])).toMatchObject(ok);
      await makeProject(platform({ replicas: 2 }));
      expect(await sandboxctl(['up', '--by', by])).toMatchObject(ok);
      const before = idsOf(await environments());
      expect(before).toHaveLength(2);
      expect(await hours(-60, 60, by)).toMatchObject(ok);
      expect(idsOf(await environments())).toEqual(before);
      expect(await sandboxctl(['schedule', '--off', '--by', by])).toMatchObject(ok);
      expect(idsOf(await environments())).toEqual(before);
      expect(await list('cronjobs', BOOTSTRAP, '-l', 'app.kubernetes.io/instance=working-hours')).toEqual([]);
    },
    300_000,
  );

  tried(
    'are stopped and started by kubectl alone',
    async () => {
      const by = ['--by', 'kubectl'];
      expect(await hours(60, 180, 'kubectl')).toMatchObject(ok);
      await strike('stop');
      await stopped();
      expect(await sandboxctl(['up', ...by])).toMatchObject(ok);
      expect(await environments()).toEqual([]);
      expect(await sandboxctl(['scale', '2', ...by])).toMatchObject(ok);
      expect(await running()).toEqual(['devenv-0', 'devenv-1']);
      await strike('stop');
      await stopped();
      expect(await sandboxctl(['schedule', '--off', ...by])).toMatchObject(ok);
      expect(await running()).toEqual(['devenv-0', 'devenv-1']);
      expect((await sandboxctl(['schedule'])).stdout).toMatch(/^no working hours/);
    },
    300_000,
  );
});
