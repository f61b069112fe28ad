import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const use = (from: string, name = 'one') => `import { ${name} } from '${from}';\n\nexport const two = ${name};\n`;
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
  ['lib/config', use('cdk8s')],
  ['lib/charts', use('../../constructs/vault/seal')],
  ['lib/charts', use('../stacks/write')],
  ['lib/charts', use('@cdktf/provider-vault/lib/mount')],
  ['lib/stacks', use('../../constructs', 'VaultCluster')],
  ['lib/stacks', use('../../constructs/vault/seal')],
  ['lib/stacks', use('../charts/environments')],
  ['lib/stacks', use('@cdktf/provider-vault')],
  ['.', use('@cdktf/provider-kubernetes')],
];

const ALLOWED: [folder: string, code: string][] = [
  ['constructs', use('./generated/programs')],
  ['constructs', use('cdk8s-plus-28/lib/imports/k8s')],
  ['lib/config', use('./formats/secrets')],
  ['lib/charts', use('../../constructs', 'VaultCluster')],
  ['lib/charts', use('../config')],
  ['lib/charts', use('constructs')],
  ['lib/stacks', use('../../constructs/core/facts')],
  ['lib/stacks', use('../../constructs', 'VaultFacts')],
  ['lib/stacks', use('../charts/platform')],
  ['lib/stacks', use('constructs')],
  ['lib/stacks', use('@cdktf/provider-vault/lib/mount')],
];

const RULES = ['noRestrictedImports', 'noRestrictedGlobals', 'noProcessEnv'];

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
    const found = [...`${stdout}${stderr}`.matchAll(/^(\S+?):\d+:\d+ lint\/style\/(\w+)/gm)];
    return new Set(found.filter(([, , rule]) => RULES.includes(rule)).map(([, file]) => file));
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

test('folders depend on each other one way, and constructs on their props alone', () => {
  const cases = [...FORBIDDEN, ...ALLOWED].map(([folder, code], index) => ({
    file: join(folder, `x${index}.ts`),
    code,
  }));
  const found = refused(new Map(cases.map(({ file, code }) => [file, code])));
  expect(cases.filter(({ file }) => found.has(file))).toEqual(cases.slice(0, FORBIDDEN.length));
});
