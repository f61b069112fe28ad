import { Construct } from 'constructs';
import type { BoundaryFacts, BoundaryGrant, BoundaryOversight, BoundaryTarget } from '../core/facts';
import type { Principal } from '../core/principal';
import type { Environment } from '../environments/environment';
import type { PodPeer } from '../network/peer';
import { ExternalDatabase, type ExternalDatabaseProps } from '../services/external-database';
import { GeneratedSecrets } from '../services/generated-secrets';
import { type IdentityProvider, resolvedClaims } from '../services/identity-provider';
import { type Database, Postgres } from '../services/postgres';
import { type AgentLogin, admitAgent } from '../vault/agent';
import type { VaultCluster } from '../vault/cluster';
import { POLICY_PREFIX } from '../vault/setup';
import { BoundaryBootstrap } from './bootstrap';
import { BoundaryKeys } from './keys';
import type { BoundaryKms } from './kms';
import { BoundaryServers, type BoundaryServersSettings } from './servers';

export interface BoundaryControlProps extends BoundaryServersSettings {
  /** @default 'boundary' */
  readonly namespace?: string;
  readonly database?: { readonly image?: string; readonly storage?: string; readonly storageClassName?: string };
  /** A database that others run. @default - a PostgreSQL of its own */
  readonly externalDatabase?: ExternalDatabaseProps;
  /** @default BoundaryKms.development() */
  readonly kms?: BoundaryKms;
  /**
   * What encrypted Boundary's data before `kms` did: of another kind, unless both are a cloud's. It still opens, until
   * Boundary's keys were rotated. @default - nothing else
   */
  readonly previousKms?: BoundaryKms;
  /** Issues session certificates and keeps the service account's password. @default - no targets can be granted */
  readonly vault?: VaultCluster;
  /** Who sees other people's sessions. @default - nobody */
  readonly oversight?: BoundaryOversight;
}

/** A program that opens sessions, with no browser: it logs in to Vault, where its password for Boundary stands. */
export interface Agent extends AgentLogin {
  readonly kind: 'agent';
  readonly name: string;
}

/** Boundary Community Edition: controllers, workers and a database, made ready by bootstraps in the cluster. */
export class BoundaryControl extends Construct {
  readonly namespace: string;
  readonly peer: PodPeer;
  readonly workerPeer: PodPeer;
  private readonly servers: BoundaryServers;
  private readonly bootstrap?: BoundaryBootstrap;
  private readonly targets = new Map<string, BoundaryTarget>();
  private readonly grants = new Map<string, BoundaryGrant>();

  constructor(
    scope: Construct,
    id: string,
    private readonly props: BoundaryControlProps,
  ) {
    super(scope, id);
    this.namespace = props.namespace ?? 'boundary';
    const secrets = new GeneratedSecrets(this, 'secrets', { namespace: this.namespace });
    const database = this.makeDatabase(secrets);
    const { namespace } = this;
    const keys = new BoundaryKeys(this, 'keys', { namespace, secrets, kms: props.kms, previous: props.previousKms });
    this.servers = new BoundaryServers(this, 'servers', { ...props, namespace: this.namespace, keys, database });
    this.peer = this.servers.controllerPeer;
    this.workerPeer = this.servers.workerPeer;
    if (props.vault) {
      this.bootstrap = new BoundaryBootstrap(this, 'objects', {
        namespace: this.namespace,
        image: this.servers.image,
        vault: props.vault,
        controllers: this.servers,
        keys,
        secrets,
        identity: props.identity,
      });
      // Controllers fetch the credentials of each session themselves.
      props.vault.allowFrom(this.peer);
    }
  }

  /**
   * Lets a person, a group or a program open SSH sessions to an environment, each with a key and certificate of its
   * own: a target with a credential library, Vault's role for it, sshd's principal, and the route from the workers.
   *
   * @throws if there is no Vault to issue the certificates
   */
  grantSsh(principal: Principal | Agent, environment: Environment): void {
    const vault = this.addTarget(environment);
    const { kind, name: who } = principal;
    if (principal.kind === 'agent') admitAgent(vault, who, principal, this.bootstrap?.addAgent(who) ?? {});
    const name = `${kind}-${who}`;
    const before = this.grants.get(name)?.targets ?? [];
    this.grants.set(name, {
      name,
      principal: { kind, name: who },
      targets: [...new Set([...before, environment.name])],
    });
  }

  /** What the stack that configures Boundary needs to know; undefined without a Vault. */
  get facts(): BoundaryFacts | undefined {
    const { identity, vault } = this.props;
    if (!this.bootstrap) return undefined;
    const [hostAuthorityPath] = vault?.ssh.certifiesHosts ? vault.ssh.hostAuthorityPaths : [];
    return {
      namespace: this.namespace,
      externalAddress: this.servers.externalAddress,
      ...this.bootstrap.facts,
      identity: identity && claimsOf(identity),
      hostAuthorityPath,
      targets: [...this.targets.values()],
      grants: [...this.grants.values()],
      oversight: this.props.oversight ?? {},
    };
  }

  private makeDatabase(secrets: GeneratedSecrets): Database {
    const { database, externalDatabase } = this.props;
    const common = { namespace: this.namespace, name: 'boundary-database' };
    return externalDatabase
      ? new ExternalDatabase(this, 'database', { ...externalDatabase, ...common })
      : new Postgres(this, 'database', { ...database, ...common, database: 'boundary', secrets, rotates: true });
  }

  private addTarget(environment: Environment): VaultCluster {
    const { vault } = this.props;
    if (!vault)
      throw new Error(
        `environment "${environment.name}" cannot be a target: BoundaryControl needs a vault that issues its certificates`,
      );
    if (this.targets.has(environment.name)) return vault;
    const [credentialPath, ...others] = vault.ssh.addSessionRole(environment);
    vault.ssh.publishTo(environment.peer.namespace);
    const paths = [credentialPath, ...others].map((path) => [path, ['create', 'update']]);
    // Clients learn with each session whom to believe that it is the environment.
    const hosts = vault.ssh.hostAuthorityPaths.map((path) => [path, ['read']]);
    vault.addPolicy({ name: `${POLICY_PREFIX}boundary`, paths: Object.fromEntries([...hosts, ...paths]) });
    environment.addPrincipal(environment.name);
    environment.allowSshFrom(this.workerPeer);
    this.targets.set(environment.name, { name: environment.name, host: environment.host, port: 22, credentialPath });
    return vault;
  }
}

/** Claims that tell people and groups apart. Where one says where a group stands, `/team/admins` is not `admins`. */
function claimsOf(identity: IdentityProvider): BoundaryFacts['identity'] {
  const { usernameClaim, groupsClaim } = resolvedClaims(identity);
  const { principalsClaim, groupPrefix } = identity;
  return principalsClaim && groupPrefix
    ? { usernameClaim, groupsClaim: principalsClaim, groupPrefix }
    : { usernameClaim, groupsClaim };
}
