import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(__dirname, '..', '..');
const LOADER = join(root, 'node_modules/tsx/dist/loader.mjs');
const SCRIPT = `
  process.on('exit', () => console.log(JSON.stringify(Object.keys(require.cache))));
  require(${JSON.stringify(join(root, 'main.ts'))});`;

/** Files of packages, from the last node_modules on, that the program loads for one of its outputs. */
function loadedFor(output: 'CDK8S_OUTDIR' | 'CDKTF_OUTDIR'): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'modules-'));
  try {
    const stdout = execFileSync(process.execPath, ['--import', LOADER, '-e', SCRIPT], {
      cwd: root,
      // No program is found: a synth needs Node alone.
      env: { PATH: '', [output]: folder },
      encoding: 'utf8',
    });
    const files: string[] = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
    return files.map((file) => file.split('node_modules/').at(-1) ?? file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const ofTerraform = (files: readonly string[]) => files.filter((file) => /^(@cdktf|cdktf)\//.test(file));

test('manifests alone load nothing of Terraform', () => {
  const files = loadedFor('CDK8S_OUTDIR');
  expect(files.some((file) => file.startsWith('cdk8s/'))).toBe(true);
  expect(ofTerraform(files)).toEqual([]);
});

test('stacks load the resources that they use, and no provider as a whole', () => {
  const files = ofTerraform(loadedFor('CDKTF_OUTDIR'));
  expect(files.some((file) => file.startsWith('@cdktf/provider-vault/lib/mount/'))).toBe(true);
  expect(files.filter((file) => /^@cdktf\/provider-\w+\/lib\/index\.js$/.test(file))).toEqual([]);
});
