import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Hours } from '../../images/bootstrap/src/hours';
import type { Kubectl, KubeObject } from '../../lib/operate/cluster/kubectl';
import { hasHours, hoursText } from '../../lib/operate/cluster/working-hours';
import type { Part } from '../../lib/operate/platform/project';
import { handOver, losers, runNow } from '../../lib/operate/platform/replicas';
import { SettingsFile } from '../../lib/operate/platform/settings-file';
import { statusText } from '../../lib/operate/platform/status-text';

const folder = mkdtempSync(join(tmpdir(), 'schedule-'));
afterAll(() => rmSync(folder, { recursive: true }));

const HOURS: Hours = {
  days: ['mon', 'tue', 'wed', 'thu', 'fri'],
  from: '08:00',
  to: '19:00',
  timeZone: 'Europe/Berlin',
  warningSec: 600,
};

test.each([
  [HOURS.days, 'mon-fri'],
  [['sat', 'mon'], 'mon,sat'],
  [['mon', 'tue', 'thu', 'fri', 'sat'], 'mon,tue,thu-sat'],
])('hours of %j are told in a line', (days, text) =>
  expect(hoursText({ ...HOURS, days })).toBe(`${text} 08:00-19:00 Europe/Berlin`),
);

describe('a file of settings', () => {
  const file = join(folder, 'platform.yaml');
  const changed = async (before: string, settings: Record<string, unknown>, files?: string) => {
    writeFileSync(file, before);
    const given = process.env.PLATFORM_FILE;
    if (files) process.env.PLATFORM_FILE = files;
    try {
      await new SettingsFile(folder).change(settings, async () => {});
    } finally {
      if (given === undefined) delete process.env.PLATFORM_FILE;
      else process.env.PLATFORM_FILE = given;
    }
    return readFileSync(file, 'utf8');
  };
  const SET = 'environments:\n  replicas: 2 # two\n  schedule:\n    from: 08:00\n    to: 19:00\n';

  test('gets what is given alone', async () => {
    expect(await changed(SET, { 'environments.schedule.to': '18:00' })).toBe(SET.replace('19:00', '18:00'));
    expect(await changed('profile: kind\n', { 'environments.schedule.from': '08:00' })).toBe(
      'profile: kind\nenvironments:\n  schedule:\n    from: 08:00\n',
    );
  });

  test('keeps the line ends and the mark that an editor of Windows wrote', async () => {
    const ofWindows = `\uFEFF${`# two\n\n${SET}`.replaceAll('\n', '\r\n')}`;
    const after = await changed(ofWindows, { 'environments.replicas': 3, 'environments.schedule': undefined });
    expect(after).toBe('\uFEFF# two\r\n\r\nenvironments:\r\n  replicas: 3 # two\r\n');
    // What a text of several lines holds is not written twice.
    const lines = 'a: |\r\n  one\r\n  two\r\nb: 1\r\n';
    expect(await changed(lines, { b: 2 })).toBe(lines.replace('1', '2'));
    // The first line says what the ends are.
    expect(await changed('a: 1\nb: 1\r\n', { b: 2 })).toBe('a: 1\nb: 2\n');
  });

  test('is the last one that .env names, and is refused what .env or the environment says otherwise', async () => {
    const dotenv = join(folder, '.env');
    try {
      writeFileSync(dotenv, 'PLATFORM_FILE=other.yaml,platform.yaml\nDEVENV_REPLICAS=2\n');
      expect(new SettingsFile(folder).path).toBe(file);
      await expect(changed(SET, { 'environments.replicas': 3 })).rejects.toThrow(
        /^environments.replicas: DEVENV_REPLICAS=2 in .env, line 2, counts before platform.yaml: .*nothing is changed$/,
      );
      expect(readFileSync(file, 'utf8')).toBe(SET);
      expect(await changed(SET, { 'environments.replicas': 2 })).toBe(SET);
    } finally {
      rmSync(dotenv);
    }
  });

  test.each([
    ['users: {alice: &own {storage: {workspace: 5Gi}}, bob: *own}'],
    ['users: {alice: &own {storage: {workspace: 5Gi}}, bob: {<<: *own}}'],
    ['users: {bob: &own {}, alice: *own}'],
  ])('is refused what would count for others too: %s', async (users) => {
    const text = `environments:\n  ${users}\n`;
    await expect(changed(text, { 'environments.users.alice.running': false })).rejects.toThrow(
      /has what stands at environments.users.alice in other places too \(& and \*\): .* nothing is changed$/,
    );
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  test('takes an anchor that nothing refers to, and what others gave it', async () => {
    const text = 'environments:\n  users:\n    bob: &own { running: true }\n    alice: { <<: *own }\n';
    expect(await changed(text, { 'environments.users.alice.running': false })).toBe(
      text.replace('{ <<: *own }', '{ <<: *own, running: false }'),
    );
    const alone = 'environments:\n  users:\n    alice: &own { running: true }\n';
    expect(await changed(alone, { 'environments.users.alice.running': false })).toBe(alone.replace('true', 'false'));
  });

  test('is as it was where it is no YAML, and that is said', async () => {
    const text = 'environments: {users: {alice: {}\n';
    await expect(changed(text, { 'environments.replicas': 3 })).rejects.toThrow(
      /platform.yaml is no YAML: .*line 2, .*nothing is changed$/,
    );
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  test('loses what is taken back, and says so where another file may give it', async () => {
    const off = { 'environments.schedule': undefined };
    expect(await changed(SET, off)).toBe('environments:\n  replicas: 2 # two\n');
    expect(await changed('profile: kind\n', off)).toBe('profile: kind\n');
    expect(await changed('profile: kind\n', off, 'other.yaml,platform.yaml')).toMatch(/\n {2}schedule: null\n/);
  });
});

const set = (name: string, replicas: number | undefined, kept?: number): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: {
    name,
    namespace: 'devenv',
    labels: { 'app.kubernetes.io/component': 'environment' },
    annotations: kept && {
      'agent-sandbox.dev/working-hours': JSON.stringify(HOURS),
      'agent-sandbox.dev/replicas': String(kept),
    },
  },
  spec: { replicas },
});
/** As a deploy leaves it that was killed when hours had ended. */
const owned = ({ metadata, ...rest }: KubeObject): KubeObject => ({
  ...rest,
  metadata: { ...metadata, managedFields: [{ manager: 'working-hours', operation: 'Apply' }] },
});
const partOf = (...objects: KubeObject[]): Part => ({ name: 'environments', files: [], objects, needsOperator: false });

/** A cluster with sets, and what it is asked to change. */
function cluster(...sets: KubeObject[]) {
  const asked: string[] = [];
  const hours = sets.some(hasHours) ? [{ kind: 'CronJob' }] : [];
  const kubectl = {
    list: async (kinds: string) => (kinds === 'statefulsets' ? sets : hours),
    deleteAll: async (objects: KubeObject[]) => void (objects.length > 0 && asked.push('delete')),
    answer: async (args: string[], { input }: { input?: string } = {}) =>
      void asked.push(input ? `own ${JSON.parse(input).spec.replicas}` : args.slice(0, 4).join(' ')),
  } as unknown as Kubectl;
  return { kubectl, asked };
}

describe('a deploy', () => {
  test.each<[string, KubeObject, KubeObject, string[], boolean]>([
    [
      'keeps several that run when hours are set',
      set('devenv', undefined, 3),
      set('devenv', 3),
      ['own 3', 'applied'],
      true,
    ],
    ['need not care for one alone', set('devenv', undefined, 1), set('devenv', 1), ['applied'], false],
    ['leaves alone what hours have stopped', set('devenv', undefined, 3), set('devenv', 0, 3), ['applied'], false],
    [
      'starts what hours have stopped, once they are gone',
      set('devenv', 3),
      set('devenv', 0, 3),
      ['own 3', 'applied', 'delete', 'own undefined'],
      false,
    ],
    [
      'stops for good what runs by hours',
      set('devenv', 0),
      set('devenv', 1, 1),
      ['own 0', 'applied', 'delete', 'own undefined'],
      false,
    ],
    [
      'ends what one that ended hours was killed before',
      set('devenv', 3),
      owned(set('devenv', 3)),
      ['own 3', 'applied', 'delete', 'own undefined'],
      false,
    ],
    ['is nobody’s business without hours', set('devenv', 3), set('devenv', 1), ['applied'], false],
  ])('%s', async (_, wanted, live, expected, loses) => {
    const { kubectl, asked } = cluster(live);
    const parts = [partOf(wanted)];
    await handOver(kubectl, parts, async () => void asked.push('applied'));
    expect(asked).toEqual(expected);
    expect(await losers(kubectl, parts)).toEqual(loses ? parts : []);
  });

  test('asks nothing where there are no environments', async () => {
    const kubectl = {} as Kubectl;
    await handOver(kubectl, [partOf()], async () => {});
    expect(await losers(kubectl, [partOf()])).toEqual([]);
  });
});

test('who works late has what is asked for, and nothing that is left to the file', async () => {
  const manifests = [set('devenv-alice', undefined, 1), set('devenv-bob', undefined, 1), set('devenv-carol', 0)];
  const live = [set('devenv-alice', 0, 1), set('devenv-bob', 0, 1), set('devenv-carol', 0)];
  const { kubectl, asked } = cluster(...live);
  await runNow(kubectl, manifests, ['devenv-alice', 'devenv-carol']);
  expect(asked).toEqual(['scale statefulset devenv-alice --replicas=1']);
  asked.length = 0;
  await runNow(kubectl, manifests, []);
  expect(asked).toEqual(['scale statefulset devenv-alice --replicas=1', 'scale statefulset devenv-bob --replicas=1']);
});

test('a status tells what is stopped by hours, and what soon will be', () => {
  const text = statusText(
    {
      parts: [],
      environments: [
        { name: 'devenv-alice', namespace: 'devenv', state: 'stopped', hours: hoursText(HOURS) },
        { name: 'devenv-bob-0', namespace: 'devenv', state: 'running', stopsAt: '2026-11-26T18:00:00Z' },
        { name: 'devenv-carol', namespace: 'devenv', state: 'stopped' },
      ],
      versions: { kubernetes: 'v1.34.1', sandboxctl: '0.1.0' },
      certificates: [],
      hostCertificates: [],
      tokens: [],
      leases: [],
      warnings: [],
    },
    Date.parse('2026-11-26T17:52:00Z'),
  );
  expect(text.split('\n').slice(1)).toEqual([
    'Environments: 1 running, 2 stopped',
    '--  devenv-alice  stopped  by its working hours, mon-fri 08:00-19:00 Europe/Berlin',
    'ok  devenv-bob-0  running  stops in 8 minutes',
    '--  devenv-carol  stopped',
    '',
    'Kubernetes v1.34.1, sandboxctl 0.1.0',
  ]);
});
