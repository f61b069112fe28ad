import type { Kubectl, KubeObject } from '../cluster/kubectl';
import { OURS } from '../cluster/labels';
import { warningsOf } from '../cluster/pods';
import { isDefault } from '../cluster/storage';
import { Failure } from '../failure';
import { until } from '../until';
import { bytesOf, isSame, leftBehind, type Renewal, renewalsOf, sizeOf, templatesOf } from './renewal';
import { quantity } from './resources';

/** A claim that becomes larger. */
export interface Growth {
  readonly namespace: string;
  readonly claim: string;
  readonly from: string;
  readonly to: string;
}

/** What an `up` has to do about volumes before it deploys. */
export interface StorageChange {
  readonly growths: readonly Growth[];
  /** StatefulSets whose claims are described otherwise, which nobody can change: they are made anew. */
  readonly anew: readonly Renewal[];
}

interface StorageOptions {
  /**
   * Whether it goes back to what it was: a StatefulSet may describe smaller claims than it did, and those that are there
   * stay as they are; environments that run may begin with other ones. @default false
   */
  readonly mayShrink?: boolean;
}

/** A claim as it is, how it has to be, and how it had to be before. */
interface Wanted {
  readonly claim: KubeObject;
  readonly template: KubeObject;
  readonly before?: KubeObject;
}

/** A claim that has not its size yet, as it is, if it is. */
interface LateGrowth {
  readonly growth: Growth;
  readonly claim?: KubeObject;
}

/** No driver that works takes longer. */
const MOST_SEC = 300;
const AT_ONCE = 10;
/** Lines that people read. */
const MOST_SAID = 6;

const nameOf = ({ metadata }: KubeObject): string => `${metadata.name} in ${metadata.namespace}`;

/**
 * What changes of the volumes of a platform's objects; changes nothing.
 * @throws Failure - for what no volume can become: smaller, of another StorageClass, or larger where that is not allowed;
 * and for environments that run and would begin without their files. All of it at once, a line each
 */
export async function storageChange(
  kubectl: Kubectl,
  objects: readonly KubeObject[],
  { mayShrink = false }: StorageOptions = {},
): Promise<StorageChange> {
  if (!objects.some(({ kind }) => /^(StatefulSet|PersistentVolumeClaim)$/.test(kind))) return { growths: [], anew: [] };
  const [sets, claims, classes] = await Promise.all([
    kubectl.list('statefulsets', { selector: OURS }),
    kubectl.list('persistentvolumeclaims', { selector: OURS }),
    kubectl.list('storageclasses'),
  ]);
  const bound = claims.filter(({ metadata, status }) => !metadata.deletionTimestamp && status.phase === 'Bound');
  const verdicts = objects
    .flatMap((object) => wantedOf(object, sets.find(isSame(object)), bound))
    .flatMap((wanted) => growthOf(wanted, classes, mayShrink));
  const refused = verdicts.filter((verdict) => typeof verdict === 'string');
  // Before what working hours refuse, whose mend would lead to environments without their files.
  expectNone([...refused, ...(mayShrink ? [] : leftBehind(objects, sets))]);
  const anew = objects.filter((object) => object.kind === 'StatefulSet').flatMap((object) => renewalsOf(object, sets));
  return { growths: verdicts.filter((verdict) => typeof verdict !== 'string'), anew };
}

/** @throws Failure - with the first of what is refused, a line each */
function expectNone(refused: readonly string[]): void {
  const more = refused.length - MOST_SAID;
  const last = more > 0 ? [`${more} more of the same kind`] : [];
  if (refused.length > 0) throw new Failure([...refused.slice(0, MOST_SAID), ...last].join('\n'));
}

/** The claims that an object describes, as far as they are there. */
function wantedOf(object: KubeObject, standing: KubeObject | undefined, claims: readonly KubeObject[]): Wanted[] {
  if (object.kind === 'PersistentVolumeClaim')
    return claims.filter(isSame(object)).map((claim) => ({ claim, template: object, before: claim }));
  if (object.kind !== 'StatefulSet') return [];
  return templatesOf(object).flatMap((template) => {
    const { name } = template.metadata;
    const before = standing?.spec.volumeClaimTemplates?.find(({ metadata }: KubeObject) => metadata.name === name);
    const pattern = new RegExp(`^${name}-${object.metadata.name}-\\d+$`);
    return claims
      .filter(({ metadata }) => metadata.namespace === object.metadata.namespace && pattern.test(metadata.name))
      .map((claim) => ({ claim, template, before }));
  });
}

/** How a claim grows, if it does, or why it cannot. What was not asked for just now (a claim of another time) is left where it cannot. */
function growthOf(
  { claim, template, before }: Wanted,
  classes: readonly KubeObject[],
  mayShrink: boolean,
): (Growth | string)[] {
  const [from, to] = [sizeOf(claim), sizeOf(template)];
  const own = claim.spec.storageClassName;
  const asked = template.spec.storageClassName ?? classes.find(isDefault)?.metadata.name ?? own;
  const isNew = before !== undefined && before.spec.storageClassName !== template.spec.storageClassName;
  if (isNew && asked !== own)
    return [
      `the volume ${nameOf(claim)} is of the StorageClass ${own} and cannot become one of ${asked}: name ${own}, or back the files up, remove the volume and restore them`,
    ];
  const [has, gets] = [bytesOf(claim), bytesOf(template)];
  if (gets < has && before !== undefined && gets < bytesOf(before) && !mayShrink)
    return [
      `the volume ${nameOf(claim)} has ${from} and cannot become smaller (${to}): ask for ${from} or more, or back the files up, remove the volume and restore them`,
    ];
  if (gets <= has) return [];
  if (classes.find(({ metadata }) => metadata.name === own)?.allowVolumeExpansion)
    return [{ namespace: claim.metadata.namespace, claim: claim.metadata.name, from, to }];
  if (before === undefined || gets <= bytesOf(before)) return [];
  return [
    `the volume ${nameOf(claim)} has ${from} and cannot become larger (${to}): its StorageClass ${own} does not allow it (allowVolumeExpansion); ask for ${sizeOf(before)}, or allow it where the driver can`,
  ];
}

/** Has claims grow, and waits until their driver has taken it on; pods need not restart for it. @throws Failure - where it does not */
export async function grow(
  kubectl: Kubectl,
  growths: readonly Growth[],
  { timeoutSec, signal, tell }: { timeoutSec: number; signal: AbortSignal; tell: (text: string) => void },
): Promise<void> {
  for (let first = 0; first < growths.length; first += AT_ONCE)
    await Promise.all(growths.slice(first, first + AT_ONCE).map((growth) => ask(kubectl, growth, growth.to)));
  const limit = Math.min(timeoutSec, MOST_SEC);
  let late: LateGrowth[] = [];
  await until(
    () => notGrown(kubectl, late[0], limit),
    limit,
    async () => {
      signal.throwIfAborted();
      const claims = await kubectl.list('persistentvolumeclaims', { selector: OURS });
      late = growths.flatMap((growth) => {
        const claim = claims.find(isSame({ metadata: { name: growth.claim, namespace: growth.namespace } }));
        return claim && isTaken(claim, growth) ? [] : [{ growth, claim }];
      });
      tell(late.map(({ growth }) => growth.claim).join(', '));
      return late.length === 0;
    },
  );
}

async function ask(kubectl: Kubectl, { namespace, claim }: Growth, storage: string): Promise<void> {
  const patch = JSON.stringify({ spec: { resources: { requests: { storage } } } });
  await kubectl.answer(['patch', 'persistentvolumeclaim', claim, '--namespace', namespace, '--patch', patch]);
}

/** Whether a claim has its size, or all but the file system, which the kubelet does once a pod uses it. */
const isTaken = ({ status }: KubeObject, { to }: Growth): boolean =>
  quantity(status.capacity?.storage) >= quantity(to) ||
  (status.conditions ?? []).some(
    ({ type, status: value }: KubeObject) => type === 'FileSystemResizePending' && value === 'True',
  );

/** Says what was seen of a claim that nobody enlarges, whose size is asked back where the cluster lets it. */
async function notGrown(kubectl: Kubectl, { growth, claim }: LateGrowth, seconds: number): Promise<string> {
  if (!claim) return `the volume ${growth.claim} in ${growth.namespace} is gone`;
  const events = await kubectl.list('events', { namespace: growth.namespace });
  const conditions = (claim.status.conditions ?? []).map(({ type, message }: KubeObject) => message || type);
  const back = await ask(kubectl, growth, growth.from).then(
    () => `it asks for ${growth.from} again`,
    () => `it still asks for ${growth.to}`,
  );
  const said = [...conditions, ...warningsOf(claim, events)].slice(0, 2).join('; ') || 'nobody says why';
  return `the volume ${nameOf(claim)} has ${claim.status.capacity?.storage} of ${growth.to} after ${seconds} s (${said}): see that the driver of its StorageClass ${claim.spec.storageClassName} runs and can enlarge volumes; ${back}`;
}
