import { spawnSync } from 'node:child_process';

/** Rules that the linter breaks over `code`, as if it stood in `file`. */
function broken(file: string, code: string): string[] {
  const biome = require.resolve('@biomejs/biome/bin/biome');
  const args = [biome, 'lint', '--colors=off', `--stdin-file-path=${file}`];
  const { stdout, stderr } = spawnSync(process.execPath, args, { input: `${code}\n`, encoding: 'utf8' });
  return [...new Set([...`${stdout}${stderr}`.matchAll(/lint\/style\/(\w+)/g)].map(([, rule]) => rule))];
}

const use = (from: string) => `import { one } from '${from}';\n\nexport const two = one;`;

describe('folders depend on each other one way', () => {
  test.each([
    ['constructs/x.ts', '../lib/config'],
    ['constructs/x.ts', '../lib/config/load'],
    ['constructs/x.ts', 'node:fs'],
    ['constructs/x.ts', 'node:fs/promises'],
    ['constructs/x.ts', 'cdktf'],
    ['lib/config/x.ts', '../charts/platform'],
    ['lib/config/x.ts', '../stacks/write'],
    ['lib/config/x.ts', '../../constructs'],
    ['lib/config/x.ts', 'cdk8s'],
    ['lib/charts/x.ts', '../../constructs/seal'],
    ['lib/charts/x.ts', '../stacks/write'],
    ['lib/charts/x.ts', '@cdktf/provider-vault/lib/mount'],
    ['lib/stacks/x.ts', '../../constructs'],
    ['lib/stacks/x.ts', '../charts/environments'],
    ['lib/stacks/x.ts', '@cdktf/provider-vault'],
    ['main.ts', '@cdktf/provider-kubernetes'],
  ])('%s may not import %s', (file, from) => {
    expect(broken(file, use(from))).toContain('noRestrictedImports');
  });

  test.each([
    ['constructs/x.ts', './generated/programs'],
    ['constructs/x.ts', 'cdk8s-plus-28/lib/imports/k8s'],
    ['lib/config/x.ts', './formats/secrets'],
    ['lib/charts/x.ts', '../../constructs'],
    ['lib/charts/x.ts', '../config'],
    ['lib/stacks/x.ts', '../../constructs/facts'],
    ['lib/stacks/x.ts', '../charts/platform'],
    ['lib/stacks/x.ts', '@cdktf/provider-vault/lib/mount'],
  ])('%s may import %s', (file, from) => {
    expect(broken(file, use(from))).toEqual([]);
  });

  test.each(['process.env.HOME', 'process.cwd()', 'new Date()', 'Date.now()'])('constructs may not use %s', (code) => {
    expect(broken('constructs/x.ts', `export const two = ${code};`)).toContain('noRestrictedGlobals');
  });
});
