import { Lazy } from 'cdk8s';
import type { Construct } from 'constructs';
import { count } from '../core/checks';
import { movableByAutoscalers } from '../core/disruption';
import { HOST_ANNOTATION } from '../core/host-certificates';
import type { Identity } from '../core/identity';
import { k8s } from '../core/k8s';
import { type ContainerSpec, podTemplate, port, spread } from '../core/pod';
import { checkPodAnnotations } from '../core/reserved';
import { bytesOf, quantities, type Resources } from '../core/resources';
import type { Scheduling } from '../core/scheduling';
import { settingsOf } from '../core/settings';
import { around, type CloudIdentity } from '../services/cloud-identity';
import { adoptedClaims, CLAIM_NAMES, claimMounts, type EnvironmentStorage } from './claims';
import type { GrantedSecrets } from './secrets';
import { optionalSecrets, SSH_MOUNTS, sshInitContainers, sshVolumes } from './ssh-pod';
import { SSH_PORT, WEB_PORT } from './sshd';
import { environmentVariables } from './variables';
import { checkVolumes, type EnvironmentVolume } from './volumes';

/** How a set's pods are. */
export interface EnvironmentPodSettings extends Scheduling, CloudIdentity {
  /** @default 'agent-sandbox/devenv:0.1.0' */
  readonly image?: string;
  /** @default - 500m and 2Gi, at most 2 CPUs and 4Gi */
  readonly resources?: Resources;
  readonly storage?: EnvironmentStorage;
  /** Size of /tmp, which counts against the ephemeral storage of `resources`. @default '4Gi' */
  readonly tmpSize?: string;
  /**
   * Environment variables, seen by every session as they are written: each one line, no references, no secrets, and none
   * that is set by the platform (HOME, HOSTNAME, what begins with DEVENV_), by sshd or by shells. @default {}
   */
  readonly env?: Readonly<Record<string, string>>;
  /** Further volumes, with names and paths of their own, each mounted where its mount says. @default [] */
  readonly volumes?: readonly EnvironmentVolume[];
  /** RuntimeClass, such as `gvisor`. @default - the cluster's default runtime */
  readonly runtimeClassName?: string;
  /** Annotations of the pods, none that the platform sets. @default {} */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Whether an autoscaler of nodes (the cluster autoscaler, Karpenter) may evict an environment. @default false */
  readonly safeToEvict?: boolean;
  /** User id of the pods. @default - 1000, or what the cluster assigns */
  readonly runAsUser?: number;
}

interface EnvironmentPodProps extends EnvironmentPodSettings {
  /** Of the set, whose name is the instance. */
  readonly identity: Identity;
  /** Secrets with the host certificates. */
  readonly hostSecrets: readonly string[];
  readonly granted: GrantedSecrets;
  /** The user whose only environment it is. @default - told apart by number */
  readonly user?: string;
  /** ServiceAccount by which a cloud knows the pods. @default - none of their own */
  readonly serviceAccountName?: string;
  /** Existing claim that stands for all. @default - claims of the set's own */
  readonly claim?: string;
}

const DEFAULT_RESOURCES: Resources = {
  requests: { cpu: '500m', memory: '2Gi', 'ephemeral-storage': '1Gi' },
  limits: { cpu: '2', memory: '4Gi', 'ephemeral-storage': '10Gi' },
};

/** Where environments see the Secrets that were granted: a file for each of their keys. */
const SECRETS_PATH = '/run/secrets/devenv';

/** The pod of each environment of a set. @throws if a variable, a volume or an annotation is the platform's own */
export function environmentPodTemplate(scope: Construct, props: EnvironmentPodProps): k8s.PodTemplateSpec {
  const { identity, image = 'agent-sandbox/devenv:0.1.0' } = props;
  checkPod(scope, props);
  return podTemplate(scope, {
    identity,
    ids: { user: props.runAsUser ?? 1000, group: 0 },
    relaxed: settingsOf(scope).podSecurity === 'relaxed',
    annotations: {
      ...props.annotations,
      ...movableByAutoscalers(props.safeToEvict ?? false),
      ...(props.user && { [HOST_ANNOTATION]: identity.instance }),
    },
    labels: { ...around(props).podLabels },
    scheduling: props,
    initContainers: sshInitContainers(image, claimMounts(props.storage)[0]),
    containers: [environmentContainer(props, image)],
    spec: {
      terminationGracePeriodSeconds: 30,
      serviceAccountName: props.serviceAccountName,
      runtimeClassName: props.runtimeClassName,
      topologySpreadConstraints: spread({ 'app.kubernetes.io/component': 'environment' }),
      volumes: volumes(props),
    },
  });
}

const environmentContainer = (props: EnvironmentPodProps, image: string): ContainerSpec => ({
  name: 'devenv',
  image,
  command: ['/bin/sh', '/etc/devenv/config/start'],
  // People install tools for themselves; what must last stands on the volumes.
  readOnlyRootFilesystem: false,
  env: variables(props),
  ports: [
    { name: 'ssh', containerPort: SSH_PORT },
    { name: 'http', containerPort: WEB_PORT },
  ],
  readinessProbe: { tcpSocket: { port: port(SSH_PORT) }, periodSeconds: 5, timeoutSeconds: 3 },
  resources: props.resources ?? DEFAULT_RESOURCES,
  volumeMounts: mounts(props),
});

function checkPod(scope: Construct, props: EnvironmentPodProps): void {
  const { instance } = props.identity;
  const own = { ...props, volumes: [] };
  checkPodAnnotations(instance, props.annotations);
  // sshd lets root in nowhere.
  if (props.runAsUser !== undefined) count(scope, 'runAsUser', props.runAsUser, 1, 2 ** 31 - 1);
  checkVolumes(instance, props.volumes ?? [], {
    names: [...CLAIM_NAMES, ...[...volumes(own), ...mounts(own)].map(({ name }) => name)],
    paths: mounts(own).map(({ mountPath }) => mountPath),
  });
}

/** Node's heap, in MiB: what is not heap, and other programs, have the rest of the memory. */
function heapOf({ limits }: Resources): number | undefined {
  const bytes = bytesOf(limits.memory ?? '');
  return bytes && Math.max(64, Math.floor((bytes / 2 ** 20) * 0.75));
}

const variables = (props: EnvironmentPodProps): k8s.EnvVar[] => {
  const { identity, env, resources = DEFAULT_RESOURCES } = props;
  const heap = heapOf(resources);
  const own = {
    CLAUDE_CONFIG_DIR: '/home/node/.claude',
    ...(heap && { NODE_OPTIONS: `--max-old-space-size=${heap}` }),
    DEVENV_SECRETS: SECRETS_PATH,
  };
  return environmentVariables(identity.instance, own, { given: env, put: around(props).variables });
};

const mounts = ({ storage, volumes = [] }: EnvironmentPodProps): k8s.VolumeMount[] => [
  ...SSH_MOUNTS,
  { name: 'tmp', mountPath: '/tmp' },
  { name: 'secrets', mountPath: SECRETS_PATH, readOnly: true },
  ...claimMounts(storage),
  ...volumes.map(({ volume, mountPath, readOnly }) => ({
    name: volume.name,
    mountPath,
    ...(readOnly && { readOnly }),
  })),
];

const sources = (granted: GrantedSecrets): k8s.VolumeProjection[] =>
  Lazy.any({ produce: () => optionalSecrets(granted.projections).sources }) as unknown as k8s.VolumeProjection[];

const volumes = ({
  identity,
  hostSecrets,
  granted,
  claim,
  storage,
  tmpSize = '4Gi',
  volumes = [],
}: EnvironmentPodProps): k8s.Volume[] => [
  ...sshVolumes(identity.instance, hostSecrets),
  { name: 'run', emptyDir: { medium: 'Memory', sizeLimit: k8s.Quantity.fromString('4Mi') } },
  { name: 'identity', emptyDir: { medium: 'Memory', sizeLimit: k8s.Quantity.fromString('1Mi') } },
  { name: 'tmp', emptyDir: { sizeLimit: quantities({ size: tmpSize }).size } },
  // Only files, which the kubelet changes all at once: a variable of the pod would be of the day it started.
  { name: 'secrets', projected: { defaultMode: 0o440, sources: sources(granted) } },
  ...(claim ? adoptedClaims(claim, storage) : []).map(({ name, claimName }) => ({
    name,
    persistentVolumeClaim: { claimName },
  })),
  ...volumes.map(({ volume }) => volume),
];
