import type { Kubectl, KubeObject } from '../../cluster/kubectl';
import { labelOf, OURS } from '../../cluster/labels';
import { differencesOfParts } from '../dry-run';
import { aboutRealm, earlierRealm } from '../earlier-realm';
import { preparationOf } from '../preparation';
import { chartsOf, type Part } from '../project';
import { type Release, releasesOf, standingVersions } from '../releases';
import { type Selection, WORKLOADS } from '../selection';
import type { Growth } from '../storage';
import { aboutDeparture } from '../vault-servers';
import { allContainers, type NewImage, newImages, podOf } from './images';

/** Another image of workloads of one part. */
export interface ImageChange {
  readonly part: string;
  readonly workloads: readonly string[];
  readonly from: string;
  readonly to: string;
}

/** Another version of a chart that is not the platform's own, such as an operator's. */
export interface ChartChange {
  readonly name: string;
  /** Absent where it is not installed. */
  readonly from?: string;
  readonly to: string;
}

/** What an upgrade does. */
export interface Plan {
  readonly images: readonly ImageChange[];
  readonly charts: readonly ChartChange[];
  readonly volumes: readonly Growth[];
  /** What changes at all: parts, and before them stacks, in the order in which they are carried out. */
  readonly steps: readonly string[];
  /** What has to be known before. */
  readonly notes: readonly string[];
}

/** What has pods, as kubectl is asked for it. */
export const WORKLOAD_KINDS = 'statefulsets,deployments,jobs,cronjobs';
/** What the versions of the platform's own charts are. */
const DIGEST = /^0\.1\.0-x[0-9a-f]{12}$/;
const noteOf = (of: string): string =>
  `${of}'s database is brought to the schema of the new version, and never back: sandboxctl backup --platform comes first`;

/** Compares what a platform is to be with what stands. @throws Failure - for volumes that cannot become so */
export async function planOf(
  kubectl: Kubectl,
  selection: Selection,
  by: 'terraform' | 'kubectl',
): Promise<{ plan: Plan; images: NewImage[]; standing: KubeObject[] }> {
  const { ownParts, ownObjects } = selection;
  const [standing, { storage, departure }, realm, changed] = await Promise.all([
    kubectl.list(WORKLOAD_KINDS, { selector: OURS }),
    preparationOf(kubectl, ownObjects),
    earlierRealm(kubectl, ownObjects),
    by === 'terraform' ? changedReleases(kubectl, selection) : changedParts(kubectl, ownParts),
  ]);
  const grown = partsOf(ownParts, storage.growths);
  const plan = {
    images: imageChanges(ownParts, standing),
    charts: changed.charts,
    volumes: storage.growths,
    steps: [
      ...changed.before,
      ...ownParts.map(({ name }) => name).filter((name) => changed.parts.includes(name) || grown.includes(name)),
      ...changed.after,
    ],
    notes: [
      ...(departure ? [aboutDeparture(departure)] : []),
      ...(realm ? [aboutRealm(realm)] : []),
      ...(migrates(ownObjects, standing) ? [noteOf('Boundary')] : []),
      ...(imageChanges(ownParts, standing).some(({ workloads }) => workloads.includes('keycloak'))
        ? [noteOf('Keycloak')]
        : []),
    ],
  };
  return { plan, images: newImages(ownObjects, standing), standing };
}

interface Changed {
  readonly charts: readonly ChartChange[];
  readonly parts: readonly string[];
  /** Stacks with something that changes, before the workloads and after them. */
  readonly before: readonly string[];
  readonly after: readonly string[];
}

async function changedParts(kubectl: Kubectl, parts: readonly Part[]): Promise<Changed> {
  const differences = await differencesOfParts(kubectl, { parts });
  const names = differences.filter(({ changes }) => changes).map(({ name }) => name);
  return { charts: [], parts: names, before: [], after: [] };
}

async function changedReleases(kubectl: Kubectl, { stacks, ownParts }: Selection): Promise<Changed> {
  const versions = await standingVersions(kubectl, stacks);
  const isOther = ({ name, version }: Release) => version !== undefined && versions.get(name) !== version;
  const others = stacks.map(({ name }, index) => ({ name, releases: releasesOf(stacks[index]).filter(isOther) }));
  const ofWorkloads = others.findIndex(({ name }) => name === WORKLOADS);
  const charts = others.flatMap(({ releases }) => releases).filter(({ version = '' }) => !DIGEST.test(version));
  const own = others[ofWorkloads]?.releases.map(({ chart }) => chart) ?? [];
  const namesOf = (some: typeof others) => some.filter(({ releases }) => releases.length > 0).map(({ name }) => name);
  return {
    charts: charts.map(({ name, version = '' }) => ({ name, from: versions.get(name), to: version })),
    parts: ownParts.filter((part) => chartsOf(part).some((chart) => own.includes(chart))).map(({ name }) => name),
    before: namesOf(others.slice(0, ofWorkloads)),
    after: namesOf(others.slice(ofWorkloads + 1)),
  };
}

/** Parts whose volumes grow. */
const partsOf = (parts: readonly Part[], growths: readonly Growth[]): string[] =>
  parts
    .filter(({ objects }) =>
      objects.some(({ kind, metadata }) =>
        growths.some(
          ({ namespace, claim }) =>
            namespace === metadata.namespace &&
            (kind === 'StatefulSet'
              ? claim.replace(/-\d+$/, '').endsWith(`-${metadata.name}`)
              : kind === 'PersistentVolumeClaim' && claim === metadata.name),
        ),
      ),
    )
    .map(({ name }) => name);

function imageChanges(parts: readonly Part[], standing: readonly KubeObject[]): ImageChange[] {
  const changes = new Map<string, ImageChange>();
  for (const { name: part, objects } of parts)
    for (const object of objects) {
      const before = standing.find(isSame(object));
      if (!before) continue;
      for (const [from, to] of otherImages(before, object)) {
        const key = [part, from, to].join(' ');
        const workloads = [...(changes.get(key)?.workloads ?? []), object.metadata.name];
        changes.set(key, { part, workloads: [...new Set(workloads)], from, to });
      }
    }
  return [...changes.values()];
}

const isSame = (a: KubeObject) => (b: KubeObject) =>
  a.kind === b.kind && a.metadata.name === b.metadata.name && a.metadata.namespace === b.metadata.namespace;

function otherImages(before: KubeObject, after: KubeObject): [from: string, to: string][] {
  const [old, wanted] = [podOf(before), podOf(after)];
  if (!old || !wanted) return [];
  const images = new Map(allContainers(old).map(({ name, image }): [string, string] => [name, image]));
  return allContainers(wanted).flatMap(({ name, image }): [string, string][] => {
    const from = images.get(name);
    return from !== undefined && from !== image ? [[from, image]] : [];
  });
}

/** Whether another version of Boundary meets a database that has a schema. */
function migrates(wanted: readonly KubeObject[], standing: readonly KubeObject[]): boolean {
  const jobs = (objects: readonly KubeObject[]) =>
    objects
      .filter((object) => object.kind === 'Job' && labelOf(object, 'instance') === 'boundary-schema')
      .flatMap((object) => allContainers(podOf(object)).filter(({ name }) => name === 'schema'))
      .map(({ image }) => image as string);
  const [images, known] = [jobs(wanted), new Set(jobs(standing))];
  return known.size > 0 && images.some((image) => !known.has(image));
}
