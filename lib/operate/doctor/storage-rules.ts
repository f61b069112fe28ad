import type { KubeObject } from '../cluster/kubectl';
import { shortNameOf } from '../cluster/names';
import { isGivenUp } from '../cluster/nodes';
import { containersOf, isReady, usesClaim, warningsOf } from '../cluster/pods';
import { makeDefault } from '../cluster/storage';
import { type Diagnosis, type Rule, STUCK_SEC, secondsSince } from './rule';
import type { Seen } from './seen';

const FULL = 0.95;

/** Pods that have the volume of a claim. */
const usersOf = (claim: KubeObject, { pods }: Seen): KubeObject[] => pods.filter((pod) => usesClaim(pod, claim));

export const claims: Rule = (seen) =>
  seen.claims.flatMap((claim) => {
    const { metadata, spec, status } = claim;
    const what = `claim ${shortNameOf(claim)}`;
    const users = usersOf(claim, seen);
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

/** What sizes of claims are set by, as their names begin. */
const SIZES: Readonly<Record<string, string>> = {
  'workspace-': 'environments.storage.workspace',
  'bash-history-': 'environments.storage.bashHistory',
  'claude-config-': 'environments.storage.claudeConfig',
  'data-vault-': 'vault.storage',
  'data-boundary-database-': 'boundary.database.storage',
  'data-keycloak-database-': 'keycloak.storage',
};

export const volumes: Rule = ({ volumes: all, claims: known, storageClasses }) =>
  all
    .filter(({ full }) => full > FULL)
    .map(({ namespace, claim, full }) => {
      const found = known.find(({ metadata }) => metadata.namespace === namespace && metadata.name === claim);
      const { storageClassName } = found?.spec ?? {};
      const grows = storageClasses.find(({ metadata }) => metadata.name === storageClassName)?.allowVolumeExpansion;
      const setting = Object.entries(SIZES).find(([start]) => claim.startsWith(start))?.[1];
      const larger = setting
        ? `sandboxctl upgrade ${setting}=SIZE`
        : `enlarge the claim (kubectl edit persistentvolumeclaim ${claim} --namespace ${namespace})`;
      return {
        what: `claim ${namespace}/${claim}`,
        cause: `its volume is ${Math.floor(full * 100)} % full`,
        mend: `remove files, or ${grows ? larger : `take a backup: its StorageClass ${storageClassName ?? ''} lets no volume grow (allowVolumeExpansion)`}`,
      };
    });

/** Claims whose volumes are attached to a node, as far as anything tells. */
const attachedTo = (node: string, { attachments, claims: known }: Seen): string[] =>
  attachments
    .filter(({ spec }) => spec.nodeName === node)
    .flatMap(({ spec }) => known.filter((claim) => claim.spec.volumeName === spec.source.persistentVolumeName))
    .map(shortNameOf);

/** Volumes that one node at a time may have, and another one still has. */
export const attached: Rule = (seen) =>
  seen.pods
    .filter((pod) => !isReady(pod) && secondsSince(pod.metadata.creationTimestamp, seen) > STUCK_SEC)
    .filter((pod) => containersOf(pod).every(({ state }) => !state?.running && !state?.terminated))
    .flatMap((pod) => {
      const said = warningsOf(pod, seen.events).find((message) =>
        /Multi-Attach error|AttachVolume.Attach failed/.test(message),
      );
      const volume = /volume "([^"]+)"/.exec(said ?? '')?.[1];
      if (!said || !volume) return [];
      const what = `pod ${shortNameOf(pod)}`;
      const holder = seen.attachments.find(
        ({ spec }) => spec.source.persistentVolumeName === volume && spec.nodeName !== pod.spec.nodeName,
      );
      if (!holder)
        return {
          what,
          cause: said,
          mend: 'see that the storage driver runs, which attaches volumes to nodes (kubectl get csidrivers, and its pods)',
        };
      return holderOf(holder, what, seen);
    });

function holderOf({ metadata, spec }: KubeObject, what: string, seen: Seen): Diagnosis[] {
  const { nodeName, source } = spec;
  const claim = seen.claims.find((one) => one.spec.volumeName === source.persistentVolumeName);
  const volume = claim ? `the volume of claim ${shortNameOf(claim)}` : `its volume ${source.persistentVolumeName}`;
  const node = seen.nodes.find((one) => one.metadata.name === nodeName);
  if (!node || (!isReady(node) && isGivenUp(node)))
    return [
      {
        what,
        cause: `${volume} is still attached to ${nodeName}, a node that is ${node ? 'given up' : 'gone'}`,
        mend: `kubectl delete volumeattachment ${metadata.name}, once it is certain that nothing there writes to it any more`,
      },
    ];
  // A lost node is told of by itself, with all that is on it.
  if (!isReady(node)) return [];
  const user = claim && usersOf(claim, seen).find((pod) => pod.spec.nodeName === nodeName);
  return [
    {
      what,
      cause: `${volume} is attached to ${nodeName}, another node${user ? `, where ${user.metadata.name} uses it` : ''}`,
      mend: user
        ? `let ${shortNameOf(user)} end, or delete it: a volume is one node's at a time`
        : `see that the storage driver runs on ${nodeName}, which has to let go of it`,
    },
  ];
}

export const nodes: Rule = (seen) =>
  seen.nodes.flatMap((node) => {
    const { metadata, status } = node;
    const conditions: KubeObject[] = status.conditions ?? [];
    const ready = conditions.find(({ type }) => type === 'Ready');
    const what = `node ${metadata.name}`;
    if (ready?.status !== 'True') {
      if (isGivenUp(node)) return [];
      const held = seen.pods.filter((pod) => pod.spec.nodeName === metadata.name).map(shortNameOf);
      const pods = held.length > 0 ? [`with it ${held.join(', ')} and their volumes are out of reach`] : [];
      const claimed = attachedTo(metadata.name, seen);
      const disks = claimed.length > 0 ? [`it holds the volumes of ${claimed.join(', ')}`] : [];
      return {
        what,
        cause: [`it does not answer (${ready?.message ?? 'it said nothing yet'})`, ...pods, ...disks].join('; '),
        mend: `bring it back; if it is gone for good, and switched off: sandboxctl node-lost ${metadata.name}`,
      };
    }
    const pressed = conditions
      .filter(({ type, status: is }) => type.endsWith('Pressure') && is === 'True')
      .map(({ type }) => type);
    return pressed.length > 0
      ? { what, cause: `it has ${pressed.join(', ')}`, mend: 'free memory or disk on it, or add a node' }
      : [];
  });
