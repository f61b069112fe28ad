import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const use = (from: string, name = 'one') =>
  `import { ${name} } from '${from}';\n\nexport const two = ${name.split(' ').pop()};\n`;
const say = (code: string) => `export const two = ${code};\n`;

const FORBIDDEN: [folder: string, code: string][] = [
  ['constructs', use('../lib/config')],
  ['constructs', use('../lib/config/load')],
  ['constructs', use('node:fs')],
  ['constructs', use('node:fs/promises')],
  ['constructs', use('cdktf')],
  ['constructs', say('process.env.HOME')],
  ['constructs', say('process.cwd()')],
  ['constructs', say('new Date()')],
  ['constructs', say('Date.now()')],
  ['lib/config', use('../charts/platform')],
  ['lib/config', use('../stacks/write')],
  ['lib/config', use('../../constructs')],
  ['lib/config', use('../../constructs/core/checks')],
  ['constructs/core/rules', use('../checks')],
  ['constructs/core/rules', use('cdk8s')],
  ['lib/config', use('cdk8s')],
  ['lib/config', use('../relations/entries')],
  ['lib/relations', use('../charts/platform')],
  ['lib/relations', use('../../constructs')],
  ['lib/relations', use('cdk8s')],
  ['lib/charts', use('../../constructs/vault/seal')],
  ['lib/charts', use('../stacks/write')],
  ['lib/charts', use('@cdktf/provider-vault/lib/mount')],
  ['lib/stacks', use('../../constructs', 'VaultCluster')],
  ['lib/stacks', use('../../constructs/vault/seal')],
  ['lib/stacks', use('../charts/environments')],
  ['lib/stacks', use('@cdktf/provider-vault')],
  ['lib/stacks', use('../operate/run')],
  ['lib/operate', use('../charts/platform')],
  ['.', use('@cdktf/provider-kubernetes')],
  ['test/charts', say('performance.now()')],
];

const ALLOWED: [folder: string, code: string][] = [
  ['constructs', use('./generated/programs')],
  ['constructs', use('./boundary/kms')],
  ['constructs/vault', use('./seal')],
  ['constructs', use('cdk8s-plus-28/lib/imports/k8s')],
  ['lib/config', use('./formats/secrets')],
  ['lib/config', use('../../constructs/core/rules/names')],
  ['constructs/core', use('./rules/names')],
  ['lib/charts', use('../../constructs', 'VaultCluster')],
  ['lib/charts', use('../config')],
  ['lib/charts', use('../relations/entries')],
  ['lib/relations', use('../config')],
  ['lib/relations', use('../../constructs/core/rules/networks')],
  ['lib/operate', use('../relations/entries')],
  ['lib/charts', use('constructs')],
  ['lib/stacks', use('../../constructs/core/facts')],
  ['lib/stacks', use('../../constructs', 'VaultFacts')],
  ['lib/stacks', use('../charts/platform')],
  ['lib/stacks', use('constructs')],
  ['lib/stacks', use('@cdktf/provider-vault/lib/mount')],
  ['test/cluster/ssh', say('performance.now()')],
  ['bench', say('performance.now()')],
];

/** Rooms of constructs/, from the lowest floor up; those of one floor know nothing of each other. */
const FLOORS = [
  ['core', 'generated'],
  ['network'],
  ['services', 'secrets'],
  ['vault'],
  ['delivery', 'environments', 'keycloak'],
  ['boundary', 'web'],
];

const ROOMS = FLOORS.flatMap((rooms, floor) => rooms.map((room) => ({ room, floor })));

/** Every way from a room to another, and whether it leads down. Generated files import nothing. */
const WAYS = ROOMS.filter(({ room }) => room !== 'generated').flatMap(({ room: from, floor }) =>
  ROOMS.filter(({ room }) => room !== from).map((to) => ({
    folder: `constructs/${from}`,
    code: use(`../${to.room}/one`),
    isDown: to.floor < floor,
  })),
);

/** What no construct imports, in whatever room it stands; `..` is the public face. */
const OUTSIDE = [
  'node:fs',
  'node:process',
  'cdktf',
  '@cdktf/provider-vault/lib/mount',
  '../../lib/config',
  '..',
  '../index',
];

const RULES = ['noRestrictedImports', 'noRestrictedGlobals', 'noProcessEnv', 'noImportCycles'];

/** Files that break one of RULES, under the repository's own configuration. */
function refused(files: ReadonlyMap<string, string>): Set<string> {
  const root = mkdtempSync(join(tmpdir(), 'lint-'));
  try {
    const { vcs: _, ...config } = JSON.parse(readFileSync('biome.json', 'utf8'));
    writeFileSync(join(root, 'biome.json'), JSON.stringify(config));
    for (const [file, code] of files) {
      mkdirSync(dirname(join(root, file)), { recursive: true });
      writeFileSync(join(root, file), code);
    }
    const biome = require.resolve('@biomejs/biome/bin/biome');
    const args = [biome, 'lint', '--colors=off', '--max-diagnostics=none', '.'];
    const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
    const found = [...`${stdout}${stderr}`.matchAll(/^(\S+?):\d+:\d+ lint\/\w+\/(\w+)/gm)];
    return new Set(found.filter(([, , rule]) => RULES.includes(rule)).map(([, file]) => file));
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** The cases of which a file is refused. */
function refusedOf<T extends { folder: string; code: string }>(cases: readonly T[]): T[] {
  const files = cases.map(({ folder, code }, index) => [join(folder, `x${index}.ts`), code] as const);
  const found = refused(new Map(files));
  return cases.filter((_, index) => found.has(files[index][0]));
}

test('folders depend on each other one way, constructs on their props alone, and tests on no clock', () => {
  const cases = [...FORBIDDEN, ...ALLOWED].map(([folder, code]) => ({ folder, code }));
  expect(refusedOf(cases)).toEqual(cases.slice(0, FORBIDDEN.length));
});

test('a room of the constructs imports from lower floors alone', () => {
  expect(refusedOf(WAYS)).toEqual(WAYS.filter(({ isDown }) => !isDown));
});

test('no room of the constructs imports what is outside of them', () => {
  const rooms = ROOMS.filter(({ room }) => room !== 'generated');
  const cases = rooms.flatMap(({ room }) => OUTSIDE.map((from) => ({ folder: `constructs/${room}`, code: use(from) })));
  expect(refusedOf(cases)).toEqual(cases);
});

test('every construct stands in a room, and every room on a floor', () => {
  expect(readdirSync('constructs').sort()).toEqual([...ROOMS.map(({ room }) => room), 'index.ts'].sort());
});

const typeOf = (from: string) =>
  `import type { two as one } from '${from}';\n\nexport const two = {} as { of: typeof one };\n`;

test.each(['constructs/vault', 'lib/charts'])('a circle of imports is refused in %s, of types as well', (folder) => {
  const circle = new Map([
    [`${folder}/a.ts`, use('./b', 'two as one')],
    [`${folder}/b.ts`, typeOf('./c')],
    [`${folder}/c.ts`, typeOf('./a')],
    [`${folder}/d.ts`, typeOf('./a')],
  ]);
  expect([...refused(circle)].sort()).toEqual(['a', 'b', 'c'].map((name) => `${folder}/${name}.ts`));
});
