import { isOlder, TESTED } from '../../config/versions';
import type { Kubectl, KubeObject } from '../cluster/kubectl';
import { isEnvironment, isVault, labelOf } from '../cluster/labels';
import { isSettled, lateOf, look, type Seen } from '../cluster/readiness';
import { Restored } from '../cluster/restored';
import { hoursOf, hoursText, stopsOf } from '../cluster/working-hours';
import { notesOn } from '../doctor/notes';
import { VERSION } from '../version';
import {
  type CertificateStatus,
  certificatesIn,
  certificateWarnings,
  type Ending,
  endedWarnings,
  hostCertificatesOf,
  leasesOf,
  tokensOf,
} from './expiry';
import { type NodeResources, resourcesOf } from './resources';

/** How one namespace of the platform does. */
export interface PartStatus {
  readonly name: string;
  readonly ready: number;
  readonly of: number;
  /** What it waits for. */
  readonly late: readonly string[];
  /** Images, without their registries. */
  readonly images: readonly string[];
}

export interface EnvironmentStatus {
  readonly name: string;
  readonly namespace: string;
  readonly state: 'running' | 'starting' | 'stopping' | 'stopped';
  readonly node?: string;
  /** ISO 8601. */
  readonly since?: string;
  /** Working hours that it runs in, if there are any. */
  readonly hours?: string;
  /** When it stops, once who works there was told; ISO 8601. */
  readonly stopsAt?: string;
}

/** What runs; the images of the parts are theirs. */
export interface Versions {
  readonly kubernetes: string;
  /** This program's own. */
  readonly sandboxctl: string;
}

/** What `sandboxctl status --json` prints: docs/OPERATIONS.md has its shape. */
export interface Status {
  readonly versions: Versions;
  readonly parts: readonly PartStatus[];
  readonly environments: readonly EnvironmentStatus[];
  readonly vault?: VaultStatus;
  readonly certificates: readonly CertificateStatus[];
  /** What environments show to SSH, by their pods. */
  readonly hostCertificates: readonly CertificateStatus[];
  /** Tokens of Vault that others hold. */
  readonly tokens: readonly Ending[];
  readonly leases: readonly Ending[];
  readonly warnings: readonly string[];
  /** Where they are asked for. */
  readonly nodes?: readonly NodeResources[];
}

export interface VaultStatus {
  readonly seal: string;
  readonly version: string;
  readonly sealed: readonly string[];
  /** How many servers there are to be, and how many are unsealed. */
  readonly servers: number;
  readonly open: number;
  /** Whether one that is unsealed knows which one leads; undefined where none is. */
  readonly leads?: boolean;
}

export interface StatusArguments {
  /** Whether nodes are looked at. @default false */
  readonly resources?: boolean;
  /** Whether an upgrade from this folder is not over. @default false */
  readonly isUpgrading?: boolean;
}

/** How a platform does, by what its cluster says. */
export async function statusOf(kubectl: Kubectl, given: StatusArguments = {}): Promise<Status> {
  const seen = await look(kubectl);
  const { workloads, pods } = seen;
  const namespaces = [...new Set([...workloads, ...pods].map(({ metadata }) => metadata.namespace as string))].sort();
  const [versions, ends, vault, stops, restored, nodes] = await Promise.all([
    versionsOf(kubectl),
    endingsOf(kubectl, namespaces, pods),
    vaultOf(kubectl, seen),
    stopsOf(kubectl),
    Restored.in(kubectl),
    given.resources ? resourcesOf(kubectl) : undefined,
  ]);
  const environments = workloads.filter((workload) => isEnvironment(workload, 'StatefulSet'));
  const parts = namespaces.map((name): PartStatus => {
    const own = workloads.filter(
      ({ metadata, kind, spec }) => metadata.namespace === name && !(kind === 'Job' && spec.suspend),
    );
    return {
      name,
      ready: own.filter(isSettled).length,
      of: own.length,
      late: lateOf(own, seen),
      images: imagesOf(own),
    };
  });
  const shown = {
    versions,
    parts,
    environments: environments.flatMap((set) => environmentsOf(set, pods, stops)),
    vault,
    ...ends,
  };
  const notes = [...unfinished(restored, given.isUpgrading), ...notesOn({ pods })];
  return { ...shown, warnings: [...warningsOf(shown), ...notes], nodes };
}

async function versionsOf(kubectl: Kubectl): Promise<Versions> {
  const { serverVersion } = JSON.parse(await kubectl.answer(['version', '--output', 'json']));
  return { kubernetes: serverVersion.gitVersion, sandboxctl: VERSION };
}

/** All that ends unless it is renewed. */
async function endingsOf(kubectl: Kubectl, namespaces: readonly string[], pods: readonly KubeObject[]) {
  const [certificates, hostCertificates, tokens, leases] = await Promise.all([
    certificatesIn(kubectl, namespaces),
    hostCertificatesOf(kubectl, pods),
    tokensOf(kubectl, pods),
    leasesOf(kubectl),
  ]);
  return { certificates, hostCertificates, tokens, leases };
}

const unfinished = ({ from }: Pick<Restored, 'from'>, isUpgrading = false): string[] => [
  ...(from ? [`backup ${from} is put back, and not all of it: sandboxctl doctor says how to go on`] : []),
  ...(isUpgrading ? ['an upgrade from this folder is not over: sandboxctl doctor says how to go on'] : []),
];

const imagesOf = (workloads: readonly KubeObject[]): string[] => {
  const images = workloads.flatMap(({ spec }) =>
    spec.template.spec.containers.map(({ image }: KubeObject) => image as string),
  );
  return [...new Set(images.map((image) => image.split('/').slice(-1)[0]))].sort();
};

function environmentsOf(
  set: KubeObject,
  pods: readonly KubeObject[],
  stops: ReadonlyMap<string, string>,
): EnvironmentStatus[] {
  const { metadata, spec } = set;
  const { namespace } = metadata;
  const found = hoursOf(set);
  const hours = found && hoursText(found);
  const own = pods.filter((pod) => pod.metadata.ownerReferences?.[0]?.uid === metadata.uid);
  if (spec.replicas === 0 && own.length === 0) return [{ name: metadata.name, namespace, state: 'stopped', hours }];
  return own.map((pod) => {
    const ready = pod.status.conditions?.find(({ type }: KubeObject) => type === 'Ready');
    const state = pod.metadata.deletionTimestamp ? 'stopping' : ready?.status === 'True' ? 'running' : 'starting';
    return {
      name: pod.metadata.name,
      namespace,
      state,
      node: pod.spec.nodeName,
      since: state === 'running' ? ready.lastTransitionTime : undefined,
      hours,
      stopsAt: stops.get(`${namespace}/${metadata.name}`),
    };
  });
}

async function vaultOf(kubectl: Kubectl, { workloads, pods }: Seen): Promise<VaultStatus | undefined> {
  const servers = pods.filter((pod) => labelOf(pod, 'name') === 'vault' && labelOf(pod, 'component') === 'server');
  const answers = await Promise.all(
    servers.map(async ({ metadata: { name, namespace } }) => {
      const { stdout } = await kubectl.run([
        'exec',
        '--namespace',
        namespace,
        name,
        '--container',
        'vault',
        '--',
        'vault',
        'status',
        '-format=json',
      ]);
      try {
        return { name, ...JSON.parse(String(stdout)) };
      } catch {
        return undefined;
      }
    }),
  );
  const known = answers.filter((answer) => answer !== undefined);
  if (known.length === 0) return undefined;
  const open = known.filter(({ sealed }) => !sealed);
  const isKnown = ({ ha_enabled: isCluster, leader_address: leader }: KubeObject) =>
    !isCluster || (Boolean(leader) && leader !== '<none>');
  return {
    seal: known[0].type,
    version: known[0].version,
    sealed: known.filter(({ sealed }) => sealed).map(({ name }) => name),
    servers: workloads.find(isVault)?.spec.replicas ?? servers.length,
    open: open.length,
    leads: open.length > 0 ? open.some(isKnown) : undefined,
  };
}

function warningsOf(shown: Omit<Status, 'warnings'>): string[] {
  const { versions, vault, certificates, hostCertificates, tokens, leases } = shown;
  return [
    ...(isOlder(TESTED.kubernetes, versions.kubernetes)
      ? [`Kubernetes ${versions.kubernetes} is older than what the platform works with (${TESTED.kubernetes.oldest})`]
      : []),
    ...(vault?.seal === 'shamir'
      ? [
          'Vault has the development seal: who reads the Secret vault-keys opens it; choose another one (vault.seal) before anything of value is in it',
        ]
      : []),
    ...(vault?.sealed ?? []).map((name) => `${name} is sealed: sandboxctl doctor says why`),
    ...(vault?.leads === false ? ['no server of Vault leads: sandboxctl doctor says why'] : []),
    ...certificateWarnings(certificates),
    ...certificateWarnings(hostCertificates),
    ...endedWarnings('token', tokens),
    ...endedWarnings('lease', leases),
  ];
}
