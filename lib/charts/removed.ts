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
    readonly template: { readonly spec: { readonly volumes: readonly Volume[] } };
  };
}

interface Volume {
  readonly name: string;
  readonly persistentVolumeClaim?: { readonly claimName: string };
}

/** Claims of the same name but for their number, as a shell expands it. */
interface Claims {
  readonly owner: string;
  readonly numbers: readonly number[];
}

/** Annotation with the number of a set that runs by working hours. */
const REPLICAS = 'agent-sandbox.dev/replicas';
const COMPONENT = 'app.kubernetes.io/component: environment';
/** Volumes of every environment, by which its claims are named. */
const OWN = ['workspace', 'bash-history', 'claude-config'];

/** A StatefulSet in an earlier output; read whole only when that is needed, as there may be thousands. */
interface Earlier {
  readonly key: string;
  readonly replicas: number;
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

/** Claims of a set's environments from number `first` on, a stopped one's too, but for those that others have now. */
function claimsOf(set: StatefulSet, first: number, isTaken: (claim: string) => boolean): Claims {
  const { metadata } = set;
  const [volume] = OWN;
  const own = Array.from({ length: Math.max(replicasOf(set), 1) - first }, (_, index) => first + index);
  const adopted = adoptedBy(set).find((claim) => claim.startsWith(`${volume}-`));
  const [, owner, number] = /^[a-z]+-(.*)-(\d+)$/.exec(adopted ?? '') ?? [];
  const claims = adopted ? { owner, numbers: [Number(number)] } : { owner: metadata.name, numbers: own };
  return { owner: claims.owner, numbers: claims.numbers.filter((n) => !isTaken(`${volume}-${claims.owner}-${n}`)) };
}

function written({ owner, numbers }: Claims): string {
  const [first, last] = [numbers[0], numbers[numbers.length - 1]];
  const isRange = numbers.length > 1 && last - first === numbers.length - 1;
  const number = numbers.length === 1 ? first : isRange ? `{${first}..${last}}` : `{${numbers.join(',')}}`;
  return `{${OWN.join(',')}}-${owner}-${number}`;
}

/** Sentences about the claims that stay; none where others have adopted all of them. */
function aboutClaims(claims: Claims, namespace: string): string {
  if (claims.numbers.length === 0) return '';
  const names = written(claims);
  return ` The files stay, in the claims ${names} of the namespace ${namespace}; to lose them: kubectl delete persistentvolumeclaim --namespace ${namespace} ${names}`;
}

/** What became of a set, in words; undefined where nothing is to be said. */
function said(earlier: Earlier, now: StatefulSet | undefined, isTaken: (claim: string) => boolean): string | undefined {
  const has = now ? replicasOf(now) : 0;
  // One that stops is a user's, who keeps it.
  if (now && (has >= earlier.replicas || earlier.replicas === 1)) return undefined;
  const set = earlier.read();
  const { name, namespace } = set.metadata;
  const files = aboutClaims(claimsOf(set, has, isTaken), namespace);
  if (now) return `${name} has ${has} of ${earlier.replicas} environments now.${files}`;
  return `${name} is left out now, and kubectl apply leaves it running; to end it: kubectl delete statefulset --namespace ${namespace} ${name}.${files}`;
}

/** The sets of environments among these objects, with only what `removedEnvironments` asks of them. */
export const environmentsIn = (objects: readonly object[]): object[] =>
  objects.filter(isEnvironment).map(({ metadata, spec }) => {
    const volumes = spec.template.spec.volumes.filter((volume) => volume.persistentVolumeClaim);
    return { kind: 'StatefulSet', metadata, spec: { replicas: spec.replicas, template: { spec: { volumes } } } };
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

/** The workloads' manifests that an earlier run wrote as Helm charts below `folder`. */
export function chartsIn(folder: string): string[] {
  const charts = join(folder, 'stacks', 'workloads', 'charts');
  if (!existsSync(charts)) return [];
  return readdirSync(charts)
    .map((chart) => join(charts, chart, 'manifests.yaml'))
    .filter((path) => existsSync(path))
    .map((path) => readFileSync(path, 'utf8'));
}
