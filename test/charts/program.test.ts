import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const root = join(__dirname, '..', '..');
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** Runs the program for its manifests alone, in a folder and an environment of its own. */
async function run(text: string, env: Record<string, string | undefined> = {}) {
  const cwd = mkdtempSync(join(tmpdir(), 'platform-'));
  folders.push(cwd);
  writeFileSync(join(cwd, 'platform.yaml'), text);
  const main = join(root, 'main.ts');
  const result = await promisify(execFile)(
    process.execPath,
    ['--import', join(root, 'node_modules/tsx/dist/loader.mjs'), main],
    {
      cwd,
      env: { PATH: process.env.PATH ?? '', CDK8S_OUTDIR: 'out', ...env },
    },
  ).catch((error) => error);
  return { cwd, ...result };
}

/** Every file below a folder, with its bytes. */
const bytes = (folder: string) =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => [path.slice(folder.length + 1), readFileSync(path, 'utf8')]),
  );

const text = readFileSync(join(root, 'platform.yaml'), 'utf8');
/** The default platform's manifests. */
const plainly = run(text);

test('the same platform gives the same bytes, whatever the environment, and they are those of dist/', async () => {
  const strange = {
    CDK8S_DISABLE_SORT: '1',
    TZ: 'Pacific/Kiritimati',
    LANG: 'tr_TR.UTF-8',
    HOME: '/nowhere',
    USER: 'x',
  };
  const [plain, other] = await Promise.all([plainly, run(text, strange)]);
  const [first, second] = [plain, other].map(({ cwd }) => bytes(join(cwd, 'out')));
  expect(Object.keys(first)).not.toHaveLength(0);
  expect(second).toEqual(first);
  const committed = bytes(join(root, 'dist'));
  expect(Object.keys(committed)).toEqual(Object.keys(first));
  const stale = Object.keys(first).filter((file) => first[file] !== committed[file]);
  expect(stale).toEqual([]);
});

test('a refused platform is refused in lines, with status 1 and nothing written', async () => {
  const { cwd, code, stderr } = await run('profile: knid\nvault: {replicas: 2}');
  expect(code).toBe(1);
  const lines = stderr.trim().split('\n');
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(/^error: platform\.yaml:1:\d+: profile: .*kind/);
  expect(lines[1]).toMatch(/^error: platform\.yaml:2:\d+: vault\.replicas: /);
  expect(readdirSync(cwd)).toEqual(['platform.yaml']);
});

test('a synth says in a line what it wrote, and nothing of it where a command line asks for one output', async () => {
  const bare = await run(text, { CDK8S_OUTDIR: undefined });
  const files = bytes(join(bare.cwd, 'dist'));
  const objects = Object.values(files)
    .join('')
    .match(/^kind: /gm);
  expect(bare.stdout).toBe(
    `wrote dist/ (${objects?.length} objects in ${Object.keys(files).length} files) and cdktf.out/ (5 stacks: operators, workloads, vault, delivery, boundary)\n`,
  );
  const alone = { SKIP_VAULT: 'true', SKIP_BOUNDARY: 'true' };
  expect((await run(text, { ...alone, CDK8S_OUTDIR: undefined })).stdout).toContain('(2 stacks: operators, workloads)');
  expect((await plainly).stdout).toBe('');
});

test('an output of another configuration loses what is obsolete and keeps what is foreign', async () => {
  const { cwd } = await plainly;
  cpSync(join(root, 'package.json'), join(cwd, 'out', 'mine.json'));
  const alone = { SKIP_VAULT: 'true', SKIP_BOUNDARY: 'true' };
  const again = await run(text, { ...alone, CDK8S_OUTDIR: join(cwd, 'out') });
  expect(again.code).toBeUndefined();
  expect(Object.keys(bytes(join(cwd, 'out')))).toEqual([
    '00-namespaces.k8s.yaml',
    '50-environments.k8s.yaml',
    'mine.json',
  ]);
});

test('folders of variables that are set but empty are those without', async () => {
  const parts = { SKIP_VAULT: 'true', SKIP_BOUNDARY: 'true' };
  const { cwd, stdout } = await run('profile: kind', { ...parts, CDK8S_OUTDIR: '', CDKTF_OUTDIR: '' });
  expect(stdout).toMatch(/^wrote dist\/ .* and cdktf\.out\/ /);
  expect(readdirSync(cwd).sort()).toEqual(['cdktf.out', 'dist', 'platform.yaml']);
});
