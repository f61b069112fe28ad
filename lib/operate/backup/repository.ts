import { isAbsolute, resolve } from 'node:path';
import type { Options } from 'execa';
import { askSecret } from '../confirm';
import { Failure } from '../failure';
import { type CommandLine, type Ended, lastLines, type Meanwhile } from '../run';
import { type PodName, ResticBeside } from './beside';
import { type Bucket, bucketOf, loginOf } from './bucket';
import { BackupHeard, RestoreHeard } from './heard';
import type { Tell } from './progress';
import { CALL, expectRestic, type Given, password, type Restic, ResticHere } from './restic';
import { INCOMPLETE, LOCKED, NO_REPOSITORY, resticFailure, wordsOf } from './restic-failure';
import { fileOf, type Listed, readOf, type Snapshot, type Subject, shortId, snapshotOf, tagOf } from './snapshot';
import { keepTrees } from './trees';

/**
 * A command that writes what is kept, and says on standard error how much it was, as `Total bytes written: N`, and if it
 * can how much it will be, as `Total bytes expected: N`.
 */
export interface Source {
  readonly command: CommandLine;
  /** What it reads, which no argument may be. */
  readonly input?: string;
}

/** A script with words of its own. */
interface Script {
  readonly script: string;
  readonly args: readonly string[];
}

/** What stays, by restic's options without their `--keep-`. */
export type Policy = Readonly<Record<string, string>>;

interface Group {
  readonly remove: readonly { readonly id: string }[] | null;
}

type Of = Subject & Pick<Snapshot, 'cluster'>;

const TOTAL = /Total bytes written: (\d+)/;
/** Said once a script has restored all. */
const ALL = 'All folders came';
/** How many of the files that hold data are read. */
const PROGRESS = /[\d.]+%.* packs/;
/** Said by one whose reader ended. */
const BROKEN = /broken pipe|EPIPE/i;
/** Runs a command that first reads a text, which is in its environment and no argument. */
const FED = `exec 2>&3; printf %s "$SANDBOXCTL_INPUT" | "$@"`;
/** Runs a command whose words restic does not pass on: it may end before it has read the last of them. */
const HEARD = 'exec "$@" 2>&3';

/** A folder or bucket of backups, encrypted, compressed and without anything twice, as restic keeps it. */
export class Repository {
  private constructor(
    readonly location: string,
    private readonly env: Readonly<Record<string, string>>,
    private readonly program: Restic = new ResticHere(env),
  ) {}

  /**
   * @param location a folder, or what restic calls a repository, such as `s3:https://HOST/BUCKET/PREFIX`
   * @throws Failure - where restic is missing or too old, or nobody says the password
   */
  static async at(location: string): Promise<Repository> {
    if (!location) throw new Failure('the place of the backups is empty: give a folder, or a repository of restic');
    await expectRestic();
    const isFolder = !/^[a-z0-9]+:/.test(location);
    const where = isFolder && !isAbsolute(location) ? resolve(location) : location;
    return new Repository(where, { ...(await password()), RESTIC_REPOSITORY: where, RESTIC_PROGRESS_FPS: '1' });
  }

  /** Where pods may reach it as well. */
  get bucket(): Bucket | undefined {
    return bucketOf(this.location);
  }

  /** The same, by restic in a pod. @throws Failure - where that does not run there, or does not reach it */
  async reachedFrom(pod: PodName): Promise<Repository> {
    const program = await ResticBeside.in(pod, await loginOf(this.env));
    return new Repository(this.location, this.env, program);
  }

  /** Makes it unless it is there. */
  async prepare(): Promise<void> {
    const { exitCode, stderr } = await this.restic(['cat', 'config']);
    if (exitCode === 0) return;
    if (exitCode !== NO_REPOSITORY) throw this.failure(stderr, exitCode);
    // Of one that was mistyped, nobody would open anything again.
    const { RESTIC_PASSWORD: typed } = this.env;
    if (typed && typed !== (await askSecret('The same once more, for backups that are new')))
      throw new Failure('that is another password: nothing is changed');
    const made = await this.restic(['init']);
    if (made.exitCode !== 0) throw this.failure(made.stderr, made.exitCode);
  }

  /**
   * Keeps what a command writes, once it ends well.
   * @param tell gets the bytes so far
   */
  async keep(of: Of, source: Source, tell: Tell): Promise<Snapshot> {
    const { command, input } = source;
    const script = input === undefined ? HEARD : FED;
    const from = ['--stdin-from-command', '--', 'sh', '-c', script, 'sh', ...command];
    const { snapshot, said } = await this.keepFile(of, from, { env: { SANDBOXCTL_INPUT: input } }, tell);
    // A connection that is cut may end like one that has nothing more to say.
    const sent = Number(TOTAL.exec(said)?.[1]);
    const { id, bytes } = snapshot;
    if (bytes === sent) return snapshot;
    const forgotten = await this.restic(['forget', id]);
    const kept = forgotten.exitCode === 0 ? 'nothing of it is kept' : `what came is snapshot ${id}: remove it`;
    const what = Number.isNaN(sent)
      ? `after ${bytes} bytes (${lastLines(wordsOf(said), 2)})`
      : `${bytes} of ${sent} bytes came`;
    throw new Failure(`the connection to ${of.name} was cut: ${what}; ${kept}`);
  }

  /** Keeps a text. */
  async keepText(of: Of, text: string): Promise<Snapshot> {
    const { snapshot } = await this.keepFile(of, ['--stdin'], { input: text });
    return snapshot;
  }

  /**
   * Keeps folders as they are, each file by itself, by restic where they are.
   * @param folders without their first slash
   * @throws Failure - where any of it cannot be read: nothing is kept then
   */
  async keepFolders(of: Of, folders: readonly string[], tell: Tell): Promise<Snapshot> {
    const named = ['--host', of.cluster, '--tag', tagOf(of)];
    const heard = new BackupHeard(of, tell);
    const { exitCode, stderr } = await this.run(keepTrees(named, folders), folders, {}, heard);
    const { snapshot, expected } = heard;
    if (exitCode === INCOMPLETE) await this.restic(['forget', snapshot.id]);
    if (exitCode !== 0) throw this.failure(stderr, exitCode);
    if (!snapshot.id) throw new Failure(`the connection to ${of.name} was cut: nobody says what is kept`);
    return { ...snapshot, folders: folders.map((folder) => `/${folder}`), room: expected };
  }

  /** The snapshots, oldest first. */
  async snapshots(): Promise<Snapshot[]> {
    const { exitCode, stdout, stderr } = await this.restic(['snapshots', '--json']);
    if (exitCode !== 0) throw this.failure(stderr, exitCode);
    return (JSON.parse(stdout) as Listed[]).flatMap(snapshotOf);
  }

  /** Short ids of all snapshots that a policy lets go, whosever they are. */
  async removable(policy: Policy): Promise<string[]> {
    const keep = Object.entries(policy).flatMap(([name, value]) => [`--keep-${name}`, value]);
    const ended = await this.restic(['forget', '--dry-run', '--json', '--group-by', 'host,tags', ...keep]);
    if (ended.exitCode !== 0) throw this.failure(ended.stderr, ended.exitCode);
    // Of one without snapshots it says nothing.
    const groups: Group[] = JSON.parse(ended.stdout || '[]');
    return groups.flatMap(({ remove }) => (remove ?? []).map(({ id }) => shortId(id)));
  }

  /** Removes snapshots, and what nothing else needs of them. */
  async remove(snapshots: readonly Snapshot[]): Promise<void> {
    const { exitCode, stderr } = await this.restic(['forget', '--prune', ...snapshots.map(({ id }) => id)]);
    if (exitCode !== 0) throw this.failure(stderr, exitCode);
  }

  /** Reads all of a snapshot, each part against the sum that it is kept under. @throws Failure - where any is not what it was */
  async verify(snapshot: Snapshot, tell: Tell = () => {}): Promise<void> {
    let bytes = 0;
    await this.dump(snapshot, undefined, {
      onBytes: (count) => {
        bytes += count;
        tell(bytes, snapshot.bytes);
      },
    });
  }

  /**
   * Reads all that is kept once, whoever keeps more meanwhile.
   * @param say gets how far it is, in words
   * @returns what is wrong, if anything: none of it may be needed
   */
  async check(say: (progress: string) => void): Promise<string | undefined> {
    const onLine = (line: string) => {
      const [progress] = PROGRESS.exec(line) ?? [];
      if (progress) say(progress);
    };
    const env = { RESTIC_PROGRESS_FPS: process.stdout.isTTY ? '1' : '0.1' };
    const { exitCode, stderr } = await this.restic(['check', '--read-data', '--no-lock'], { env }, { onLine });
    if (exitCode === 0) return undefined;
    const failure = this.failure(stderr, exitCode);
    if (exitCode !== 1) throw failure;
    return failure.message;
  }

  /** A text that was kept. */
  read = (snapshot: Snapshot): Promise<string> => this.dump(snapshot, { stripFinalNewline: false });

  /**
   * Hands a snapshot to a command, after what that has to read first.
   * @returns what it says on standard error, and how many bytes it was handed, where that is known
   * @throws Failure - where either fails
   */
  async give(snapshot: Snapshot, command: CommandLine, given?: Given): Promise<{ said: string; sent?: number }> {
    let sent: number | undefined;
    const onBytes = (count: number) => {
      sent = (sent ?? 0) + count;
    };
    const args = ['dump', snapshot.id, readOf(snapshot)];
    const [from, to] = await this.program.give(args, command, { ...given, onBytes });
    const isReader = to.exitCode !== 0 && BROKEN.test(from.stderr);
    if (from.exitCode !== 0 && from.exitCode !== undefined && !isReader)
      throw this.failure(from.stderr, from.exitCode, `snapshot ${snapshot.id} is damaged`);
    if (to.exitCode !== 0) throw new Failure(lastLines(wordsOf(to.stderr), 3));
    return { said: to.stderr, sent };
  }

  /** Has a script restore folders of a snapshot, by restic where they go to. @throws Failure - unless all of them came */
  async giveFolders(snapshot: Snapshot, { script, args }: Script, tell: Tell): Promise<void> {
    const heard = new RestoreHeard(snapshot.bytes, tell);
    const { exitCode, stderr } = await this.run(`${script}\necho '${ALL}' >&2`, args, {}, heard);
    if (exitCode !== 0) throw this.failure(stderr, exitCode, `snapshot ${snapshot.id} cannot be put back`);
    // A connection that is cut may end like one that has nothing more to say.
    if (!stderr.includes(ALL)) throw new Failure(`the connection to ${snapshot.name} was cut: not all of it came`);
  }

  private async keepFile(
    of: Of,
    from: readonly string[],
    options: Options,
    tell: Tell = () => {},
  ): Promise<{ snapshot: Snapshot; said: string }> {
    const given = ['--host', of.cluster, '--tag', tagOf(of), '--stdin-filename', fileOf(of)];
    const heard = new BackupHeard(of, tell);
    const { exitCode, stderr } = await this.restic(['backup', '--json', ...given, ...from], options, heard);
    if (exitCode !== 0) throw this.failure(stderr, exitCode);
    return { snapshot: heard.snapshot, said: stderr };
  }

  private async dump(snapshot: Snapshot, options?: Options, meanwhile?: Meanwhile): Promise<string> {
    const { exitCode, stdout, stderr } = await this.restic(['dump', snapshot.id, readOf(snapshot)], options, meanwhile);
    if (exitCode !== 0) throw this.failure(stderr, exitCode, `snapshot ${snapshot.id} is damaged`);
    return stdout;
  }

  private restic = (args: readonly string[], options?: Options, meanwhile?: Meanwhile): Promise<Ended> =>
    this.run(CALL, args, options, meanwhile);

  private async run(script: string, args: readonly string[], options?: Options, meanwhile?: Meanwhile): Promise<Ended> {
    const ended = await this.program.run(script, args, options, meanwhile);
    if (ended.exitCode !== LOCKED) return ended;
    // Locks go whose process is known to have ended, such as one that was killed, or that nobody renewed for half an hour.
    await this.program.run(CALL, ['unlock']);
    return this.program.run(script, args, options, meanwhile);
  }

  private failure = (text: string, status: number | undefined, what?: string): Failure =>
    resticFailure(this.location, { text, status, what });
}
