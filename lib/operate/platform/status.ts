import { X509Certificate } from 'node:crypto';
import type { Kubectl, KubeObject } from '../cluster/kubectl';
import { isEnvironment, isVault, labelOf } from '../cluster/labels';
import { isSettled, lateOf, look, type Seen } from '../cluster/readiness';
import { hoursOf, hoursText, stopsOf } from '../cluster/working-hours';
import { type NodeResources, resourcesOf } from './resources';

/** Certificates are renewed a month before they end; one that is closer was not. */
const SOON_DAYS = 14;
const DAY_MS = 86_400_000;

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

export interface Status {
  readonly parts: readonly PartStatus[];
  readonly environments: readonly EnvironmentStatus[];
  readonly vault?: VaultStatus;
  readonly certificates: readonly CertificateStatus[];
  readonly leases: readonly { readonly name: string; readonly ends: string }[];
  readonly warnings: readonly string[];
  /** Where they are asked for. */
  readonly nodes?: readonly NodeResources[];
}

export interface CertificateStatus {
  readonly name: string;
  readonly ends: string;
  /** Whether it is an authority's, and another one is trusted beside it. @default false */
  readonly isReplaced?: boolean;
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

/** How a platform does, by what its cluster says. */
export async function statusOf(kubectl: Kubectl, { resources }: { resources?: boolean } = {}): Promise<Status> {
  const seen = await look(kubectl);
  const { workloads, pods } = seen;
  const namespaces = [...new Set([...workloads, ...pods].map(({ metadata }) => metadata.namespace as string))].sort();
  const [certificates, leases, vault, stops, nodes] = await Promise.all([
    certificatesIn(kubectl, namespaces),
    leasesOf(kubectl),
    vaultOf(kubectl, seen),
    stopsOf(kubectl),
    resources ? resourcesOf(kubectl) : undefined,
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
    parts,
    environments: environments.flatMap((set) => environmentsOf(set, pods, stops)),
    vault,
    certificates,
    leases,
  };
  return { ...shown, warnings: warningsOf(shown), nodes };
}

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

async function certificatesIn(kubectl: Kubectl, namespaces: readonly string[]): Promise<Status['certificates']> {
  const secrets = await kubectl.list('secrets', { fields: 'type=kubernetes.io/tls' });
  return secrets
    .filter(({ metadata, data }) => namespaces.includes(metadata.namespace) && data?.['tls.crt'])
    .map(({ metadata, data }) => {
      const { validTo } = new X509Certificate(Buffer.from(data['tls.crt'], 'base64'));
      const isReplaced = 'next.crt' in data || 'previous.crt' in data;
      return {
        name: `${metadata.namespace}/${metadata.name}`,
        ends: new Date(validTo).toISOString(),
        ...(isReplaced && { isReplaced }),
      };
    });
}

/** What the operator leases for environments, and until when unless it is renewed. */
async function leasesOf(kubectl: Kubectl): Promise<Status['leases']> {
  const { exitCode, stdout } = await kubectl.run([
    'get',
    'vaultdynamicsecrets',
    '--all-namespaces',
    '--output',
    'json',
  ]);
  if (exitCode !== 0) return [];
  return JSON.parse(String(stdout))
    .items.filter(({ status }: KubeObject) => status?.secretLease?.duration)
    .map(({ metadata, status }: KubeObject) => ({
      name: `${metadata.namespace}/${metadata.name}`,
      ends: new Date((status.lastRenewalTime + status.secretLease.duration) * 1000).toISOString(),
    }));
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

/** Whether a certificate is the platform's authority. Nothing renews that by itself, so that there is a year for it. */
export const isAuthority = (name: string): boolean => /\/certificate-authority-key$/.test(name);
const AUTHORITY_SOON_DAYS = 365;

/** What people should know of certificates, the authority's first. */
export function certificateWarnings(certificates: readonly CertificateStatus[], now = Date.now()): string[] {
  const within = (days: number) => (one: CertificateStatus) => Date.parse(one.ends) - now < days * DAY_MS;
  const authorities = certificates.filter(({ name }) => isAuthority(name));
  const others = certificates.filter((one) => !authorities.includes(one));
  return [
    ...authorities
      .filter(within(AUTHORITY_SOON_DAYS))
      .map(
        ({ ends }) =>
          `the authority of all certificates ends on ${ends.slice(0, 10)}: sandboxctl secrets replace-authority makes another one`,
      ),
    ...authorities
      .filter(({ isReplaced }) => isReplaced)
      .map(() => 'two authorities are trusted: sandboxctl secrets replace-authority goes on until one is'),
    ...others
      .filter(within(SOON_DAYS))
      .map(({ name, ends }) => `the certificate ${name} ends on ${ends.slice(0, 10)}, and should have been renewed`),
  ];
}

function warningsOf({ vault, certificates }: Omit<Status, 'warnings'>): string[] {
  return [
    ...(vault?.seal === 'shamir'
      ? [
          'Vault has the development seal: who reads the Secret vault-keys opens it; choose another one (vault.seal) before anything of value is in it',
        ]
      : []),
    ...(vault?.sealed ?? []).map((name) => `${name} is sealed: sandboxctl doctor says why`),
    ...certificateWarnings(certificates),
  ];
}
