/** The package as others install it: packed, installed by npm beside examples/acme, used, and run. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, delimiter, join, resolve } from 'node:path';
import * as constructs from '../../constructs';
import { brokenLinks } from './links';

const ROOT = resolve(__dirname, '../..');
const EXAMPLE = join(ROOT, 'examples/acme');
const NAME = 'agent-sandbox-platform';
const PEERS = ['cdk8s', 'cdk8s-plus-28', 'constructs'];

const readJson = (...path: string[]) => JSON.parse(readFileSync(join(...path), 'utf8'));
const manifest = readJson(ROOT, 'package.json');

/** What is wrong with the package, in a line. */
class Wrong extends Error {}

function assert(isRight: boolean, otherwise: string): void {
  if (!isRight) throw new Wrong(otherwise);
}

/** Runs a program to its end. @returns what it prints @throws Wrong - with what it complains about */
function run(cwd: string, program: string, ...args: string[]): string {
  // The example's tools are those of here, so that nothing but the package and its peers is installed.
  const env = { ...process.env, PATH: [process.env.PATH, join(ROOT, 'node_modules/.bin')].join(delimiter) };
  try {
    return execFileSync(program, args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    const { stdout, stderr, message } = error as { stdout?: string; stderr?: string; message: string };
    const said = `${stderr ?? ''}\n${stdout ?? ''}`.split('\n').filter((line) => line.trim());
    throw new Wrong(`${[program, ...args].join(' ')}: ${said.slice(0, 12).join(' | ') || message}`);
  }
}

const node = (cwd: string, ...args: string[]) => run(cwd, process.execPath, ...args);

/** @returns folder with what the tarball holds, and the tarball */
function pack(work: string): { readonly packed: string; readonly tarball: string; readonly said: string } {
  const output = run(ROOT, 'npm', 'pack', '--json', '--silent', '--pack-destination', work);
  const [{ filename, size, unpackedSize, entryCount }] = JSON.parse(output.slice(output.lastIndexOf('\n[') + 1));
  run(work, 'tar', '-xzf', filename);
  const sizes = [size, unpackedSize].map((bytes) => `${Math.round(bytes / 1024)} KiB`);
  return {
    packed: join(work, 'package'),
    tarball: join(work, filename),
    said: `${entryCount} files, ${sizes[0]}, unpacked ${sizes[1]}`,
  };
}

function checkLinks(packed: string): string {
  const { checked, broken } = brokenLinks(packed);
  assert(broken.length === 0, `links that lead nowhere in the tarball: ${broken.join(', ')}`);
  return `${checked} links`;
}

/** What others get is the constructs and the command line: nothing of the program, of tests or of a checkout. */
function checkContents(packed: string): string {
  const top = readdirSync(packed).sort();
  const wanted = 'CHANGELOG.md CONTRIBUTING.md LICENSE README.md build docs examples package.json'.split(' ');
  assert(top.join() === wanted.join(), `the tarball holds ${top.join(', ')}`);
  const files = readdirSync(packed, { recursive: true, encoding: 'utf8' });
  const alien = files.filter((file) => /(^|\/)(node_modules|dist|\.env.*)$|\.tgz$/.test(file));
  assert(alien.length === 0, `the tarball holds ${alien.join(', ')}`);
  const built = readdirSync(join(packed, 'build'), { recursive: true, encoding: 'utf8' });
  const own = /^(constructs(\/.*)?|lib(\/operate(\/(cli\.js|LICENSES\.txt))?)?)$/;
  const more = built.filter((file) => !own.test(file));
  assert(more.length === 0, `the tarball holds ${more.join(', ')} of the program or its tests`);
  const { bin, dependencies = {}, exports, main, peerDependencies, types } = readJson(packed, 'package.json');
  const named: string[] = [
    'build/lib/operate/LICENSES.txt',
    main,
    types,
    ...Object.values(bin),
    ...Object.values(exports['.']),
  ];
  const lost = named.filter((path) => !existsSync(join(packed, path)));
  assert(lost.length === 0, `the tarball does not hold ${lost.join(', ')}`);
  assert(Object.keys(dependencies).length === 0, `it brings ${Object.keys(dependencies).join(', ')}`);
  const described = ['description', 'license', 'repository', 'homepage', 'bugs', 'keywords'];
  const unsaid = described.filter((key) => !manifest[key]);
  assert(unsaid.length === 0, `package.json says nothing of ${unsaid.join(', ')}`);
  assert(Object.keys(peerDependencies).sort().join() === [...PEERS, 'cdktf'].sort().join(), 'it has other peers');
  return `peers are ${Object.keys(peerDependencies).join(', ')}`;
}

/** Packages that a JavaScript file of the tarball asks for. */
const askedBy = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(/\b(?:require|import)\("((?:@[^/"]+\/)?[^./"][^/"]*)[^"]*"\)/g)]
    .map(([, name]) => name)
    .filter((name) => !isBuiltin(name));

/** Nobody who imports the constructs needs more than the peers; cdktf is for the program alone. */
function checkConstructs(packed: string): string {
  const folder = join(packed, 'build/constructs');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.js') && !file.startsWith('generated/'),
  );
  const used = [...new Set(files.flatMap((file) => askedBy(join(folder, file))))].sort();
  assert(used.join() === PEERS.join(), `the constructs load ${used.join(', ')}`);
  return `they load ${used.join(', ')}`;
}

/** The command line needs no package at all: it runs where none is. */
function checkCommandLine(packed: string): string {
  const cli = join(packed, manifest.bin.sandboxctl);
  const missing = [...new Set(askedBy(cli))];
  assert(missing.length === 0, `sandboxctl loads ${missing.join(', ')}, which nobody installs`);
  assert(/^Usage: sandboxctl/.test(node(packed, cli, '--help')), 'sandboxctl --help prints no usage');
  // Loaded only when it is asked for.
  assert(node(packed, cli, 'completion', 'bash').includes('sandboxctl'), 'sandboxctl completion bash prints nothing');
  return 'without any node_modules';
}

/** A copy of the example with the tarball in it, installed; each version is the one that the lock file has. */
function install(work: string, tarball: string): { readonly acme: string; readonly said: string } {
  const acme = join(work, 'acme');
  const archive = basename(tarball);
  mkdirSync(acme);
  const own = readdirSync(EXAMPLE).filter((file) => /\.(ts|json|md)$/.test(file) && file !== 'package-lock.json');
  for (const file of own) cpSync(join(EXAMPLE, file), join(acme, file));
  const example = readJson(acme, 'package.json');
  cpSync(tarball, join(acme, archive));
  const pinned = Object.fromEntries(PEERS.map((name) => [name, manifest.devDependencies[name]]));
  for (const name of PEERS) assert(name in example.dependencies, `examples/acme does not install ${name}`);
  assert(example.dependencies[NAME] === `file:${archive}`, `examples/acme does not install ${archive}`);
  const devDependencies = { '@types/node': manifest.devDependencies['@types/node'] };
  const copy = { ...example, dependencies: { ...example.dependencies, ...pinned }, devDependencies };
  writeFileSync(join(acme, 'package.json'), JSON.stringify(copy));
  run(acme, 'npm', 'install', '--prefer-offline', '--no-audit', '--no-fund');
  const installed = readdirSync(join(acme, 'node_modules')).filter((name) => !name.startsWith('.'));
  return { acme, said: `beside ${installed.filter((name) => name !== NAME).join(', ')}` };
}

/** What the peers bring is theirs; the package brings nothing, such as zod, yaml or dotenv. */
function checkTree(acme: string): string {
  const tree = JSON.parse(run(acme, 'npm', 'ls', '--omit=dev', '--all', '--json')).dependencies[NAME];
  assert(tree !== undefined, `npm ls knows no ${NAME}`);
  const below = Object.keys(tree.dependencies ?? {});
  const brought = below.filter((name) => !(name in manifest.peerDependencies));
  assert(brought.length === 0, `it brings ${brought.join(', ')}`);
  return 'nothing but its peers';
}

/** The public face is index.ts, for `require` and `import` alike, and nothing behind it. */
function checkExports(acme: string): string {
  const names = Object.keys(constructs).sort();
  const print = (load: string) => `${load}.then((all) => console.log(JSON.stringify(Object.keys(all))))`;
  const required = JSON.parse(node(acme, '-e', print(`Promise.resolve(require('${NAME}'))`)));
  assert(
    required.sort().join() === names.join(),
    `require('${NAME}') has ${required.length} names, not ${names.length}`,
  );
  const imported: string[] = JSON.parse(node(acme, '--input-type=module', '-e', print(`import('${NAME}')`)));
  const missing = names.filter((name) => !imported.includes(name));
  assert(missing.length === 0, `import('${NAME}') lacks ${missing.join(', ')}`);
  node(acme, '-e', `require('${NAME}/package.json')`);
  const deep = `try { require('${NAME}/build/constructs/index'); } catch ({ code }) { console.log(code); }`;
  assert(node(acme, '-e', deep).trim() === 'ERR_PACKAGE_PATH_NOT_EXPORTED', 'what is behind index.ts can be loaded');
  return `${names.length} names`;
}

function checkExample(acme: string): string {
  run(acme, 'npm', 'run', '--silent', 'types');
  run(acme, 'npm', 'run', '--silent', 'synth');
  const text = readFileSync(join(acme, 'dist/sandboxes.k8s.yaml'), 'utf8');
  const kinds: string[] = text.match(/^kind: .+$/gm) ?? [];
  for (const kind of ['Namespace', 'StatefulSet', 'NetworkPolicy'])
    assert(kinds.includes(`kind: ${kind}`), `examples/acme makes no ${kind}`);
  return `${kinds.length} objects`;
}

function check(work: string): void {
  const step = <T extends string | { readonly said: string }>(name: string, carryOut: () => T): T => {
    process.stdout.write(`${name}: `);
    const result = carryOut();
    process.stdout.write(`${typeof result === 'string' ? result : result.said}\n`);
    return result;
  };
  const { packed, tarball } = step('npm pack', () => pack(work));
  step('what is in it', () => checkContents(packed));
  step('links of its documents', () => checkLinks(packed));
  step('constructs', () => checkConstructs(packed));
  step('sandboxctl', () => checkCommandLine(packed));
  const { acme } = step('npm install in examples/acme', () => install(work, tarball));
  step('what it brings', () => checkTree(acme));
  step('what it exports', () => checkExports(acme));
  step('types and synth of examples/acme', () => checkExample(acme));
  step('the installed sandboxctl', () => run(acme, 'npx', '--no-install', 'sandboxctl', '--help').split('\n')[0]);
}

const work = mkdtempSync(join(tmpdir(), 'package-'));
try {
  check(work);
} catch (error) {
  const line = error instanceof Wrong ? error.message : String((error as Error).stack);
  process.stdout.write('\n');
  process.stderr.write(`package: ${line}\n`);
  process.exitCode = 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}
