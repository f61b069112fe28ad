import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeWith, testWith } from '../helpers/programs';
import { type Delivered, delivered, removeDelivered } from './delivered';

/** Those of the image; what this machine has not is skipped. */
const SHELLS = ['bash', 'zsh', 'sh'];

/** How a shell runs a command such that it reads its start file: sh does that for nothing but people. */
const invocation = (shell: string, command: string) =>
  shell === 'sh'
    ? { command: ['sh', '-i'], input: `PS1=; ${command}; exit 0\n` }
    : { command: [shell, '-c', command], input: '' };

afterAll(removeDelivered);

function inShell(secrets: Delivered, shell: string, script: string, env?: Record<string, string>): string {
  const { command, input } = invocation(shell, script);
  return secrets.run(command, { input, env });
}

/** All variables that a shell hands on, each ended by a NUL. */
const variables = (secrets: Delivered, shell: string, env?: Record<string, string>): Record<string, string> =>
  Object.fromEntries(
    [...inShell(secrets, shell, 'env -0', env).matchAll(/([^=\0]+)=([^\0]*)\0/g)].map(([, name, value]) => [
      name,
      value,
    ]),
  );

const VALUES = {
  spaces: '  two  words  ',
  quotes: `"double" 'single' \`back\``,
  dollars: '$HOME $(id) $$ %s',
  backslashes: String.raw`C:\dir\ \\ \n ends \ `.trim(),
  more_lines: 'first\n\n  second\nthird=3',
  shell_words: '; exit 1 & | > x * ? ~ !',
  unicode: 'grüße 🙂',
  empty: '',
  equals: '=a=b',
} as const;

const inEachShell = (shell: string) => {
  test('values arrive as they are, newlines at their end apart', () => {
    const secrets = delivered({ ...VALUES, ended: 'line\n\n' });
    const read = variables(secrets, shell);
    const expected = Object.entries(VALUES).map(([key, value]) => [key.toUpperCase(), value]);
    expect(read).toMatchObject({ ...Object.fromEntries(expected), ENDED: 'line' });
  });

  test('a value is of now, even where an older one was handed down; one that is gone is gone', () => {
    const secrets = delivered({ token: 'one', other: 'x' });
    const before = variables(secrets, shell);
    expect(before).toMatchObject({ TOKEN: 'one', OTHER: 'x' });
    secrets.put({ token: 'two', late: 'y' });
    const after = variables(secrets, shell, before);
    expect(after).toMatchObject({ TOKEN: 'two', LATE: 'y' });
    expect(after).not.toHaveProperty('OTHER');
  });

  test('what somebody set himself stays, beside what was delivered', () => {
    const secrets = delivered({ token: 'one', other: 'x', path: '/nowhere', home: '/nowhere' });
    const own: Record<string, string> = { ...variables(secrets, shell), TOKEN: 'mine' };
    secrets.put({ token: 'two', other: 'y', path: '/elsewhere' });
    const read = variables(secrets, shell, own);
    expect(read).toMatchObject({ TOKEN: 'mine', OTHER: 'y', PATH: own.PATH, HOME: own.HOME });
  });

  // SECURITY.md: "Keys of AWS and TF_TOKEN_* are not"
  test('what a helper hands on is no variable, nor is what shells obey or a file', () => {
    const no = {
      aws_access_key_id: 'x',
      AWS_SECRET_ACCESS_KEY: 'x',
      aws_session_token: 'x',
      TF_TOKEN_app_terraform_io: 'x',
      _raw: '{}',
      'ca.crt': 'x',
      '1st': 'x',
      ld_preload: '/nowhere',
      bash_func: 'x',
      prompt_command: 'x',
      devenv_delivered: 'x',
      ifs: 'x',
    };
    const without = variables(delivered({ github_token: 't' }), shell);
    const read = variables(delivered({ ...no, github_token: 't', 'aws-region': 'eu', langfuse_host: 'h' }), shell);
    const added = Object.keys(read).filter((name) => !(name in without));
    expect(added.sort()).toEqual(['AWS_REGION', 'LANGFUSE_HOST']);
    expect(read.GITHUB_TOKEN).toBe('t');
  });

  test('of two keys that differ in capitals only, the one in capitals counts', () => {
    expect(variables(delivered({ tfe_token: 'low', TFE_TOKEN: 'high' }), shell).TFE_TOKEN).toBe('high');
    expect(variables(delivered({ Tfe_token: 'low', tfe_token: 'high' }), shell).TFE_TOKEN).toBe('low');
  });

  test('long texts stay files, and programs start', () => {
    const long = 'x'.repeat(200_000);
    const half = 'y'.repeat(20_000);
    const read = variables(delivered({ a: half, b: half, c: long, d: 'short' }), shell);
    expect([read.A, read.B, read.C, read.D]).toEqual([half, undefined, undefined, 'short']);
  });

  test('without any folder there is a shell all the same', () => {
    const read = variables(delivered(), shell, { DEVENV_SECRETS: '/nowhere' });
    expect(read.DEVENV_SECRETS).toBe('/nowhere');
    expect(read.DEVENV_DELIVERED).toBe('');
  });
};

for (const shell of SHELLS) describeWith([shell], `in ${shell}`, () => inEachShell(shell));

const underStrictOptions = (shell: string) => {
  const secrets = delivered({ token: 'not-to-be-seen', other: 'x' });
  // zsh takes -f for reading no start files.
  const options = shell === 'zsh' ? '-eux' : '-efux';
  const script = `. "$0/secrets.sh"; devenv_refresh; echo "\${TOKEN:+strict}"; case $- in *x*) echo traced;; esac`;
  const traced = secrets.run(['sh', '-c', 'exec "$@" 2>&1', 'sh', shell, options, '-c', script, secrets.scripts]);
  expect(traced.split('\n')).toEqual(expect.arrayContaining(['strict', 'traced']));
  expect(traced).not.toContain('not-to-be-seen');
};

for (const shell of SHELLS)
  testWith([shell], `strict options of ${shell} are no hindrance, and a trace shows no secret`, () =>
    underStrictOptions(shell),
  );

test.concurrent('what is read is of one moment, however often the kubelet changes it', async () => {
  const secrets = delivered();
  let moment = 0;
  const put = () => secrets.put(Object.fromEntries([...'ABCDEFGHIJ'].map((key) => [key, String(moment)])));
  put();
  const script = `while read -r more; do devenv-run sh -c 'echo "$A $B $C $D $E $F $G $H $I $J"'; done`;
  const reader = spawn('sh', ['-c', script], { env: secrets.env() });
  let output = '';
  reader.stdout.on('data', (data) => {
    output += data;
  });
  const lines = () => output.split('\n').slice(0, -1);
  const ended = new Promise((resolve) => reader.on('close', resolve));
  for (let asked = 1; asked <= 60; asked++) {
    reader.stdin.write('more\n');
    // Once while it reads, sooner or later.
    await new Promise((resolve) => setTimeout(resolve, asked % 8));
    moment++;
    put();
    while (lines().length < asked) await new Promise((resolve) => setTimeout(resolve, 2));
  }
  reader.stdin.end();
  await ended;
  for (const line of lines()) expect(line).toMatch(/^(\d+)( \1){9}$/);
  expect(new Set(lines()).size).toBeGreaterThan(10);
});

/** A shell at a terminal: `typed` lines, each after the prompt of the one before. */
function atTerminal(secrets: Delivered, shell: string) {
  const rc = join(secrets.scripts, 'shell.sh');
  const args = shell === 'bash' ? ['--noprofile', '--rcfile', rc, '-i'] : ['-i'];
  const child = spawn(shell, args, { env: secrets.env({ PS1: '' }), stdio: ['pipe', 'pipe', 'ignore'] });
  let output = '';
  child.stdout.on('data', (data) => {
    output += data;
  });
  let asked = 0;
  return {
    async answer(line: string): Promise<string> {
      const mark = `<${++asked}>`;
      child.stdin.write(`${line}; printf '%s\\n' '${mark}'\n`);
      while (!output.includes(mark)) await new Promise((resolve) => setTimeout(resolve, 10));
      const text = output.slice(0, output.indexOf(mark));
      output = '';
      return text.trim();
    },
    end: () => child.kill('SIGKILL'),
  };
}

const whileItIsOpen = async (shell: string) => {
  const secrets = delivered({ token: 'one', other: 'x' });
  const terminal = atTerminal(secrets, shell);
  const eventually = async (line: string, expected: string) => {
    // A second may pass until it looks again.
    for (let tries = 0; tries < 40 && (await terminal.answer(line)) !== expected; tries++)
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await terminal.answer(line)).toBe(expected);
  };
  try {
    await eventually('printf %s "$TOKEN $OTHER"', 'one x');
    secrets.put({ token: 'two', late: 'y' });
    await eventually('printf %s "$TOKEN [$OTHER] $LATE"', 'two [] y');
    await terminal.answer('TOKEN=mine');
    secrets.put({ token: 'three', late: 'z' });
    await eventually('printf %s "$TOKEN $LATE"', 'mine z');
    await terminal.answer('unset TOKEN');
    await eventually('printf %s "$TOKEN"', 'three');
    expect(await terminal.answer('(exit 3); printf %s "$?"')).toBe('3');
    expect(await terminal.answer('true a last; printf %s "$_"')).toBe('last');
  } finally {
    terminal.end();
  }
};

for (const shell of ['bash', 'zsh'])
  testWith(
    [shell],
    `an open ${shell} sees what changes, and keeps $?, $_ and what it was told`,
    () => whileItIsOpen(shell),
    { concurrent: true },
  );

testWith(['bash'], 'the documented table is the one that the scripts have', () => {
  const page = readFileSync(join(__dirname, '../../docs/SECRETS.md'), 'utf8');
  const rows = [...page.matchAll(/^\| (`.*?`.*?) \| (yes|no) \| /gm)];
  expect(rows.length).toBeGreaterThan(4);
  const secrets = delivered();
  for (const [, names, isVariable] of rows) {
    for (const [, name] of names.matchAll(/`([^`]+)`/g)) {
      const key = name.replace('<host>', 'x').replace('*', 'x');
      secrets.put({ [key]: 'value' });
      const read = variables(secrets, 'bash', { DEVENV_DELIVERED: '' });
      const found = Object.keys(read).some((variable) => variable === key.toUpperCase() && read[variable] === 'value');
      expect([name, found ? 'yes' : 'no']).toEqual([name, isVariable]);
    }
  }
});
