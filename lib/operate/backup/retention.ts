import type { Workspace } from '../cluster/workspace';
import { membersOf } from './platform';
import type { Policy, Repository } from './repository';
import type { Snapshot } from './snapshot';

/**
 * Which snapshots a policy lets go: as restic has it, for each environment and each part of a platform by itself, but
 * those that belong to a whole platform that stays.
 * @throws Failure - where a whole platform cannot be read
 */
export async function obsolete(repository: Repository, policy: Policy): Promise<Snapshot[]> {
  const [all, removable] = [await repository.snapshots(), new Set(await repository.removable(policy))];
  const wholes = all.filter(({ id, kind }) => kind === 'platform' && !removable.has(id));
  const needed = new Set<string>();
  for (const whole of wholes) for (const { id } of await membersOf(repository, whole)) needed.add(id);
  return all.filter(({ id }) => removable.has(id) && !needed.has(id));
}

/** Environments without a backup that is younger than so much, each with what is wrong. */
export function overdue(
  snapshots: readonly Snapshot[],
  workspaces: readonly Workspace[],
  { cluster, maxAgeSec, now }: { readonly cluster: string; readonly maxAgeSec: number; readonly now: number },
): string[] {
  return workspaces.flatMap(({ name }) => {
    const own = snapshots.filter((one) => one.kind === 'environment' && one.name === name && one.cluster === cluster);
    const newest = own.at(-1);
    if (!newest) return [`${name} has no backup`];
    const isLate = now - Date.parse(newest.time) > maxAgeSec * 1000;
    return isLate ? [`the newest backup of ${name} is of ${newest.time.slice(0, 19).replace('T', ' ')}`] : [];
  });
}
