import { Construct } from 'constructs';
import { type Identity, metadataOf, selectorOf } from '../core/identity';
import { k8s } from '../core/k8s';
import { type Attachment, type ContainerSpec, claimTemplate, podTemplate, port } from '../core/pod';
import { resources } from '../core/resources';
import { readAtStart } from '../core/settings';
import { allow, type PodPeer, podPeer } from '../network/peer';
import type { GeneratedSecrets } from './generated-secrets';

export interface PostgresProps {
  readonly namespace: string;
  /** Name of its objects and of the Secret with `username`, `password`, `url` and `pgpass`. */
  readonly name: string;
  /** Database and user. */
  readonly database: string;
  /** Makes the password. */
  readonly secrets: GeneratedSecrets;
  /** Whether those that connect follow the file `url` or `pgpass`, so that the password may change at any time. @default false */
  readonly rotates?: boolean;
  /** @default 'postgres:16' */
  readonly image?: string;
  /** @default '1Gi' */
  readonly storage?: string;
  readonly storageClassName?: string;
}

/** What a pod needs to connect to a database. */
export interface DatabaseAttachment extends Attachment {
  /** Files that change with the password. */
  readonly followed: readonly string[];
}

/** A database that a program connects to by the URL in a file. */
export interface Database {
  /** `HOST[:PORT]/DATABASE`, which tells it from every other. */
  readonly address: string;
  /** What a pod needs to connect; the file `url` below `mountPath` says where to. */
  attach(mountPath: string): DatabaseAttachment;
  /** Lets pods connect. */
  allowFrom(peer: PodPeer): void;
}

const PORT = 5432;
/** Without a limit, a database that moved meanwhile is dialed at the address of before for two minutes. In seconds. */
export const CONNECT_SEC = 5;

/** One PostgreSQL server with one database, whose password is made in the cluster. */
export class Postgres extends Construct implements Database {
  /** Secret with `username`, `password`, `url`, and `pgpass`: the login as clients read it anew for each connection. */
  readonly secretName: string;
  readonly peer: PodPeer;
  readonly address: string;
  private readonly identity: Identity;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: PostgresProps,
  ) {
    super(scope, id);
    const { name, namespace, database, secrets, rotates } = props;
    this.identity = { name: 'postgresql', instance: name, component: 'database' };
    this.peer = podPeer(this, namespace, this.identity);
    this.secretName = name;
    this.address = `${name}.${namespace}.svc:${PORT}/${database}`;
    const login = `${database}:{{password main 32}}`;
    secrets.add({
      secretName: name,
      rotates,
      values: {
        username: database,
        password: '{{password main 32}}',
        url: `postgresql://${login}@${this.address}?sslmode=disable&connect_timeout=${CONNECT_SEC}`,
        pgpass: `*:*:${database}:${login}`,
      },
    });
    this.makeService();
    this.makeStatefulSet();
  }

  attach(mountPath: string): DatabaseAttachment {
    const items = [{ key: 'url', path: 'url' }];
    return {
      volumes: [{ name: 'database', secret: { secretName: this.secretName, items } }],
      mounts: [{ name: 'database', mountPath, readOnly: true }],
      env: [],
      followed: [`${mountPath}/url`],
    };
  }

  allowFrom(peer: PodPeer): void {
    allow(peer, this.peer, [{ port: PORT }]);
  }

  private makeService(): void {
    const { name, namespace } = this.props;
    new k8s.KubeService(this, 'service', {
      metadata: metadataOf(this, this.identity, name, namespace),
      spec: {
        clusterIp: 'None',
        selector: selectorOf(this.identity),
        ports: [{ name: 'postgresql', port: PORT, targetPort: port(PORT) }],
      },
    });
    new k8s.KubeConfigMap(this, 'config', {
      metadata: metadataOf(this, this.identity, `${name}-start`, namespace),
      data: { start: startScript(this.props.database) },
    });
  }

  private makeStatefulSet(): void {
    const { name, namespace, storage = '1Gi', storageClassName } = this.props;
    new k8s.KubeStatefulSet(this, 'stateful-set', {
      metadata: metadataOf(this, this.identity, name, namespace),
      spec: {
        serviceName: name,
        replicas: 1,
        persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
        selector: { matchLabels: selectorOf(this.identity) },
        template: this.template(),
        volumeClaimTemplates: [
          claimTemplate(this, { name: 'data', identity: this.identity, size: storage, storageClassName }),
        ],
      },
    });
  }

  private template(): k8s.PodTemplateSpec {
    const { name, database } = this.props;
    return podTemplate(this, {
      identity: this.identity,
      ids: { user: 999, group: 999 },
      annotations: readAtStart(() => startScript(database)),
      containers: [this.container()],
      spec: {
        terminationGracePeriodSeconds: 60,
        volumes: [
          { name: 'start', configMap: { name: `${name}-start` } },
          {
            name: 'credentials',
            secret: { secretName: this.secretName, items: [{ key: 'password', path: 'password' }] },
          },
          { name: 'tmp', emptyDir: { sizeLimit: k8s.Quantity.fromString('256Mi') } },
        ],
      },
    });
  }

  private container(): ContainerSpec {
    const { image = 'postgres:16', database } = this.props;
    return {
      name: 'postgresql',
      image,
      command: ['/bin/sh', '/etc/postgresql-start/start'],
      ports: [{ name: 'postgresql', containerPort: PORT }],
      readinessProbe: {
        exec: { command: ['pg_isready', '-h', '127.0.0.1', '-U', database, '-d', database] },
        periodSeconds: 3,
        timeoutSeconds: 3,
      },
      livenessProbe: {
        tcpSocket: { port: port(PORT) },
        periodSeconds: 10,
        failureThreshold: 6,
        initialDelaySeconds: 30,
      },
      resources: resources(['50m', '128Mi'], ['1', '1Gi']),
      volumeMounts: [
        { name: 'start', mountPath: '/etc/postgresql-start', readOnly: true },
        { name: 'credentials', mountPath: '/run/credentials', readOnly: true },
        { name: 'data', mountPath: '/var/lib/postgresql/data' },
        { name: 'tmp', mountPath: '/tmp' },
      ],
    };
  }
}

/**
 * A half-made database is made anew; a whole one is moved into place in one step. Its user has the password of the file and
 * is no superuser: a program that is broken into cannot run others here. CREATEDB is what a restore needs.
 */
function startScript(database: string): string {
  return `set -eu
data=/var/lib/postgresql/data/pgdata
if [ ! -s "$data/PG_VERSION" ]; then
  rm -rf "$data" "$data.new"
  initdb --pgdata="$data.new" --username=postgres --auth-local=trust --auth-host=scram-sha-256 --encoding=UTF8
  echo 'host all all all scram-sha-256' >> "$data.new/pg_hba.conf"
  postgres --single -D "$data.new" postgres <<SQL
CREATE ROLE ${database} LOGIN CREATEDB PASSWORD '$(cat /run/credentials/password)'
CREATE DATABASE ${database} OWNER ${database}
SQL
  mv "$data.new" "$data"
fi
follow() {
  psql -q -v ON_ERROR_STOP=1 -h /tmp -U ${database} -d ${database} <<'SQL'
\\set password \`cat /run/credentials/password\`
ALTER ROLE ${database} PASSWORD :'password';
SQL
}
seen=
while sleep 5; do
  now=$(cat /run/credentials/password)
  if [ "$now" != "$seen" ] && follow; then seen=$now; fi
done 2>/dev/null &
exec postgres -D "$data" -c listen_addresses='*' -c unix_socket_directories=/tmp
`;
}
