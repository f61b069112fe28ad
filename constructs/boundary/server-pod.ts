import type { Construct } from 'constructs';
import { type Identity, metadataOf, selectorOf } from '../core/identity';
import { k8s } from '../core/k8s';
import { type Attachment, type ContainerSpec, podTemplate, port, spread } from '../core/pod';
import { toldOfRenewal, UNTIL_OTHERS_FOLLOW } from '../core/renewal';
import { resources } from '../core/resources';
import { readAtStart } from '../core/settings';
import { clusterHost, OPS_PORT } from './config';
import type { BoundaryKeys } from './keys';
import { workerLiveness } from './worker-liveness';

/** ServiceAccount of the servers, where a cloud has to know them. */
export const BOUNDARY_ACCOUNT = 'boundary';

/** In what the pods of one kind of server differ from those of the other. */
export interface ServerPart extends Attachment {
  /** What it reads at its start, by file. */
  readonly config: Record<string, string>;
  readonly ports: k8s.ContainerPort[];
  /** Files with whose change it has to be told. */
  readonly followed?: readonly string[];
  /** Containers beside it. */
  readonly beside?: ContainerSpec[];
}

/** What the pods of both kinds of server have in common. */
export interface ServerCommon {
  readonly namespace: string;
  readonly image: string;
  readonly keys: BoundaryKeys;
  readonly workerGraceSec: number;
}

interface ServerPodProps extends ServerPart, ServerCommon {
  readonly identity: Identity;
  readonly role: 'controller' | 'worker';
}

/** What servers of one kind read at their start, by file. */
export function makeServerConfig(
  scope: Construct,
  namespace: string,
  identity: Identity,
  data: Record<string, string>,
): Record<string, string> {
  new k8s.KubeConfigMap(scope, `${identity.component}-config`, {
    metadata: metadataOf(scope, identity, identity.instance, namespace),
    data,
  });
  return data;
}

/** The pod of a controller or a worker. */
export function boundaryPodTemplate(scope: Construct, props: ServerPodProps): k8s.PodTemplateSpec {
  const { identity, role, keys, workerGraceSec } = props;
  const isWorker = role === 'worker';
  return podTemplate(scope, {
    identity,
    labels: { ...keys.podLabels },
    annotations: readAtStart(() => props.config),
    ids: { user: 100, group: 1000 },
    containers: [server(props), ...(props.beside ?? [])],
    spec: {
      ...(keys.needsIdentity && { serviceAccountName: BOUNDARY_ACCOUNT }),
      // One whose controllers are gone waits for all of it.
      terminationGracePeriodSeconds: isWorker ? workerGraceSec : 30,
      topologySpreadConstraints: spread(selectorOf(identity), { strict: true }),
      volumes: [
        { name: 'config', configMap: { name: identity.instance } },
        { name: 'tmp', emptyDir: { sizeLimit: k8s.Quantity.fromString('64Mi') } },
        ...keys.attach(role).volumes,
        ...props.volumes,
      ],
    },
  });
}

function server({ role, image, keys, followed, ...props }: ServerPodProps): ContainerSpec {
  const kms = keys.attach(role);
  const isWorker = role === 'worker';
  // A worker has its own public address, so its own file.
  const config = isWorker ? '$(POD_NAME).hcl' : 'controller.hcl';
  const configs = [`/etc/boundary/config/${config}`, ...kms.configs].map((file) => `-config=${file}`);
  const command = ['boundary', 'server', ...configs, '-skip-plugins'];
  const health = { httpGet: { path: '/health', port: port(OPS_PORT) }, periodSeconds: 5, timeoutSeconds: 3 };
  return {
    name: role,
    image,
    command: followed ? toldOfRenewal(command, followed, 'HUP', UNTIL_OTHERS_FOLLOW) : command,
    env: [
      { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      { name: 'HOME', value: '/tmp' },
      ...kms.env,
      ...props.env,
    ],
    ports: props.ports,
    startupProbe: { ...health, failureThreshold: 60 },
    readinessProbe: { ...health, failureThreshold: 2 },
    livenessProbe: isWorker
      ? workerLiveness(clusterHost(props.namespace))
      : { ...health, periodSeconds: 10, failureThreshold: 6 },
    resources: resources(['50m', '128Mi'], ['1', '512Mi']),
    volumeMounts: [
      { name: 'config', mountPath: '/etc/boundary/config', readOnly: true },
      ...kms.mounts,
      { name: 'tmp', mountPath: '/tmp' },
      ...props.mounts,
    ],
  };
}
