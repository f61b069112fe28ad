import { Construct } from 'constructs';
import { BoundaryBootstrap } from './boundary-bootstrap';
import { BoundaryServers } from './boundary-servers';
import type { CertificateAuthority } from './certificate-authority';
import type { Environment } from './environment';
import type { Exposure } from './exposure';
import type { BoundaryFacts, BoundaryGrant, BoundaryTarget } from './facts';
import { GeneratedSecrets } from './generated-secrets';
import type { PodPeer } from './peer';
import { Postgres } from './postgres';
import type { VaultCluster } from './vault-cluster';
import { POLICY_PREFIX } from './vault-setup';

/** Where people and groups come from. */
export interface IdentityProvider {
  /** Issuer, the same for browsers and inside the cluster. */
  readonly issuer: string;
  readonly clientId: string;
  /** Secret that holds the client's secret; the bootstrap alone reads it. */
  readonly clientSecret: { readonly namespace: string; readonly secretName: string; readonly key: string };
  /** @default 'preferred_username' */
  readonly usernameClaim?: string;
  /** @default 'groups' */
  readonly groupsClaim?: string;
}

export interface BoundaryControlProps {
  /** @default 'boundary' */
  readonly namespace?: string;
  /** @default 'hashicorp/boundary:0.21' */
  readonly image?: string;
  /** @default 1 */
  readonly controllers?: number;
  /** @default 1 */
  readonly workers?: number;
  readonly database?: { readonly image?: string; readonly storage?: string; readonly storageClassName?: string };
  readonly authority: CertificateAuthority;
  /** How clients reach the controllers' API. @default Exposure.internal() */
  readonly exposure?: Exposure;
  /** How clients reach each worker, by its number. Never an HTTP ingress. @default Exposure.internal() */
  readonly workerExposure?: (worker: number) => Exposure;
  /** Names and addresses that outside clients dial for the API besides the exposure's own. @default [] */
  readonly externalNames?: readonly string[];
  /** Issues session certificates and keeps the service account's password. @default - no targets can be granted */
  readonly vault?: VaultCluster;
  /** Logs people in. @default - nobody but the platform's own service account */
  readonly identity?: IdentityProvider;
}

/** A person or a group of people, as the identity provider names them. */
export interface Principal {
  readonly kind: 'user' | 'group';
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
  private readonly grants: BoundaryGrant[] = [];

  constructor(
    scope: Construct,
    id: string,
    private readonly props: BoundaryControlProps,
  ) {
    super(scope, id);
    this.namespace = props.namespace ?? 'boundary';
    const secrets = new GeneratedSecrets(this, 'secrets', { namespace: this.namespace });
    const database = new Postgres(this, 'database', {
      ...props.database,
      namespace: this.namespace,
      name: 'boundary-database',
      database: 'boundary',
      secrets,
    });
    this.servers = new BoundaryServers(this, 'servers', { ...props, namespace: this.namespace, secrets, database });
    this.peer = this.servers.controllerPeer;
    this.workerPeer = this.servers.workerPeer;
    if (props.vault) {
      this.bootstrap = new BoundaryBootstrap(this, 'objects', {
        namespace: this.namespace,
        image: this.servers.image,
        vault: props.vault,
        controllers: this.servers,
        identity: props.identity,
      });
      // Controllers fetch the credentials of each session themselves.
      props.vault.allowFrom(this.peer);
    }
  }

  /**
   * Lets a person or group open SSH sessions to an environment, each with a key and certificate of its own: a target
   * with a credential library, Vault's role for it, sshd's principal, and the route from the workers.
   *
   * @throws if there is no Vault to issue the certificates
   */
  grantSsh(principal: Principal, environment: Environment): void {
    this.addTarget(environment);
    const name = `${principal.kind}-${principal.name}`;
    const before = this.grants.findIndex((grant) => grant.name === name);
    const targets = before < 0 ? [] : this.grants[before].targets;
    const grant = { name, principal, targets: [...new Set([...targets, environment.name])] };
    if (before < 0) this.grants.push(grant);
    else this.grants[before] = grant;
  }

  /** What the stack that configures Boundary needs to know; undefined without a Vault. */
  get facts(): BoundaryFacts | undefined {
    const { identity } = this.props;
    if (!this.bootstrap) return undefined;
    return {
      namespace: this.namespace,
      externalAddress: this.servers.externalAddress,
      ...this.bootstrap.facts,
      identity: identity && {
        usernameClaim: identity.usernameClaim ?? 'preferred_username',
        groupsClaim: identity.groupsClaim ?? 'groups',
      },
      targets: [...this.targets.values()],
      grants: this.grants,
    };
  }

  private addTarget(environment: Environment): void {
    if (this.targets.has(environment.name)) return;
    const { vault } = this.props;
    if (!vault)
      throw new Error(
        `environment "${environment.name}" cannot be a target: BoundaryControl needs a vault that issues its certificates`,
      );
    const credentialPath = vault.ssh.addRole(environment.name);
    vault.ssh.publishTo(environment.peer.namespace);
    vault.addPolicy({ name: `${POLICY_PREFIX}boundary`, paths: { [credentialPath]: ['create', 'update'] } });
    environment.addPrincipal(environment.name);
    environment.allowSshFrom(this.workerPeer);
    this.targets.set(environment.name, { name: environment.name, host: environment.host, port: 22, credentialPath });
  }
}
