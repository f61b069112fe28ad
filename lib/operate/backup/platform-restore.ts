import type { ListrTask } from 'listr2';
import type { KubeObject } from '../cluster/kubectl';
import { COMPONENT, ENVIRONMENTS, holdsData, isVault, labelOf, OURS } from '../cluster/labels';
import { changes, Restored } from '../cluster/restored';
import { claimsOf, type Workspace, workspaceNamed } from '../cluster/workspace';
import { Failure } from '../failure';
import { Selection } from '../platform/selection';
import { up } from '../platform/up';
import { runTasks, type TaskEnd } from '../tasks';
import { PlatformDatabase } from './database';
import type { PlatformBackup, PlatformOptions } from './platform';
import { putBack, verify } from './restore';
import type { Snapshot } from './snapshot';
import { put, putSecrets, putStates } from './state';
import { VaultData } from './vault-data';

export interface RestoreOptions extends PlatformOptions {
  /** Seconds that a part may take to become Ready. */
  readonly timeout: number;
}

/** What runs somewhere, and what makes it do so. */
const RUNS = /^(Deployment|StatefulSet|Job|CronJob)$/;

/** Certificates of a backup may have expired since. */
const renews = (object: KubeObject): boolean => labelOf(object, 'name') === 'certificate-authority';

/** A whole platform on its way back into a cluster that has none; broken off anywhere, it goes on when it is run again. */
export class PlatformRestore {
  private constructor(
    private readonly backup: PlatformBackup,
    private readonly selection: Selection,
    private readonly given: RestoreOptions,
    /** Whether all of it is back, as a run before left it. */
    readonly isOver: boolean,
  ) {}

  /** @throws Failure - where it cannot be put back here: nothing is touched then */
  static async of(backup: PlatformBackup, given: RestoreOptions): Promise<PlatformRestore> {
    const selection = await Selection.of(given.folder);
    const restored = await Restored.in(given.kubectl);
    const isOver = restored.isOver(backup.snapshot.id, selection.namespaces);
    const restore = new PlatformRestore(backup, selection, given, isOver);
    restore.expectFitting();
    if (!isOver) await restore.expectRoom(restored);
    return restore;
  }

  async run(): Promise<TaskEnd[]> {
    const { backup, given } = this;
    if (this.isOver) return [];
    const { kubectl, repository, json } = given;
    const ends = await verify([...backup.members, backup.snapshot], { repository, json });
    const { id } = backup.snapshot;
    // What else runs begins only when the data is there, so until then nobody is at work in it.
    if (!(await Restored.in(kubectl)).hasData) {
      ends.push(...(await runTasks([this.beginning()], { json })));
      ends.push(...(await runTasks(await this.data(), { json })));
      // Numbers that were set on the way are the manifest's again.
      await put(kubectl, this.selection.ownObjects.filter(isVault), '--force-conflicts');
      await this.annotate(changes.data(id));
    }
    const by = backup.states ? 'terraform' : 'kubectl';
    if (backup.states) await putStates(backup.states, this.selection, given.folder);
    ends.push(...(await up({ ...given, only: [], by })));
    const workspaces = await this.workspaces();
    // From then on people work there: what they do is not undone by a run that goes on.
    const back = ({ name }: Workspace) => this.annotate(changes.files(id, name));
    ends.push(...(await putBack(workspaces, given, back)));
    await this.annotate(changes.over(id, this.environments));
    return ends;
  }

  /** What holds data has to be part of the platform that is made. */
  private expectFitting(): void {
    const { objects } = this.selection;
    const makes = ({ kind, name }: Snapshot): boolean =>
      kind === 'environment'
        ? workspaceNamed(name, this.selection.environments) !== undefined
        : objects.some((object) => holdsData(object) && object.metadata.name === name);
    const { members, secrets } = this.backup;
    const refuse = (what: string) => {
      throw new Failure(`${what}: give the platform.yaml that it was made with; nothing is changed`);
    };
    const missing = members.filter((member) => !makes(member)).map(({ name }) => name);
    if (missing.length > 0) refuse(`platform.yaml makes no ${missing.join(', ')}, which the backup holds`);
    const [lacking] = objects.filter(
      (object) => holdsData(object) && !members.some(({ name }) => name === object.metadata.name),
    );
    if (lacking) refuse(`platform.yaml makes ${lacking.metadata.name}, of which the backup has nothing`);
    const strange = secrets.find(({ metadata }) => !this.selection.namespaces.includes(metadata.namespace));
    if (strange)
      refuse(`platform.yaml makes no namespace ${strange.metadata.namespace}, of which the backup has Secrets`);
  }

  private async expectRoom({ from: begun }: Restored): Promise<void> {
    const { kubectl } = this.given;
    const { id } = this.backup.snapshot;
    if (begun === id) return;
    const remove = 'sandboxctl down removes it; nothing is changed';
    if (begun) throw new Failure(`backup ${begun} is half put back here: go on with --at ${begun}, or ${remove}`);
    const standing = await kubectl.list('statefulsets,deployments,persistentvolumeclaims', {
      selector: `${OURS},${COMPONENT}!=environment`,
    });
    const running = await kubectl.list('statefulsets', { selector: ENVIRONMENTS });
    const [first] = [...standing, ...running];
    if (!first) return;
    throw new Failure(`this cluster has a platform, with ${first.kind} ${first.metadata.name}: ${remove}`);
  }

  private annotate = (changed: readonly string[]): Promise<string> =>
    this.given.kubectl.answer(['annotate', 'namespaces', ...this.selection.namespaces, ...changed, '--overwrite']);

  /** Names of those whose files are kept. */
  private get environments(): string[] {
    return this.backup.members.filter(({ kind }) => kind === 'environment').map(({ name }) => name);
  }

  /** Everything but what runs, with the Secrets of before; of what runs that alone which data needs. */
  private beginning(): ListrTask {
    return {
      title: 'Secrets and empty volumes',
      task: async () => {
        const { kubectl } = this.given;
        const own = this.selection.ownParts.flatMap(({ objects }) => objects);
        // Whatever an earlier run did to them, Helm's part of it included.
        const take = (objects: readonly KubeObject[]) => put(kubectl, objects, '--force-conflicts');
        await take(own.filter(({ kind }) => kind === 'Namespace'));
        await this.annotate(changes.begun(this.backup.snapshot.id, this.environments));
        await putSecrets(kubectl, this.backup.secrets);
        const wanted = own.filter((object) => !RUNS.test(object.kind) || holdsData(object) || renews(object));
        // Other servers join the first one, which is to be alone until it has its data.
        const alone = wanted.map((object) =>
          isVault(object) ? { ...object, spec: { ...object.spec, replicas: 1 } } : object,
        );
        await take(alone);
      },
    };
  }

  private async data(): Promise<ListrTask[]> {
    const { kubectl, repository } = this.given;
    const parts = [...(await VaultData.all(kubectl)), ...(await PlatformDatabase.all(kubectl))];
    return parts.flatMap((part) => {
      const snapshot = this.backup.members.find(({ kind, name }) => kind === part.kind && name === part.name);
      if (!snapshot) return [];
      return [{ title: `${part.name} from ${snapshot.id}`, task: () => part.restore(repository, snapshot) }];
    });
  }

  /** Environments that have not got their files yet, with volumes, also where they do not run. */
  private async workspaces(): Promise<Map<Workspace, Snapshot>> {
    const { kubectl } = this.given;
    const restored = await Restored.in(kubectl);
    const chosen = new Map<Workspace, Snapshot>();
    for (const snapshot of this.backup.members.filter(({ kind }) => kind === 'environment')) {
      const workspace = workspaceNamed(snapshot.name, this.selection.environments);
      if (!workspace || restored.hasFiles(snapshot.name)) continue;
      const [first] = claimsOf(workspace);
      if (first && !(await kubectl.find('persistentvolumeclaim', first.metadata.name, workspace.namespace)))
        await put(kubectl, claimsOf(workspace));
      chosen.set(workspace, snapshot);
    }
    return chosen;
  }
}
