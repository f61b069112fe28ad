import type { ListrTask } from 'listr2';
import type { KubeObject } from '../cluster/kubectl';
import { holdsData } from '../cluster/labels';
import { workspacesOf } from '../cluster/workspace';
import { Failure } from '../failure';
import { interrupted } from '../interruption';
import { areReleased } from '../platform/releases';
import { Selection } from '../platform/selection';
import { runTasks, type TaskEnd } from '../tasks';
import { clusterOf, keepWorkspace } from './backup';
import { PlatformDatabase } from './database';
import { progressOf } from './progress';
import type { Repository } from './repository';
import { meant, type Wanted } from './restore';
import type { Snapshot } from './snapshot';
import { type States, secretsOf, statesOf } from './state';
import { VaultData } from './vault-data';
import type { FilesOptions } from './workspace-files';

export interface PlatformOptions extends FilesOptions {
  /** Folder with the platform. */
  readonly folder: string;
  readonly json?: boolean;
}

const RIGHT_ONE = 'does KUBECONFIG name the right one? sandboxctl up makes what is missing; nothing is kept';

/** What stands in the last snapshot of a whole platform. */
interface Contents {
  /** 2, where files are kept each by itself, which earlier versions do not know. */
  readonly format: 1 | 2;
  /** All other snapshots that belong to it. */
  readonly members: readonly Snapshot[];
  readonly secrets: readonly KubeObject[];
  /** Of a platform that Terraform deployed. */
  readonly states?: States;
}

/** A whole platform that is kept. */
export interface PlatformBackup extends Contents {
  readonly snapshot: Snapshot;
}

/** Keeps a whole platform, which goes on working meanwhile. @throws Failure - where a part of it cannot be kept: then there is no whole */
export async function backUpPlatform({ folder, json, ...given }: PlatformOptions): Promise<TaskEnd[]> {
  const { kubectl, repository } = given;
  const selection = await Selection.of(folder);
  const parts = [...(await VaultData.all(kubectl)), ...(await PlatformDatabase.all(kubectl))];
  const workspaces = await workspacesOf(kubectl);
  expectAll(selection, parts);
  if (parts.length + workspaces.length === 0) throw new Failure(`this cluster has nothing to keep: ${RIGHT_ONE}`);
  await repository.prepare();
  const options = { ...given, cluster: await clusterOf(kubectl), signal: interrupted() };
  const members: Snapshot[] = [];
  const keep = (snapshot: Snapshot) => void members.push(snapshot);
  const data = parts.map((part) => keepPart(part, options, keep));
  const files = workspaces.map((workspace) => keepWorkspace(workspace, options, keep));
  const ends = await runTasks([...data, ...files], { json, atOnce: 2 });
  const last: ListrTask = {
    title: 'Secrets and what belongs together',
    task: async () => {
      const secrets = await secretsOf(kubectl, selection.namespaces);
      const states = (await areReleased(kubectl, selection.stacks)) ? await statesOf(selection, folder) : undefined;
      const format = members.some(({ folders }) => folders) ? 2 : 1;
      const contents: Contents = { format, members, secrets, states };
      const of = { cluster: options.cluster, kind: 'platform', name: 'platform' } as const;
      await repository.keepText(of, JSON.stringify(contents));
    },
  };
  return [...ends, ...(await runTasks([last], { json }))];
}

/** @param kept gets the snapshot */
function keepPart(
  part: VaultData | PlatformDatabase,
  { repository, cluster }: Pick<PlatformOptions, 'repository'> & { readonly cluster: string },
  kept: (snapshot: Snapshot) => void,
): ListrTask {
  const { kind, name } = part;
  return {
    title: name,
    task: async (_, task) => {
      const snapshot = await repository.keep({ cluster, kind, name }, await part.source(), progressOf(task));
      kept(snapshot);
      return snapshot.bytes;
    },
  };
}

/** @throws Failure - where something that holds data does not stand: what would be kept is no whole */
function expectAll(
  { ownObjects }: Selection,
  parts: readonly { readonly name: string; readonly namespace: string }[],
): void {
  const stands = ({ metadata }: KubeObject) =>
    parts.some(({ name, namespace }) => name === metadata.name && namespace === metadata.namespace);
  const missing = ownObjects.find((object) => holdsData(object) && !stands(object));
  if (missing)
    throw new Failure(`this cluster has no ${missing.metadata.name}, which platform.yaml makes: ${RIGHT_ONE}`);
}

/** The newest whole platform, or the one that is named. @throws Failure - where there is none, or it is not whole any more */
export async function choosePlatform(repository: Repository, wanted: Wanted): Promise<PlatformBackup> {
  const { at } = wanted;
  const all = await repository.snapshots();
  const wholes = all.filter(({ kind }) => kind === 'platform');
  const snapshot = meant(wholes, wanted).at(-1);
  if (!snapshot)
    throw new Failure(
      `there is no backup ${at ? `${at} ` : ''}of a whole platform in ${repository.location}: sandboxctl backup --platform makes one; nothing is changed`,
    );
  const contents = await contentsOf(repository, snapshot);
  const missing = contents.members.filter(({ id }) => !all.some((other) => other.id === id));
  if (missing.length > 0)
    throw new Failure(
      `backup ${snapshot.id} is not whole any more, it lacks ${missing.map(({ name }) => name).join(', ')}: give another one by --at; nothing is changed`,
    );
  return { ...contents, snapshot };
}

async function contentsOf(repository: Repository, snapshot: Snapshot): Promise<Contents> {
  const contents: Contents = JSON.parse(await repository.read(snapshot));
  if (contents.format === 1 || contents.format === 2) return contents;
  throw new Failure(`backup ${snapshot.id} is of a later version of this program: nothing is changed`);
}

/** What belongs to a whole platform. @throws Failure - where that cannot be read */
export const membersOf = async (repository: Repository, snapshot: Snapshot): Promise<readonly Snapshot[]> =>
  (await contentsOf(repository, snapshot)).members;
