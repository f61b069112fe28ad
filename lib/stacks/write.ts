import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { App, type TerraformStack } from 'cdktf';
import type { PlatformFacts } from '../charts/platform';
import type { PlatformConfig } from '../config';
import { BoundaryStack } from './boundary';
import { DeliveryStack } from './delivery';
import { escapeForHcl } from './hcl';
import { literal } from './literal';
import { type ManifestsChart, writeChart } from './manifests-chart';
import { OperatorsStack } from './operators';
import type { PlatformStack } from './platform-stack';
import { VaultStack } from './vault';
import { WorkloadsStack } from './workloads';

export interface StacksProps {
  readonly config: PlatformConfig;
  readonly facts: PlatformFacts;
  /** Objects by the file they belong to, as the charts rendered them. */
  readonly files: ReadonlyMap<string, readonly object[]>;
  readonly folder: string;
  /** Whether CDKTF's command line runs this: it removes folders of stacks that are left out, and stumbles over one that is gone. */
  readonly byCommandLine?: boolean;
}

/** In the order in which they build upon each other. */
export const STACKS = ['operators', 'workloads', 'vault', 'delivery', 'boundary'];

type Files = [file: string, objects: readonly object[]][];

/** Makes the stacks below `app`, each depending on those that must stand before it. */
function makeStacks(
  app: App,
  { files, ...given }: Pick<StacksProps, 'config' | 'facts' | 'files'>,
): { stacks: PlatformStack[]; charts: ManifestsChart[] } {
  const [namespaces, ...rest]: Files = [...files];
  const { config, facts } = literal(given);
  const isCustom = ([file]: Files[number]) => file.includes('/');
  const operators = new OperatorsStack(app, config, facts, namespaces);
  const workloads = after(
    new WorkloadsStack(
      app,
      config,
      facts,
      rest.filter((file) => !isCustom(file)),
    ),
    operators,
  );
  const stacks: PlatformStack[] = [operators, workloads];
  const charts = [...operators.charts, ...workloads.charts];
  const vault = facts.vault && after(new VaultStack(app, config, facts.vault), workloads);
  if (vault) stacks.push(vault);
  const custom = rest.filter(isCustom);
  if (custom.length > 0) {
    const delivery = after(new DeliveryStack(app, config, custom), vault ?? workloads);
    stacks.push(delivery);
    charts.push(...delivery.charts);
  }
  if (vault && facts.vault && facts.boundary)
    stacks.push(after(new BoundaryStack(app, config, facts.boundary, facts.vault), vault));
  return { stacks, charts };
}

function after<T extends TerraformStack>(stack: T, before: TerraformStack): T {
  stack.addDependency(before);
  return stack;
}

/**
 * Writes all stacks below `folder`, with the charts they release and the blocks that CDKTF has no classes for.
 *
 * @returns their names
 */
export function writeStacks(props: StacksProps): string[] {
  const app = new App({ outdir: props.folder });
  const { stacks, charts } = makeStacks(app, props);
  removeObsolete(props, stacks);
  if (app.hclOutput) stacks.forEach(escapeForHcl);
  app.synth();
  for (const chart of charts) writeChart(chart, props.folder);
  for (const stack of stacks) writeExtraBlocks(stack, props.folder);
  return stacks.map(({ node }) => node.id);
}

const EXTRA_BLOCKS = 'ephemeral.tf.json';
/** What a synth writes: in one folder, Terraform would read JSON and HCL together. */
const WRITTEN = ['charts', 'cdk.tf', 'cdk.tf.json', 'metadata.json', EXTRA_BLOCKS];

/** Stacks of parts that were left out go; of others, what is written anew, and not what Terraform keeps beside it. */
function removeObsolete({ folder, byCommandLine }: StacksProps, stacks: readonly PlatformStack[]): void {
  for (const name of STACKS) {
    const stack = join(folder, 'stacks', name);
    const goes = !byCommandLine && !stacks.some(({ id }) => id === name);
    const stale = goes ? [stack] : WRITTEN.map((file) => join(stack, file));
    for (const path of stale) rmSync(path, { recursive: true, force: true });
  }
}

function writeExtraBlocks({ id, ephemeral, forgotten }: PlatformStack, folder: string): void {
  const removed = [...forgotten].map((from) => ({ from, lifecycle: { destroy: false } }));
  const blocks = {
    ...(Object.keys(ephemeral).length > 0 && { ephemeral }),
    ...(removed.length > 0 && { removed }),
  };
  if (Object.keys(blocks).length === 0) return;
  const path = join(folder, 'stacks', id, EXTRA_BLOCKS);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(blocks, null, 2)}\n`);
}
