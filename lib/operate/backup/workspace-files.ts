import { randomBytes } from 'node:crypto';
import { type Kubectl, kubectlCommand } from '../cluster/kubectl';
import type { Workspace } from '../cluster/workspace';
import { Failure } from '../failure';
import { type CommandLine, type Ended, lastLines } from '../run';
import { type Arrive, DROP, extract, NO_ROOM, PACK, PREPARE, RECORD_BYTES, replace, STAGE, stage, swap } from './files';
import { beside, inPlace, type Place } from './place';
import type { Tell } from './progress';
import type { Repository } from './repository';
import type { Snapshot } from './snapshot';
import { restoreTrees } from './trees';
import { who } from './who';

export interface FilesOptions {
  readonly kubectl: Kubectl;
  readonly repository: Repository;
  /** Has files go through this machine, also where a pod reaches the bucket. */
  readonly isIndirect?: boolean;
}

/** The task that files are of. */
interface Titled {
  title?: unknown;
}

const READ = /Total bytes read: (\d+)/;
const RECORDS = /records (\d+)$/;
const FULL = /No space left on device|Disk quota exceeded/i;

const stageName = (): string => `${STAGE}${who()}-${randomBytes(4).toString('hex')}`;

/** What lasts of an environment, as far as a backup has to do with it. */
export class WorkspaceFiles {
  private constructor(
    private readonly kubectl: Kubectl,
    /** As it is reached from where restic runs. */
    private readonly repository: Repository,
    private readonly workspace: Workspace,
    private readonly place: Place,
    private readonly isBeside: boolean,
  ) {}

  /**
   * Lets `use` work with the files of an environment, whether that runs or not: beside them where the repository is
   * reached from there, otherwise through this machine, as its task says then.
   */
  static async with<T>(
    { kubectl, repository, isIndirect }: FilesOptions,
    workspace: Workspace,
    use: (files: WorkspaceFiles) => Promise<T>,
    task: Titled = {},
  ): Promise<T> {
    const { bucket } = repository;
    let used: { readonly result: Promise<T> } | undefined;
    if (bucket && !isIndirect)
      try {
        await beside(kubectl, workspace, bucket, async (place) => {
          const near = await repository.reachedFrom({ namespace: workspace.namespace, pod: place.pod });
          used = { result: use(new WorkspaceFiles(kubectl, near, workspace, place, true)) };
          await used.result;
        });
      } catch (error) {
        if (used || !(error instanceof Failure)) throw error;
        task.title = `${task.title} (through this machine: ${error.message})`;
      }
    if (used) return used.result;
    return inPlace(kubectl, workspace, (place) =>
      use(new WorkspaceFiles(kubectl, repository, workspace, place, false)),
    );
  }

  /** Keeps all of them. */
  keep(cluster: string, tell: Tell): Promise<Snapshot> {
    const of = { cluster, kind: 'environment', name: this.workspace.name } as const;
    if (this.isBeside) return this.repository.keepFolders(of, this.folders, tell);
    return this.repository.keep(of, { command: this.command(PACK) }, tell);
  }

  /**
   * Has the files of a snapshot arrive, all of them and each as it was, without touching those that are there.
   * @returns the folder beside these that they are in, or undefined where there is no room: then they were only read
   */
  async receive(snapshot: Snapshot, tell: Tell): Promise<string | undefined> {
    const name = stageName();
    const { exitCode, stderr } = await this.run(PREPARE, name, String(this.roomFor(snapshot)));
    if (exitCode !== 0 && exitCode !== NO_ROOM) {
      await this.drop(name);
      throw new Failure(lastLines(stderr, 3));
    }
    if (exitCode === 0) {
      try {
        await this.give(snapshot, (arrive) => stage(arrive, this.isOwn(snapshot), this.folders, name), tell);
        return name;
      } catch (error) {
        await this.drop(name);
        if (!FULL.test((error as Error).message)) throw error;
      }
    }
    await this.repository.verify(snapshot, tell);
    return undefined;
  }

  /** Has files that came take the place of those that are there. @param arrived as `receive` answers */
  async take(snapshot: Snapshot, arrived: string | undefined, tell: Tell): Promise<void> {
    if (!arrived) return this.replace(snapshot, tell);
    const { exitCode, stderr } = await this.run(swap(this.isOwn(snapshot)), arrived);
    if (exitCode !== 0) throw new Failure(lastLines(stderr, 3));
    await this.startAnew();
  }

  /** Puts files in the place of those that are there, which go first. Those of the snapshot were read before. */
  async replace(snapshot: Snapshot, tell: Tell): Promise<void> {
    const name = stageName();
    await this.give(snapshot, (arrive) => replace(arrive, this.isOwn(snapshot), this.folders, name), tell);
    await this.startAnew();
  }

  /** Removes what came. */
  async drop(arrived: string): Promise<void> {
    await this.run(DROP, arrived);
  }

  /** Bytes that it needs: through this machine it is an archive with all that there is of each name. */
  private roomFor({ bytes, room = bytes }: Snapshot): number {
    return this.isBeside ? room : Math.max(bytes, room);
  }

  private isOwn = ({ name }: Snapshot): boolean => name === this.workspace.name;

  private get folders(): string[] {
    return this.workspace.volumes.map(({ path }) => path.replace(/^\//, ''));
  }

  /** A script that restic runs, or hands files to, given the folders. */
  private command(script: string, ...options: string[]): CommandLine {
    const here: CommandLine = ['sh', '-c', script, 'sh', ...this.folders];
    return this.isBeside ? here : kubectlCommand(this.inPod(here, ...options));
  }

  /** A script that runs where the files are, given arguments and then the folders. */
  private run(script: string, ...args: string[]): Promise<Ended> {
    return this.kubectl.run(this.inPod(['sh', '-c', script, 'sh', ...args, ...this.folders]));
  }

  private inPod = (command: CommandLine, ...options: string[]): string[] => [
    ...['exec', ...options, '--namespace', this.workspace.namespace, this.place.pod, '--'],
    ...command,
  ];

  /** Has a script put a snapshot somewhere. @throws Failure - unless all of it came */
  private give(snapshot: Snapshot, script: (arrive: Arrive) => string, tell: Tell): Promise<void> {
    const { id, folders: kept } = snapshot;
    if (!kept || !this.isBeside) return this.giveArchive(snapshot, script(extract), tell);
    const command = { script: script(restoreTrees(id, kept)), args: this.folders };
    return this.repository.giveFolders(snapshot, command, tell);
  }

  /** The same, where it comes as an archive. */
  private async giveArchive(snapshot: Snapshot, script: string, tell: Tell): Promise<void> {
    let full: string | undefined;
    const onError = (line: string) => {
      // Other words may follow, such as of links to what had no room.
      if (FULL.test(line)) full ??= line;
      const records = RECORDS.exec(line)?.[1];
      if (records) tell(Number(records) * RECORD_BYTES, snapshot.bytes);
    };
    const command = this.command(script, '--stdin');
    const { said, sent = snapshot.bytes } = await this.repository
      .give(snapshot, command, { onError })
      .catch((error: unknown) => {
        throw full && error instanceof Failure ? new Failure(full) : error;
      });
    const came = Number(READ.exec(said)?.[1]);
    // A connection that is cut may end like one that has nothing more to say.
    if (came >= sent) return;
    const much = Number.isNaN(came) ? 'nobody says how many' : `${came}`;
    throw new Failure(`the connection to ${this.workspace.name} was cut: ${much} of ${sent} bytes came`);
  }

  /** What runs there has read the files of before. */
  private async startAnew(): Promise<void> {
    const { name, namespace } = this.workspace;
    const restart = ['delete', 'pod', name, '--namespace', namespace, '--wait=false'];
    if (this.place.isRunning) await this.kubectl.answer(restart);
  }
}
