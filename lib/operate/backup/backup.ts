import type { ListrTask } from 'listr2';
import type { Kubectl } from '../cluster/kubectl';
import type { Workspace } from '../cluster/workspace';
import { Failure } from '../failure';
import { type CommandLine, interrupted } from '../run';
import { runTasks, type TaskEnd } from '../tasks';
import { inPlace, type Place } from './place';
import type { Repository, Snapshot } from './repository';

export interface BackupOptions {
  readonly kubectl: Kubectl;
  readonly repository: Repository;
  readonly workspaces: readonly Workspace[];
  readonly json?: boolean;
}

/**
 * What is in the folders, not they themselves: roots of volumes are somebody else's. A file that changes or goes while
 * it is read is no failure, one that cannot be read is; tar says how much it wrote.
 */
const PACK = `cd / && export LC_ALL=C
for folder; do ls "$folder" >/dev/null || exit 2; done
find "$@" -mindepth 1 -maxdepth 1 ! -name lost+found -print0 |
  tar --create --file=- --format=posix --totals --one-file-system --null --verbatim-files-from --files-from=-
status=$?; [ "$status" -le 1 ]`;
/** By what an environment is known to who dials it: never another one's. */
const HOST_KEY = 'workspace/.ssh-host';
/** What is there goes first, all of it or nothing: folders that are read-only become writable, somebody else's are told of. */
const unpack = (isOwn: boolean): string => `set -eu
if command -v flock >/dev/null; then
  exec 9>/tmp/.restore
  flock -w 60 9 || { echo "another restore is at work there: wait until it is over; nothing is changed" >&2; exit 1; }
fi
for folder; do
  find "/$folder" -xdev -type d -user "$(id -u)" ! -perm -u+rwx -exec chmod u+rwx {} +
  stuck=$(find "/$folder" -mindepth 1 -xdev -type d ! -writable ! -empty -print -quit)
  if [ -n "$stuck" ]; then
    echo "$stuck is somebody else's and holds files: chown it in the environment, then run the same again; nothing is changed" >&2
    exit 1
  fi
done
for folder; do find "/$folder" -mindepth 1 -xdev ${isOwn ? '' : `! -path /${HOST_KEY} ! -path '/${HOST_KEY}/*' `}-delete; done
tar --extract --file=- --directory=/ --no-same-owner --preserve-permissions ${isOwn ? '' : `--exclude=${HOST_KEY}`}`;
const MIB = 2 ** 20;

/** Bytes as people read them. */
export const mib = (bytes: number): string => `${(bytes / MIB).toFixed(0)} MiB`;

/** Identity of a cluster, the same for its whole life. */
export async function clusterOf(kubectl: Kubectl): Promise<string> {
  return (await kubectl.find('namespace', 'kube-system'))?.metadata.uid ?? 'unknown';
}

const foldersOf = ({ volumes }: Workspace): string[] => volumes.map(({ path }) => path.replace(/^\//, ''));

/** A script that runs in a pod, given the workspace's folders. */
const inPod = (workspace: Workspace, { pod }: Place, script: string, ...options: string[]): CommandLine => {
  const where = ['--namespace', workspace.namespace, pod];
  return ['kubectl', 'exec', ...options, ...where, '--', 'sh', '-c', script, 'sh', ...foldersOf(workspace)];
};

/** Keeps all files of environments in a repository, whether they run or not. */
export async function backUp({ kubectl, repository, workspaces, json }: BackupOptions): Promise<TaskEnd[]> {
  if (workspaces.length === 0)
    throw new Failure('there are no environments in this cluster: does KUBECONFIG name the right one?');
  await repository.prepare();
  const cluster = await clusterOf(kubectl);
  const signal = interrupted();
  // Each is read by one process and packed by another, so that more at once only wait for each other.
  return runTasks(
    workspaces.map((workspace) => keepWorkspace(workspace, { kubectl, repository, cluster, signal })),
    { json, atOnce: 2 },
  );
}

/** How a workspace is kept. */
interface Keeping extends Pick<BackupOptions, 'kubectl' | 'repository'> {
  readonly cluster: string;
  /** Keeps it from being begun. */
  readonly signal: AbortSignal;
}

/** @param kept gets the snapshot */
export function keepWorkspace(
  workspace: Workspace,
  { kubectl, repository, cluster, signal }: Keeping,
  kept: (snapshot: Snapshot) => void = () => {},
): ListrTask {
  const { name } = workspace;
  return {
    title: name,
    task: async (_, task) => {
      signal.throwIfAborted();
      await inPlace(kubectl, workspace, async (place) => {
        const source = { command: inPod(workspace, place, PACK) };
        const tell = (bytes: number) => {
          task.output = mib(bytes);
        };
        kept(await repository.keep({ cluster, kind: 'environment', name }, source, tell));
      });
    },
  };
}

/** Which snapshots are meant. */
export interface Wanted {
  /** One that is named. @default - the newest */
  readonly at?: string;
  /** The cluster that is restored into. */
  readonly cluster: string;
}

/**
 * Those of a cluster, or where it has none of the only other one.
 * @throws Failure - where they are of several others: one has to be named then
 */
export function meant(snapshots: readonly Snapshot[], { at, cluster }: Wanted): Snapshot[] {
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
  options: Omit<BackupOptions, 'workspaces'>,
): Promise<TaskEnd[]> {
  const verified = await verify([...chosen.values()], options);
  return [...verified, ...(await putBack(chosen, options))];
}

/** As `restore`, of what was verified before. @param back is told of each that has its files */
export function putBack(
  chosen: ReadonlyMap<Workspace, Snapshot>,
  { kubectl, repository, json }: Omit<BackupOptions, 'workspaces'>,
  back: (workspace: Workspace) => Promise<unknown> = async () => {},
): Promise<TaskEnd[]> {
  const signal = interrupted();
  const tasks = [...chosen].map(
    ([workspace, snapshot]): ListrTask => ({
      title: `${workspace.name} from ${snapshot.id}`,
      task: () => {
        signal.throwIfAborted();
        return inPlace(kubectl, workspace, async (place) => {
          await repository.give(snapshot, inPod(workspace, place, unpack(snapshot.name === workspace.name), '--stdin'));
          // What runs there has read the files of before.
          if (place.isEnvironment)
            await kubectl.answer(['delete', 'pod', place.pod, '--namespace', workspace.namespace]);
          await back(workspace);
        });
      },
    }),
  );
  return runTasks(tasks, { json, atOnce: 2 });
}

/** Reads snapshots, each part against the sum that it is kept under. */
export const verify = (
  snapshots: readonly Snapshot[],
  { repository, json }: Pick<BackupOptions, 'repository' | 'json'>,
): Promise<TaskEnd[]> =>
  runTasks(
    snapshots.map((snapshot) => ({
      title: `${snapshot.id} of ${snapshot.name} is whole`,
      task: () => repository.verify(snapshot),
    })),
    { json, atOnce: 2 },
  );
