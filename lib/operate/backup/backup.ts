import type { ListrTask } from 'listr2';
import type { Kubectl } from '../cluster/kubectl';
import type { Workspace } from '../cluster/workspace';
import { Failure } from '../failure';
import { interrupted } from '../interruption';
import { runTasks, type TaskEnd } from '../tasks';
import { progressOf } from './progress';
import type { Snapshot } from './snapshot';
import { type FilesOptions, WorkspaceFiles } from './workspace-files';

export interface BackupOptions extends FilesOptions {
  readonly workspaces: readonly Workspace[];
  readonly json?: boolean;
}

/** Identity of a cluster, the same for its whole life. */
export async function clusterOf(kubectl: Kubectl): Promise<string> {
  return (await kubectl.find('namespace', 'kube-system'))?.metadata.uid ?? 'unknown';
}

/** Keeps all files of environments in a repository, whether they run or not. */
export async function backUp({ workspaces, json, ...options }: BackupOptions): Promise<TaskEnd[]> {
  if (workspaces.length === 0)
    throw new Failure('there are no environments in this cluster: does KUBECONFIG name the right one?');
  await options.repository.prepare();
  const cluster = await clusterOf(options.kubectl);
  const signal = interrupted();
  // Each is read by one process and packed by another, so that more at once only wait for each other.
  return runTasks(
    workspaces.map((workspace) => keepWorkspace(workspace, { ...options, cluster, signal })),
    { json, atOnce: 2 },
  );
}

/** How a workspace is kept. */
interface Keeping extends FilesOptions {
  readonly cluster: string;
  /** Keeps it from being begun. */
  readonly signal: AbortSignal;
}

/** @param kept gets the snapshot */
export function keepWorkspace(
  workspace: Workspace,
  { cluster, signal, ...options }: Keeping,
  kept: (snapshot: Snapshot) => void = () => {},
): ListrTask {
  return {
    title: workspace.name,
    task: async (_, task) => {
      signal.throwIfAborted();
      const keep = async (files: WorkspaceFiles): Promise<number> => {
        const snapshot = await files.keep(cluster, progressOf(task));
        kept(snapshot);
        return snapshot.bytes;
      };
      return WorkspaceFiles.with(options, workspace, keep, task);
    },
  };
}
