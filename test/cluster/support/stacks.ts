import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { nodeAddress } from './kubectl';
import { ROOT, workFile } from './platform';
import { must, type Outcome, run } from './run';

/** Path of the Vault Secrets Operator's chart; without it the stacks are tried without secret delivery. */
const OPERATOR_CHART = process.env.VSO_CHART ?? '';

/** Why the stacks cannot be tried here, or undefined. */
export function missing(): string | undefined {
  const config = process.env.TF_CLI_CONFIG_FILE;
  if (!config || !existsSync(config)) return 'TF_CLI_CONFIG_FILE names no file, so the providers cannot be had';
  return undefined;
}

const folder = () => workFile('stacks');

const environment = (): Record<string, string> => ({
  PLATFORM_FILE: 'platform.yaml,overlay.yaml',
  TF_VAR_kubeconfig: process.env.KUBECONFIG ?? '~/.kube/config',
  BOUNDARY_CACERT: join(folder(), '.agent-sandbox', 'ca.crt'),
  CI: 'true',
});

/** A project of its own, whose clients dial a node of the cluster. */
export async function makeProject(overlay: object): Promise<void> {
  mkdirSync(folder(), { recursive: true });
  const loader = join(ROOT, 'node_modules/tsx/dist/loader.mjs');
  const project = {
    language: 'typescript',
    app: `node --import ${loader} ${join(ROOT, 'main.ts')}`,
    projectId: 'test',
  };
  writeFileSync(join(folder(), 'cdktf.json'), JSON.stringify({ ...project, sendCrashReports: 'false' }));
  writeFileSync(join(folder(), 'platform.yaml'), readFileSync(join(ROOT, 'test/cluster/platform.yaml')));
  const secrets = OPERATOR_CHART ? { operator: { chart: OPERATOR_CHART } } : { delivery: 'none' };
  writeFileSync(
    join(folder(), 'overlay.yaml'),
    stringify({ access: { nodeAddress: await nodeAddress() }, secrets, ...overlay }),
  );
}

/** Runs CDKTF's command line over all stacks, and returns all it writes. */
export async function cdktf(verb: 'deploy' | 'destroy'): Promise<string> {
  // The providers come from a mirror here, which knows the sums of one platform only.
  const script = `cd "$1" && exec node "$2" ${verb} '*' --auto-approve --skip-provider-lock 2>&1`;
  const bin = join(ROOT, 'node_modules/cdktf-cli/bundle/bin/cdktf.js');
  return must('sh', ['-c', script, 'sh', folder(), bin], { env: environment(), seconds: 900 });
}

export const stackNames = (): string[] => readdirSync(join(folder(), 'cdktf.out', 'stacks')).sort();

/** A stack's plan: exit status 0 where nothing would change. */
export function plan(stack: string): Promise<Outcome> {
  const args = [
    `-chdir=${join(folder(), 'cdktf.out', 'stacks', stack)}`,
    'plan',
    '-input=false',
    '-detailed-exitcode',
    '-no-color',
  ];
  return run('terraform', args, { env: environment(), seconds: 180 });
}

/** All states, as text. */
export const states = (): string =>
  readdirSync(folder())
    .filter((name) => name.includes('.tfstate'))
    .map((name) => readFileSync(join(folder(), name), 'utf8'))
    .join('\n');
