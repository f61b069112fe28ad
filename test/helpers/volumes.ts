import type { Kubectl, KubeObject } from '../../lib/operate/cluster/kubectl';
import { storageChange } from '../../lib/operate/platform/storage';

export const LABELS = { 'app.kubernetes.io/part-of': 'agent-sandbox-platform' };
const claimSpec = (storage: string, storageClassName?: string) => ({
  accessModes: ['ReadWriteOnce'],
  storageClassName,
  resources: { requests: { storage } },
});
export const set = (storage: string, storageClassName?: string, labels: object = LABELS): KubeObject => ({
  kind: 'StatefulSet',
  metadata: { name: 'devenv', namespace: 'devenv' },
  spec: {
    volumeClaimTemplates: [{ metadata: { name: 'workspace', labels }, spec: claimSpec(storage, storageClassName) }],
  },
});
export const claim = (storage: string, number = 0, status: object = {}): KubeObject => ({
  kind: 'PersistentVolumeClaim',
  metadata: { name: `workspace-devenv-${number}`, namespace: 'devenv', uid: `claim-${number}` },
  spec: claimSpec(storage, 'standard'),
  status: { phase: 'Bound', capacity: { storage }, ...status },
});
export const storageClass = (name: string, allowVolumeExpansion: boolean, isDefault = false): KubeObject => ({
  metadata: { name, annotations: { 'storageclass.kubernetes.io/is-default-class': String(isDefault) } },
  allowVolumeExpansion,
});
const GROWING = [storageClass('standard', true, true), storageClass('fast', true)];
export const FIXED = [storageClass('standard', false, true)];

/** A cluster with these objects, which notes what it is asked to do. */
export function clusterWith(sets: KubeObject[], claims: KubeObject[], classes: KubeObject[] = GROWING) {
  const asked: string[][] = [];
  const lists: Record<string, KubeObject[]> = {
    statefulsets: sets,
    persistentvolumeclaims: claims,
    storageclasses: classes,
    events: [],
  };
  const kubectl = {
    list: async (kinds: string) => lists[kinds],
    answer: async (args: readonly string[]) => {
      asked.push([...args]);
      return '';
    },
  } as Partial<Kubectl> as Kubectl;
  return { kubectl, asked };
}
export const change = (wanted: KubeObject, ...given: Parameters<typeof clusterWith>) =>
  storageChange(clusterWith(...given).kubectl, [wanted]);
