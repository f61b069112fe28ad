import { Construct } from 'constructs';
import { allow, type PodPeer } from '../network/peer';
import { Bootstrap } from '../services/bootstrap';
import { CertificateAuthority } from '../services/certificate-authority';
import { VaultCluster } from '../vault/cluster';
import { type BoundaryAccount, passwordPaths, programLogin } from './accounts';

export interface BoundaryKeeperProps {
  readonly namespace: string;
  readonly vault: VaultCluster;
  /** URL of the controllers' API, and their pods. */
  readonly address: string;
  readonly controllers: PodPeer;
  /** ConfigMap with the ids of what the bootstrap made. */
  readonly configMap: string;
  /** Whom it logs in as. */
  readonly account: BoundaryAccount;
}

const NAME = 'boundary-keeper';
/** Life of an agent's password, in seconds. */
const AGENT_PASSWORD_SEC = 24 * 3600;

/**
 * Keeps Boundary as granted: ends sessions that are granted no longer, renews the passwords of agents, and has people's
 * login follow its client's secret.
 */
export class BoundaryKeeper extends Construct {
  readonly bootstrap: Bootstrap;
  /** What it may do in Vault; its text is made when all agents are known. */
  private readonly paths: Record<string, readonly string[]>;

  constructor(
    scope: Construct,
    id: string,
    { namespace, vault, address, controllers, configMap, account }: BoundaryKeeperProps,
  ) {
    super(scope, id);
    this.bootstrap = new Bootstrap(this, 'program', {
      namespace,
      name: NAME,
      program: 'boundary-keeper',
      run: 'continuous',
      tokenAudience: VaultCluster.AUDIENCE,
      mounts: [CertificateAuthority.mount('ca')],
      volumes: [CertificateAuthority.volume('ca')],
    });
    this.bootstrap.configure({
      namespace,
      configMap,
      boundary: address,
      vault: vault.address,
      caFile: CertificateAuthority.FILE,
      role: NAME,
      account,
      agents: [],
      agentPasswordSec: AGENT_PASSWORD_SEC,
    });
    this.bootstrap.grantAccess({ namespace, resource: 'configmaps', names: [configMap], right: 'read' });
    this.paths = passwordPaths(account);
    vault.bootstrap.configure(programLogin(NAME, namespace, this.paths));
    vault.allowFrom(this.bootstrap.peer);
    allow(this.bootstrap.peer, controllers, [{ port: 9200 }]);
  }

  /** Keeps the password of an agent. */
  addAgent(agent: BoundaryAccount): void {
    this.bootstrap.configure({ agents: [agent] });
    Object.assign(this.paths, passwordPaths(agent));
  }
}
