import type { ListrTask } from 'listr2';
import type { Workspace } from '../cluster/workspace';
import { Failure } from '../failure';
import { interrupted } from '../interruption';
import { runTasks, type TaskEnd } from '../tasks';
import { progressOf } from './progress';
import type { Repository } from './repository';
import type { Snapshot } from './snapshot';
import { type FilesOptions, WorkspaceFiles } from './workspace-files';

/** Which snapshots are meant. */
export interface Wanted {
  /** One that is named. @default - the newest */
  readonly at?: string;
  /** The cluster that is restored into. */
  readonly cluster: string;
}

export interface RestoreFilesOptions extends FilesOptions {
  readonly json?: boolean;
}

/** More at once only wait for each other. */
const AT_ONCE = 2;

/**
 * Those of a cluster, or where it has none of the only other one.
 * @throws Failure - where they are of several others: one has to be named then
 */
export function meant(snapshots: readonly Snapshot[], { at, cluster }: Wanted): Snapshot[] {
  if (at === '') throw new Failure('--at names no backup: sandboxctl backups lists them; nothing is changed');
  if (at !== undefined) return snapshots.filter(({ id }) => id.startsWith(at));
  const own = snapshots.filter((snapshot) => snapshot.cluster === cluster);
  if (own.length > 0) return own;
  const clusters = new Set(snapshots.map((snapshot) => snapshot.cluster));
  if (clusters.size > 1)
    throw new Failure(
      'these backups are of several clusters, and none of this one: name one by --at (sandboxctl backups); nothing is changed',
    );
  return [...snapshots];
}

/** The newest snapshot of each environment, or of all the one that is named. @throws Failure - where there is none */
export function chooseSnapshots(
  snapshots: readonly Snapshot[],
  workspaces: readonly Workspace[],
  { at, from, cluster }: Wanted & { readonly from?: string },
): Map<Workspace, Snapshot> {
  return new Map(
    workspaces.map((workspace) => {
      const environment = from ?? workspace.name;
      const all = snapshots.filter(({ kind, name }) => kind === 'environment' && name === environment);
      const found = meant(all, { at, cluster }).at(-1);
      if (!found)
        throw new Failure(
          `there is no backup ${at ? `${at} ` : ''}of ${environment}: sandboxctl backups lists them; nothing is changed`,
        );
      return [workspace, found];
    }),
  );
}

/** Puts files back in the place of those that are there. A damaged backup is found before anything is touched. */
export async function restore(
  chosen: ReadonlyMap<Workspace, Snapshot>,
  options: RestoreFilesOptions,
): Promise<TaskEnd[]> {
  const [only, ...others] = chosen;
  if (only && others.length === 0) return runTasks([restoreOnly(only, options)], options);
  return restoreAll(chosen, options);
}

const titleOf = (workspace: Workspace, snapshot: Snapshot): string => `${workspace.name} from ${snapshot.id}`;

/** Both steps at once, so that a pod for a stopped environment is made once. */
function restoreOnly([workspace, snapshot]: [Workspace, Snapshot], options: RestoreFilesOptions): ListrTask {
  const signal = interrupted();
  return {
    title: titleOf(workspace, snapshot),
    task: (_, task) =>
      WorkspaceFiles.with(
        options,
        workspace,
        async (files) => {
          const tell = progressOf(task);
          const arrived = await files.receive(snapshot, tell);
          if (signal.aborted && arrived) await files.drop(arrived);
          signal.throwIfAborted();
          await files.take(snapshot, arrived, tell);
          return snapshot.bytes;
        },
        task,
      ),
  };
}

/** All or none: files of the first are touched once those of the last have come. */
async function restoreAll(chosen: ReadonlyMap<Workspace, Snapshot>, options: RestoreFilesOptions): Promise<TaskEnd[]> {
  const signal = interrupted();
  const came = new Map<Workspace, string | undefined>();
  const each = (title: (...of: [Workspace, Snapshot]) => string, use: Use): ListrTask[] =>
    [...chosen].map(([workspace, snapshot]) => ({
      title: title(workspace, snapshot),
      task: (_, task) => {
        signal.throwIfAborted();
        const moved = async (files: WorkspaceFiles) => {
          await use({ files, workspace, snapshot, task });
          return snapshot.bytes;
        };
        return WorkspaceFiles.with(options, workspace, moved, task);
      },
    }));
  const receiving = each(
    (_, { id, name }) => `${id} of ${name} is whole`,
    async ({ files, workspace, snapshot, task }) => {
      came.set(workspace, await files.receive(snapshot, progressOf(task)));
    },
  );
  const shown = { json: options.json, atOnce: AT_ONCE };
  try {
    const received = await runTasks(receiving, shown);
    const taking = each(titleOf, ({ files, workspace, snapshot, task }) =>
      files.take(snapshot, came.get(workspace), progressOf(task)).then(() => void came.delete(workspace)),
    );
    return [...received, ...(await runTasks(taking, shown))];
  } catch (error) {
    for (const [workspace, arrived] of came)
      if (arrived) await WorkspaceFiles.with(options, workspace, (files) => files.drop(arrived)).catch(() => {});
    throw error;
  }
}

type Use = (of: {
  readonly files: WorkspaceFiles;
  readonly workspace: Workspace;
  readonly snapshot: Snapshot;
  readonly task: { output: string };
}) => Promise<void>;

/** As `restore`, of what was verified before. @param back is told of each that has its files */
export function putBack(
  chosen: ReadonlyMap<Workspace, Snapshot>,
  options: RestoreFilesOptions,
  back: (workspace: Workspace) => Promise<unknown> = async () => {},
): Promise<TaskEnd[]> {
  const signal = interrupted();
  const tasks = [...chosen].map(
    ([workspace, snapshot]): ListrTask => ({
      title: titleOf(workspace, snapshot),
      task: (_, task) => {
        signal.throwIfAborted();
        const put = async (files: WorkspaceFiles) => {
          await files.replace(snapshot, progressOf(task));
          await back(workspace);
          return snapshot.bytes;
        };
        return WorkspaceFiles.with(options, workspace, put, task);
      },
    }),
  );
  return runTasks(tasks, { json: options.json, atOnce: AT_ONCE });
}

/**
 * Reads all that is kept once, and where anything of it is damaged each snapshot by itself.
 * @throws Failure - with the snapshots that are damaged, or what is that none of them needs
 */
export async function verifyAll(snapshots: readonly Snapshot[], options: VerifyOptions): Promise<void> {
  const { repository, json } = options;
  let damage: string | undefined;
  const reading: ListrTask = {
    title: 'All that is kept, once',
    task: async (_, task) => {
      damage = await repository.check((progress) => {
        task.output = progress;
      });
      if (damage) task.title = `${task.title}: not all of it is whole`;
    },
  };
  await runTasks([reading], { json });
  if (!damage) return;
  await verify(snapshots, options);
  throw new Failure(`no backup needs what is damaged, which restic repair removes: ${damage}`);
}

interface VerifyOptions {
  readonly repository: Repository;
  readonly json?: boolean;
}

/** Reads snapshots, each part against the sum that it is kept under. */
export const verify = (snapshots: readonly Snapshot[], { repository, json }: VerifyOptions): Promise<TaskEnd[]> =>
  runTasks(
    snapshots.map((snapshot) => ({
      title: `${snapshot.id} of ${snapshot.name} is whole`,
      task: async (_, task) => {
        await repository.verify(snapshot, progressOf(task));
        return snapshot.bytes;
      },
    })),
    { json, atOnce: AT_ONCE },
  );
