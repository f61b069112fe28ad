import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { App, type TerraformStack } from 'cdktf';
import type { PlatformFacts } from '../charts/platform';
import type { PlatformConfig } from '../config';
import { BoundaryStack } from './boundary';
import { DeliveryStack } from './delivery';
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
}

const STACKS = ['operators', 'workloads', 'vault', 'delivery', 'boundary'];

type Files = [file: string, objects: readonly object[]][];

/** Makes the stacks below `app`, each depending on those that must stand before it. */
export function makeStacks(
  app: App,
  { config, facts, files }: Omit<StacksProps, 'folder'>,
): { stacks: PlatformStack[]; charts: ManifestsChart[] } {
  const [namespaces, ...rest]: Files = [...files];
  const isCustom = ([file]: Files[number]) => file.includes('/');
  const operators = new OperatorsStack(app, config, namespaces);
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
  if (!facts.vault) return { stacks, charts };
  const vault = after(new VaultStack(app, config, facts.vault), workloads);
  stacks.push(vault);
  const custom = rest.filter(isCustom);
  if (custom.length > 0) {
    const delivery = after(new DeliveryStack(app, config, custom), vault);
    stacks.push(delivery);
    charts.push(...delivery.charts);
  }
  if (facts.boundary) stacks.push(after(new BoundaryStack(app, config, facts.boundary, facts.vault), vault));
  return { stacks, charts };
}

function after<T extends TerraformStack>(stack: T, before: TerraformStack): T {
  stack.addDependency(before);
  return stack;
}

/** Writes all stacks below `folder`, with the charts they release and the blocks that CDKTF has no classes for. */
export function writeStacks(props: StacksProps): void {
  const app = new App({ outdir: props.folder });
  const { stacks, charts } = makeStacks(app, props);
  removeObsolete(props.folder, stacks);
  app.synth();
  for (const chart of charts) writeChart(chart, props.folder);
  for (const stack of stacks) writeExtraBlocks(stack, props.folder);
}

/** Charts are written anew each time; stacks of parts that were left out go. */
function removeObsolete(folder: string, stacks: readonly PlatformStack[]): void {
  for (const name of STACKS) {
    const stack = join(folder, 'stacks', name);
    const stale = stacks.some(({ id }) => id === name) ? join(stack, 'charts') : stack;
    rmSync(stale, { recursive: true, force: true });
  }
}

function writeExtraBlocks({ id, extraBlocks }: PlatformStack, folder: string): void {
  if (Object.keys(extraBlocks).length === 0) return;
  const path = join(folder, 'stacks', id, 'ephemeral.tf.json');
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify({ ephemeral: extraBlocks }, null, 2)}\n`);
}
