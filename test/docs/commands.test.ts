import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { addCompletionStub, makeProgram } from '../../lib/operate/program';
import { ALONE, CASES } from '../helpers/cases';
import type { KubeObject } from '../helpers/objects';
import { synth } from '../helpers/synth';
import { blocksOf, commandsIn, type Place, ROOT, usesOf } from './commands';

const at = ({ file, line }: Place, what: string) => `${file}:${line}: ${what}`;
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

test('words of a line of shell are found, and what is no command is left out', () => {
  expect(commandsIn('A=1 x -f "a b" | y \\\n  z # no\nw && v; t "$(u)" &')).toEqual([
    ['x', '-f', 'a b'],
    ['y', 'z'],
    ['w'],
    ['v'],
    ['t', '$(u)'],
  ]);
});

test('every block of commands is one that a shell can read', () => {
  const blocks = blocksOf('sh');
  expect(blocks.length).toBeGreaterThan(50);
  const wrong = blocks.filter(({ text }) => spawnSync('sh', ['-n'], { input: text }).status !== 0);
  expect(wrong.map((block) => at(block, block.text))).toEqual([]);
});

test('a port that is forwarded in the background is waited for by the next that dials it', () => {
  const forwarding = blocksOf('sh').filter(({ text }) => /port-forward .*&$/m.test(text));
  expect(forwarding.length).toBeGreaterThan(2);
  const hasty = forwarding.filter(({ text }) => /^ssh (?!.*-o ConnectionAttempts=\d+).*localhost/m.test(text));
  expect(hasty.map((block) => at(block, block.text))).toEqual([]);
});

test('npm scripts that are named exist', () => {
  const uses = usesOf('npm').filter(({ words: [verb] }) => verb === 'run' || verb === 'test');
  expect(uses.length).toBeGreaterThan(10);
  const lost = uses.filter(({ words }) => !(words.filter((word) => !/^-|^run$/.test(word))[0] in scripts));
  expect(lost.map((use) => at(use, use.words.join(' ')))).toEqual([]);
});

test('programs that npx runs are installed', () => {
  const uses = usesOf('npx');
  expect(uses.length).toBeGreaterThan(5);
  const lost = uses.filter(({ words: [program] }) => !existsSync(join(ROOT, 'node_modules/.bin', program)));
  expect(lost.map((use) => at(use, use.words.join(' ')))).toEqual([]);
});

/** Folders at the top of the repository, and what is made there by a command before. */
const tops = readdirSync(ROOT, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);
const MADE = /^(?:dist\/|\.agent-sandbox\/|cdktf\.out\/|node_modules\/)/;

test('files and folders of the repository that commands name exist', () => {
  const named = blocksOf('sh').flatMap((block) =>
    commandsIn(block.text).flatMap((words) =>
      words
        .map((word) => word.replace(/^\.\//, ''))
        .filter((word) => tops.includes(word.split('/')[0]) && word.includes('/') && !MADE.test(word))
        .map((path) => ({ ...block, path })),
    ),
  );
  expect(named.map(({ path }) => path)).toContain('images/devenv/Containerfile');
  const lost = named.filter(({ path }) => !existsSync(join(ROOT, path)));
  expect(lost.map((use) => at(use, use.path))).toEqual([]);
});

test.each(['README.md', 'docs/GETTING_STARTED.md'])('%s adds a key before anybody logs in with one', (file) => {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const [key, apply, login] = ['sshKeys', 'kubectl apply', 'ssh -p'].map((words) => text.indexOf(words));
  expect(key).toBeGreaterThan(0);
  expect(apply).toBeGreaterThan(key);
  expect(login).toBeGreaterThan(apply);
});

test('Getting started writes a first secret without a root token', () => {
  const text = readFileSync(join(ROOT, 'docs/GETTING_STARTED.md'), 'utf8');
  expect(text).toMatch(/^sandboxctl up[\s\S]*^sandboxctl secrets set github_token/m);
  expect(text).not.toMatch(/vault kv put|VAULT_TOKEN/);
});

/** What is wrong with the arguments of the command line, or nothing. */
function misuse(program: Command, words: readonly string[]): string | undefined {
  const left = [...words];
  let command = program;
  for (let found: Command | undefined; left.length > 0; command = found) {
    found = command.commands.find((one) => [one.name(), ...one.aliases()].includes(left[0]));
    if (!found) break;
    left.shift();
  }
  if (command === program) return left.join() === '--help' || left[0] === 'COMMAND' ? undefined : 'no such command';
  // What belongs to another program, such as ssh's options.
  const own = left
    .slice(0, left.includes('--') ? left.indexOf('--') : undefined)
    .map((word) => word.replace(/[[\]]/g, ''));
  const options = own.filter((word) => word.startsWith('-') && word !== '--help');
  const known = command.options.flatMap(({ short, long }) => [short, long]);
  const unknown = options.find((word) => !known.includes(word.split('=')[0]));
  if (unknown) return `no option ${unknown}`;
  const valued = command.options.filter((option) => option.required).map(({ long }) => long);
  const given = own.filter((word, i) => !word.startsWith('-') && !valued.includes(own[i - 1]));
  const { registeredArguments: wanted } = command;
  return given.length > wanted.length && !wanted.at(-1)?.variadic ? `too much: ${given.join(' ')}` : undefined;
}

test('commands and options of sandboxctl that are named exist', () => {
  const program = makeProgram();
  addCompletionStub(program);
  const uses = usesOf('sandboxctl').filter(({ words }) => words.length > 0);
  expect(uses.length).toBeGreaterThan(60);
  const wrong = uses.flatMap((use) => {
    const problem = misuse(program, use.words);
    return problem ? [at(use, `sandboxctl ${use.words.join(' ')}: ${problem}`)] : [];
  });
  expect(wrong).toEqual([]);
});

describe('what commands name of the platform', () => {
  const outputs = [ALONE, ...Object.values(CASES)].map(({ text, env }) => synth(text, env));
  const objects: KubeObject[] = outputs.flatMap((output) => output.objects);

  test('files of dist/ that are named are written by some platform', () => {
    const files = new Set(outputs.flatMap((output) => [...output.files.keys()]));
    const folders = new Set(['', ...[...files].map((file) => `${file.split('/')[0]}/`)]);
    const named = [...blocksOf('sh'), ...usesOf('kubectl')].flatMap((place) =>
      [...place.text.matchAll(/\bdist\/([\w./-]*)/g)].map(([, path]) => ({ ...place, path })),
    );
    expect(named.length).toBeGreaterThan(8);
    const lost = named.filter(({ path }) => !files.has(path) && !folders.has(path));
    expect(lost.map((use) => at(use, `dist/${use.path}`))).toEqual([]);
  });

  test('workloads and Services that kubectl is given exist in that namespace', () => {
    const known = new Set(
      objects.map(({ kind, metadata }) => `${kind.toLowerCase()}/${metadata.name} ${metadata.namespace}`),
    );
    const uses = usesOf('kubectl').flatMap((use) => {
      const namespace = use.words[use.words.findIndex((word) => /^(-n|--namespace)$/.test(word)) + 1];
      const own = use.words.slice(0, use.words.includes('--') ? use.words.indexOf('--') : undefined);
      return own
        .filter((word) => /^(statefulset|deployment|service|cronjob)\/[a-z0-9-]+$/.test(word))
        .map((word) => ({ ...use, object: `${word} ${namespace}` }));
    });
    expect(uses.length).toBeGreaterThan(8);
    expect(uses.filter(({ object }) => !known.has(object)).map((use) => at(use, use.object))).toEqual([]);
  });

  test('namespaces that kubectl is given exist', () => {
    const OTHERS = ['ci', 'flux-system', '$namespace', 'NAMESPACE'];
    const known = new Set([...OTHERS, ...objects.flatMap(({ metadata }) => metadata.namespace ?? [])]);
    const uses = usesOf('kubectl').flatMap((use) =>
      use.words.flatMap((word, i) => (/^(-n|--namespace)$/.test(word) ? [{ ...use, name: use.words[i + 1] }] : [])),
    );
    expect(uses.length).toBeGreaterThan(40);
    expect(uses.filter(({ name }) => !known.has(name)).map((use) => at(use, use.name))).toEqual([]);
  });
});
