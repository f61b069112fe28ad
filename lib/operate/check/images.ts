import type { KubeObject } from '../cluster/kubectl';
import { isEnvironment } from '../cluster/labels';
import { containersOf, unschedulable, withoutImage } from '../cluster/pods';
import { allContainers, podOf } from '../platform/upgrade/images';
import { within } from '../until';
import { bad, type Finding, good } from './finding';
import type { Image, Trial } from './trial';

/** An image of the platform, and where it runs. */
export interface Wanted extends Image {
  readonly namespaces: readonly string[];
  /** The place that its node has to have, as its pods say. */
  readonly spec: object;
  /** Its rank among those that others are tried out with: the lower, the surer it has what that takes. */
  readonly rank: number;
}

/** What runs Node.js has a shell and tools; environments have them, as a rule. */
const rankOf = (object: KubeObject, { command = [] }: KubeObject): number =>
  command[0] === 'node' ? 0 : isEnvironment(object, 'StatefulSet') ? 1 : 2;

/** All images of manifests, each once, the surest to have tools first. */
export function imagesOf(objects: readonly KubeObject[]): Wanted[] {
  const found = new Map<string, Wanted>();
  for (const object of objects) {
    const pod = podOf(object);
    for (const container of pod ? allContainers(pod) : []) {
      const { image, imagePullPolicy } = container;
      const { imagePullSecrets: pullSecrets = [], nodeSelector, tolerations } = pod;
      const known = found.get(image);
      found.set(image, {
        image,
        imagePullPolicy,
        pullSecrets,
        spec: { nodeSelector, tolerations },
        ...known,
        namespaces: [...new Set([...(known?.namespaces ?? []), object.metadata.namespace])],
        rank: Math.min(known?.rank ?? 2, rankOf(object, container)),
      });
    }
  }
  return [...found.values()].sort((a, b) => a.rank - b.rank);
}

/** What came of pulling images. */
export interface Pulled {
  readonly there: readonly Wanted[];
  readonly findings: readonly Finding[];
}

/** Has nodes pull each image, for a pod of its own that ends at once. */
export async function pull(trial: Trial, images: readonly Wanted[]): Promise<Pulled> {
  const missing = await takeSecrets(trial, images);
  const names = new Map(images.map((image, index) => [`pull-${index}`, image]));
  const pods = [...names].map(([name, image]) => trial.pod(name, { ...image, command: ['true'] }));
  if (pods.length > 0) await trial.apply(...pods);
  const states = await statesOf(trial, [...names.keys()]);
  await trial.delete('pods', '--all', '--now');
  const there = [...names].filter(([name]) => states.get(name) === THERE).map(([, image]) => image);
  const findings = [...names]
    .filter(([, image]) => !there.includes(image))
    .map(([name, { image, namespaces }]) => {
      const why = states.get(name) ?? `it is still pulled after ${trial.limits.pull} s`;
      return bad('images', `${image} of ${namespaces.join(', ')} cannot be had: ${why}`, mendOf(missing));
    });
  const all = `all ${there.length} images of the manifests can be had; that of the operator is not tried, which its chart names`;
  return { there, findings: findings.length > 0 ? findings : [good('images', all)] };
}

const THERE = 'there';

/** What became of pods by name, once there is an answer for each, or no more time. */
async function statesOf(trial: Trial, names: readonly string[]): Promise<ReadonlyMap<string, string | undefined>> {
  let seen: KubeObject[] = [];
  await within(trial.limits.pull, async () => {
    seen = (await trial.pods()).filter(({ metadata }) => names.includes(metadata.name));
    return seen.length === names.length && seen.every((pod) => stateOf(pod) !== undefined);
  });
  return new Map(seen.map((pod) => [pod.metadata.name, stateOf(pod) ?? unscheduled(pod)]));
}

/** Whether a node has the image of a pod's only container, or why not; undefined while it is pulled. */
function stateOf(pod: KubeObject): string | undefined {
  const refused = withoutImage(pod)?.state.waiting;
  if (refused) return refused.message ?? refused.reason;
  const [{ state = {}, imageID } = {} as KubeObject] = containersOf(pod);
  // Whatever the program does: there is one.
  const isThere = imageID || state.running || state.terminated;
  return isThere || /^(Create|Run)Container/.test(state.waiting?.reason ?? '') ? THERE : undefined;
}

function unscheduled(pod: KubeObject): string | undefined {
  const kept = unschedulable(pod);
  return kept && `no node takes a pod for it: ${kept}`;
}

const mendOf = (missing: readonly string[]): string =>
  missing.length > 0
    ? `make the pull secret ${missing.join(', ')} in the platform's namespaces, where there is none yet (sandboxctl up namespaces makes them)`
    : 'push it to a registry that the nodes reach (images.registry, images.pullSecrets), or load it into the nodes (sandboxctl image load)';

/** Copies pull secrets from the platform's namespaces. @returns names of those that are in none */
async function takeSecrets(trial: Trial, images: readonly Wanted[]): Promise<string[]> {
  const places = images.flatMap(({ pullSecrets, namespaces }) =>
    pullSecrets.flatMap(({ name }) => namespaces.map((namespace) => [name, namespace] as const)),
  );
  const found = new Map<string, KubeObject>();
  for (const [name, namespace] of places)
    if (!found.has(name)) {
      const secret = await trial.kubectl.find('secret', name, namespace);
      if (secret) found.set(name, secret);
    }
  const copies = [...found].map(([name, { type, data }]) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: trial.namespace },
    type,
    data,
  }));
  if (copies.length > 0) await trial.apply(...copies);
  return [...new Set(places.map(([name]) => name))].filter((name) => !found.has(name));
}
