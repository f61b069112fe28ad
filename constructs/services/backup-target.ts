import type { Construct } from 'constructs';
import { type Identity, metadataOf } from '../core/identity';
import { k8s } from '../core/k8s';
import { type Attachment, claimTemplate } from '../core/pod';
import { allow, type PodPeer, serverAt } from '../network/peer';
import { AWS_IDENTITY } from './cloud-identity';

export interface VolumeTargetProps {
  /** Size of the volume; it must hold one snapshot more than are kept. @default '5Gi' */
  readonly size?: string;
  /** @default - the cluster's default class */
  readonly storageClassName?: string;
}

export interface BucketTargetProps {
  /** URL of the server, without the bucket. */
  readonly endpoint: string;
  readonly bucket: string;
  /** What the names of its objects begin with. @default '' */
  readonly prefix?: string;
  /** @default 'us-east-1' */
  readonly region?: string;
  /** Secret with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. @default - the identity that AWS gives to the ServiceAccount */
  readonly secretName?: string;
  /** ConfigMap whose `ca.crt` signs the server's certificate. @default - the authorities that everybody trusts */
  readonly caConfigMap?: string;
  /** Annotations of the ServiceAccount, such as `eks.amazonaws.com/role-arn`. @default {} */
  readonly serviceAccountAnnotations?: Readonly<Record<string, string>>;
}

/** Where snapshots are kept. Names of Secrets and ConfigMaps are those of the backup's namespace. */
export abstract class BackupTarget {
  /** A volume of the cluster: it is lost with the cluster, and with its namespace. */
  static volume(props: VolumeTargetProps = {}): BackupTarget {
    return new Volume(props);
  }

  /** A bucket of anything that speaks S3. */
  static s3(props: BucketTargetProps): BackupTarget {
    return new Bucket(props);
  }

  /** What the program is told of it. */
  abstract readonly config: object;
  readonly serviceAccountAnnotations: Readonly<Record<string, string>> = {};

  /** Makes what it needs in the backup's namespace, and says what the program's pod mounts and sees of it. */
  abstract attach(scope: Construct, namespace: string, identity: Identity): Attachment;

  /** Lets pods reach it. */
  abstract allowFrom(peer: PodPeer): void;
}

const FOLDER = '/backup';
const CA_PATH = '/etc/backup-ca';

class Volume extends BackupTarget {
  readonly config = { type: 'volume', folder: FOLDER };

  constructor(private readonly props: VolumeTargetProps) {
    super();
  }

  attach(scope: Construct, namespace: string, identity: Identity): Attachment {
    const { size = '5Gi', storageClassName } = this.props;
    const { spec } = claimTemplate(scope, { name: identity.name, identity, size, storageClassName });
    const metadata = metadataOf(scope, identity, identity.name, namespace);
    new k8s.KubePersistentVolumeClaim(scope, 'claim', { metadata, spec });
    return {
      volumes: [{ name: 'backup', persistentVolumeClaim: { claimName: identity.name } }],
      mounts: [{ name: 'backup', mountPath: FOLDER }],
      env: [],
    };
  }

  allowFrom(): void {}
}

const KEYS = [
  { key: 'AWS_ACCESS_KEY_ID' },
  { key: 'AWS_SECRET_ACCESS_KEY' },
  { key: 'AWS_SESSION_TOKEN', optional: true },
];

class Bucket extends BackupTarget {
  readonly config: object;
  override readonly serviceAccountAnnotations: Readonly<Record<string, string>>;

  constructor(private readonly props: BucketTargetProps) {
    super();
    const { endpoint, bucket, prefix = '', region = 'us-east-1', caConfigMap } = props;
    const ca = caConfigMap && { caFile: `${CA_PATH}/ca.crt` };
    this.config = { type: 's3', endpoint, bucket, prefix, region, ...ca };
    this.serviceAccountAnnotations = props.serviceAccountAnnotations ?? {};
  }

  attach(): Attachment {
    const { secretName: name, caConfigMap } = this.props;
    return {
      volumes: caConfigMap ? [{ name: 'backup-ca', configMap: { name: caConfigMap } }] : [],
      mounts: caConfigMap ? [{ name: 'backup-ca', mountPath: CA_PATH, readOnly: true }] : [],
      env: name ? KEYS.map((key) => ({ name: key.key, valueFrom: { secretKeyRef: { name, ...key } } })) : [],
    };
  }

  allowFrom(peer: PodPeer): void {
    const { endpoint, secretName } = this.props;
    const { protocol, port } = new URL(endpoint);
    const named = Number(port) || (protocol === 'http:' ? 80 : 443);
    allow(peer, serverAt('backup-storage', endpoint), [{ port: named }]);
    if (!secretName) allow(peer, AWS_IDENTITY, [{ port: 80 }]);
  }
}
