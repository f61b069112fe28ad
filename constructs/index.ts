export { type Agent, BoundaryControl, type BoundaryControlProps } from './boundary/control';
export { BoundaryKms, type BoundaryTransitProps, type KmsPurpose } from './boundary/kms';
export type { BoundaryServersSettings } from './boundary/servers';
export type * from './core/facts';
export type { Identity } from './core/identity';
export type { Principal } from './core/principal';
export { quantity, type Resources } from './core/resources';
export type { Scheduling } from './core/scheduling';
export { configure, mirrored, type PodSecurity, type Settings } from './core/settings';
export {
  type AwsStoreProps,
  ExternalSecretsBinding,
  type ExternalSecretsBindingProps,
} from './delivery/external-secrets-binding';
export type { NamespaceDelivery, NamespaceDeliveryProps } from './delivery/namespace';
export { PlainSecrets } from './delivery/plain-secrets';
export { SecretsStoreBinding, type SecretsStoreBindingProps } from './delivery/secrets-store-binding';
export { VsoBinding, type VsoBindingProps } from './delivery/vso-binding';
export type { EnvironmentStorage, StorageLayout } from './environments/claims';
export { Environment } from './environments/environment';
export { EnvironmentService } from './environments/service';
export { DevEnvStatefulSet, type DevEnvStatefulSetProps } from './environments/stateful-set';
export type { EnvironmentVolume } from './environments/volumes';
export { type Day, WorkingHours, type WorkingHoursProps } from './environments/working-hours';
export { Keycloak, type KeycloakProps } from './keycloak/server';
export { type Address, type Endpoint, urlOf } from './network/endpoint';
export { Exposure } from './network/exposure';
export type {
  Controller,
  GatewayProps,
  IngressProps,
  InternalProps,
  LoadBalancerProps,
  NodePortProps,
  RouteProps,
  Sources,
} from './network/exposure-props';
export { type Dns, NetworkIsolation, type NetworkIsolationProps } from './network/isolation';
export { PlatformNamespace, type PlatformNamespaceProps } from './network/namespace';
export {
  type AddressPeer,
  allow,
  allowKubernetesApi,
  type Peer,
  type PeerPort,
  type PodPeer,
  podPeer,
} from './network/peer';
export type { SecretConsumer } from './secrets/consumer';
export type {
  CertificateSecret,
  DeliveredSecret,
  DynamicSecret,
  SecretDelivery,
  StaticSecret,
} from './secrets/delivery';
export { BackupTarget, type BucketTargetProps, type VolumeTargetProps } from './services/backup-target';
export { Bootstrap, type BootstrapProps } from './services/bootstrap';
export type { BootstrapAccess } from './services/bootstrap-access';
export type { Schedule } from './services/bootstrap-schedule';
export {
  CertificateAuthority,
  type CertificateAuthorityProps,
  type ServerCertificateProps,
} from './services/certificate-authority';
export type { CloudIdentity } from './services/cloud-identity';
export { type AwsKeyProps, type AzureKeyProps, CloudKey, type GoogleKeyProps } from './services/cloud-key';
export type { ExternalDatabaseProps } from './services/external-database';
export { GeneratedSecrets } from './services/generated-secrets';
export type { IdentityProvider, LoginClient, ProviderEndpoints } from './services/identity-provider';
export { Postgres, type PostgresProps } from './services/postgres';
export { ENVIRONMENTS } from './services/ssh-environments';
export type { AgentLogin, JwtLogin } from './vault/agent';
export { VaultBackup, type VaultBackupProps } from './vault/backup';
export { VaultCluster } from './vault/cluster';
export type { VaultClusterProps } from './vault/cluster-props';
export { type DatabaseUserGrantProps, VaultDatabase, type VaultDatabaseProps } from './vault/database';
export type { VaultGrants } from './vault/grants';
export { KvSecret, VaultKv } from './vault/kv';
export type { MetricsReaders } from './vault/metrics';
export { OperatorLogin, type OperatorLoginProps } from './vault/operator-login';
export { type CertificateGrantProps, VaultPki } from './vault/pki';
export { Seal, type TransitSealProps } from './vault/seal';
export { SecretWriter, type SecretWriterProps } from './vault/secret-writer';
export { VaultSnapshots } from './vault/snapshots';
export { type SshAuthority, type SshSigner, VaultSsh, type VaultSshProps } from './vault/ssh';
export { type TerraformCloudProps, VaultTerraformCloud } from './vault/terraform-cloud';
export { type TransitGrantProps, VaultTransit } from './vault/transit';
export { WebAccess, type WebAccessProps } from './web/access';
