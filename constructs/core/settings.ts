import { createHash } from 'node:crypto';
import { Lazy } from 'cdk8s';
import type { Construct } from 'constructs';
import { checkCommonKeys } from './reserved';
import { atMirror } from './rules/images';
import type { Scheduling } from './scheduling';

/** How strictly pods of development environments are confined; the platform's own pods are always `hardened`. */
export type PodSecurity = 'hardened' | 'relaxed';

/**
 * What all constructs below a scope have in common. Every field is optional: the defaults suit any conformant cluster.
 * Scheduling is that of the platform's own pods; environments have props of their own for it.
 */
export interface Settings extends Scheduling {
  /** @default 'hardened': the Pod Security Standard `restricted` */
  readonly podSecurity?: PodSecurity;
  /** The cluster assigns user and group ids itself, as OpenShift's restricted-v2 does, so pods must name none. @default false */
  readonly assignedUids?: boolean;
  /** Registry (and path) that replaces the registry host of every image, for air-gapped clusters: `postgres:16` is `<registry>/library/postgres:16`. @default - images as named */
  readonly registry?: string;
  /** @default 'IfNotPresent' */
  readonly imagePullPolicy?: string;
  /** Names of pull secrets, expected in every namespace. @default [] */
  readonly imagePullSecrets?: readonly string[];
  /** Labels on every object. @default {} */
  readonly labels?: Readonly<Record<string, string>>;
  /** Annotations on every object. @default {} */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Image with Node.js 18+, OpenSSL 3, GNU tar and gzip that runs the in-cluster bootstraps. @default 'agent-sandbox/devenv:0.1.0' */
  readonly bootstrapImage?: string;
  /** StorageClass of all claims that name none. @default - the cluster's default class */
  readonly storageClassName?: string;
  /** Addresses of the Kubernetes API server, as CIDRs, for the few pods that need it. @default [] any address */
  readonly kubernetesApi?: readonly string[];
  /** Ports of the API server, behind its Service. @default [443, 6443] */
  readonly kubernetesApiPorts?: readonly number[];
}

type Optional = 'storageClassName' | keyof Scheduling;

export type ResolvedSettings = Required<Omit<Settings, Optional>> & Pick<Settings, Optional>;

const KEY = 'agent-sandbox.dev/settings';

const DEFAULTS: ResolvedSettings = {
  podSecurity: 'hardened',
  assignedUids: false,
  registry: '',
  imagePullPolicy: 'IfNotPresent',
  imagePullSecrets: [],
  labels: {},
  annotations: {},
  bootstrapImage: 'agent-sandbox/devenv:0.1.0',
  kubernetesApi: [],
  kubernetesApiPorts: [443, 6443],
};

/**
 * Sets what all constructs below `scope` have in common. Call it before they are made.
 *
 * @throws if `scope` already has children, or a label or annotation is one that tells Kubernetes or Helm something
 */
export function configure(scope: Construct, settings: Settings): void {
  checkCommonKeys('label', settings.labels);
  checkCommonKeys('annotation', settings.annotations);
  scope.node.setContext(KEY, { ...settingsOf(scope), ...settings });
}

/** The settings in force at `scope`. */
export function settingsOf(scope: Construct): ResolvedSettings {
  return scope.node.tryGetContext(KEY) ?? DEFAULTS;
}

/**
 * `image` at the mirror in force at `scope`, unless it is there: a first path segment with a dot, colon or `localhost` is a
 * registry host. Docker Hub's official images, such as `postgres:16`, have the path there that they have at Docker Hub.
 */
export function mirrored(scope: Construct, image: string): string {
  return atMirror(settingsOf(scope).registry, image);
}

/** A short digest of a value, for names and annotations that must change with it. */
export function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 10);
}

/** Annotation of a pod that reads its configuration at its start alone, so that another one makes another pod. */
export const readAtStart = (configuration: () => unknown): Record<string, string> => ({
  'agent-sandbox.dev/config-digest': Lazy.any({ produce: () => digest(configuration()) }),
});
