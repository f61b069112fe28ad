import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundled } from '../helpers/bundled';

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
  [['--off', '--from', '08:00'], 1, '--off ends the hours: give it alone'],
])('a schedule that cannot be: %j', async (args, code, said) =>
  expect(await sandboxctl('schedule', ...args)).toMatchObject({ code, stderr: expect.stringContaining(said) }),
);

test.each(['', ' ', '1e2', '0x2', '-1', '10001'])('no number of environments is %j, least of all none', async (given) =>
  expect(await sandboxctl('scale', '--', given)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('give a whole number from 0 to 10000'),
  }),
);
