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
  // What reads settings takes its time to load, which help is not to wait for.
  const { kubeContextOf } = await import('../../config/kube-context');
  chosen = context ?? kubeContextOf({ cwd: folder, env: process.env });
  if (chosen !== undefined) process.env.KUBE_CONTEXT = chosen;
}

const filesIn = (paths: string | undefined, separator: string): string[] | undefined =>
  paths
    ?.split(separator)
    .filter(Boolean)
    .map((path) => resolve(path.replace(/^~(?=\/|$)/, homedir())));

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
  const view = ['config', 'view', '--minify', '--output', 'json'];
  const { exitCode, stdout } = await run('kubectl', [...contextArguments(), ...view]);
  // Inside a cluster there is no kubeconfig.
  if (exitCode !== 0) return chosen === undefined ? 'the cluster that kubectl finds' : `context ${chosen}`;
  const { 'current-context': context, clusters } = JSON.parse(stdout);
  return `context ${context} (${clusters?.[0]?.cluster?.server ?? 'no server'})`;
}
