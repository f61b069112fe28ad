import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { testWith } from '../helpers/programs';

interface Manifest {
  kind: string;
  metadata: { name: string; namespace?: string; labels: Record<string, string> };
  spec: any;
}

const ROOT = resolve(__dirname, '../..');
const MODULES = join(ROOT, 'node_modules');
/** npm packs, by its own path where it runs the tests. */
const PROGRAMS = process.env.npm_execpath ? ['tar'] : ['tar', 'npm'];
const test = (name: string, body: () => void) => testWith(PROGRAMS, name, body);
/** What the example installs besides the library; taken from here, so that no network is needed. */
const INSTALLED = ['cdk8s', 'cdk8s-plus-28', 'constructs', '@types/node'];

let folder: string;
let packed: string[];
let objects: Manifest[];

const find = (kind: string, name: string) =>
  objects.find((object) => object.kind === kind && object.metadata.name === name) as Manifest;

function run(program: string, ...args: string[]): void {
  try {
    execFileSync(process.execPath, [join(MODULES, program), ...args], { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${program}:\n${stdout}${stderr}`);
  }
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'acme-'));
  cpSync(join(ROOT, 'examples/acme'), folder, {
    recursive: true,
    filter: (path) => !/(node_modules|dist|\.tgz)$/.test(path),
  });
  const modules = join(folder, 'node_modules');
  const library = join(modules, 'agent-sandbox-platform');
  mkdirSync(library, { recursive: true });
  mkdirSync(join(modules, '@types'));
  for (const name of INSTALLED) symlinkSync(join(MODULES, name), join(modules, name));
  const npm = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ['npm'];
  const pack = [...npm, 'pack', '--json', '--silent', '--pack-destination', folder];
  const output = execFileSync(pack[0], pack.slice(1), {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [{ filename, files }] = JSON.parse(output.slice(output.indexOf('[')));
  packed = files.map(({ path }: { path: string }) => path);
  execFileSync('tar', ['-xzf', join(folder, filename), '-C', library, '--strip-components=1']);
  run('typescript/bin/tsc', '--noEmit');
  run('tsx/dist/cli.mjs', 'main.ts');
  const text = readFileSync(join(folder, 'dist/sandboxes.k8s.yaml'), 'utf8');
  objects = parseAllDocuments(text).map((document) => document.toJS());
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const CONSTRUCTS = 'build/constructs/';
const COMMAND_LINE = 'build/lib/operate/cli.js';
const BUILT = [COMMAND_LINE, 'build/lib/operate/LICENSES.txt'];

test('the package holds the constructs and the command line, and nothing of the program or its tests', () => {
  expect(packed).toEqual(expect.arrayContaining([`${CONSTRUCTS}index.js`, `${CONSTRUCTS}index.d.ts`, ...BUILT]));
  const others = packed.filter((path) => !path.startsWith(CONSTRUCTS) && !BUILT.includes(path));
  const documents = others.filter((path) => !/^(docs|examples)\//.test(path));
  expect(documents.sort()).toEqual(['CHANGELOG.md', 'CONTRIBUTING.md', 'LICENSE', 'README.md', 'package.json']);
});

/** Packages that files of the tarball ask for. */
const usedBy = (isOne: (path: string) => boolean): string[] => {
  const names = packed
    .filter((path) => path.endsWith('.js') && !path.includes('/generated/') && isOne(path))
    .map((path) => readFileSync(join(folder, 'node_modules/agent-sandbox-platform', path), 'utf8'))
    .flatMap((text) =>
      [...text.matchAll(/\b(?:require|import)\("((?:@[^/"]+\/)?[^./"][^/"]*)[^"]*"\)/g)].map(([, name]) => name),
    );
  return [...new Set(names)].filter((name) => !isBuiltin(name)).sort();
};

test('the command line is one file that needs no package', () => {
  const { bin } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  expect(packed).toContain(bin.sandboxctl);
  expect(usedBy((path) => path === COMMAND_LINE)).toEqual([]);
});

test('the library depends on nothing but its peers', () => {
  const { dependencies, peerDependencies } = JSON.parse(
    readFileSync(join(folder, 'node_modules/agent-sandbox-platform/package.json'), 'utf8'),
  );
  expect(dependencies).toBeUndefined();
  expect(Object.keys(peerDependencies).sort()).toEqual(['cdk8s', 'cdk8s-plus-28', 'cdktf', 'constructs']);
  expect(usedBy((path) => path.startsWith(CONSTRUCTS))).toEqual(['cdk8s', 'cdk8s-plus-28', 'constructs']);
});

test('both constructs stand in the chart of the other organisation', () => {
  expect(find('StatefulSet', 'research')).toMatchObject({
    metadata: { namespace: 'acme-sandboxes' },
    spec: { replicas: 2 },
  });
  expect(find('StatefulSet', 'vault')).toMatchObject({ metadata: { namespace: 'acme-vault' }, spec: { replicas: 3 } });
});

test('an image is overridden, and every image comes from the mirror', () => {
  const images = objects.flatMap(({ spec }) => spec?.template?.spec?.containers ?? []).map(({ image }) => image);
  expect(find('StatefulSet', 'research').spec.template.spec.containers[0].image).toBe(
    'registry.acme.example/mirror/acme/devenv:2.4.0',
  );
  expect(images.filter((image) => !image.startsWith('registry.acme.example/mirror/'))).toEqual([]);
});

test('labels are overridden: one on every object, another on one', () => {
  expect(objects.filter(({ metadata }) => metadata.labels['acme.example/cost-centre'] !== 'research')).toEqual([]);
  const team = objects.filter(({ metadata }) => metadata.labels['acme.example/team'] === 'research');
  expect(team.map(({ kind, metadata }) => `${kind}/${metadata.name}`)).toEqual(['StatefulSet/research']);
});

test('a field without a prop is set by a JSON patch', () => {
  expect(find('StatefulSet', 'research').spec.minReadySeconds).toBe(10);
});
