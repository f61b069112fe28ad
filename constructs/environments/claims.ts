import type { Construct } from 'constructs';
import type { Identity } from '../core/identity';
import type { k8s } from '../core/k8s';
import { claimTemplate } from '../core/pod';

/** Sizes of the three volumes of an environment. */
export interface EnvironmentStorage {
  /** /workspace. @default '10Gi' */
  readonly workspace?: string;
  /** /commandhistory. @default '1Gi' */
  readonly bashHistory?: string;
  /** /home/node/.claude. @default '1Gi' */
  readonly claudeConfig?: string;
  /** @default - the cluster's default class */
  readonly className?: string;
}

const CLAIMS = [
  { name: 'workspace', mountPath: '/workspace', size: 'workspace', fallback: '10Gi' },
  { name: 'bash-history', mountPath: '/commandhistory', size: 'bashHistory', fallback: '1Gi' },
  { name: 'claude-config', mountPath: '/home/node/.claude', size: 'claudeConfig', fallback: '1Gi' },
] as const;

export const CLAIM_MOUNTS: readonly k8s.VolumeMount[] = CLAIMS.map(({ name, mountPath }) => ({ name, mountPath }));

/** Claims of a set's environments. */
export const environmentClaims = (scope: Construct, identity: Identity, storage: EnvironmentStorage = {}) =>
  CLAIMS.map(({ name, size, fallback }) =>
    claimTemplate(scope, {
      name,
      identity,
      size: storage[size] ?? fallback,
      storageClassName: storage.className,
    }),
  );

/** Volumes of an environment that takes over existing claims. @param claim of the workspace, which the others are named like */
export const adoptedVolumes = (claim: string): k8s.Volume[] =>
  CLAIMS.map(({ name }) => ({
    name,
    persistentVolumeClaim: { claimName: `${name}${claim.slice('workspace'.length)}` },
  }));
