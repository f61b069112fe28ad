import * as z from 'zod';
import * as f from '../formats';
import { accountAnnotations } from './cloud';
import { nodePort } from './network';
import { ownResources, resources } from './resources';
import { schedule } from './schedule';
import { scheduling } from './scheduling';
import { ownStorage, storage } from './storage';
import { type Volume, volumes } from './volumes';

const fields = {
  image: f.image.describe('Image of the environment (absent: images.devenv)'),
  sshKeys: z.array(f.sshPublicKey).describe('OpenSSH public keys that may log in'),
  env: z
    .record(f.environmentName, f.environmentValue)
    .describe(
      'Environment variables; secrets are refused, they come from Vault, and so is what the platform, sshd or shells set',
    ),
  volumes: volumes.describe("Volumes besides an environment's own"),
  ...scheduling,
  runtimeClass: f.objectName.describe("RuntimeClass, such as gvisor (absent: the node's default)"),
  safeToEvict: z
    .boolean()
    .describe('Whether the cluster autoscaler or Karpenter may move the environment to another node'),
  annotations: z
    .record(f.podAnnotationKey, z.string())
    .describe('Annotations of the pod, for what else watches pods; a change restarts it'),
  serviceAccountAnnotations: accountAnnotations.describe(
    'Annotations of a ServiceAccount of their own, by which the cloud knows environments (absent: it knows none)',
  ),
  agentForwarding: z
    .boolean()
    .describe("Whether ssh -A hands the user's own keys on, to whoever is in the environment as well"),
  runAsUser: z
    .int()
    .min(0)
    .max(2 ** 31 - 1)
    .describe("Numeric user of the containers (absent: the image's, or the one OpenShift assigns)"),
};

const settings = {
  image: fields.image.optional(),
  resources,
  storage,
  sshKeys: fields.sshKeys.default([]),
  env: fields.env.default({}),
  volumes: fields.volumes.default([]),
  nodeSelector: fields.nodeSelector.default({}),
  tolerations: fields.tolerations.default([]),
  priorityClass: fields.priorityClass.optional(),
  runtimeClass: fields.runtimeClass.optional(),
  safeToEvict: fields.safeToEvict.default(false),
  annotations: fields.annotations.default({}),
  serviceAccountAnnotations: fields.serviceAccountAnnotations.default({}),
  agentForwarding: fields.agentForwarding.default(false),
  runAsUser: fields.runAsUser.optional(),
};

/** What one user may have otherwise; what is absent is as for everybody. */
const user = z.strictObject({
  image: fields.image.optional(),
  resources: ownResources,
  storage: ownStorage,
  sshKeys: fields.sshKeys.optional(),
  env: fields.env.optional(),
  volumes: fields.volumes.optional(),
  nodeSelector: fields.nodeSelector.optional(),
  tolerations: fields.tolerations.optional(),
  priorityClass: fields.priorityClass.optional(),
  runtimeClass: fields.runtimeClass.optional(),
  safeToEvict: fields.safeToEvict.optional(),
  annotations: fields.annotations.optional(),
  serviceAccountAnnotations: fields.serviceAccountAnnotations.optional(),
  agentForwarding: fields.agentForwarding.optional(),
  runAsUser: fields.runAsUser.optional(),
  running: z.boolean().default(true).describe('Whether the environment runs; false keeps its volumes'),
  schedule: z
    .literal(false)
    .optional()
    .describe('false: the environment runs whatever the hours of environments.schedule'),
  secrets: z
    .strictObject({
      path: f.secretPath.describe(
        'Where it stands: below secret/ in Vault, or as the store that secrets.delivery reads names it, such as devenv/alice',
      ),
    })
    .optional()
    .describe(
      'A secret that this environment has alone, besides what all have, over whose keys its own count (absent: none)',
    ),
  claim: f.claimName
    .optional()
    .describe(
      'An existing workspace claim to adopt, such as workspace-devenv-0, or environment-devenv-0 with the layout oneClaim',
    ),
  webPort: nodePort.optional().describe('Node port of web access; the modes portForward and nodePort need it'),
  login: f.login.optional().describe("The user's name at the identity provider (absent: the user's name)"),
});

/** Environments that something is granted for. */
export const chosen = z.union([z.literal('all'), z.array(f.dnsLabel)], {
  error: 'must be all or a list of names of environments',
});

const grant = z.strictObject({
  group: f.groupName.describe("The identity provider's group"),
  environments: chosen.describe(
    'Which environments its members may enter: by the names of their users, or by devenv-0 and on',
  ),
});

export const environments = z
  .strictObject({
    ...settings,
    replicas: z
      .int()
      .min(0)
      .max(10_000)
      .optional()
      .describe('Number of equal environments, devenv-0 and on (absent: 1, without users); or else users'),
    users: z
      .record(f.userName, user.nullable())
      .optional()
      .describe('Environments by the name of their user, each with settings of its own; or else replicas'),
    access: z
      .array(grant)
      .optional()
      .describe(
        'Who may enter besides the user (absent: admins all; developers all, with replicas; of Keycloak those that it has)',
      ),
    schedule: schedule.optional().describe('Working hours, outside of which environments are stopped (absent: none)'),
  })
  .transform(resolveEnvironments);

type Settings = z.output<z.ZodObject<typeof settings>>;
type UserOverrides = z.output<typeof user>;

/** The settings of one environment, complete. */
export interface EnvironmentSettings extends Omit<Settings, 'image' | 'volumes'> {
  image: string;
  volumes: Volume[];
}

/** The environment of one named user, complete: common settings with the user's own over them. */
export interface UserEnvironment extends EnvironmentSettings {
  running: boolean;
  /** Whether hours of all do not count for it. */
  schedule?: false;
  /** What it alone is granted. */
  secrets?: { path: string };
  claim?: string;
  webPort?: number;
  login: string;
}

export type AccessGrant = z.output<typeof grant>;
export type WorkingHours = z.output<typeof schedule>;

export interface Environments extends EnvironmentSettings {
  /** Number of equal environments; 0 when there are named users. */
  replicas: number;
  users: Record<string, UserEnvironment>;
  access: AccessGrant[];
  schedule?: WorkingHours;
}

/** Maps add to the common ones; lists and single values take their place. */
function resolveUser(name: string, common: Settings, own: Partial<UserOverrides>): UserEnvironment {
  const { requests, limits } = common.resources;
  return {
    running: true,
    login: name,
    ...common,
    ...own,
    image: own.image ?? common.image ?? '',
    resources: {
      requests: { ...requests, ...own.resources?.requests },
      limits: { ...limits, ...own.resources?.limits },
    },
    storage: { ...common.storage, ...own.storage },
    env: { ...common.env, ...own.env },
    nodeSelector: { ...common.nodeSelector, ...own.nodeSelector },
    annotations: { ...common.annotations, ...own.annotations },
    serviceAccountAnnotations: { ...common.serviceAccountAnnotations, ...own.serviceAccountAnnotations },
  };
}

interface Parsed extends Settings {
  replicas?: number;
  users?: Record<string, UserOverrides | null>;
  access?: AccessGrant[];
  schedule?: WorkingHours;
}

function resolveEnvironments({ replicas, users, access, schedule, ...common }: Parsed): Environments {
  const named = Object.entries(users ?? {}).map(([name, own]) => [name, resolveUser(name, common, own ?? {})]);
  const everyone: AccessGrant[] = users
    ? [{ group: 'admins', environments: 'all' }]
    : ['admins', 'developers'].map((group) => ({ group, environments: 'all' }));
  return {
    ...common,
    image: common.image ?? '',
    replicas: replicas ?? (users ? 0 : 1),
    users: Object.fromEntries(named),
    access: access ?? everyone,
    schedule,
  };
}
