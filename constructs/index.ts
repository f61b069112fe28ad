export { Bootstrap, type BootstrapAccess, type BootstrapProps } from './bootstrap';
export { BoundaryControl, type BoundaryControlProps, type IdentityProvider, type Principal } from './boundary-control';
export {
  CertificateAuthority,
  type CertificateAuthorityProps,
  type ServerCertificateProps,
} from './certificate-authority';
export { DevEnvStatefulSet, type DevEnvStatefulSetProps, type EnvironmentStorage } from './dev-env-stateful-set';
export { Environment } from './environment';
export { ENVIRONMENTS, EnvironmentService } from './environment-service';
export { type Address, type Endpoint, Exposure } from './exposure';
export type * from './facts';
export { GeneratedSecrets } from './generated-secrets';
export type { Identity } from './identity';
export { Keycloak, type KeycloakProps } from './keycloak';
export { type Dns, NetworkIsolation, type NetworkIsolationProps } from './network-isolation';
export {
  type AddressPeer,
  allow,
  KUBERNETES_API_PORTS,
  kubernetesApi,
  type Peer,
  type PeerPort,
  type PodPeer,
  podPeer,
} from './peer';
export { PlatformNamespace, type PlatformNamespaceProps } from './platform-namespace';
export { quantity, type Resources } from './pod';
export { Postgres, type PostgresProps } from './postgres';
export { Seal, type TransitSealProps } from './seal';
export type { SecretConsumer } from './secret-consumer';
export type { DeliveredSecret, SecretDelivery } from './secret-delivery';
export { configure, type PodSecurity, type Settings } from './settings';
export { VaultCluster, type VaultClusterProps } from './vault-cluster';
export { KvSecret, VaultKv } from './vault-kv';
export { VaultSsh } from './vault-ssh';
export { type TerraformCloudProps, VaultTerraformCloud } from './vault-terraform-cloud';
export { VsoBinding, type VsoBindingProps } from './vso-binding';
