import type { KubeObject } from '../cluster/kubectl';
import { warningsOf } from '../cluster/pods';
import { makeDefault } from '../cluster/storage';
import { nameOf, type Rule, STUCK_SEC, secondsSince } from './rule';

const FULL = 0.95;

export const claims: Rule = (seen) =>
  seen.claims.flatMap((claim) => {
    const { metadata, spec, status } = claim;
    const what = `claim ${nameOf(claim)}`;
    const users = seen.pods.filter(
      (pod) =>
        pod.metadata.namespace === metadata.namespace &&
        (pod.spec.volumes ?? []).some(
          ({ persistentVolumeClaim }: KubeObject) => persistentVolumeClaim?.claimName === metadata.name,
        ),
    );
    if (metadata.deletionTimestamp && secondsSince(metadata.deletionTimestamp, seen) > STUCK_SEC)
      return users.length > 0
        ? {
            what,
            cause: `it is deleted, and ${users.map(({ metadata: { name } }) => name).join(', ')} still uses it`,
            mend: `delete the pod ${users[0].metadata.name}, which then gets a new volume; the files of the old one are lost`,
          }
        : {
            what,
            cause: `it is deleted, and ${(metadata.finalizers ?? []).join(', ')} keeps it`,
            mend: 'see that the storage driver runs, which has to let go of the volume',
          };
    if (status.phase !== 'Pending') return [];
    const wanted = spec.storageClassName;
    const names = seen.storageClasses.map(({ metadata: { name } }) => name);
    if (wanted && !names.includes(wanted))
      return {
        what,
        cause: `there is no StorageClass ${wanted}`,
        mend: `name one of ${names.join(', ') || 'your own'} in storageClassName, and delete the claim, which is empty`,
      };
    if (!wanted)
      return {
        what,
        cause: 'no StorageClass is the default one, and none is named',
        mend: `${makeDefault(names[0])}, or name one (storageClassName); then delete the claim, which is empty`,
      };
    const [message] = warningsOf(claim, seen.events);
    return message ? { what, cause: message, mend: `see that what provides the StorageClass ${wanted} runs` } : [];
  });

export const volumes: Rule = ({ volumes: all }) =>
  all
    .filter(({ full }) => full > FULL)
    .map(({ namespace, claim, full }) => ({
      what: `claim ${namespace}/${claim}`,
      cause: `its volume is ${Math.floor(full * 100)} % full`,
      mend: 'remove files, or enlarge the claim itself, where its StorageClass allows that',
    }));

export const nodes: Rule = ({ nodes: all, pods }) =>
  all.flatMap(({ metadata, status, spec }) => {
    const conditions: KubeObject[] = status.conditions ?? [];
    const ready = conditions.find(({ type }) => type === 'Ready');
    const what = `node ${metadata.name}`;
    const held = pods.filter((pod) => pod.spec.nodeName === metadata.name).map(nameOf);
    const isGivenUp = (spec.taints ?? []).some(({ key }: KubeObject) => key === 'node.kubernetes.io/out-of-service');
    if (ready?.status !== 'True')
      return isGivenUp
        ? []
        : {
            what,
            cause: `it does not answer (${ready?.message ?? 'it said nothing yet'})${held.length > 0 ? `; with it ${held.join(', ')} and their volumes are out of reach` : ''}`,
            mend: `bring it back; if it is gone for good: kubectl taint node ${metadata.name} node.kubernetes.io/out-of-service=nodeshutdown:NoExecute`,
          };
    const pressed = conditions
      .filter(({ type, status: is }) => type.endsWith('Pressure') && is === 'True')
      .map(({ type }) => type);
    return pressed.length > 0
      ? { what, cause: `it has ${pressed.join(', ')}`, mend: 'free memory or disk on it, or add a node' }
      : [];
  });
