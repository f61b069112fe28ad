import type { ListrTask } from 'listr2';
import { filenames, Kubectl, type KubeObject } from '../cluster/kubectl';
import { heldBack, isWorkload } from '../cluster/readiness';
import { expectNoHalfRestore } from '../cluster/restored';
import { Failure } from '../failure';
import { interrupted } from '../interruption';
import { lastLines } from '../run';
import { runTasks, type TaskEnd, tellWaiting } from '../tasks';
import { applyAdopting } from './adopt';
import { conflict } from './comparison';
import { type Difference, differencesOfParts, differencesOfStacks } from './dry-run';
import { type EarlierRealm, earlierRealm, realmTask } from './earlier-realm';
import { expectNothingInTheWay } from './in-the-way';
import { applyInTime } from './in-time';
import { clusterTask, imageTask, meanCluster } from './kind';
import { Order } from './order';
import {
  differencesOfPreparation,
  PREPARATIONS,
  type Preparation,
  preparationOf,
  preparationTasks,
} from './preparation';
import type { Part, Stack } from './project';
import { clear, obstacles } from './releases';
import { release } from './renewal';
import { handOver } from './replicas';
import { Selection, titleOf, WORKLOADS } from './selection';
import { Terraform } from './terraform';
import { NotReady, Watch } from './watch';

export interface UpArguments {
  /** Folder with the platform. */
  readonly folder: string;
  /** Names of parts and stacks; none means all. */
  readonly only: readonly string[];
  readonly skip?: readonly string[];
  readonly by: string;
  /** Name of a kind cluster that is made unless it is there. */
  readonly kind?: string;
  /** Seconds that a part may take to become Ready. */
  readonly timeout: number;
  readonly json?: boolean;
  /** Whether it goes back to what it was, with smaller volumes or others: those that are there stay. @default false */
  readonly mayShrink?: boolean;
  /** Whether what is to be known of the platform was said before. @default false */
  readonly quiet?: boolean;
}

/** Brings a platform to what its file says, and waits until it is Ready. @returns what became of each step */
export async function up(given: UpArguments): Promise<TaskEnd[]> {
  const { folder, timeout, json, kind, mayShrink } = given;
  const by = toolOf(given);
  const selection = await select(given);
  const made = kind ? await runTasks([clusterTask(kind, folder, selection.names)], { json }) : [];
  const [environment] = selection.environments;
  if (kind && environment)
    made.push(...(await runTasks([imageTask(kind, selection.environmentImage, folder)], { json })));
  const kubectl = new Kubectl();
  const preparing = Promise.all([
    preparationOf(kubectl, selection.ownObjects, { mayShrink }),
    earlierRealm(kubectl, selection.ownObjects),
  ]);
  // What is somebody else's is said first, whatever else there is to say of it.
  preparing.catch(() => {});
  const isFree = expectNothingInTheWay(kubectl, selection);
  await Promise.all([isFree, expectNoHalfRestore(kubectl)]);
  const [preparation, realm] = await preparing;
  const options = {
    selection,
    kubectl,
    folder,
    preparation,
    realm,
    by,
    timeoutSec: timeout,
    signal: interrupted(),
  } as const;
  return [...made, ...(await runTasks(upTasks(options), { json }))];
}

/** What would change, and changes nothing. */
export async function dryRun(given: UpArguments): Promise<Difference[]> {
  const by = toolOf(given);
  const selection = await select(given);
  if (given.kind) await meanCluster(given.kind, selection.names);
  const kubectl = new Kubectl();
  await expectNothingInTheWay(kubectl, selection);
  const before = differencesOfPreparation(await preparationOf(kubectl, selection.ownObjects));
  const others =
    by === 'terraform' ? differencesOfStacks(kubectl, given.folder, selection) : differencesOfParts(kubectl, selection);
  return [...before, ...(await others)];
}

/** @throws Failure - for what is no tool */
export function toolOf({ by }: Pick<UpArguments, 'by'>): 'terraform' | 'kubectl' {
  if (by === 'terraform' || by === 'kubectl') return by;
  throw new Failure(`--by ${by} is no tool that deploys: give terraform or kubectl`);
}

const select = ({ folder, only, skip, quiet }: UpArguments): Promise<Selection> =>
  Selection.of(folder, { only, skip, note: (text) => quiet || void process.stderr.write(`${text}\n`) });

interface UpOptions {
  readonly selection: Selection;
  readonly kubectl: Kubectl;
  /** Folder of the project. */
  readonly folder: string;
  /** What comes before the workloads. */
  readonly preparation: Preparation;
  /** Absent where the realm is as this version has it. */
  readonly realm?: EarlierRealm;
  /** Who carries it out: Terraform all that there is, kubectl the manifests alone. */
  readonly by: 'terraform' | 'kubectl';
  /** Seconds that a part may take to become Ready. */
  readonly timeoutSec: number;
  /** Ends it, after what runs just then. */
  readonly signal: AbortSignal;
}

/** What its tasks tell each other. */
interface Deployment {
  readonly order: Order;
  readonly watch: Watch;
  /** Aborted once a part takes too long, so that nobody waits for it any more. */
  readonly late: AbortController;
}

/** What `up` does, as tasks that run at once, each after those that it needs. */
function upTasks(options: UpOptions): ListrTask[] {
  const { selection, kubectl, by, preparation, realm, timeoutSec } = options;
  const prepared = preparationTasks(preparation, options);
  const names = by === 'terraform' ? selection.stacks.map(({ name }) => name) : [WORKLOADS];
  const order = new Order([...prepared.map(({ name }) => name), ...names], options.signal);
  const parts = selection.ownParts;
  const watch = new Watch(kubectl, parts, (seen) => remove(kubectl, heldBack(seen)));
  const deployment = { order, watch, late: new AbortController() };
  const unchanged = by === 'terraform' ? findUnchanged(options) : Promise.resolve(new Set<string>());
  const deploys =
    by === 'terraform'
      ? selection.stacks.map((stack) => deploy(stack, deployment, unchanged, options))
      : [apply(deployment, options)];
  const ready = parts.filter(hasWorkloads).map((part) => becomeReady(part, deployment, options));
  const after = realm ? [realmTask(realm, order, kubectl, timeoutSec)] : [];
  return [...prepared.map(({ task }) => task(order)), ...deploys, ...ready, ...after];
}

async function remove(kubectl: Kubectl, pods: readonly KubeObject[]): Promise<void> {
  for (const { metadata } of pods)
    await kubectl.run(['delete', 'pod', metadata.name, '--namespace', metadata.namespace, '--wait=false']);
}

const hasWorkloads = ({ objects }: Part): boolean => objects.some(isWorkload);

function deploy(
  stack: Stack,
  { order, watch, late }: Deployment,
  unchanged: Promise<Set<string>>,
  options: UpOptions,
): ListrTask {
  const { selection, folder, kubectl, preparation, timeoutSec } = options;
  const isWorkloads = stack.name === WORKLOADS;
  const title = titleOf(stack.name);
  return {
    title,
    task: async (_, task) => {
      task.output = 'what would change';
      const isUnchanged = (await unchanged).has(stack.name);
      if (!isUnchanged && stack.dependencies.length > 0)
        task.output = `after ${stack.dependencies.map(titleOf).join(', ')}`;
      return order.run(stack.name, [...stack.dependencies, ...(isWorkloads ? PREPARATIONS : [])], async () => {
        const terraform = new Terraform(stack, folder, selection.targetsOf(stack));
        if (!isUnchanged && (await changes(terraform, stack, options))) {
          task.output = 'changes are carried out';
          if (!isWorkloads) return applyInTime(terraform, stack, kubectl, timeoutSec);
          await release(kubectl, preparation.storage.anew);
          await applyAdopting(terraform, stack, kubectl, late.signal);
          return watch.renew();
        }
        task.title = `${title}: nothing to change`;
      });
    },
  };
}

/** Stacks that are as they have to be, like all before them; found out at once, where they were deployed from here before. */
async function findUnchanged(options: UpOptions): Promise<Set<string>> {
  const { selection, folder } = options;
  const { stacks } = selection;
  const all = stacks.map((stack) => new Terraform(stack, folder, selection.targetsOf(stack)));
  if (!all.every(({ isPrepared }) => isPrepared)) return new Set();
  const changed = await Promise.all(
    all.map((terraform, index) => changes(terraform, stacks[index], options).catch(() => true)),
  );
  const unchanged = new Set<string>();
  for (const [index, { name, dependencies }] of stacks.entries())
    if (
      !changed[index] &&
      dependencies.every((other) => unchanged.has(other) || !stacks.some((stack) => stack.name === other))
    )
      unchanged.add(name);
  return unchanged;
}

/** Whether anything of a stack would change; what an earlier run left half done would, and what somebody removed. */
async function changes(terraform: Terraform, stack: Stack, { kubectl, selection }: UpOptions): Promise<boolean> {
  const parts = stack.name === WORKLOADS ? selection.ownParts : [];
  const [plan, seen] = await Promise.all([terraform.plan(), obstacles(kubectl, stack, parts)]);
  if (seen.length === 0) return plan.changes;
  // A plan waits for whatever is at work, which may have gone on with it since.
  const left = await obstacles(kubectl, stack, parts);
  await clear(kubectl, left);
  return left.length > 0 ? (await terraform.plan()).changes : plan.changes;
}

function apply({ order, watch }: Deployment, { selection, kubectl, preparation }: UpOptions): ListrTask {
  const parts = selection.ownParts;
  const files = parts.flatMap((part) => part.files);
  const applied = async () => {
    const { exitCode, stderr } = await kubectl.run(['apply', '--server-side', ...filenames(files)]);
    if (exitCode !== 0) throw new Failure(conflict(stderr) ?? lastLines(stderr, 6));
  };
  return {
    title: titleOf(WORKLOADS),
    task: () =>
      order.run(WORKLOADS, PREPARATIONS, async () => {
        await release(kubectl, preparation.storage.anew);
        await handOver(kubectl, parts, applied);
        watch.renew();
      }),
  };
}

function becomeReady(part: Part, { order, watch, late }: Deployment, { timeoutSec, signal }: UpOptions): ListrTask {
  return {
    title: `${part.name} Ready`,
    task: (_, task) =>
      watch
        .becomesReady(part, timeoutSec, {
          tell: (now, before) => tellWaiting(task, now, before),
          signal: AbortSignal.any([signal, order.failed]),
          isDeployed: () => order.isThrough(WORKLOADS),
        })
        .catch((error) => {
          if (error instanceof NotReady) late.abort();
          throw error;
        }),
  };
}
