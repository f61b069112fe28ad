import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { bundled } from '../helpers/bundled';

const MODULE = pathToFileURL(bundled('lib/operate/platform/terraform.ts')).href;

/** A stack whose `terraform` is a script. */
class Fake {
  readonly folder: string;
  private readonly project = mkdtempSync(join(tmpdir(), 'terraform-'));

  constructor(script: string) {
    this.folder = join(this.project, 'stack');
    mkdirSync(this.folder);
    writeFileSync(join(this.project, 'terraform'), `#!/bin/sh\n${script}\n`);
    chmodSync(join(this.project, 'terraform'), 0o755);
  }

  /** Begins what a program does with it, as one of its own: Jest cannot load what runs programs. */
  begin(use: string, more: Readonly<Record<string, string>> = {}): ChildProcess {
    const stack = JSON.stringify({ name: 'boundary', folder: this.folder, dependencies: [] });
    const code = `const { Terraform, Taken } = (await import('${MODULE}')).default;
      const terraform = new Terraform(${stack}, ${JSON.stringify(this.project)});
      console.log(JSON.stringify(await (async () => ${use})()));`;
    const args = ['--input-type=module', '--eval', code];
    const env = { ...process.env, ...more, PATH: `${this.project}${delimiter}${process.env.PATH}` };
    return spawn('node', args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  }

  /** What comes of it. */
  answer = async (use: string, more?: Readonly<Record<string, string>>) =>
    JSON.parse(await text(this.begin(use, more).stdout as NodeJS.ReadableStream));

  has = (file: string): boolean => existsSync(join(this.folder, file));
  files = (): string[] => readdirSync(this.folder).sort();
  read = (file: string): string => readFileSync(join(this.folder, file), 'utf8');
  write = (file: string, content = ''): void => {
    mkdirSync(dirname(join(this.folder, file)), { recursive: true });
    writeFileSync(join(this.folder, file), content);
  };
}

/** However long it takes: what never comes ends with the test's own time. */
async function until(what: () => boolean): Promise<void> {
  while (!what()) await pause(20);
}

test('Terraform goes on, talking, when the command line is killed', async () => {
  // A shell whose word is not taken ends, as Terraform does.
  const fake = new Fake(`set -e
echo begun
touch begun
while [ ! -e killed ]; do sleep 0.05; done
echo made
echo complained >&2
touch noted`);
  const parent = fake.begin('terraform.apply()');
  const ended = once(parent, 'exit');
  await until(() => fake.has('begun'));
  parent.kill('SIGKILL');
  await ended;
  fake.write('killed');
  await until(() => fake.has('noted'));
  expect(fake.files()).toEqual(['begun', 'killed', 'noted']);
});

test('what it says is read to its end, and no file of it stays', async () => {
  const fake = new Fake('[ "$1" = plan ] || exit 0; seq 200000; echo changed >&2; exit 2');
  const { changes, text: said } = await fake.answer('terraform.plan()');
  expect([changes, said.trim().split('\n').at(-1)]).toEqual([true, '200000']);
  expect(fake.files()).toEqual([]);
});

test.each([
  ['Request attempted to make second resource with the same field value that must be unique.', true],
  ['* path is already in use at secret/', true],
  ['networkpolicies.networking.k8s.io "vault-to-terraform-cloud" already exists', true],
  ['permission denied', false],
])('a refusal for "%s" is of something that exists: %s', async (said, exists) => {
  const refused = 'terraform.apply().catch((error) => [error instanceof Taken, error.message])';
  expect(await new Fake(`echo 'Error: ${said}' >&2; exit 1`).answer(refused)).toEqual([
    exists,
    `boundary: terraform apply: Error: ${said}`,
  ]);
});

test('a plan takes over what it is told to, and the next one nothing', async () => {
  const fake = new Fake('cat adopted.tf.json 2>/dev/null || echo nothing');
  const { text: taken } = await fake.answer(`terraform.plan([{ address: 'boundary_role.one', id: 'r_1' }])`);
  expect(JSON.parse(taken)).toEqual({ import: [{ to: 'boundary_role.one', id: 'r_1' }] });
  fake.write('adopted.tf.json', 'left by one that was killed');
  expect((await fake.answer('terraform.plan()')).text.trim()).toBe('nothing');
  expect(fake.files()).toEqual([]);
});

test('a plan tells what it makes anew', async () => {
  const change = (type: string, ...actions: string[]) => ({
    address: `${type}.one`,
    type,
    change: { actions, after: { name: 'one' } },
  });
  const all = [change('a', 'create'), change('b', 'delete', 'create'), change('c', 'no-op'), change('d', 'update')];
  const fake = new Fake(`echo '${JSON.stringify({ resource_changes: all })}'`);
  expect(await fake.answer('terraform.creations()')).toEqual([
    { address: 'a.one', type: 'a', values: { name: 'one' } },
  ]);
});

test.each([
  ['a private one', 'certificate', 'ca.crt'],
  ['the public ones, which an empty file says', '', 'none'],
])('its providers trust the authority that is left in a file: %s', async (_title, content, expected) => {
  const fake = new Fake('env | grep ^BOUNDARY_CACERT >seen || echo none >seen');
  fake.write('../.agent-sandbox/ca.crt', content);
  await fake.answer('(await terraform.apply()) ?? {}');
  expect(fake.read('seen')).toMatch(new RegExp(`(^|/)${expected}$`, 'm'));
});

test('variables that are set but empty count as none for it', async () => {
  const fake = new Fake('echo "$BOUNDARY_CACERT $GOGC $GOMEMLIMIT" >seen');
  fake.write('../.agent-sandbox/ca.crt', 'certificate');
  await fake.answer('(await terraform.apply()) ?? {}', { BOUNDARY_CACERT: '', GOGC: '', GOMEMLIMIT: '' });
  expect(fake.read('seen')).toMatch(/\/ca\.crt 400 1GiB$/m);
});
