import { Failure } from '../failure';
import type { Kubectl, KubeObject } from './kubectl';
import { ENVIRONMENTS, OURS } from './labels';

/** What lasts of an environment: the folders of its volumes. */
export interface Workspace {
  /** Its pod's name, such as `devenv-0`. */
  readonly name: string;
  readonly namespace: string;
  /** The StatefulSet that it is of. */
  readonly set: KubeObject;
  /** Its folders that last, and what they are mounted from. */
  readonly volumes: readonly Folder[];
}

interface Folder {
  readonly claim: string;
  readonly path: string;
  /** Where in the claim it is. @default - all of it */
  readonly subPath?: string;
}

/** The workspaces in a cluster, also of environments that are stopped. */
export async function workspacesOf(kubectl: Kubectl): Promise<Workspace[]> {
  const [sets, claims] = await Promise.all([
    kubectl.list('statefulsets', { selector: ENVIRONMENTS }),
    kubectl.list('persistentvolumeclaims', { selector: OURS }),
  ]);
  return sets.flatMap((set) => numbersOf(set, claims).map((number) => workspaceOf(set, number)));
}

/** Those that names mean, all if there are none. @throws Failure - for a name that nothing has */
export function chosen(workspaces: readonly Workspace[], names: readonly string[]): Workspace[] {
  const isMeant = ({ name, set: { metadata } }: Workspace, wanted: string) =>
    [name, metadata.name, metadata.name.replace(/^devenv-/, '')].includes(wanted);
  const unknown = names.find((wanted) => !workspaces.some((workspace) => isMeant(workspace, wanted)));
  if (unknown !== undefined) {
    const known = workspaces.map(({ name }) => name).join(', ');
    throw new Failure(`there is no environment "${unknown}"; there are ${known || 'none: sandboxctl up makes them'}`);
  }
  return workspaces.filter((workspace) => names.length === 0 || names.some((wanted) => isMeant(workspace, wanted)));
}

/** Numbers of a set's pods: those that are to run, and those whose files are there. */
function numbersOf({ metadata, spec }: KubeObject, claims: readonly KubeObject[]): number[] {
  // One that takes over volumes of another is a single person's.
  if (!spec.volumeClaimTemplates?.length) return [0];
  const [{ metadata: first }] = spec.volumeClaimTemplates;
  const pattern = new RegExp(`^${first.name}-${metadata.name}-(\\d+)$`);
  const kept = claims
    .filter((claim) => claim.metadata.namespace === metadata.namespace)
    .flatMap((claim) => pattern.exec(claim.metadata.name)?.[1] ?? []);
  const running = Array.from({ length: spec.replicas }, (_, index) => index);
  return [...new Set([...running, ...kept.map(Number)])].sort((a, b) => a - b);
}

/** The workspace of that name of one of these sets, wherever its files are. */
export function workspaceNamed(name: string, sets: readonly KubeObject[]): Workspace | undefined {
  const [, owner, number] = /^(.*)-(\d+)$/.exec(name) ?? [];
  const set = sets.find(({ metadata }) => metadata.name === owner);
  return set && workspaceOf(set, Number(number));
}

/** The claims of an environment that never ran, as its set would make them; adopted ones are somebody else's to make. */
export const claimsOf = ({ name, namespace, set: { spec } }: Workspace): KubeObject[] =>
  (spec.volumeClaimTemplates ?? []).map(({ metadata, spec: wanted }: KubeObject) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { ...metadata, name: `${metadata.name}-${name}`, namespace },
    spec: wanted,
  }));

function workspaceOf(set: KubeObject, number: number): Workspace {
  const { metadata, spec } = set;
  const name = `${metadata.name}-${number}`;
  const templates = (spec.volumeClaimTemplates ?? []).map((template: KubeObject) => template.metadata.name);
  const adopted = new Map<string, string>(
    (spec.template.spec.volumes ?? []).flatMap((volume: KubeObject) =>
      volume.persistentVolumeClaim ? [[volume.name, volume.persistentVolumeClaim.claimName]] : [],
    ),
  );
  const { volumeMounts } = spec.template.spec.containers[0];
  const volumes = volumeMounts.flatMap(({ name: volume, mountPath, subPath }: KubeObject) => {
    const claim = templates.includes(volume) ? `${volume}-${name}` : adopted.get(volume);
    return claim ? [{ claim, path: mountPath, ...(subPath && { subPath }) }] : [];
  });
  return { name, namespace: metadata.namespace, set, volumes };
}
