import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Kubectl, type KubeObject } from '../../cluster/kubectl';
import { OURS } from '../../cluster/labels';
import { nameOf } from '../../cluster/names';
import { isSettled } from '../../cluster/readiness';
import { confirm } from '../../confirm';
import { INTERRUPTED } from '../../exits';
import { Failure } from '../../failure';
import { interrupted } from '../../interruption';
import { say } from '../../output';
import { runTasks, type TaskEnd } from '../../tasks';
import { type Part, Project } from '../project';
import { Selection } from '../selection';
import { SettingsFile } from '../settings-file';
import { toolOf, type UpArguments, up } from '../up';
import { Watch } from '../watch';
import { type NewImage, podOf, removeTrials, trials } from './images';
import { type Entry, Journal } from './journal';
import { lastWords } from './last-words';
import { type Plan, planOf, WORKLOAD_KINDS } from './plan';

export interface UpgradeArguments extends Omit<UpArguments, 'only' | 'skip' | 'kind' | 'mayShrink' | 'quiet'> {
  /** Values by their keys, which platform.yaml gets; none means that it is carried out as it is. */
  readonly settings: Readonly<Record<string, unknown>>;
}

const NO_WAY_BACK =
  'a step that fails is where it stops: what platform.yaml said before is known only of settings that are given here (KEY=VALUE)';

/** A platform that stands, and what bringing it to other versions and sizes means. */
export class Upgrade {
  private constructor(
    private readonly given: UpgradeArguments,
    private readonly kubectl: Kubectl,
    private readonly file: SettingsFile,
    private readonly journal: Journal,
    /** What the file says before and after; the same where an upgrade that was killed is gone on with. */
    private readonly entry: Entry,
    /** Whether one that was killed is gone on with. */
    private readonly isBegun: boolean,
    readonly plan: Plan,
    private readonly images: readonly NewImage[],
    /** What has pods, once it is carried out. */
    private readonly workloads: readonly KubeObject[],
    /** What is Ready now, and has to stay so. */
    private readonly ready: Part,
  ) {}

  /** Finds out what it means, and changes nothing. @throws Failure - for settings or volumes that cannot be */
  static async of(given: UpgradeArguments): Promise<Upgrade> {
    const by = toolOf(given);
    const [file, journal, kubectl] = [new SettingsFile(given.folder), new Journal(given.folder), new Kubectl()];
    const begun = journal.read();
    const now = file.text;
    const after = Object.keys(given.settings).length > 0 ? file.textWith(given.settings) : now;
    // One that was finished by other means is over.
    const isBegun = begun?.after === after && (now === begun.before || now === begun.after);
    const entry = isBegun ? begun : { before: after === now ? undefined : now, after };
    return withCandidate(given.folder, file, after, async (selection) => {
      const { plan, images, standing } = await planOf(kubectl, selection, by);
      const isForward = entry.before === undefined && plan.steps.length > 0;
      const notes = [...plan.notes, ...(isForward ? [NO_WAY_BACK] : [])];
      const ready = {
        name: 'what was Ready',
        files: [],
        needsOperator: false,
        objects: selection.ownObjects.filter((object) => standing.some((other) => isReadyAs(object, other))),
      };
      const workloads = selection.ownObjects.filter(podOf);
      return new Upgrade(given, kubectl, file, journal, entry, isBegun, { ...plan, notes }, images, workloads, ready);
    });
  }

  /** Whether all is as it has to be. */
  get isDone(): boolean {
    return this.plan.steps.length === 0 && !this.isBegun && this.entry.after === this.file.text;
  }

  /** Asks whether it is meant. @throws Failure - if not */
  confirm = (): Promise<void> => confirm(`this upgrades ${this.plan.steps.join(', ') || 'the platform'}`, 'yes');

  /** Carries it out, step by step. @throws Failure - with what failed, all being as it was before where that is known */
  async run(): Promise<TaskEnd[]> {
    const { json, timeout } = this.given;
    await removeTrials(this.kubectl);
    const tried = await runTasks(trials(this.kubectl, this.images, timeout), { json, atOnce: 4 });
    this.journal.write(this.entry);
    this.file.write(this.entry.after);
    const ends = [...tried];
    const begun: string[] = [];
    try {
      for (const step of this.plan.steps) {
        begun.push(step);
        ends.push(...(await this.step([step])), ...(await this.isReadyStill()));
      }
      ends.push(...(await this.step([])));
    } catch (error) {
      if (!(error instanceof Failure) || error.status === INTERRUPTED) throw error;
      throw await this.goBack(begun, error);
    }
    this.journal.remove();
    return ends;
  }

  private step(only: readonly string[], mayShrink = false): Promise<TaskEnd[]> {
    interrupted().throwIfAborted();
    if (!this.given.json) say(`== ${only.join(', ') || 'all of it'}${mayShrink ? ', as it was' : ''}`);
    return up({ ...this.given, only, mayShrink, quiet: true });
  }

  private isReadyStill(): Promise<TaskEnd[]> {
    const { timeout, json } = this.given;
    const watch = new Watch(this.kubectl, [this.ready]);
    const task = () => watch.becomesReady(this.ready, timeout, { signal: interrupted() });
    return runTasks([{ title: `${this.ready.name} still is`, task }], { json });
  }

  /**
   * Ends what only the other version has, such as Jobs, which are named for what they hold: Helm leaves what a revision
   * made that failed, and a Job would change a database that is in use again. @param before all that is to be
   */
  private async endNew(before: readonly KubeObject[]): Promise<void> {
    const [known, made] = [before, this.workloads].map((objects) => new Set(objects.map(nameOf)));
    const standing = await this.kubectl.list(WORKLOAD_KINDS, { selector: OURS });
    const isNew = (object: KubeObject) => made.has(nameOf(object)) && !known.has(nameOf(object));
    await this.kubectl.deleteAll(standing.filter(isNew), this.given.timeout);
  }

  /** Brings all to what it was, the last step first. @returns what to say in the end */
  private async goBack(begun: readonly string[], failure: Failure): Promise<Failure> {
    const { before } = this.entry;
    const { path } = this.file;
    const said = [failure.message, ...(await lastWords(this.kubectl))].join('\n');
    if (before === undefined)
      return new Failure(
        `${said}\nit stopped there, and nothing was taken back: put ${basename(path)} (and the program) back as they were and run the same again, or mend what is wrong: sandboxctl doctor says what`,
      );
    this.file.write(before);
    const failures: string[] = [];
    const attempt = async (what: () => Promise<unknown>) => {
      try {
        await what();
      } catch (error) {
        if (!(error instanceof Failure) || error.status === INTERRUPTED) throw error;
        failures.push(error.message);
      }
    };
    await attempt(async () => {
      // A part that is new has nothing to go back to.
      const { parts, stacks, objects } = await Selection.of(this.given.folder);
      await attempt(() => this.endNew(objects));
      const known = [...parts, ...stacks].map(({ name }) => name);
      for (const name of [...begun].reverse().filter((step) => known.includes(step)))
        await attempt(() => this.step([name], true));
      await attempt(() => this.step([], true));
    });
    if (failures.length > 0)
      return new Failure(
        `${said}\n${path} is as it was, but going back failed as well: ${failures.join('; ')}\nsandboxctl doctor says why, and sandboxctl up goes on`,
      );
    this.journal.remove();
    const stay = this.plan.volumes.map(({ claim }) => claim);
    const volumes = stay.length > 0 ? `; volumes do not become smaller again: ${stay.join(', ')}` : '';
    return new Failure(`${said}\nall is back as it was, ${path} too${volumes}`);
  }
}

/** Has `use` look at what the program makes of a text of settings, beside what it made of the file. */
async function withCandidate<T>(
  folder: string,
  file: SettingsFile,
  text: string,
  use: (selection: Selection) => Promise<T>,
): Promise<T> {
  const out = mkdtempSync(join(tmpdir(), 'upgrade-'));
  const settings = join(out, basename(file.path));
  writeFileSync(settings, text);
  try {
    const project = new Project(folder, { settings, out });
    for (const note of await project.synth()) process.stderr.write(`${note}\n`);
    return await use(new Selection(project));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw new Failure(error.message.replaceAll(settings, basename(file.path)), error.status);
  } finally {
    rmSync(out, { recursive: true });
  }
}

/** Whether an object that lasts stands and is Ready. */
const isReadyAs = (wanted: KubeObject, standing: KubeObject): boolean =>
  /^(StatefulSet|Deployment)$/.test(wanted.kind) &&
  wanted.kind === standing.kind &&
  wanted.metadata.name === standing.metadata.name &&
  wanted.metadata.namespace === standing.metadata.namespace &&
  isSettled(standing);
