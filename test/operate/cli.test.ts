import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { EXITS } from '../../lib/operate/exits';
import { addCompletionStub, makeProgram } from '../../lib/operate/program';
import { version } from '../../package.json';
import { bundled } from '../helpers/bundled';
import { Stand } from '../helpers/stand';

const CLI = bundled('lib/operate/cli.ts');

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const sandboxctlWith = (more: Record<string, string>, ...args: string[]): Promise<Ended> =>
  new Promise((done) => {
    const home = mkdtempSync(join(tmpdir(), 'cli-'));
    const env = { PATH: process.env.PATH, HOME: home, XDG_RUNTIME_DIR: home, ...more };
    execFile(process.execPath, [CLI, ...args], { env }, (error, stdout, stderr) =>
      done({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });

const sandboxctl = (...args: string[]): Promise<Ended> => sandboxctlWith({}, ...args);

test('help is what was asked for', async () => {
  const { code, stdout } = await sandboxctl('--help');
  expect(code).toBe(0);
  for (const command of [
    'login',
    'ssh',
    'web',
    'sessions',
    'check',
    'up',
    'down',
    'status',
    'doctor',
    'logs',
    'completion',
  ])
    expect(stdout).toContain(`  ${command} `);
  expect(stdout).not.toContain('ssh-p');
  expect((await sandboxctl('ssh', '--help')).stdout).toContain('sandboxctl ssh alice -- git pull');
});

test('every command waits for what it loads: no schema brings the words of all languages along', () => {
  const languages = readFileSync(CLI, 'utf8').match(/zod\/v4\/locales\/\w+/g);
  // Of "import { z }", in the place of "import * as z", everything stays.
  expect(languages?.filter((file) => !/(en|index)$/.test(file))).toEqual([]);
});

test('shells complete commands and their options', async () => {
  const { code, stdout } = await sandboxctl('completion', 'bash');
  expect([code, stdout]).toEqual([0, expect.stringContaining('complete -F')]);
  expect((await sandboxctl('complete', '--', 'up', '--')).stdout).toContain('--dry-run\t');
});

test.each([[['nonsense']], [['login', '--unknown']], [['ssh']]])('%j is not understood', async (args) => {
  expect(await sandboxctl(...args)).toMatchObject({ code: 2, stderr: expect.stringContaining('--help lists') });
});

test('what the person can mend is one line, and no stack trace', async () => {
  expect(await sandboxctl('environments')).toEqual({
    code: 1,
    stdout: '',
    stderr: 'sandboxctl: nobody is logged in here: run sandboxctl login\n',
  });
});

test.each([
  ['XDG_CONFIG_HOME', ['environments']],
  ['XDG_RUNTIME_DIR', ['ssh-prepare', 'devenv-alice']],
])('a folder of %s that cannot be made is one line, with what names another', async (variable, args) => {
  const { code, stderr } = await sandboxctlWith({ [variable]: '/dev/null' }, ...args);
  const said = `sandboxctl: /dev/null/sandboxctl cannot be had: something in its path is no folder (ENOTDIR). ${variable} says`;
  expect([code, stderr.split('\n').length, stderr]).toEqual([1, 2, expect.stringContaining(said)]);
});

test.each([
  [['--days', 'mon-nonday'], 2, 'give days or spans of mon, tue, wed'],
  [['--off', '--from', '08:00'], 2, '--off ends the hours: give it alone'],
])('a schedule that cannot be: %j', async (args, code, said) =>
  expect(await sandboxctl('schedule', ...args)).toMatchObject({ code, stderr: expect.stringContaining(said) }),
);

test.each(['', ' ', '1e2', '0x2', '-1', '10001'])('no number of environments is %j, least of all none', async (given) =>
  expect(await sandboxctl('scale', '--', given)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('give a whole number from 0 to 10000'),
  }),
);

test.each([
  ['up', '--kind'],
  ['up', '--skip'],
  ['logs', 'alice', '--container'],
  ['image', 'build', '--build-arg'],
  ['backup', '--to'],
  ['secrets', 'get'],
  ['image', 'load', '--cluster'],
  ['image', 'push', '--image'],
  ['restore', '--from', '/backups', '--of'],
  ['secrets', 'list', '--user'],
  ['secrets', 'remove', 'token', '--user'],
])('an empty name, of a variable that is not set, is told of: %s %s %s %s %s', async (...args) =>
  expect(await sandboxctl(...args, '')).toMatchObject({ code: 2, stderr: expect.stringContaining('it is empty') }),
);

describe('help', () => {
  const program = makeProgram();
  addCompletionStub(program);
  const paths = (group: Command, before: readonly string[] = []): string[][] =>
    group
      .createHelp()
      .visibleCommands(group)
      .filter((command) => command.name() !== 'help')
      .flatMap((command) => [[...before, command.name()], ...paths(command, [...before, command.name()])]);

  test.each(paths(program).map((path) => [path.join(' ')]))('of %s ends with examples of it', (path) => {
    const command = path
      .split(' ')
      .reduce((group, name) => group.commands.find((one) => one.name() === name) as Command, program);
    let text = '';
    command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
    const [, examples = ''] = text.split(/^Examples?:\n/m);
    expect(examples).toMatch(new RegExp(`^ .*\\bsandboxctl ${path}\\b`, 'm'));
    expect(text.split(/^Examples?:\n/m)).toHaveLength(2);
  });

  test('says what the program ends with', async () => {
    const { stdout } = await sandboxctl('--help');
    for (const [status, means] of EXITS) expect(stdout).toMatch(new RegExp(`^  ${status} +${means}$`, 'm'));
  });

  test('of completion says how it is switched on, in each shell', async () => {
    const { stdout } = await sandboxctl('completion', '--help');
    for (const line of ["source <(sandboxctl completion bash)' >>~/.bashrc", '.zshrc', 'completions/sandboxctl.fish'])
      expect(stdout).toContain(line);
    expect(stdout).toContain('sandboxctl completion bash');
  });
});

test('its version is that of the package', async () =>
  expect(await sandboxctl('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' }));

describe('shells complete, from the folder that they are in,', () => {
  const place = new Stand(CLI);
  place.write('project/platform.yaml', 'environments: {users: {alice: {}, bob: {}}}');
  for (const file of ['20-vault', '50-environments-001', '50-environments-002', 'vault-secrets-operator/70-secrets'])
    place.write(`project/dist/${file}.k8s.yaml`, '');
  place.write('project/cdktf.out/manifest.json', JSON.stringify({ stacks: { workloads: {} } }));
  const completed = async (...words: string[]) => {
    const { stdout } = await place.run(['complete', '--', ...words]);
    return stdout.split('\n').flatMap((line) => (line && !line.startsWith(':') ? [line.split('\t')[0]] : []));
  };
  const PARTS = ['vault', 'environments', 'secrets', 'workloads'];

  test.each([
    [['up', ''], PARTS],
    [['down', 'environments', ''], PARTS],
    [['up', '--skip', ''], PARTS],
    [
      ['stop', ''],
      ['alice', 'bob'],
    ],
    [['start', 'alice', 'b'], ['bob']],
    [
      ['secrets', 'get', '--user', ''],
      ['alice', 'bob'],
    ],
    [
      ['exec', ''],
      ['alice', 'bob'],
    ],
    [['ssh', 'a'], ['alice']],
  ])('%j: %j', async (words, names) => expect(await completed(...words)).toEqual(names));

  test('nothing, where there is no platform', async () => {
    const { code, stdout, stderr } = await new Stand(CLI).run(['complete', '--', 'stop', '']);
    expect([code, stderr, stdout.includes('alice')]).toEqual([0, '', false]);
  });
});

test.each(['bash', 'zsh', 'fish', 'powershell'])('%s gets what it completes by', async (shell) =>
  expect(await sandboxctl('completion', shell)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('sandboxctl'),
    stderr: '',
  }),
);
