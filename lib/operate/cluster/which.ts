import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { Failure } from '../failure';
import { run } from '../run';

export interface ClusterChoice {
  /** Name of a context. @default - that of the settings, or else the current one */
  readonly context?: string;
  /** Path of a kubeconfig. @default - those that KUBECONFIG names */
  readonly kubeconfig?: string;
}

/** The context that is meant; none where the current one is. */
let chosen: string | undefined;

/**
 * Decides which cluster everything acts on that is run from here on: kubectl by its arguments, a synth by KUBE_CONTEXT,
 * and Terraform by what that writes, all of them with the same kubeconfig.
 * @param folder with the settings
 * @throws Failure - for files that are not there, or not the same for Terraform
 */
export async function chooseCluster({ context, kubeconfig }: ClusterChoice, folder: string): Promise<void> {
  const { KUBECONFIG, TF_VAR_kubeconfig } = process.env;
  if (kubeconfig !== undefined && !existsSync(kubeconfig))
    throw new Failure(`--kubeconfig ${kubeconfig}: there is no such file`);
  const [ofKubectl, ofTerraform] = [filesIn(KUBECONFIG, delimiter), filesIn(TF_VAR_kubeconfig, ',')];
  if (kubeconfig === undefined && ofKubectl && ofTerraform && ofKubectl.join() !== ofTerraform.join())
    throw new Failure(
      `KUBECONFIG is ${KUBECONFIG} and TF_VAR_kubeconfig ${TF_VAR_kubeconfig}, which may be two clusters: give one of them alone, or --kubeconfig`,
    );
  const files = kubeconfig === undefined ? (ofKubectl ?? ofTerraform) : [resolve(kubeconfig)];
  if (files) process.env.KUBECONFIG = files.join(delimiter);
  chosen = context ?? (await contextOfSettings(folder));
  if (chosen !== undefined) process.env.KUBE_CONTEXT = chosen;
}

/** @throws Failure - where settings may name one and cannot be read */
async function contextOfSettings(folder: string): Promise<string | undefined> {
  // What reads settings takes its time to load, which help is not to wait for.
  const [{ kubeContextOf }, { ConfigError, formatProblem }] = await Promise.all([
    import('../../config/kube-context'),
    import('../../config/problems'),
  ]);
  try {
    return kubeContextOf({ cwd: folder, env: process.env });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const problems = error.problems.map(formatProblem).join('\n');
    throw new Failure(problems, 1, 'or say by --context which cluster is meant; nothing is changed');
  }
}

/** Paths; undefined where a variable names none, as kubectl takes an empty one. */
function filesIn(paths: string | undefined, separator: string): string[] | undefined {
  const named = paths?.split(separator).filter(Boolean) ?? [];
  return named.length === 0 ? undefined : named.map((path) => resolve(path.replace(/^~(?=\/|$)/, homedir())));
}

/** Has kubectl act on a context, whichever is the current one. @throws Failure - where another one is named */
export function meanContext(context: string, why: string): void {
  const named = chosen;
  chosen ??= context;
  if (named === undefined || named === context) return;
  throw new Failure(
    `${why} is context ${context}, and --context, terraform.kubeContext or KUBE_CONTEXT says ${chosen}: give one of them alone`,
  );
}

/** kubectl's arguments for the context that is meant. */
export const contextArguments = (): string[] => (chosen === undefined ? [] : ['--context', chosen]);

/** The kubeconfigs, as the variable `kubeconfig` of stacks takes them. */
export const kubeconfigs = (): string =>
  (filesIn(process.env.KUBECONFIG, delimiter) ?? [join(homedir(), '.kube/config')]).join(',');

/** Which cluster it is, for people: its context and its server's address. */
export async function clusterInWords(): Promise<string> {
  const { context, cluster } = (await viewOf()) ?? {};
  // Inside a cluster there is no kubeconfig.
  if (!context) return chosen === undefined ? 'the cluster that kubectl finds' : `context ${chosen}`;
  return `context ${context} (${cluster?.server ?? 'no server'})`;
}

/** The certificate of its authority, which no two clusters share; undefined where nothing names one. */
export const authorityOfCluster = async (): Promise<string | undefined> =>
  (await viewOf(['--flatten']))?.cluster?.['certificate-authority-data'];

interface View {
  readonly context: string;
  readonly cluster?: { readonly server?: string; readonly 'certificate-authority-data'?: string };
}

async function viewOf(options: readonly string[] = []): Promise<View | undefined> {
  const view = ['config', 'view', '--minify', ...options, '--output', 'json'];
  const { exitCode, stdout } = await run('kubectl', [...contextArguments(), ...view]);
  if (exitCode !== 0) return undefined;
  const { 'current-context': context, clusters } = JSON.parse(stdout);
  return { context, cluster: clusters?.[0]?.cluster };
}
