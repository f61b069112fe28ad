import type { Kubectl, KubeObject } from '../cluster/kubectl';
import { isEnvironment } from '../cluster/labels';
import { hoursOf, replicasOf } from '../cluster/working-hours';
import { workspaceNamed } from '../cluster/workspace';
import { Failure } from '../failure';
import { quantity } from './resources';

/** A StatefulSet whose claims are described otherwise, which nobody can change: it is made anew. */
export interface Renewal {
  readonly set: KubeObject;
  /** Whether its pods end with it, as those do that have not all of its volumes: others are taken over by the new one. */
  readonly endsPods: boolean;
}

/** Longer than any pod takes to end. */
const END_SEC = 180;

export const sizeOf = ({ spec }: KubeObject): string => spec.resources.requests.storage;
export const bytesOf = (claim: KubeObject): number => quantity(sizeOf(claim));
export const isSame = (a: KubeObject) => (b: KubeObject) =>
  a.metadata.name === b.metadata.name && a.metadata.namespace === b.metadata.namespace;

/** A StatefulSet that stands with other descriptions of its claims. @throws Failure - where working hours say how many of it run */
export function renewalsOf(set: KubeObject, sets: readonly KubeObject[]): Renewal[] {
  const standing = sets.find(isSame(set));
  if (!standing || describe(standing) === describe(set)) return [];
  expectNumber(set, standing);
  return [{ set, endsPods: volumesOf(standing) !== volumesOf(set) }];
}

export const templatesOf = ({ spec }: KubeObject): KubeObject[] => spec.volumeClaimTemplates ?? [];
const volumesOf = (set: KubeObject): string => `${templatesOf(set).map(({ metadata }) => metadata.name)}`;

/**
 * @throws Failure - where working hours say how many environments run: a set that is made anew begins with one
 */
function expectNumber(object: KubeObject, standing: KubeObject): void {
  const { spec } = standing;
  if (hoursOf(object) === undefined || spec.replicas === 1) return;
  // One that somebody stopped, and starts now.
  if (isStopped(standing) && replicasOf(object) === 1) return;
  const { name } = object.metadata;
  throw new Failure(
    `the volumes of ${name} cannot become others while working hours say how many of its environments run, of which there are ${spec.replicas}: sandboxctl schedule --off, then the same again, then set the hours again`,
  );
}

const describe = (set: KubeObject): string =>
  JSON.stringify(
    templatesOf(set).map((template) => [
      template.metadata.name,
      Object.entries(template.metadata.labels ?? {}).sort(),
      template.spec.accessModes,
      template.spec.storageClassName,
      bytesOf(template),
    ]),
  );

/** Whether somebody stopped a set's environments, and not the end of its working hours, after which they start by themselves. */
const isStopped = (set: KubeObject): boolean => set.spec.replicas === 0 && hoursOf(set) === undefined;

/** The claim with the workspace of a set's first environment, by which the others go. */
const workspaceClaim = (set: KubeObject): string | undefined =>
  workspaceNamed(`${set.metadata.name}-0`, [set])?.volumes.find(({ path }) => path === '/workspace')?.claim;

/** A line for each set of environments that run and would begin with other files than they have. */
export const leftBehind = (objects: readonly KubeObject[], sets: readonly KubeObject[]): string[] =>
  objects
    .filter((object) => isEnvironment(object, 'StatefulSet'))
    .flatMap((object) => {
      const standing = sets.find(isSame(object));
      if (!standing || isStopped(standing) || workspaceClaim(standing) === workspaceClaim(object)) return [];
      const { name } = object.metadata;
      const user = /^devenv-(.*)$/.exec(name)?.[1];
      const [stop, which, start] = user
        ? [`stop ${user}`, ` ${user}`, `start ${user}`]
        : ['scale 0', '', `scale ${standing.spec.replicas || replicasOf(object)}`];
      const runs = standing.spec.replicas === 0 ? 'runs in its working hours' : 'runs';
      return `${name} ${runs}, and would begin with other volumes, without the files that it has: take the change of storage.layout or claim back, then sandboxctl ${stop}, sandboxctl backup${which} --to FOLDER, and only then the change, sandboxctl ${start}, sandboxctl restore${which} --from FOLDER (docs/OPERATIONS.md, "One disk for each environment")`;
    });

/** Removes StatefulSets, for which those come that are deployed next. */
export async function release(kubectl: Kubectl, renewals: readonly Renewal[]): Promise<void> {
  for (const { set, endsPods } of renewals) {
    const which = [set.metadata.name, '--namespace', set.metadata.namespace, '--ignore-not-found'];
    const cascade = `--cascade=${endsPods ? 'foreground' : 'orphan'}`;
    await kubectl.answer(['delete', 'statefulset', ...which, cascade, `--timeout=${END_SEC}s`]);
  }
}
