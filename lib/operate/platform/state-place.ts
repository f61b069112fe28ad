import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { kubeconfigs } from '../cluster/which';
import type { Stack } from './project';

// biome-ignore lint/suspicious/noExplicitAny: arguments of every backend
type Arguments = any;
type Backend = readonly [type: string, config: Arguments];

/** The kubeconfig that a synth writes where nobody names one, or a cluster otherwise. */
const UNNAMED = '~/.kube/config';

/** Where a stack keeps its state, with the backend's arguments as they are written. */
export function backendOf({ folder }: Stack): Backend {
  const { terraform } = read(join(folder, 'cdk.tf.json')) ?? {};
  return (Object.entries(terraform?.backend ?? {})[0] ?? ['none', {}]) as Backend;
}

/** Whether a state is in the cluster that everything else is in, whichever that is. */
export const isInCluster = ([type, config]: Backend): boolean =>
  type === 'kubernetes' &&
  !config.host &&
  !config.in_cluster_config &&
  !config.config_paths &&
  (config.config_path ?? UNNAMED) === UNNAMED;

const expanded = (path: string): string => path.replace(/^~(?=\/|$)/, homedir());
const meant = (): string[] => kubeconfigs().split(',');
const isUnnamed = (files: readonly string[]): boolean => isDeepStrictEqual(files, [expanded(UNNAMED)]);

/** Whether Terraform looks for a state in the cluster that is meant, as far as it was told anything. */
export function isTold(stack: Stack): boolean {
  const before = noted(stack);
  return !before || !isInCluster(backendOf(stack)) || isDeepStrictEqual(filesIn(before), meant());
}

/** Arguments of `terraform init` that tell it which that is. A state that is to be moved otherwise is left to people. */
export function initOf(stack: Stack): string[] {
  const backend = backendOf(stack);
  if (!isInCluster(backend)) return [];
  const files = meant();
  const before = noted(stack);
  const isOther = before && !isTold(stack) && isDeepStrictEqual(placeIn(before), placeIn(backend[1]));
  return [...(isUnnamed(files) ? [] : named(files)), ...(isOther ? ['-reconfigure'] : [])];
}

/** Of both arguments one hides the other. */
const named = (files: readonly string[]): string[] =>
  files.length === 1
    ? [`-backend-config=config_path=${files[0]}`]
    : ['-backend-config=config_path=', `-backend-config=config_paths=${JSON.stringify(files)}`];

/** What Terraform noted of the backend's arguments. */
function noted({ folder }: Stack): Arguments | undefined {
  const { backend } = read(join(folder, '.terraform/terraform.tfstate')) ?? {};
  return backend?.type === 'kubernetes' ? backend.config : undefined;
}

const filesIn = ({ config_path: one, config_paths: several }: Arguments): string[] =>
  (one ? [one] : (several ?? [])).map(expanded);

/** Arguments but those of the kubeconfig. */
const placeIn = ({ config_path: _, config_paths: __, ...config }: Arguments): object =>
  Object.fromEntries(Object.entries(config).filter(([, value]) => value !== null));

// biome-ignore lint/suspicious/noExplicitAny: what Terraform and synths write
function read(file: string): any {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
