import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bootstrapOf, find, type KubeObject, ofKind } from '../helpers/objects';
import { describeWith } from '../helpers/programs';
import { synth } from '../helpers/synth';

const ALONE = { SKIP_VAULT: 'true', SKIP_BOUNDARY: 'true', SKIP_KEYCLOAK: 'true', SKIP_VSO: 'true' };
const platform = (environments: string) => synth(`profile: kind\nenvironments: {${environments}}`, ALONE).objects;
const HOURS = 'schedule: {from: 08:00, to: 19:00, timeZone: Europe/Berlin, warning: 90m}';
const USERS = 'users: {alice: {}, bob: {schedule: false}, carol: {running: false}}';
const objects = platform(`${HOURS}, ${USERS}`);
const set = (user: string) => find(objects, 'StatefulSet', `devenv-${user}`);

const crons = (all: readonly KubeObject[]) =>
  ofKind(all, 'CronJob').map(({ metadata, spec }) => [metadata.name, spec.schedule, spec.timeZone]);
const cronsOf = (schedule: string) => crons(platform(`schedule: {${schedule}}`)).map(([, cron]) => cron);

test('there are none by default', () => {
  const without = platform('replicas: 2');
  expect(crons(without)).toEqual([]);
  expect(find(without, 'StatefulSet', 'devenv')).toMatchObject({ spec: { replicas: 2 } });
  expect(ofKind(without, 'Namespace').map(({ metadata }) => metadata.name)).toEqual(['devenv']);
});

test('are CronJobs in the time zone, of which each says what time it is; the ends of every day count', () => {
  expect(crons(objects)).toEqual([
    ['working-hours-start', '0 8 * * 1,2,3,4,5', 'Europe/Berlin'],
    ['working-hours-warn', '30 17 * * *', 'Europe/Berlin'],
    ['working-hours-stop', '0 19 * * *', 'Europe/Berlin'],
  ]);
  for (const { metadata, spec } of ofKind(objects, 'CronJob'))
    expect(metadata.name).toBe(`working-hours-${spec.jobTemplate.spec.template.spec.containers[0].command.at(-1)}`);
  const [job] = ofKind(objects, 'Job');
  expect(job.spec.template.spec.containers[0].command.at(-1)).toBe('/etc/bootstrap/config.json');
});

test.each([
  ['from: 22:00, to: 06:05', ['0 22 * * 1,2,3,4,5', '55 5 * * *', '5 6 * * *']],
  ['from: 12:00, to: 00:05, days: [sun, sat]', ['0 12 * * 0,6', '55 23 * * *', '5 0 * * *']],
])('of %s begin and end so', (schedule, expected) => expect(cronsOf(schedule)).toEqual(expected));

test('leave the number of environments to their program, which knows it', () => {
  expect(set('alice').spec).not.toHaveProperty('replicas');
  expect(set('alice').metadata.annotations?.['agent-sandbox.dev/replicas']).toBe('1');
  expect(JSON.parse(set('alice').metadata.annotations?.['agent-sandbox.dev/working-hours'] ?? '')).toEqual({
    days: ['mon', 'tue', 'wed', 'thu', 'fri'],
    from: '08:00',
    to: '19:00',
    timeZone: 'Europe/Berlin',
    warningSec: 5400,
  });
  expect(bootstrapOf(objects, 'working-hours').sets).toEqual({ devenv: { 'devenv-alice': 1 } });
  expect(bootstrapOf(platform(`${HOURS}, replicas: 3`), 'working-hours').sets).toEqual({ devenv: { devenv: 3 } });
});

test.each([
  ['left out', 'bob', 1],
  ['stopped by hand', 'carol', 0],
])('do not count for who is %s', (_, user, replicas) => {
  expect(set(user).spec.replicas).toBe(replicas);
  expect(set(user).metadata.annotations ?? {}).not.toHaveProperty(['agent-sandbox.dev/working-hours']);
});

// SECURITY.md: "working-hours, likewise | Can: stop environments"
// SECURITY.md: "working-hours, likewise | Cannot: enter an environment"
test('have a program that may change the size of its sets and write to who works there, and nothing else', () => {
  const roles = ofKind(objects, 'Role').map(({ metadata, rules }) => [metadata.namespace, rules]);
  const rule = (apiGroup: string, resource: string, name: string) => [
    { apiGroups: [apiGroup], resources: [resource], resourceNames: [name], verbs: ['get', 'patch'] },
  ];
  expect(roles).toEqual([
    ['devenv', rule('apps', 'statefulsets/scale', 'devenv-alice')],
    ['devenv', rule('', 'configmaps', 'devenv-alice-notice')],
  ]);
  expect(ofKind(objects, 'ClusterRole', 'ClusterRoleBinding')).toEqual([]);
});

test('have notices where their pods look for them, and the program’s alone', () => {
  const notices = ofKind(objects, 'ConfigMap').filter(({ metadata }) => metadata.name.endsWith('-notice'));
  expect(notices.map(({ metadata, data }) => [metadata.name, data])).toEqual([['devenv-alice-notice', undefined]]);
  for (const user of ['alice', 'bob'])
    expect(set(user).spec.template.spec.volumes).toContainEqual({
      name: 'notice',
      configMap: { name: `devenv-${user}-notice`, optional: true },
    });
});

test('change nothing of a pod, so that setting them restarts nobody', () => {
  const template = (environments: string) => find(platform(environments), 'StatefulSet', 'devenv').spec.template;
  expect(template(`replicas: 3, ${HOURS}`)).toEqual(template('replicas: 3'));
});

describeWith(['grep'], 'an environment announces', () => {
  const root = mkdtempSync(join(tmpdir(), 'announce-'));
  afterAll(() => rmSync(root, { recursive: true }));
  for (const folder of ['notice', 'run', 'pts']) mkdirSync(join(root, folder));
  const { start } = find(objects, 'ConfigMap', 'devenv-alice-sshd').data;
  const [follow, announce] = ['follow', 'announce'].map(
    (name) => new RegExp(`^${name}\\(\\) \\{[^]*?^\\}`, 'm').exec(start)?.[0],
  );
  // Files in the place of terminals.
  const script = `set -eu\n${follow}\n${announce}\nannounce || true`
    .replaceAll('/etc/devenv', root)
    .replaceAll('/run/devenv', join(root, 'run'))
    .replaceAll('/dev/pts', join(root, 'pts'))
    .replace('[ -c', '[ -f')
    .replace('> "$terminal"', '>> "$terminal"');
  const terminal = (name: string) => join(root, 'pts', name);
  const shown = (name: string) => readFileSync(terminal(name), 'utf8').replace(/\p{Cc}+/gu, '|');
  const look = (notice: string) => {
    writeFileSync(join(root, 'notice', 'stop'), notice);
    execFileSync('sh', ['-c', script]);
  };

  test('to every terminal once, to later ones too, and what is new to all', () => {
    for (const name of ['0', 'ptmx']) writeFileSync(terminal(name), '');
    look('');
    expect(shown('0')).toBe('');
    look('stops at 19:00');
    writeFileSync(terminal('1'), '');
    look('stops at 19:00');
    expect(['0', '1', 'ptmx'].map(shown)).toEqual(['|stops at 19:00|', '|stops at 19:00|', '']);
    look('');
    look('stops at 20:00');
    expect(shown('0')).toBe('|stops at 19:00|stops at 20:00|');
  });
});
