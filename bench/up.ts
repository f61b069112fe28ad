import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { find } from '../test/cluster/support/kubectl';
import { undeploy, WORK } from '../test/cluster/support/platform';
import { makeProject, missing, sandboxctl } from '../test/cluster/support/stacks';
import type { Benchmark, Figure, Outcome } from './figures';
import { measure } from './measure';
import { ROOT } from './program';
import { mayUseCluster } from './vault';

/** What a platform that is finished, and help, may take. */
const [FINISHED_SECONDS, HELP_SECONDS] = [10, 0.15];

const CLI = join(ROOT, 'build/lib/operate/cli.js');

async function timed<T>(use: () => Promise<T>): Promise<[seconds: number, value: T]> {
  const start = performance.now();
  const value = await use();
  return [(performance.now() - start) / 1000, value];
}

/** Runs the platform's command line in the project, which has to succeed. */
async function run(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await sandboxctl(args);
  if (code !== 0) throw new Error(`sandboxctl ${args.join(' ')}: ${stderr}`);
  return stdout;
}

const remove = () => run('down', '--delete-workspaces', '--yes');

/** Seconds of a deploy of an empty cluster, and those of its last step, with all that had to be before it. */
async function deploy(...args: string[]): Promise<[all: number, chain: number]> {
  const [seconds, answer] = await timed(() => run('up', '--json', ...args));
  const steps: { seconds: number }[] = JSON.parse(answer);
  return [seconds, Math.max(...steps.map((step) => step.seconds))];
}

/** Seconds of the same objects as one chart, by Helm. */
async function install(folder: string): Promise<number> {
  const [chart, dist] = [join(folder, 'chart'), join(folder, 'stacks/dist')];
  mkdirSync(join(chart, 'templates'), { recursive: true });
  writeFileSync(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: platform\nversion: 0.1.0\n');
  // Read as text, so that braces in the manifests are not taken for templates.
  writeFileSync(
    join(chart, 'templates/all.yaml'),
    '{{ range $path, $_ := .Files.Glob "*.k8s.yaml" }}\n---\n{{ $.Files.Get $path }}{{ end }}\n',
  );
  for (const file of readdirSync(dist).filter((name) => name.endsWith('.yaml')))
    cpSync(join(dist, file), join(chart, file));
  const [seconds] = await timed(async () =>
    helm('install', '--wait', '--wait-for-jobs', '--timeout=15m', 'platform', chart),
  );
  helm('uninstall', 'platform');
  await undeploy(dist);
  return seconds;
}

function helm(...args: string[]): void {
  const { status, stderr } = spawnSync('helm', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`helm ${args[0]}: ${stderr}`);
}

async function byTerraform(): Promise<Figure[]> {
  const [all, chain] = await deploy();
  const [again] = await timed(() => run('up'));
  await remove();
  return [figure('its longest chain', all, chain), figure('finished already; the target', again, FINISHED_SECONDS)];
}

async function byKubectl(folder: string): Promise<Figure[]> {
  const [all, chain] = await deploy('--by', 'kubectl');
  await remove();
  return [figure('its longest chain', all, chain), figure('helm install --wait', all, await install(folder))];
}

const figure = (reference: string, ours: number, seconds: number): Figure => ({
  name: `time (reference: ${reference})`,
  unit: 's',
  ours,
  reference: seconds,
});

/** Measures in a project of its own, on a cluster without a platform. */
const onCluster =
  (measured: (folder: string) => Promise<Figure[]>) =>
  async (folder: string): Promise<Outcome> => {
    if (!mayUseCluster()) return { skipped: 'it deploys to the cluster of KUBECONFIG: say BENCH_CLUSTER=yes' };
    const why = missing() ?? (spawnSync('helm', ['version']).status === 0 ? undefined : 'helm is not on PATH');
    if (why) return { skipped: why };
    if (await find('namespace', '', 'devenv')) return { skipped: 'the cluster has a platform' };
    process.env[WORK] = folder;
    await makeProject({});
    return measured(folder);
  };

function help(): Outcome {
  if (!existsSync(CLI)) return { skipped: 'npm run build makes the command line' };
  const [{ seconds }] = measure([{ command: [process.execPath, CLI, '--help'], cwd: ROOT }], 10);
  return [figure('the target', seconds, HELP_SECONDS)];
}

export const UP_BENCHMARKS: readonly Benchmark[] = [
  { name: 'sandboxctl --help', run: help },
  { name: 'up by Terraform, to Ready', run: onCluster(byTerraform) },
  { name: 'up by kubectl, to Ready', run: onCluster(byKubectl) },
];
