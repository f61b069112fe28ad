import type { Construct } from 'constructs';
import type { k8s } from '../core/k8s';
import { adoptedClaims, claimNames, type EnvironmentStorage } from './claims';

/** A volume besides an environment's own, and where it is mounted. */
export interface EnvironmentVolume {
  readonly volume: k8s.Volume;
  readonly mountPath: string;
  /** Whether environments may only read it. @default false */
  readonly readOnly?: boolean;
}

/** What a pod has already. */
interface Own {
  readonly names: readonly string[];
  readonly paths: readonly string[];
}

/** Folders without which no pod runs; those below may be mounted. */
const SYSTEM = ['/bin', '/lib', '/lib64', '/sbin', '/usr', '/usr/bin', '/usr/lib', '/usr/lib64', '/usr/sbin', '/var'];
/** Files and folders that the kernel or the kubelet fills. */
const FILLED = [
  '/proc',
  '/sys',
  '/dev',
  '/etc/hosts',
  '/etc/hostname',
  '/etc/resolv.conf',
  '/etc/group',
  '/etc/devenv',
];
/** The one below `/dev` that programs ask to be larger. */
const SHARED_MEMORY = '/dev/shm';

const plain = (path: string) => path.replace(/\/$/, '').replace(/^\/var\/run(?=\/|$)/, '/run');
const isBelow = (path: string, folder: string) => path === folder || path.startsWith(`${folder}/`);

/** The path of the platform's that a mount would replace or hide. */
function hidden(mountPath: string, own: readonly string[]): string | undefined {
  const path = plain(mountPath);
  if (path === SHARED_MEMORY) return undefined;
  const taken = [...own, ...FILLED];
  return SYSTEM.find((folder) => folder === path) ?? taken.find((one) => isBelow(path, one) || isBelow(one, path));
}

/** @throws if a volume has the name or path of another, or hides what environments are made of */
export function checkVolumes(set: string, volumes: readonly EnvironmentVolume[], own: Own): void {
  const names = new Set(own.names);
  const paths = new Set<string>();
  for (const { volume, mountPath } of volumes) {
    const refuse = (why: string) => {
      throw new Error(`volume "${volume.name}" of "${set}" ${why}`);
    };
    if (names.has(volume.name)) refuse('has a name that is taken: choose another name');
    names.add(volume.name);
    if (!mountPath.startsWith('/') || /[:\s]|\/\/|\/\.\.?(\/|$)/.test(mountPath) || plain(mountPath) === '')
      refuse(`must be mounted at a plain absolute path, got ${JSON.stringify(mountPath)}`);
    const instead = hidden(mountPath, own.paths);
    if (instead) refuse(`would hide ${instead}, which environments need: choose another path than "${mountPath}"`);
    if (paths.has(plain(mountPath))) refuse(`is mounted where another one is, at "${mountPath}"`);
    paths.add(plain(mountPath));
  }
}

/** What sets of one namespace claim, and use besides. */
interface Claims {
  /** By the name of a claim that is adopted, or by what claims of a set's own are called but for their numbers. */
  readonly owners: Map<string, string>;
  readonly used: { readonly set: string; readonly claim: string; readonly as: 'mounts' | 'adopts' }[];
}

const known = new WeakMap<object, Map<string, Claims>>();

/** The set that a claim belongs to, by its name or by an adoption. */
const ownerOf = (claim: string, { owners }: Claims): string | undefined =>
  owners.get(`claims ${/^(.+)-\d+$/.exec(claim)?.[1]}`) ?? owners.get(`claim ${claim}`);

interface Owner {
  readonly namespace: string;
  readonly name: string;
  readonly claim?: string;
  readonly storage?: EnvironmentStorage;
}

const ownedBy = ({ name, claim, storage }: Owner): string[] =>
  claim
    ? adoptedClaims(claim, storage).map(({ claimName }) => `claim ${claimName}`)
    : claimNames(storage).map((own) => `claims ${own}-${name}`);

/** @throws if a set adopts an environment's own claim or mounts it as a volume, whichever of the two is made first */
export function checkClaims(scope: Construct, set: Owner, volumes: readonly EnvironmentVolume[]): void {
  const { root } = scope.node;
  const all = known.get(root) ?? new Map<string, Claims>();
  known.set(root, all);
  const claims: Claims = all.get(set.namespace) ?? { owners: new Map(), used: [] };
  all.set(set.namespace, claims);
  // The first one to adopt a claim keeps it.
  for (const owned of ownedBy(set)) if (!claims.owners.has(owned)) claims.owners.set(owned, set.name);
  if (set.claim) claims.used.push({ set: set.name, claim: set.claim, as: 'adopts' });
  for (const { volume } of volumes) {
    const claim = volume.persistentVolumeClaim?.claimName;
    if (claim) claims.used.push({ set: set.name, claim, as: 'mounts' });
  }
  for (const { set: who, claim, as } of claims.used) {
    const owner = ownerOf(claim, claims);
    if (owner && (as === 'mounts' || owner !== who))
      throw new Error(`set "${who}" ${as} the claim "${claim}", which is of the environments of "${owner}"`);
  }
}
