import { type Dns, dnsIn, resolves } from '../cluster/dns';
import type { Kubectl, KubeObject } from '../cluster/kubectl';
import { OURS } from '../cluster/labels';
import { Restored } from '../cluster/restored';
import { type Status, statusOf } from '../platform/status';

/** How full a volume is. */
export interface Volume {
  readonly namespace: string;
  readonly claim: string;
  /** From 0 to 1. */
  readonly full: number;
}

/** All that a doctor looks at, taken at one time. */
export interface Seen {
  readonly now: number;
  readonly pods: readonly KubeObject[];
  readonly workloads: readonly KubeObject[];
  readonly claims: readonly KubeObject[];
  readonly storageClasses: readonly KubeObject[];
  readonly nodes: readonly KubeObject[];
  readonly events: readonly KubeObject[];
  /** Where the platform asks for names. */
  readonly dns: Dns;
  /** Those of its pods that are there. */
  readonly dnsPods: readonly KubeObject[];
  /** Whether an environment, or another pod where none runs, finds the API server by its name; undefined if not known. */
  readonly resolves?: boolean;
  readonly volumes: readonly Volume[];
  /** Kinds of the platform's objects that the cluster does not know. */
  readonly unknownKinds: readonly string[];
  /** Releases of Helm that made such kinds, or objects of them, and do not look whether those are there. */
  readonly kindReleases: readonly { readonly namespace: string; readonly name: string }[];
  /** VolumeAttachments: which node has which volume. */
  readonly attachments: readonly KubeObject[];
  /** How far a restore is that is not over. */
  readonly restored: Pick<Restored, 'from' | 'hasData'>;
  /** Whether an upgrade from this folder is not over. */
  readonly isUpgrading: boolean;
  readonly status: Status;
  /** The end of the log of what has people log in, if that is here. */
  readonly keeperLog: string;
  /** The same of what unseals Vault. */
  readonly vaultLog: string;
}

/** What the folder of a platform tells. */
export interface Project {
  /** Those that its objects are of and operators bring, as `VaultAuth.secrets.hashicorp.com`. */
  readonly kinds: readonly string[];
  /** Names of the releases that bring those, and objects of them. */
  readonly kindReleases: readonly string[];
  readonly isUpgrading: boolean;
}

/** Looks at a cluster. */
export async function see(kubectl: Kubectl, { kinds, kindReleases, isUpgrading }: Project): Promise<Seen> {
  const all = await kubectl.list('namespaces', { selector: OURS });
  const namespaces = all.map(({ metadata }) => metadata.name as string);
  const [objects, lists, { dns, pods: dnsPods }, status, known, restored] = await Promise.all([
    kubectl.list('pods,statefulsets,deployments,replicasets,jobs,persistentvolumeclaims'),
    listsOf(kubectl),
    dnsIn(kubectl),
    statusOf(kubectl),
    kubectl.answer(['api-resources', '--output', 'wide', '--no-headers']),
    Restored.in(kubectl),
  ]);
  const own = objects.filter(({ metadata }) => namespaces.includes(metadata.namespace));
  const ofKind = (...wanted: string[]) => own.filter(({ kind }) => wanted.includes(kind));
  const unknownKinds = kinds.filter((kind) => !knows(known, kind));
  const volumes = await Promise.all(lists.nodes.map(({ metadata }) => volumesOn(kubectl, metadata.name)));
  return {
    now: Date.now(),
    ...lists,
    restored,
    isUpgrading,
    dns,
    dnsPods,
    status,
    pods: ofKind('Pod'),
    workloads: ofKind('StatefulSet', 'Deployment', 'ReplicaSet', 'Job'),
    claims: ofKind('PersistentVolumeClaim'),
    unknownKinds,
    kindReleases: unknownKinds.length > 0 ? await standing(kubectl, kindReleases) : [],
    volumes: volumes.flat().filter(({ namespace }) => namespaces.includes(namespace)),
    resolves: await resolves(kubectl, ofKind('Pod')),
    keeperLog: await logOf(kubectl, own, 'boundary-keeper'),
    vaultLog: await logOf(kubectl, own, 'vault-bootstrap'),
  };
}

/** What is looked at whole, whosever it is. */
async function listsOf(kubectl: Kubectl) {
  const [nodes, storageClasses, events, attachments] = await Promise.all([
    kubectl.list('nodes'),
    kubectl.list('storageclasses'),
    kubectl.list('events'),
    kubectl.list('volumeattachments'),
  ]);
  return { nodes, storageClasses, events, attachments };
}

/** Releases that Helm has, by their labels alone: each Secret holds a whole chart. */
async function standing(kubectl: Kubectl, names: readonly string[]): Promise<Seen['kindReleases']> {
  const columns = 'custom-columns=:metadata.namespace,:metadata.labels.name';
  const which = ['--all-namespaces', '--selector', 'owner=helm', '--output', columns, '--no-headers'];
  const lines = (await kubectl.answer(['get', 'secrets', ...which])).split('\n');
  const all = [...new Set(lines)].map((line) => line.trim().split(/\s+/));
  return all.filter(([, name]) => names.includes(name)).map(([namespace, name]) => ({ namespace, name }));
}

function knows(resources: string, kind: string): boolean {
  const [name, ...group] = kind.split('.');
  return resources.split('\n').some((line) => line.split(/\s+/).includes(name) && line.includes(group.join('.')));
}

async function logOf(kubectl: Kubectl, own: readonly KubeObject[], name: string): Promise<string> {
  const found = own.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === name);
  if (!found) return '';
  return String(
    (await kubectl.run(['logs', '--namespace', found.metadata.namespace, `deployment/${name}`, '--tail=20'])).stdout,
  );
}

/** As the node's kubelet measures them. */
async function volumesOn(kubectl: Kubectl, node: string): Promise<Volume[]> {
  const { exitCode, stdout } = await kubectl.run(['get', '--raw', `/api/v1/nodes/${node}/proxy/stats/summary`]);
  if (exitCode !== 0) return [];
  return JSON.parse(String(stdout))
    .pods.flatMap(({ volume = [] }: KubeObject) => volume)
    .filter(({ pvcRef, capacityBytes }: KubeObject) => pvcRef && capacityBytes > 0)
    .map(({ pvcRef, usedBytes, availableBytes, capacityBytes }: KubeObject) => ({
      namespace: pvcRef.namespace,
      claim: pvcRef.name,
      full: availableBytes === undefined ? usedBytes / capacityBytes : 1 - availableBytes / capacityBytes,
    }));
}
