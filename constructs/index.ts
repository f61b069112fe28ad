export { BackupTarget, type BucketTargetProps, type VolumeTargetProps } from './backup-target';
export { Bootstrap, type BootstrapProps } from './bootstrap';
export type { BootstrapAccess } from './bootstrap-access';
export type { Schedule } from './bootstrap-schedule';
export { type Agent, BoundaryControl, type BoundaryControlProps } from './boundary-control';
export { BoundaryKms, type BoundaryTransitProps, type KmsPurpose } from './boundary-kms';
export type { BoundaryServersSettings } from './boundary-servers';
export {
  CertificateAuthority,
  type CertificateAuthorityProps,
  type ServerCertificateProps,
} from './certificate-authority';
export { type AwsKeyProps, type AzureKeyProps, type CloudIdentity, CloudKey, type GoogleKeyProps } from './cloud-key';
export { DevEnvStatefulSet, type DevEnvStatefulSetProps } from './dev-env-stateful-set';
export { type Address, type Endpoint, urlOf } from './endpoint';
export { Environment } from './environment';
export type { EnvironmentStorage } from './environment-claims';
export { EnvironmentService } from './environment-service';
export { Exposure } from './exposure';
export type { ExternalDatabaseProps } from './external-database';
export {
  type AwsStoreProps,
  ExternalSecretsBinding,
  type ExternalSecretsBindingProps,
} from './external-secrets-binding';
export type * from './facts';
export { GeneratedSecrets } from './generated-secrets';
export type { Identity } from './identity';
export type { IdentityProvider, LoginClient, ProviderEndpoints } from './identity-provider';
export { Keycloak, type KeycloakProps } from './keycloak';
export type { NamespaceDelivery, NamespaceDeliveryProps } from './namespace-delivery';
export { type Dns, NetworkIsolation, type NetworkIsolationProps } from './network-isolation';
export { OperatorLogin, type OperatorLoginProps } from './operator-login';
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
export { PlainSecrets } from './plain-secrets';
export { PlatformNamespace, type PlatformNamespaceProps } from './platform-namespace';
export { quantity, type Resources } from './pod';
export { Postgres, type PostgresProps } from './postgres';
export type { Principal } from './principal';
export { Seal, type TransitSealProps } from './seal';
export type { SecretConsumer } from './secret-consumer';
export type {
  CertificateSecret,
  DeliveredSecret,
  DynamicSecret,
  SecretDelivery,
  StaticSecret,
} from './secret-delivery';
export { SecretWriter, type SecretWriterProps } from './secret-writer';
export { SecretsStoreBinding, type SecretsStoreBindingProps } from './secrets-store-binding';
export { configure, type PodSecurity, type Settings } from './settings';
export { ENVIRONMENTS } from './ssh-environments';
export type { AgentLogin, JwtLogin } from './vault-agent';
export { VaultBackup, type VaultBackupProps } from './vault-backup';
export { VaultCluster, type VaultClusterProps } from './vault-cluster';
export { type DatabaseUserGrantProps, VaultDatabase, type VaultDatabaseProps } from './vault-database';
export type { VaultGrants } from './vault-grants';
export { KvSecret, VaultKv } from './vault-kv';
export { type CertificateGrantProps, VaultPki } from './vault-pki';
export { VaultSnapshots } from './vault-snapshots';
export { type SshAuthority, type SshSigner, VaultSsh, type VaultSshProps } from './vault-ssh';
export { type TerraformCloudProps, VaultTerraformCloud } from './vault-terraform-cloud';
export { type TransitGrantProps, VaultTransit } from './vault-transit';
export { VsoBinding, type VsoBindingProps } from './vso-binding';
export { WebAccess, type WebAccessProps } from './web-access';
export { type Day, WorkingHours, type WorkingHoursProps } from './working-hours';
