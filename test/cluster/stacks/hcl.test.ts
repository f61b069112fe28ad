import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { program, ROOT, workFile } from '../support/platform';
import { must, run } from '../support/run';
import { missing } from '../support/stacks';
import { triedUnless } from '../support/tried';

const why = missing();
const tried = triedUnless(why);

/** What the providers themselves find wrong with each stack; warnings apart. */
async function problems(folder: string): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  for (const stack of readdirSync(join(folder, 'stacks'))) {
    const place = `-chdir=${join(folder, 'stacks', stack)}`;
    await must('terraform', [place, 'init', '-backend=false', '-input=false']);
    // It ends with 1 where something is wrong.
    const { stdout } = await run('terraform', [place, 'validate', '-json']);
    const { valid, diagnostics } = JSON.parse(stdout);
    const errors = diagnostics.filter(({ severity }: { severity: string }) => severity === 'error');
    found[stack] = valid ? [] : errors.map(({ summary, detail }: Record<string, string>) => `${summary}: ${detail}`);
  }
  return found;
}

tried.each(['json', 'hcl'])('Terraform accepts every stack, written as %s', async (form) => {
  const folder = workFile(`validated-${form}`);
  await program({
    PLATFORM_FILE: join(ROOT, 'platform.yaml'),
    CDK8S_OUTDIR: '',
    CDKTF_OUTDIR: folder,
    SYNTH_HCL_OUTPUT: form === 'hcl' ? 'true' : '',
  });
  expect(await problems(folder)).toEqual({ boundary: [], delivery: [], operators: [], vault: [], workloads: [] });
});
