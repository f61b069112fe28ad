import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { textOf } from '../../lib/operate/platform/reach';
import { bundled } from '../helpers/bundled';

const CLI = bundled('lib/operate/cli.ts');
const folder = mkdtempSync(join(tmpdir(), 'access-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the command in a folder with these settings, and with nothing else of this machine. */
const access = (settings: string, ...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> => {
  writeFileSync(join(folder, 'platform.yaml'), settings);
  return new Promise((done) => {
    execFile(process.execPath, [CLI, 'access', ...args], { cwd: folder, env: {} }, (error, stdout, stderr) =>
      done({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
};

const USERS = 'environments:\n  users:\n    alice:\n    bob: {running: false}\n';

test('everything as tables of plain lines, with no cluster and no program', async () => {
  const { code, stdout, stderr } = await access(USERS);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^Who reaches environments\nWHO +WHAT +REACHES +BY +HOW\n/);
  expect(stdout).toMatch(
    /^person alice +devenv-alice +yes +platform.yaml:3 environments.users.alice +SSH through Boundary$/m,
  );
  expect(stdout).toMatch(/^every environment +Vault +no +nothing opens it +TCP 8200$/m);
  expect(stdout).not.toContain('\u001b');
});

test('one person’s, and nothing of others', async () => {
  const { code, stdout } = await access(USERS, 'alice');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^person alice/m);
  expect(stdout).toMatch(/^group admins/m);
  expect(stdout).not.toContain('bob');
});

test('as JSON, one line, whose fields are documented', async () => {
  const { code, stdout } = await access(USERS, '--json', 'bob');
  const rows = JSON.parse(stdout);
  expect([code, stdout.trim().split('\n').length]).toEqual([0, 1]);
  expect(rows[0]).toEqual({
    who: { kind: 'person', name: 'bob' },
    what: { kind: 'environment', name: 'devenv-bob' },
    how: 'SSH through Boundary',
    allowed: 'yes',
    setting: 'environments.users.bob',
    where: 'platform.yaml:4',
  });
  for (const row of rows)
    expect(Object.keys(row).sort()).toEqual(['allowed', 'how', 'setting', 'what', 'where', 'who']);
});

test('as a page', async () => {
  const { stdout } = await access(USERS, '--markdown');
  expect(stdout).toMatch(/^# Who reaches what\n/);
  expect(stdout).toContain('| person alice | devenv-alice | yes | platform.yaml:3 environments.users.alice |');
});

test.each([
  ['a name that nobody has', USERS, ['alcie'], 1, 'environment "alcie": did you mean alice?'],
  ['a wrong setting', 'environments: {replicas: -1}', [], 1, 'sandboxctl: platform.yaml:1:16: environments.replicas: '],
])('%s is said in one line', async (_what, settings, args, code, said) => {
  const ended = await access(settings, ...args);
  expect(ended).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(said) });
});

test('two forms at once are refused, as --json has what fails', async () => {
  const { code, stdout, stderr } = await access(USERS, '--json', '--markdown');
  const failure = 'as JSON or as a page? Give --json or --markdown';
  expect([code, stderr]).toEqual([2, `sandboxctl: ${failure}\n`]);
  expect(JSON.parse(stdout)).toEqual({ failure, status: 2, steps: [] });
});

test('no platform.yaml here is said, with what names another', async () => {
  const ended = await new Promise<{ code: number; stderr: string }>((done) => {
    const cwd = mkdtempSync(join(folder, 'empty-'));
    execFile(process.execPath, [CLI, 'access'], { cwd, env: {} }, (error, _stdout, stderr) =>
      done({ code: Number(error?.code), stderr }),
    );
  });
  expect(ended).toEqual({
    code: 1,
    stderr: expect.stringContaining('platform.yaml: there is no such file: name the right one in PLATFORM_FILE'),
  });
});

test('a terminal gets lines of its width', () => {
  const row = { setting: 'a', where: null, allowed: 'yes', how: 'x'.repeat(200) } as const;
  const rows = [{ ...row, who: { kind: 'group', name: 'g' }, what: { kind: 'environment', name: 'all' } } as const];
  const widths = (width?: number) => Math.max(...textOf(rows, width).map((line) => line.length));
  expect(widths(80)).toBe(80);
  expect(widths()).toBeGreaterThan(200);
});
