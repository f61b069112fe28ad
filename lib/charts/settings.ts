import type { Settings } from '../../constructs';
import type { PlatformConfig } from '../config';

/** What all charts have in common. */
export const commonSettings = ({ images, network, infrastructure, ...config }: PlatformConfig): Settings => ({
  podSecurity: config.podSecurity,
  assignedUids: config.profile === 'openshift',
  registry: images.registry,
  imagePullPolicy: images.pullPolicy,
  imagePullSecrets: images.pullSecrets,
  labels: config.labels,
  annotations: config.annotations,
  bootstrapImage: images.bootstrap,
  storageClassName: config.storageClassName,
  nodeSelector: infrastructure.nodeSelector,
  tolerations: infrastructure.tolerations,
  priorityClassName: infrastructure.priorityClass,
  kubernetesApi: network.kubernetesApi.addresses,
  kubernetesApiPorts: network.kubernetesApi.ports,
});
