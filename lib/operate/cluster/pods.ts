import { shownOnly } from '../output';
import type { KubeObject } from './kubectl';

export const isReady = ({ status }: KubeObject): boolean =>
  status.phase === 'Succeeded' ||
  (status.conditions ?? []).some((condition: KubeObject) => condition.type === 'Ready' && condition.status === 'True');

/** Whether a pod has the volume of a claim. */
export const usesClaim = (pod: KubeObject, { metadata }: KubeObject): boolean =>
  pod.metadata.namespace === metadata.namespace &&
  (pod.spec.volumes ?? []).some(
    ({ persistentVolumeClaim }: KubeObject) => persistentVolumeClaim?.claimName === metadata.name,
  );

/** How its containers are, those first that prepare it. */
export const containersOf = ({ status }: KubeObject): KubeObject[] => [
  ...(status.initContainerStatuses ?? []),
  ...(status.containerStatuses ?? []),
];

/** Its container whose image cannot be had, if there is one. */
export const withoutImage = (pod: KubeObject): KubeObject | undefined =>
  containersOf(pod).find(({ state }) => /^(ErrImage|ImagePull|InvalidImage)/.test(state?.waiting?.reason ?? ''));

/** What was said of an image that could not be had. */
export const imageWarning = (pod: KubeObject, events: readonly KubeObject[]): string | undefined =>
  warningsOf(pod, events).find((message) => /^Failed to (pull|inspect) image/.test(message));

/** Why no node takes it, if so. */
export const unschedulable = ({ status }: KubeObject): string | undefined =>
  (status.conditions ?? []).find(
    (condition: KubeObject) => condition.type === 'PodScheduled' && condition.status === 'False',
  )?.message;

const timeOf = (event: KubeObject): number =>
  Date.parse(event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp);

/** What an object was warned of, the newest first. */
export const warningsOf = ({ metadata }: KubeObject, events: readonly KubeObject[]): string[] =>
  events
    .filter(({ type, involvedObject }) => type === 'Warning' && involvedObject.uid === metadata.uid)
    .sort((a, b) => timeOf(a) - timeOf(b))
    .map(({ message }) => shownOnly(String(message ?? '')))
    .reverse();
