/** Annotation of an environment's pod: the Service that it is, where that is not named like the pod. */
export const HOST_ANNOTATION = 'agent-sandbox.dev/host';
/** Init container whose last words are the pod's public host key. */
export const HOST_KEY_CONTAINER = 'host-key';

/** Environments whose certificates share a Secret, which stays well below the 1 MiB that it may have. */
const PODS_PER_SECRET = 500;

/** The Secret with the host certificate of a set's environment of this number, in the key that is its pod's name. */
export function hostCertificateSecret(set: string, ordinal: number): string {
  const part = Math.floor(ordinal / PODS_PER_SECRET);
  return `${set}-ssh-host${part > 0 ? `-${part + 1}` : ''}`;
}

/** Every Secret with host certificates of a set of so many environments. */
export const hostCertificateSecrets = (set: string, replicas: number): string[] =>
  Array.from({ length: Math.ceil(Math.max(replicas, 1) / PODS_PER_SECRET) }, (_, part) =>
    hostCertificateSecret(set, part * PODS_PER_SECRET),
  );

/** What names of Services end in where nobody chose anything else: the kubelet's `clusterDomain`. */
export const CLUSTER_DOMAIN = 'cluster.local';

/** What names of a namespace's Services end in, without the dot. */
export const hostDomains = (namespace: string, clusterDomain: string): string[] => [
  namespace,
  `${namespace}.svc`,
  `${namespace}.svc.${clusterDomain}`,
];
