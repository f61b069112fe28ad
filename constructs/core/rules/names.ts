/** What Kubernetes takes for a name in DNS, and for one of several such with dots between, whatever their length. */
export const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
export const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** Prefixes by which Kubernetes or Helm is told something, and names that they give to pods; recommended labels apart. */
export const MEANT_FOR_KUBERNETES =
  /^((?!app\.kubernetes\.io\/)([a-z0-9-]+\.)*(kubernetes|k8s)\.io\/|(meta\.)?helm\.sh\/|(job-name|controller-uid|pod-template-hash|controller-revision-hash|cacheStorageEncryption)$)/;

/** Namespaces that the cluster's own parts are in: a default-deny policy or their removal would end it. */
export const OF_THE_CLUSTER = /^(default|openshift|(kube|openshift)-.*)$/;

/** Annotations by which older clusters were told of a pod's confinement, which its fields say. */
export const OF_CONFINEMENT = /^(container\.)?(apparmor\.security\.beta|seccomp\.security\.alpha)\.kubernetes\.io\//;

/** Names the container that kubectl takes where none is. */
export const DEFAULT_CONTAINER = 'kubectl.kubernetes.io/default-container';
