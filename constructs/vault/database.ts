import { Construct } from 'constructs';
import { seconds } from '../core/duration';
import { ANYWHERE, allow, type Peer } from '../network/peer';
import { deliverTo, inFolder, type SecretConsumer } from '../secrets/consumer';
import type { VaultCluster } from './cluster';
import { VaultRotations } from './rotations';
import { POLICY_PREFIX } from './setup';

export interface VaultDatabaseProps {
  readonly vault: VaultCluster;
  /** Names it inside Vault. */
  readonly name: string;
  /**
   * `postgresql://USER@HOST:PORT/DATABASE`, without the password: a user that may make users and give them the roles
   * that are granted. Certificates are verified unless its `sslmode` says otherwise.
   */
  readonly url: string;
  /** Secret of the bootstrap's namespace with that user's password in the key `password`. */
  readonly passwordSecretName: string;
  /** What signs the server's certificate, in PEM. @default - the authorities that everybody trusts */
  readonly certificateAuthority?: string;
  /** Where Vault reaches it. @default - anywhere, on the URL's port */
  readonly server?: Peer;
}

export interface DatabaseUserGrantProps {
  /** Secret with `username`, `password` and `url`. */
  readonly secretName: string;
  /** Roles of the database that the user is a member of. */
  readonly roles: readonly string[];
  /** Time after which the user ends unless its lease is renewed, as a Go duration. @default '1h' */
  readonly ttl?: string;
}

const ROLE = /^[A-Za-z_][A-Za-z0-9_$-]*$/;

/** A PostgreSQL database in which Vault's engine at `database/` makes users. */
export class VaultDatabase extends Construct {
  readonly mount = 'database';

  constructor(
    scope: Construct,
    id: string,
    private readonly props: VaultDatabaseProps,
  ) {
    super(scope, id);
    const { vault, name, passwordSecretName: secretName, certificateAuthority, server } = props;
    const url = this.url('{{username}}:{{password}}');
    const { bootstrap } = vault;
    // Terraform would keep the password in its state, so the bootstrap hands it to Vault.
    bootstrap.configure({
      mounts: [{ path: this.mount, type: 'database', description: 'users of databases' }],
      databases: [
        {
          mount: this.mount,
          name,
          url,
          username: decodeURIComponent(new URL(props.url).username),
          certificateAuthority,
          password: { namespace: bootstrap.namespace, secretName, key: 'password' },
        },
      ],
    });
    bootstrap.grantAccess({ namespace: bootstrap.namespace, resource: 'secrets', names: [secretName], right: 'read' });
    VaultRotations.of(vault).add(`${this.mount}/rotate-root/${name}`);
    allow(vault.peer, server ?? { name: `database-${name}`, cidrs: ANYWHERE.cidrs }, [
      { port: Number(new URL(props.url).port) || 5432 },
    ]);
  }

  /**
   * Keeps a user of its own in a Secret of the consumer's namespace, which environments see as a folder of that name. The
   * user's lease is renewed while it can be; when the grant goes, Vault drops the user.
   *
   * @throws if a role's name is none
   */
  grantUser(consumer: SecretConsumer, props: DatabaseUserGrantProps): void {
    const { secretName, roles, ttl = '1h' } = props;
    const ttlSec = seconds(ttl);
    const { name: database } = this.props;
    const wrong = roles.find((role) => !ROLE.test(role));
    if (roles.length === 0 || wrong !== undefined)
      throw new Error(
        `user "${secretName}" of database "${database}" needs roles of it${wrong === undefined ? '' : `, not ${JSON.stringify(wrong)}`}`,
      );
    const name = `${POLICY_PREFIX}${consumer.namespace}-${secretName}`;
    const templates = {
      username: '{{username}}',
      password: '{{password}}',
      url: this.url('{{username}}:{{password}}'),
    };
    const secret = {
      name: secretName,
      secretName,
      mount: this.mount,
      path: `creds/${name}`,
      kind: 'dynamic',
      leaseSec: ttlSec,
      templates,
      policyPath: `${this.mount}/creds/${name}`,
    } as const;
    deliverTo(consumer, `a user of database "${database}"`, secret, inFolder(secretName, Object.keys(templates)));
    this.props.vault.addDatabaseRole({ name, mount: this.mount, database, roles, ttlSec });
  }

  private url(login: string): string {
    const url = new URL(this.props.url);
    if (!/^postgres(ql)?:$/.test(url.protocol) || !url.username || url.password)
      throw new Error(
        `the URL of database "${this.props.name}" must be postgresql://USER@HOST:PORT/DATABASE, without a password`,
      );
    if (!url.searchParams.has('sslmode')) url.searchParams.set('sslmode', 'verify-full');
    return `postgresql://${login}@${url.host}${url.pathname}${url.search}`;
  }
}
