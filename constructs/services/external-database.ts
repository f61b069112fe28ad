import { Construct } from 'constructs';
import { type Identity, metadataOf } from '../core/identity';
import { k8s } from '../core/k8s';
import { allow, type PodPeer, serverAt } from '../network/peer';
import { CONNECT_SEC, type Database, type DatabaseAttachment } from './postgres';

export interface ExternalDatabaseProps {
  /** `postgresql://USER@HOST:PORT/DATABASE`, without the password. Its certificate is always verified; it is dialed for 5 s unless it says `connect_timeout`. */
  readonly url: string;
  /** Secret of the namespace that holds the password in its key `password`. */
  readonly secretName: string;
  /** ConfigMap of the namespace whose `ca.crt` signs the server's certificate. @default - the authorities that everybody trusts */
  readonly caConfigMap?: string;
}

const CA_PATH = '/etc/database-ca';

/** A PostgreSQL database that others run. */
export class ExternalDatabase extends Construct implements Database {
  readonly address: string;
  private readonly configMap: string;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: ExternalDatabaseProps & { readonly namespace: string; readonly name: string },
  ) {
    super(scope, id);
    const { namespace, name, caConfigMap } = props;
    const url = new URL(props.url);
    if (url.password) throw new Error(`the URL of "${name}" must not hold its password: put it into a Secret`);
    this.address = `${url.host}${url.pathname}`;
    url.searchParams.set('sslmode', 'verify-full');
    if (!url.searchParams.has('connect_timeout')) url.searchParams.set('connect_timeout', String(CONNECT_SEC));
    if (caConfigMap) url.searchParams.set('sslrootcert', `${CA_PATH}/ca.crt`);
    const identity: Identity = { name: 'postgresql', instance: name, component: 'database' };
    this.configMap = `${name}-address`;
    new k8s.KubeConfigMap(this, 'address', {
      metadata: metadataOf(this, identity, this.configMap, namespace),
      data: { url: url.href },
    });
  }

  attach(mountPath: string): DatabaseAttachment {
    const { secretName, caConfigMap } = this.props;
    const ca = caConfigMap ? [{ name: 'database-ca', configMap: { name: caConfigMap } }] : [];
    return {
      volumes: [{ name: 'database', configMap: { name: this.configMap } }, ...ca],
      mounts: [
        { name: 'database', mountPath, readOnly: true },
        ...ca.map(({ name }) => ({ name, mountPath: CA_PATH, readOnly: true })),
      ],
      // As every client of PostgreSQL reads it where the URL has none.
      env: [{ name: 'PGPASSWORD', valueFrom: { secretKeyRef: { name: secretName, key: 'password' } } }],
      followed: [],
    };
  }

  allowFrom(peer: PodPeer): void {
    const { port } = new URL(this.props.url);
    allow(peer, serverAt(this.props.name, this.props.url), [{ port: Number(port) || 5432 }]);
  }
}
