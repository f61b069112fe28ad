import type { Construct } from 'constructs';
import { type Identity, metadataOf } from '../core/identity';
import { k8s } from '../core/k8s';
import type { PodPeer } from '../network/peer';

/** Has each server write what it is into its own pod's labels: initialised, sealed, active, its version. */
export const REGISTRATION_HCL = 'service_registration "kubernetes" {}\n';

/** How a server knows its own pod. */
export const registrationEnv = (namespace: string): k8s.EnvVar[] => [
  { name: 'VAULT_K8S_NAMESPACE', value: namespace },
  { name: 'VAULT_K8S_POD_NAME', value: '$(POD_NAME)' },
];

/** The right to do so, for these pods alone. */
export function allowRegistration(
  scope: Construct,
  { namespace, identity, pods }: { namespace: string; identity: Identity; pods: readonly string[] },
): void {
  const metadata = metadataOf(scope, identity, 'vault-registration', namespace);
  new k8s.KubeRole(scope, 'registration', {
    metadata,
    rules: [{ apiGroups: [''], resources: ['pods'], resourceNames: [...pods], verbs: ['get', 'patch'] }],
  });
  new k8s.KubeRoleBinding(scope, 'registration-binding', {
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'vault-registration' },
    subjects: [{ kind: 'ServiceAccount', name: 'vault', namespace }],
  });
}

/**
 * Servers that are initialised. Whoever reaches one that is not could initialise it, and would have its keys and its root
 * token.
 */
export const initialised = (servers: PodPeer, labels: Readonly<Record<string, string>>): PodPeer => ({
  ...servers,
  podLabels: { ...labels, 'vault-initialized': 'true' },
});
