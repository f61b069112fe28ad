import { App } from 'cdk8s';
import { makePlatform } from './lib/charts/platform';
import { chartsIn, environmentsIn, leavingServers, removedEnvironments } from './lib/charts/removed';
import { type ChartFile, chartFiles, writeManifests, writtenManifests } from './lib/charts/write';
import { ConfigError, formatProblem, loadPlatform } from './lib/config';

/** The cdk8s and CDKTF command lines each ask for their own output by setting its folder; run bare, both are written. */
const { CDK8S_OUTDIR, CDKTF_OUTDIR } = process.env;
const wantsManifests = CDK8S_OUTDIR || !CDKTF_OUTDIR;
const wantsStacks = CDKTF_OUTDIR || !CDK8S_OUTDIR;

const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;

async function main(): Promise<void> {
  // It would change the order of keys, and the same input must give the same bytes everywhere.
  delete process.env.CDK8S_DISABLE_SORT;
  const { config, notes } = loadPlatform({ cwd: process.cwd(), env: process.env });
  for (const note of notes) console.error(`note: ${note}`);
  const app = new App();
  const facts = makePlatform(app, config);
  const environments: object[] = [];
  function* rendered(): Generator<ChartFile> {
    for (const file of chartFiles(app)) {
      environments.push(...environmentsIn(file[1]));
      yield file;
    }
  }
  const [manifests, stacks] = [CDK8S_OUTDIR || 'dist', CDKTF_OUTDIR || 'cdktf.out'];
  const before = wantsManifests ? writtenManifests(manifests) : chartsIn(stacks);
  // Only the stacks need all objects at once.
  const files = wantsStacks ? new Map(rendered()) : rendered();
  if (wantsManifests) await writeManifests(files, manifests);
  const left = [...leavingServers(before, config.vault.replicas), ...removedEnvironments(before, environments)];
  for (const line of left) console.error(`note: ${line}`);
  if (files instanceof Map) {
    const { writeStacks } = await import('./lib/stacks/write');
    const written = writeStacks({ config, facts, files, folder: stacks, byCommandLine: Boolean(CDKTF_OUTDIR) });
    const objects = [...files.values()].flat().length;
    // The command lines say themselves what they wrote.
    if (!CDK8S_OUTDIR && !CDKTF_OUTDIR)
      console.log(
        `wrote ${manifests}/ (${counted(objects, 'object')} in ${counted(files.size, 'file')}) and ${stacks}/ (${counted(written.length, 'stack')}: ${written.join(', ')})`,
      );
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
