import type { Construct } from 'constructs';
import type { Identity } from '../core/identity';
import type { k8s } from '../core/k8s';
import { claimTemplate } from '../core/pod';
import { CLAIMS } from '../core/rules/claims';

/** What keeps the folders of an environment that last: a claim for each of the three, or one that has all of them. */
export type StorageLayout = 'threeClaims' | 'oneClaim';

/** The volumes of an environment. */
export interface EnvironmentStorage {
  /** A claim is a disk of the node's, of which it takes only so many. Claims that are there keep their files. @default 'threeClaims' */
  readonly layout?: StorageLayout;
  /** Size of /workspace; with one claim, of that. @default '10Gi' */
  readonly workspace?: string;
  /** Size of /commandhistory, with three claims. @default '1Gi' */
  readonly bashHistory?: string;
  /** Size of /home/node/.claude, with three claims. @default '1Gi' */
  readonly claudeConfig?: string;
  /** @default - the cluster's default class */
  readonly className?: string;
}

const [WORKSPACE, BASH_HISTORY, CLAUDE_CONFIG] = CLAIMS.threeClaims;
const FOLDERS = [
  { name: WORKSPACE, mountPath: '/workspace', size: 'workspace', fallback: '10Gi' },
  { name: BASH_HISTORY, mountPath: '/commandhistory', size: 'bashHistory', fallback: '1Gi' },
  { name: CLAUDE_CONFIG, mountPath: '/home/node/.claude', size: 'claudeConfig', fallback: '1Gi' },
] as const;

/** It has each folder below the name that the folder's own claim would have. */
const ONE = { name: CLAIMS.oneClaim[0], size: 'workspace', fallback: '10Gi' } as const;

const claimsIn = ({ layout }: EnvironmentStorage) => (layout === 'oneClaim' ? [ONE] : FOLDERS);

/** Names of an environment's claims before its own name, that which stands for all first. */
export const claimNames = ({ layout = 'threeClaims' }: EnvironmentStorage = {}): string[] => [...CLAIMS[layout]];

/** The same of every layout. */
export const CLAIM_NAMES: readonly string[] = Object.values(CLAIMS).flat();

/** Where an environment has its claims, the workspace first. */
export const claimMounts = ({ layout }: EnvironmentStorage = {}): k8s.VolumeMount[] =>
  FOLDERS.map(({ name, mountPath }) =>
    layout === 'oneClaim' ? { name: ONE.name, mountPath, subPath: name } : { name, mountPath },
  );

/** Claims of a set's environments. @throws if one of several folders in one claim has a size of its own */
export function environmentClaims(
  scope: Construct,
  identity: Identity,
  storage: EnvironmentStorage = {},
): k8s.KubePersistentVolumeClaimProps[] {
  const { layout, bashHistory, claudeConfig, className: storageClassName } = storage;
  if (layout === 'oneClaim' && (bashHistory ?? claudeConfig) !== undefined)
    throw new Error(`one claim of "${identity.instance}" has one size, "workspace": leave those of single folders out`);
  return claimsIn(storage).map(({ name, size, fallback }) =>
    claimTemplate(scope, { name, identity, size: storage[size] ?? fallback, storageClassName }),
  );
}

/** A claim that is there, and the volume that it becomes. */
interface AdoptedClaim {
  readonly name: string;
  readonly claimName: string;
}

/**
 * Existing claims that an environment takes over.
 *
 * @param claim the one that stands for all, which the others are named like
 * @throws if it is one of another layout, whose files are in other folders
 */
export function adoptedClaims(claim: string, storage: EnvironmentStorage = {}): AdoptedClaim[] {
  const names = claimNames(storage);
  const [first] = names;
  if (!claim.startsWith(`${first}-`))
    throw new Error(`claim "${claim}" is not of this layout, whose begin with "${first}-": choose the other layout`);
  return names.map((name) => ({ name, claimName: `${name}${claim.slice(first.length)}` }));
}
