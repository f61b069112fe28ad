import type { Construct } from 'constructs';
import { makeDisruptionBudget } from '../core/disruption';
import { metadataOf, selectorOf } from '../core/identity';
import { k8s } from '../core/k8s';
import { port } from '../core/pod';
import { type Address, hostPort } from '../network/endpoint';
import type { Exposure } from '../network/exposure';
import type { PodPeer } from '../network/peer';
import { OPS_PORT, PROXY_PORT, workerHcl } from './config';
import { boundaryPodTemplate, makeServerConfig, type ServerCommon } from './server-pod';

interface BoundaryWorkersProps extends ServerCommon {
  readonly workers: number;
  readonly workerExposure: (worker: number) => Exposure;
  readonly peer: PodPeer;
}

const PROXY = [{ name: 'proxy', port: PROXY_PORT, targetPort: port(PROXY_PORT) }];

/** The workers, each with an address of its own that clients dial. */
export function makeBoundaryWorkers(scope: Construct, props: BoundaryWorkersProps): void {
  const { namespace, workers } = props;
  const { identity } = props.peer;
  const selector = selectorOf(identity);
  const addresses = Array.from({ length: workers }, (_, index) => exposeWorker(scope, props, index));
  // Gives the pods the names that their StatefulSet promises; clients dial each worker's own Service.
  new k8s.KubeService(scope, 'service-workers', {
    metadata: metadataOf(scope, identity, 'boundary-worker', namespace),
    spec: { clusterIp: 'None', selector, ports: PROXY },
  });
  const files = addresses.map((address, index) => [
    `boundary-worker-${index}.hcl`,
    workerHcl(namespace, hostPort(address)),
  ]);
  const config = makeServerConfig(scope, namespace, identity, Object.fromEntries(files));
  new k8s.KubeStatefulSet(scope, 'worker', {
    metadata: metadataOf(scope, identity, 'boundary-worker', namespace),
    spec: {
      serviceName: 'boundary-worker',
      replicas: workers,
      podManagementPolicy: 'Parallel',
      selector: { matchLabels: selector },
      template: boundaryPodTemplate(scope, {
        ...props,
        identity,
        role: 'worker',
        config,
        ports: [
          { name: 'proxy', containerPort: PROXY_PORT },
          { name: 'ops', containerPort: OPS_PORT },
        ],
        env: [],
        mounts: [],
        volumes: [],
      }),
    },
  });
  makeDisruptionBudget(scope, 'pod-disruption-budget-worker', { namespace, identity });
}

function exposeWorker(
  scope: Construct,
  { namespace, workerExposure, peer }: BoundaryWorkersProps,
  index: number,
): Address {
  const name = `boundary-worker-${index}`;
  const podLabels = { ...selectorOf(peer.identity), 'statefulset.kubernetes.io/pod-name': name };
  new k8s.KubeService(scope, `service-worker-${index}`, {
    metadata: metadataOf(scope, peer.identity, name, namespace),
    spec: { selector: podLabels, ports: PROXY },
  });
  return workerExposure(index).expose({
    pods: { ...peer, name, podLabels },
    name,
    port: PROXY_PORT,
    targetPort: PROXY_PORT,
    protocol: 'tcp',
    serviceName: name,
  });
}
