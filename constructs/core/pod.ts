import type { Construct } from 'constructs';
import { objectName } from './checks';
import { type Identity, labelsOf } from './identity';
import { k8s } from './k8s';
import { quantities, type Resources, requirements } from './resources';
import { annotationFault } from './rules/annotations';
import { imageFault } from './rules/images';
import { DEFAULT_CONTAINER } from './rules/names';
import { type Scheduling, scheduled } from './scheduling';
import { mirrored, settingsOf } from './settings';

/** A container as `podTemplate` takes it: what all containers have in common is filled in. */
export interface ContainerSpec extends Omit<k8s.Container, 'resources' | 'command'> {
  readonly image: string;
  /** Always named: a mirrored or rebuilt image may have another entrypoint. */
  readonly command: string[];
  readonly resources: Resources;
  /** @default true */
  readonly readOnlyRootFilesystem?: boolean;
}

export interface PodProps {
  readonly identity: Identity;
  readonly containers: readonly ContainerSpec[];
  readonly initContainers?: readonly ContainerSpec[];
  /** User, group and volume group of the pod; left out where the cluster assigns them. @default - the image's user */
  readonly ids?: { readonly user?: number; readonly group: number };
  /** Lets processes gain privileges (sudo) and keep the runtime's default capabilities. @default false */
  readonly relaxed?: boolean;
  readonly annotations?: Record<string, string>;
  readonly labels?: Record<string, string>;
  /** Where it runs. @default - as the settings in force say of the platform's own pods */
  readonly scheduling?: Scheduling;
  /** Everything else of the pod, as in Kubernetes. */
  readonly spec?: Partial<k8s.PodSpec>;
}

/** What a pod mounts and sees so that its programs can use something. */
export interface Attachment {
  readonly volumes: readonly k8s.Volume[];
  readonly mounts: readonly k8s.VolumeMount[];
  readonly env: readonly k8s.EnvVar[];
}

/** A pod template that the Pod Security Standard `restricted` admits, unless `relaxed`. */
export function podTemplate(scope: Construct, props: PodProps): k8s.PodTemplateSpec {
  const settings = settingsOf(scope);
  const annotations = { [DEFAULT_CONTAINER]: props.containers[0].name, ...props.annotations };
  const fault = annotationFault(annotations);
  if (fault) throw new Error(`annotations of the pods of "${props.identity.instance}" ${fault}`);
  const container = (spec: ContainerSpec) => hardened(scope, spec, props.relaxed ?? false);
  return {
    metadata: {
      labels: { ...settings.labels, ...labelsOf(props.identity), ...props.labels },
      annotations,
    },
    spec: {
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: podSecurityContext(settings.assignedUids ? undefined : props.ids, props.relaxed ?? false),
      ...(settings.imagePullSecrets.length > 0 && {
        // Named twice, a server-side apply refuses them.
        imagePullSecrets: [...new Set(settings.imagePullSecrets)].map((name) => ({ name })),
      }),
      ...(props.initContainers && { initContainers: props.initContainers.map(container) }),
      containers: props.containers.map(container),
      ...scheduled(props.identity.instance, props.scheduling ?? settings),
      ...props.spec,
    },
  };
}

function podSecurityContext(ids: PodProps['ids'], relaxed: boolean): k8s.PodSecurityContext {
  return {
    ...(!relaxed && { runAsNonRoot: true }),
    ...(ids && {
      runAsUser: ids.user,
      runAsGroup: ids.user === undefined ? undefined : ids.group,
      fsGroup: ids.group,
      fsGroupChangePolicy: 'OnRootMismatch',
    }),
    seccompProfile: { type: 'RuntimeDefault' },
  };
}

function hardened(scope: Construct, spec: ContainerSpec, relaxed: boolean): k8s.Container {
  const { readOnlyRootFilesystem = true, resources, image, ...rest } = spec;
  return {
    ...rest,
    image: imageOf(scope, spec.name, image),
    imagePullPolicy: settingsOf(scope).imagePullPolicy,
    resources: requirements(spec.name, resources),
    securityContext: relaxed
      ? { readOnlyRootFilesystem }
      : { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, readOnlyRootFilesystem },
  };
}

/** An image at the mirror in force. @throws if nodes could not ask for it */
function imageOf(scope: Construct, container: string, image: string): string {
  const named = mirrored(scope, image);
  const fault = imageFault(image) ?? imageFault(named);
  if (fault)
    throw new Error(`image of "${container}" ${fault}, got "${image}"${named === image ? '' : ` as "${named}"`}`);
  return named;
}

/** No name, written as one, is a class too: that of volumes that somebody makes. */
const storageClass = (scope: Construct, name: string | undefined) => (name ? objectName(scope, name) : name);

/** A claim of one node's volume. @throws if its size or class is none */
export function claimTemplate(
  scope: Construct,
  props: { name: string; identity: Identity; size: string; storageClassName?: string },
): k8s.KubePersistentVolumeClaimProps {
  return {
    metadata: { name: props.name, labels: labelsOf(props.identity) },
    spec: {
      accessModes: ['ReadWriteOnce'],
      storageClassName: storageClass(scope, props.storageClassName ?? settingsOf(scope).storageClassName),
      resources: { requests: quantities({ storage: props.size }) },
    },
  };
}

/**
 * Keeps replicas on different nodes and zones where there are several, and schedules them anyway where there is one.
 * `strict` rather lets one wait than put two on a node while another node that takes them has none.
 */
export function spread(
  selector: Record<string, string>,
  { strict = false }: { readonly strict?: boolean } = {},
): k8s.TopologySpreadConstraint[] {
  const over = (topologyKey: string): k8s.TopologySpreadConstraint => ({
    topologyKey,
    maxSkew: 1,
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: { matchLabels: selector },
  });
  // Nodes that are drained or lost do not count, so that the others take what they ran.
  const must = { whenUnsatisfiable: 'DoNotSchedule', nodeTaintsPolicy: 'Honor' };
  return [{ ...over('kubernetes.io/hostname'), ...(strict && must) }, over('topology.kubernetes.io/zone')];
}

export const port = k8s.IntOrString.fromNumber;
export const namedPort = k8s.IntOrString.fromString;
