import { App } from 'cdk8s';
import { pendingSettings } from './lib/charts/pending';
import { makePlatform } from './lib/charts/platform';
import { renderCharts, writeManifests } from './lib/charts/write';
import { ConfigError, formatProblem, loadPlatform } from './lib/config';

/** The cdk8s and CDKTF command lines each ask for their own output by setting its folder; run bare, both are written. */
const { CDK8S_OUTDIR, CDKTF_OUTDIR } = process.env;

async function main(): Promise<void> {
  // It would change the order of keys, and the same input must give the same bytes everywhere.
  delete process.env.CDK8S_DISABLE_SORT;
  const { config, notes } = loadPlatform({ cwd: process.cwd(), env: process.env });
  const pending = pendingSettings(config);
  if (pending.length > 0) throw new Error(pending.join('\n'));
  for (const note of notes) console.error(`note: ${note}`);
  const app = new App();
  const facts = makePlatform(app, config);
  const files = renderCharts(app);
  if (CDK8S_OUTDIR || !CDKTF_OUTDIR) writeManifests(files, CDK8S_OUTDIR ?? 'dist');
  if (CDKTF_OUTDIR || !CDK8S_OUTDIR) {
    const { writeStacks } = await import('./lib/stacks/write');
    writeStacks({ config, facts, files, folder: CDKTF_OUTDIR ?? 'cdktf.out' });
  }
}

main().catch((error) => {
  const lines =
    error instanceof ConfigError
      ? error.problems.map(formatProblem)
      : (error instanceof Error ? error.message : String(error)).split('\n');
  for (const line of lines) console.error(`error: ${line}`);
  process.exit(1);
});
