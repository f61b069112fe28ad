import { DEFAULT_CONTAINER, MEANT_FOR_KUBERNETES, OF_CONFINEMENT, OF_THE_CLUSTER } from './rules/names';

export const QUALIFIED = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
export const LABEL = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

/** @throws if a key is none, or would tell Kubernetes or Helm something about every object, or a label has no value */
export function checkCommonKeys(what: 'label' | 'annotation', map: Readonly<Record<string, string>> = {}): void {
  for (const [name, value] of Object.entries(map)) {
    if (!QUALIFIED.test(name)) throw new Error(`${what} "${name}" must be a key such as team or example.com/team`);
    if (what === 'label' && !LABEL.test(value))
      throw new Error(
        `label "${name}" must have letters, digits, and inside "-", "_" and ".", at most 63, got "${value}"`,
      );
  }
  const key = Object.keys(map).find((name) => MEANT_FOR_KUBERNETES.test(name));
  if (key)
    throw new Error(`${what} "${key}" tells Kubernetes or Helm what to do with an object: set it on single ones`);
}

/** @throws if a namespace is one of the cluster's own, which default-deny policies would cut off */
export function checkNamespace(name: string): void {
  if (OF_THE_CLUSTER.test(name)) throw new Error(`namespace "${name}" is one of the cluster's own: choose another`);
}

/** What tells the platform, kubectl or older clusters something of an environment's pod. */
const isOfThePod = (key: string): boolean =>
  key.startsWith('agent-sandbox.dev/') || OF_CONFINEMENT.test(key) || key === DEFAULT_CONTAINER;

/** @throws if an annotation of pods is the platform's own: one says for which Service a host certificate is signed */
export function checkPodAnnotations(set: string, annotations: Readonly<Record<string, string>> = {}): void {
  const key = Object.keys(annotations).find(isOfThePod);
  if (key) throw new Error(`annotation "${key}" of "${set}" is set by the platform: choose another name`);
}
