import type { ListrTask } from 'listr2';
import { Kubectl, type KubeObject } from '../cluster/kubectl';
import { labelOf, OURS } from '../cluster/labels';
import { nameOf } from '../cluster/names';
import { RESTORED, RESTORED_FROM } from '../cluster/restored';
import { confirm } from '../confirm';
import { Failure } from '../failure';
import { interrupted } from '../interruption';
import { lastLines } from '../run';
import { runTasks, type TaskEnd } from '../tasks';
import { aboutOthers, type Bystanders, bystandersOf, expectNoneEndangered } from './bystanders';
import { Order } from './order';
import type { Stack } from './project';
import { clearRemovals, forgetAll, releasedCharts, unnoted } from './releases';
import { planOf, type RemovalPlan } from './removal-plan';
import { type DownArguments, expectWorkspaces, LEFT, namespacesOf, workspacesOf } from './removal-scope';
import { Selection, titleOf, WORKLOADS } from './selection';
import { Terraform } from './terraform';
import { removeTraces, tracesOf } from './traces';

/** Seconds that what is deleted may take to go. */
const GONE_SEC = 300;
/** Of what is no more: a restore, and the tool that may not be the next one's. */
const NOTES = [
  ['annotate', RESTORED_FROM, RESTORED, 'meta.helm.sh/release-name', 'meta.helm.sh/release-namespace'],
  ['label', 'app.kubernetes.io/managed-by'],
];

/** A platform that stands, and what removing it means. */
export class Removal {
  private constructor(
    private readonly given: DownArguments,
    private readonly kubectl: Kubectl,
    private readonly selection: Selection,
    /** Whether Terraform deployed it. */
    private readonly byTerraform: boolean,
    private readonly bystanders: Bystanders,
  ) {}

  /** Looks, and touches nothing. @throws Failure - where something of somebody else's would go along */
  static async of(given: DownArguments): Promise<Removal> {
    const kubectl = new Kubectl();
    const selection = await Selection.of(given.folder, given);
    expectWorkspaces(given, selection);
    const released = await releasedCharts(kubectl, selection.stacks);
    const bystanders = await bystandersOf(kubectl, selection, { released, going: namespacesOf(given, selection) });
    expectNoneEndangered(bystanders);
    return new Removal(given, kubectl, selection, released.size > 0, bystanders);
  }

  /** After it was carried out: what stays beside the cluster, and why. */
  readonly left: string[] = [];

  /** What is to be known of it before, in words. */
  get notes(): string[] {
    return aboutOthers(this.bystanders);
  }

  /** Namespaces that go with all that is in them. */
  get namespaces(): string[] {
    return namespacesOf(this.given, this.selection).filter((name) => !this.isOthers(`Namespace ${name}`));
  }

  private isOthers = (name: string): boolean => this.bystanders.others.some((object) => nameOf(object) === name);

  /** What of manifests is the platform's to remove. */
  private own = (objects: readonly KubeObject[]): KubeObject[] =>
    objects.filter((object) => !this.isOthers(nameOf(object)));

  /** What would go and what would stay. Touches nothing. */
  plan(): Promise<RemovalPlan> {
    const { given, kubectl, selection, byTerraform, bystanders, namespaces } = this;
    return planOf({ given, kubectl, selection, byTerraform, bystanders, namespaces, traces: this.traces() });
  }

  /** What the whole platform leaves beside the cluster. */
  private traces = () =>
    this.selection.isWhole ? tracesOf(this.kubectl, this.selection.stacks, this.given.folder) : [];

  /** Asks whether it is meant. @throws Failure - if not */
  async confirm(): Promise<void> {
    const parts = this.selection.isWhole ? 'the platform' : this.selection.parts.map(({ name }) => name).join(', ');
    if (!this.given.deleteWorkspaces)
      return confirm(`this removes ${parts}; the files in the environments stay`, 'yes');
    const workspaces = workspacesOf(this.selection);
    const claims = await this.kubectl.list('persistentvolumeclaims', { namespace: workspaces, selector: OURS });
    const names = claims.map(({ metadata }) => metadata.name);
    return confirm(
      `this removes ${parts} and deletes all files in ${names.length} volumes (${names.join(', ')})`,
      workspaces,
    );
  }

  async run(): Promise<TaskEnd[]> {
    const removals = this.byTerraform ? this.selection.stacks.map(({ name }) => name) : ['objects'];
    const order = new Order(['sessions', ...removals, 'rest', 'traces'], interrupted());
    const tasks = this.byTerraform ? this.destroyStacks(order) : [this.deleteObjects(order)];
    const last = [this.deleteRest(order, removals), ...(this.selection.isWhole ? [this.removeTraces(order)] : [])];
    return runTasks([this.endSessions(order), ...tasks, ...last], { json: this.given.json });
  }

  /** Without controllers, a worker would wait for all of its grace period. */
  private endSessions(order: Order): ListrTask {
    return {
      title: 'sessions',
      task: () =>
        order.run('sessions', [], async () => {
          const workers = this.own(this.selection.objects).filter(
            (object) => object.kind === 'StatefulSet' && labelOf(object, 'instance') === 'boundary-worker',
          );
          for (const { metadata } of workers) {
            const where = ['--namespace', metadata.namespace];
            // Not scaled: an `up` that comes after a `down` which was killed would take none for enough.
            await this.kubectl.run([
              'delete',
              'statefulset',
              metadata.name,
              '--cascade=orphan',
              '--ignore-not-found',
              ...where,
            ]);
            await this.kubectl.run([
              'delete',
              'pods',
              '--selector',
              `${OURS},app.kubernetes.io/instance=boundary-worker`,
              '--force',
              '--grace-period=0',
              '--ignore-not-found',
              ...where,
            ]);
          }
        }),
    };
  }

  /** Each goes after those that were made after it. */
  private destroyStacks(order: Order): ListrTask[] {
    const { stacks } = this.selection;
    return [...stacks].reverse().map((stack) => ({
      title: titleOf(stack.name),
      task: () => {
        const later = stacks.filter(({ dependencies }) => dependencies.includes(stack.name)).map(({ name }) => name);
        return order.run(stack.name, ['sessions', ...later], () => this.destroy(stack));
      },
    }));
  }

  private async destroy(stack: Stack): Promise<void> {
    const targets = this.selection.targetsOf(stack);
    const terraform = new Terraform(stack, this.given.folder, targets);
    const left = await unnoted(this.kubectl, stack, () => terraform.state());
    for (const release of left.filter(({ address }) => targets.length === 0 || targets.includes(address)))
      await terraform.take(release);
    await terraform.destroy().catch(async (error) => {
      // It has waited for whatever was at work, so what is half removed now was broken off.
      if (!(error instanceof Failure) || !(await clearRemovals(this.kubectl, stack))) throw error;
      await terraform.destroy();
    });
  }

  private deleteObjects(order: Order): ListrTask {
    return { title: titleOf(WORKLOADS), task: () => order.run('objects', ['sessions'], () => this.deleteParts()) };
  }

  private async deleteParts(): Promise<void> {
    // What an operator finishes goes while it is there.
    const first = this.selection.parts.filter((part) => part.needsOperator);
    for (const parts of [first, this.selection.ownParts]) {
      const meant = parts.filter(({ name }) => name !== 'namespaces');
      await this.kubectl.deleteAll(this.own(meant.flatMap(({ objects }) => objects)), GONE_SEC);
    }
  }

  private deleteRest(order: Order, before: readonly string[]): ListrTask {
    return {
      title: this.given.deleteWorkspaces ? 'namespaces and workspaces' : 'namespaces',
      task: () =>
        order.run('rest', before, async () => {
          // Of a release that failed, Terraform knows nothing.
          if (this.byTerraform && this.selection.isWhole && (await forgetAll(this.kubectl, this.selection.stacks)))
            await this.deleteParts();
          await this.emptyWorkspaces();
          if (this.namespaces.length === 0) return;
          const { exitCode, stderr } = await this.kubectl.run([
            'delete',
            'namespaces',
            ...this.namespaces,
            '--ignore-not-found',
            `--timeout=${GONE_SEC}s`,
          ]);
          if (exitCode !== 0) throw new Failure(await this.stuck(String(stderr)));
        }),
    };
  }

  /** Removes what is the platform's where the environments are, and files where they are meant. */
  private async emptyWorkspaces(): Promise<void> {
    const workspaces = workspacesOf(this.selection);
    if (!workspaces) return;
    const where = ['--namespace', workspaces, '--selector', OURS, '--ignore-not-found'];
    // Those that a killed run left without an owner would keep their volumes for ever.
    if (this.selection.isWhole) await this.kubectl.answer(['delete', 'pods', `--timeout=${GONE_SEC}s`, ...where]);
    if (this.given.deleteWorkspaces) await this.kubectl.answer(['delete', 'persistentvolumeclaims', ...where]);
    if (!this.selection.isWhole || this.namespaces.includes(workspaces)) return;
    await this.kubectl.answer(['delete', LEFT, ...where]);
    if (this.isOthers(`Namespace ${workspaces}`)) return;
    for (const [verb, ...notes] of NOTES)
      await this.kubectl.run([verb, 'namespace', workspaces, ...notes.map((note) => `${note}-`)]);
  }

  private removeTraces(order: Order): ListrTask {
    return {
      title: 'states and files',
      task: () =>
        order.run('traces', ['rest'], async () => {
          this.left.push(...(await removeTraces(this.traces())));
        }),
    };
  }

  /** What keeps namespaces from going, as they say it themselves. */
  private async stuck(said: string): Promise<string> {
    const left = (await this.kubectl.list('namespaces')).filter(({ metadata }) =>
      this.namespaces.includes(metadata.name),
    );
    const conditions = left.flatMap(({ metadata, status }) =>
      (status.conditions ?? [])
        .filter(({ status: is }: { status: string }) => is === 'True')
        .map(({ message }: { message: string }) => `${metadata.name}: ${message}`),
    );
    return conditions.join('; ') || lastLines(said, 3);
  }
}
