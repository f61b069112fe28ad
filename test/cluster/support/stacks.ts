import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { stringify } from 'yaml';
import { Confinement } from './confinement';
import { find, type KubeObject, kubectl, nodeAddress } from './kubectl';
import { CLI, endWorkers, objectsIn, ROOT, workFile } from './platform';
import { must, type Outcome, run } from './run';

/** Path of the Vault Secrets Operator's chart; without it the stacks are tried without secret delivery. */
const OPERATOR_CHART = process.env.VSO_CHART ?? '';

/** Why the stacks cannot be tried here, or undefined. */
export function missing(): string | undefined {
  const config = process.env.TF_CLI_CONFIG_FILE;
  if (!config || !existsSync(config)) return 'TF_CLI_CONFIG_FILE names no file, so the providers cannot be had';
  return undefined;
}

export const folder = () => workFile('stacks');

/** Values that no file, log or list may show; they come as a careless user would give them. */
export const PLANTED = {
  GITHUB_TOKEN: 'ghp_plantedInTheEnvironment00000000001',
  LANGFUSE_SECRET_KEY: 'sk-lf-planted-in-a-file-00000000002',
};

const environment = (): Record<string, string> => ({
  GITHUB_TOKEN: PLANTED.GITHUB_TOKEN,
  PLATFORM_FILE: 'platform.yaml,overlay.yaml',
  TF_VAR_kubeconfig: process.env.KUBECONFIG ?? '~/.kube/config',
  BOUNDARY_CACERT: join(folder(), '.agent-sandbox', 'ca.crt'),
  CI: 'true',
  // Neither tool asks for newer versions of itself.
  CHECKPOINT_DISABLE: '1',
  // Terraform ends before it is worth while to free memory.
  GOGC: '400',
});

/** A project of its own, whose clients dial a node of the cluster. @param program folder of the platform's program */
export async function makeProject(overlay: object, program = ROOT): Promise<void> {
  mkdirSync(folder(), { recursive: true });
  const loader = join(program, 'node_modules/tsx/dist/loader.mjs');
  const project = {
    language: 'typescript',
    app: `node --import ${loader} ${join(program, 'main.ts')}`,
    projectId: 'test',
  };
  // The command lines, as in a checkout.
  if (!existsSync(join(folder(), 'node_modules')))
    symlinkSync(join(ROOT, 'node_modules'), join(folder(), 'node_modules'));
  writeFileSync(join(folder(), 'cdktf.json'), JSON.stringify({ ...project, sendCrashReports: 'false' }));
  writeFileSync(join(folder(), 'platform.yaml'), readFileSync(join(ROOT, 'test/cluster/platform.yaml')));
  writeFileSync(join(folder(), '.env'), `LANGFUSE_SECRET_KEY=${PLANTED.LANGFUSE_SECRET_KEY}\n`);
  const secrets = OPERATOR_CHART ? { operator: { chart: OPERATOR_CHART } } : { delivery: 'none' };
  writeFileSync(
    join(folder(), 'overlay.yaml'),
    stringify({ access: { nodeAddress: await nodeAddress() }, secrets, ...overlay }),
  );
}

let confinement: Confinement | undefined;

/** From here on all runs reach the API server, and Vault and Boundary where the platform publishes them: nothing else. */
export async function confine(): Promise<Confinement> {
  const config = JSON.parse(await kubectl(['config', 'view', '--minify', '-o', 'json']));
  const server = new URL(config.clusters[0].cluster.server);
  const published = ['vault-external', 'boundary-external'].flatMap(nodePorts);
  confinement = await Confinement.to([
    { address: server.hostname, ports: [Number(server.port || 443)] },
    { address: await nodeAddress(), ports: published },
  ]);
  return confinement;
}

/** The node ports of a Service of the platform under test. */
export function nodePorts(service: string): number[] {
  const platform = workFile('dist-platform');
  const objects = readdirSync(platform)
    .filter((file) => file.endsWith('.yaml'))
    .flatMap((file) => objectsIn(join(platform, file)));
  const { spec } = objects.find(({ kind, metadata }) => kind === 'Service' && metadata.name === service);
  return spec.ports.map(({ nodePort }: KubeObject) => nodePort);
}

/** Runs a command in the project. */
const inProject = (command: readonly string[], seconds: number, input = ''): Promise<Outcome> =>
  run('sh', ['-c', 'cd "$1" && shift && exec "$@"', 'sh', folder(), ...(confinement?.prefix ?? []), ...command], {
    env: environment(),
    seconds,
    input,
  });

/** What the run's last deploy was of, while that stands. */
const deployed = () => workFile('deployed.yaml');
const described = () => readFileSync(join(folder(), 'overlay.yaml'), 'utf8');

/** Brings the platform up, unless it stands as this run last described it. @returns whether it did */
export async function deployOnce(): Promise<boolean> {
  if (existsSync(deployed()) && readFileSync(deployed(), 'utf8') === described()) return false;
  rmSync(deployed(), { force: true });
  await succeeds('up');
  writeFileSync(deployed(), described());
  return true;
}

/** Runs CDKTF's command line over stacks, all of them if none is named, and returns all it writes. */
export async function cdktf(verb: 'deploy' | 'destroy', ...stacks: string[]): Promise<string> {
  rmSync(deployed(), { force: true });
  const bin = join(ROOT, 'node_modules/cdktf-cli/bundle/bin/cdktf.js');
  const which = stacks.length > 0 ? stacks : ['*'];
  // The providers come from a mirror here, which knows the sums of one platform only.
  const command = ['node', bin, verb, ...which, '--auto-approve', '--skip-provider-lock'];
  const { code, stdout, stderr } = await inProject(command, 900);
  if (code !== 0) throw new Error(`cdktf ${verb}: exit ${code}\n${stdout}${stderr}`);
  return stdout + stderr;
}

/** Runs the platform's own command line in the project, whatever its end. */
export const sandboxctl = (args: readonly string[], input?: string): Promise<Outcome> =>
  inProject(['node', ...CLI, ...args], 900, input);

/** Runs commands that somebody types in the project's folder, up to the first that fails. */
export const typed = (commands: string): Promise<Outcome> => {
  const words = ['node', ...CLI].map((word) => `'${word}'`).join(' ');
  return inProject(['sh', '-ec', `sandboxctl() { ${words} "$@"; }\n${commands}`], 900);
};

/** The same, where it has to end well. @returns what it prints */
export async function succeeds(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await sandboxctl(args);
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

/** As `sandboxctl`, in a process of a group of its own. */
export const startSandboxctl = (args: readonly string[]): ChildProcess =>
  spawn('node', [...CLI, ...args], {
    cwd: folder(),
    env: { ...process.env, ...environment() },
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });

/** Destroys all stacks, and returns all that is written. */
export async function destroy(): Promise<string> {
  const destroyed = cdktf('destroy');
  const isOver = destroyed.then(
    () => true,
    () => true,
  );
  while (!(await Promise.race([isOver, pause(1000, false)]))) {
    const boundary = await find('namespace', '', 'boundary');
    if (boundary?.metadata.deletionTimestamp) await endWorkers();
  }
  return destroyed;
}

/** Destroys what a file of this run left deployed, with the workspaces. */
export async function destroyAll(): Promise<void> {
  if (!existsSync(folder())) throw new Error('Terraform deployed a platform in another run: destroy that first');
  await destroy();
  await kubectl(['delete', 'namespace', 'devenv', '--ignore-not-found'], { seconds: 200 });
}

export const stackNames = (): string[] => readdirSync(join(folder(), 'cdktf.out', 'stacks')).sort();

/** Runs a script of the example pipeline: after `plan`, exit status 0 says that nothing would change. */
export const pipeline = (script: 'plan' | 'apply'): Promise<Outcome> =>
  inProject([join(ROOT, 'examples/pipeline', script)], 300);

/** As on a machine of a pipeline, which has the repository and reaches the states. */
export const forgetAuthority = (): void => rmSync(join(folder(), '.agent-sandbox'), { recursive: true });

/** What Terraform says of a stack. */
export const terraform = (stack: string, ...args: string[]): Promise<string> =>
  must('terraform', [`-chdir=${join(folder(), 'cdktf.out', 'stacks', stack)}`, ...args], { env: environment() });

/** What the plans of the pipeline hold, as text. */
export async function plans(): Promise<string> {
  const shown = stackNames().map((stack) => terraform(stack, 'show', '-json', 'approved.tfplan'));
  return (await Promise.all(shown)).join('\n');
}

/** What a synth writes for Terraform, as text. */
export const synthesized = (): string =>
  stackNames()
    .map((stack) => readFileSync(join(folder(), 'cdktf.out', 'stacks', stack, 'cdk.tf.json'), 'utf8'))
    .join('\n');

/** What is left in the project of a platform that was removed: objects that a state still holds, and notes of commands that are not over. */
export const leftInProject = (): string[] => [
  ...readdirSync(folder())
    .filter((name) => name.endsWith('.tfstate'))
    .flatMap((name) => {
      const { resources = [] } = JSON.parse(readFileSync(join(folder(), name), 'utf8') || '{}');
      return resources
        .filter(({ mode }: KubeObject) => mode === 'managed')
        .map((one: KubeObject) => `${name}: ${one.type}.${one.name}`);
    }),
  ...['.agent-sandbox/upgrade.json'].filter((name) => existsSync(join(folder(), name))),
];

/** All states, as text. */
export const states = (): string =>
  readdirSync(folder())
    .filter((name) => name.includes('.tfstate'))
    .map((name) => readFileSync(join(folder(), name), 'utf8'))
    .join('\n');
