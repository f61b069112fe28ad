import type { Resources } from '../core/resources';
import type { Exposure } from '../network/exposure';
import type { CertificateAuthority } from '../services/certificate-authority';
import type { IdentityProvider } from '../services/identity-provider';
import type { Recovery } from './bootstrap';
import type { MetricsReaders } from './metrics';
import type { Seal } from './seal';
import type { VaultSshProps } from './ssh';

export interface VaultClusterProps {
  /** @default 'vault' */
  readonly namespace?: string;
  /** Servers: 1, 3 or 5. @default 1 */
  readonly replicas?: 1 | 3 | 5;
  /** @default 'hashicorp/vault:1.21' */
  readonly image?: string;
  /** Size of each server's volume. @default '1Gi' */
  readonly storage?: string;
  /** @default - the cluster's default class */
  readonly storageClassName?: string;
  /** @default - 100m and 256Mi, at most 1 CPU and 1Gi */
  readonly resources?: Resources;
  /** @default Seal.development() */
  readonly seal?: Seal;
  /** Who gets the recovery keys, where a seal outside unseals Vault. @default - one share, in the bootstrap's namespace */
  readonly recovery?: Recovery;
  /** Size of each server's volume for its audit log, which keeps the last 512 MiB. @default '1Gi' */
  readonly auditStorage?: string;
  /** The SSH engines. @default `ssh` for people, `ssh-host` for environments */
  readonly ssh?: VaultSshProps;
  /**
   * Domain of the cluster, which full names of Services end in: in the servers' certificates and in those of
   * environments, beside the short names. @default 'cluster.local'
   */
  readonly clusterDomain?: string;
  /** Issues the servers' certificates. */
  readonly authority: CertificateAuthority;
  /** How clients outside the cluster reach it. @default Exposure.internal() */
  readonly exposure?: Exposure;
  /** Names and addresses that outside clients dial besides the exposure's own. @default [] */
  readonly externalNames?: readonly string[];
  /** Who reads metrics, at a port of its own. @default - nobody */
  readonly metrics?: MetricsReaders;
  /** Logs people in, each to a folder of secrets of their own. @default - nobody but programs */
  readonly identity?: IdentityProvider;
  /** Namespace of the bootstrap, which also keeps the keys of the development seal. @default 'platform-bootstrap' */
  readonly bootstrapNamespace?: string;
}
