import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

interface StatefulSet {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: Record<string, string>;
    readonly annotations?: Record<string, string>;
  };
  readonly spec: {
    readonly replicas?: number;
    readonly volumeClaimTemplates?: readonly { readonly metadata: { readonly name: string } }[];
    readonly template: {
      readonly spec: { readonly containers: readonly Container[]; readonly volumes: readonly Volume[] };
    };
  };
}

interface Container {
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
}

interface Volume {
  readonly name: string;
  readonly persistentVolumeClaim?: { readonly claimName: string };
}

/** Claims of the same names but for their number, as a shell expands it. */
interface Claims {
  /** What they begin with, that of the workspace first. */
  readonly names: readonly string[];
  readonly owner: string;
  readonly numbers: readonly number[];
}

/** Annotation with the number of a set that runs by working hours. */
const REPLICAS = 'agent-sandbox.dev/replicas';
const COMPONENT = 'app.kubernetes.io/component: environment';
/** Where every environment has its workspace, by whose claim the others are known. */
const WORKSPACE = '/workspace';

/** A StatefulSet in an earlier output; read whole only when that is needed, as there may be thousands. */
interface Earlier {
  readonly key: string;
  readonly replicas: number;
  /** Volume of the workspace. */
  readonly workspace?: string;
  readonly read: () => StatefulSet;
}

function setsIn(text: string): Earlier[] {
  const documents = text.split(/^---$/m).filter((one) => /^kind: StatefulSet$/m.test(one) && one.includes(COMPONENT));
  return documents.map((one) => {
    // The program writes in one form only: what is indented by two is the object's own.
    const field = (name: string) => new RegExp(`^  ${name}: (\\S+)$`, 'm').exec(one)?.[1];
    const annotated = new RegExp(`^    ${REPLICAS}: "(\\d+)"$`, 'm').exec(one)?.[1];
    return {
      key: `${field('namespace')}/${field('name')}`,
      replicas: Number(field('replicas') ?? annotated),
      workspace: new RegExp(`mountPath: ${WORKSPACE}\\n +name: (\\S+)$`, 'm').exec(one)?.[1],
      read: () => parse(one),
    };
  });
}

const replicasOf = ({ metadata, spec }: StatefulSet): number =>
  spec.replicas ?? Number(metadata.annotations?.[REPLICAS] ?? 1);

const isEnvironment = (object: object): object is StatefulSet => {
  const { kind, metadata } = object as StatefulSet & { kind: string };
  return kind === 'StatefulSet' && metadata.labels?.['app.kubernetes.io/component'] === 'environment';
};

const adoptedBy = ({ spec }: StatefulSet): string[] =>
  spec.template.spec.volumes.flatMap(({ persistentVolumeClaim: claim }) => (claim ? [claim.claimName] : []));

const workspaceOf = ({ spec }: StatefulSet): string =>
  spec.template.spec.containers[0].volumeMounts.find(({ mountPath }) => mountPath === WORKSPACE)?.name ?? '';

/** What the claims of a set begin with, and what all that it has adopted go on with. */
function namesOf(set: StatefulSet): { readonly names: readonly string[]; readonly adopted?: string } {
  const { volumeClaimTemplates, template } = set.spec;
  if (volumeClaimTemplates) return { names: volumeClaimTemplates.map(({ metadata }) => metadata.name) };
  const claims = new Map(template.spec.volumes.map(({ name, persistentVolumeClaim }) => [name, persistentVolumeClaim]));
  const workspace = workspaceOf(set);
  const adopted = claims.get(workspace)?.claimName.slice(workspace.length + 1);
  // What else is mounted is named otherwise, and not its own.
  const names = [...claims].filter(([name, claim]) => claim?.claimName === `${name}-${adopted}`).map(([name]) => name);
  return { names, adopted };
}

/** Claims of a set's environments from number `first` on, a stopped one's too, but for those that others have now. */
function claimsOf(set: StatefulSet, first: number, isTaken: (claim: string) => boolean): Claims {
  const { names, adopted } = namesOf(set);
  const own = Array.from({ length: Math.max(replicasOf(set), 1) - first }, (_, index) => first + index);
  const [, owner = set.metadata.name, number] = /^(.*)-(\d+)$/.exec(adopted ?? '') ?? [];
  const numbers = number === undefined ? own : [Number(number)];
  return { names, owner, numbers: numbers.filter((n) => !isTaken(`${names[0]}-${owner}-${n}`)) };
}

function written({ names, owner, numbers }: Claims): string {
  const [first, last] = [numbers[0], numbers[numbers.length - 1]];
  const isRange = numbers.length > 1 && last - first === numbers.length - 1;
  const number = numbers.length === 1 ? first : isRange ? `{${first}..${last}}` : `{${numbers.join(',')}}`;
  return `${names.length > 1 ? `{${names.join(',')}}` : names[0]}-${owner}-${number}`;
}

/** Sentences about the claims that stay; none where others have adopted all of them. */
function aboutClaims(claims: Claims, namespace: string): string {
  if (claims.numbers.length === 0) return '';
  const names = written(claims);
  return ` The files stay, in the claims ${names} of the namespace ${namespace}; to lose them: kubectl delete persistentvolumeclaim --namespace ${namespace} ${names}`;
}

/** What is said of a set whose claims are called otherwise now, as in another layout. */
const moved = (name: string): string =>
  `${name} has other volumes now, and begins without files: sandboxctl backup takes them along before this is applied, sandboxctl restore brings them back after it.`;

/** What became of a set, in words; undefined where nothing is to be said. */
function said(earlier: Earlier, now: StatefulSet | undefined, isTaken: (claim: string) => boolean): string | undefined {
  const has = now ? replicasOf(now) : 0;
  const isMoved = now !== undefined && earlier.workspace !== undefined && earlier.workspace !== workspaceOf(now);
  // One that stops is a user's, who keeps it.
  if (now && !isMoved && (has >= earlier.replicas || earlier.replicas === 1)) return undefined;
  const set = earlier.read();
  const { name, namespace } = set.metadata;
  const files = aboutClaims(claimsOf(set, isMoved ? 0 : has, isTaken), namespace);
  if (isMoved) return moved(name) + files;
  if (now) return `${name} has ${has} of ${earlier.replicas} environments now.${files}`;
  return `${name} is left out now, and kubectl apply leaves it running; to end it: kubectl delete statefulset --namespace ${namespace} ${name}.${files}`;
}

/** The sets of environments among these objects, with only what `removedEnvironments` asks of them. */
export const environmentsIn = (objects: readonly object[]): object[] =>
  objects.filter(isEnvironment).map((set) => {
    const { metadata, spec } = set;
    const volumes = spec.template.spec.volumes.filter((volume) => volume.persistentVolumeClaim);
    const containers = [{ volumeMounts: [{ name: workspaceOf(set), mountPath: WORKSPACE }] }];
    return {
      kind: 'StatefulSet',
      metadata,
      spec: { replicas: spec.replicas, template: { spec: { containers, volumes } } },
    };
  });

/** A line for each set of environments of an earlier output that is not in this one, or has fewer environments. */
export function removedEnvironments(before: readonly string[], objects: readonly object[]): string[] {
  const sets = objects.filter(isEnvironment);
  const keyOf = ({ metadata }: StatefulSet, name: string) => `${metadata.namespace}/${name}`;
  const now = new Map(sets.map((set) => [keyOf(set, set.metadata.name), set]));
  const adopted = new Set(sets.flatMap((set) => adoptedBy(set).map((claim) => keyOf(set, claim))));
  return before.flatMap(setsIn).flatMap((earlier) => {
    const [namespace] = earlier.key.split('/');
    return said(earlier, now.get(earlier.key), (claim) => adopted.has(`${namespace}/${claim}`)) ?? [];
  });
}

const VAULT = /^ {4}app\.kubernetes\.io\/name: vault$/m;

/** A line where an earlier output has more servers of Vault than there are to be: pods alone must not go. */
export function leavingServers(before: readonly string[], replicas: number): string[] {
  const sets = before.flatMap((text) => text.split(/^---$/m)).filter((one) => /^kind: StatefulSet$/m.test(one));
  const earlier = sets.filter((one) => VAULT.test(one)).map((one) => Number(/^ {2}replicas: (\d+)$/m.exec(one)?.[1]));
  return earlier
    .filter((number) => number > replicas)
    .map(
      (number) =>
        `Vault has ${replicas} of ${number} servers now. Those that leave have to be out of its cluster before this is applied, else nobody answers: sandboxctl up does that; for kubectl and terraform: docs/OPERATIONS.md, "Another number of Vault's servers"`,
    );
}

/** The workloads' manifests that an earlier run wrote as Helm charts below `folder`. */
export function chartsIn(folder: string): string[] {
  const charts = join(folder, 'stacks', 'workloads', 'charts');
  if (!existsSync(charts)) return [];
  return readdirSync(charts)
    .map((chart) => join(charts, chart, 'manifests.yaml'))
    .filter((path) => existsSync(path))
    .map((path) => readFileSync(path, 'utf8'));
}
