import { Construct } from 'constructs';
import type { VaultCluster } from './vault-cluster';

/** Vault's SSH engine at `ssh/`: the authority whose certificates environments accept. */
export class VaultSsh extends Construct {
  /** ConfigMap and key with the authority's public key, in every namespace that `publishTo` names. */
  static readonly CONFIG_MAP = 'ssh-user-ca';
  static readonly KEY = 'user-ca.pub';
  readonly mount = 'ssh';
  private readonly vault: VaultCluster;

  constructor(scope: Construct, id: string, props: { vault: VaultCluster }) {
    super(scope, id);
    this.vault = props.vault;
    // The pods that trust this authority start before any stack has run, so the bootstrap makes it.
    this.setUp({
      mounts: [{ path: this.mount, type: 'ssh', description: 'certificates for logging in to environments' }],
    });
  }

  /** Keeps the authority's public key in a ConfigMap of a namespace. */
  publishTo(namespace: string): void {
    const target = { namespace, configMap: VaultSsh.CONFIG_MAP, key: VaultSsh.KEY };
    this.setUp({ sshAuthorities: [{ mount: this.mount, publishTo: [target] }] });
    this.vault.bootstrap.grantAccess({ namespace, resource: 'configmaps', names: [VaultSsh.CONFIG_MAP] });
  }

  /** A role that signs certificates for one environment. Returns the path that issues a key with its certificate. */
  addRole(environment: string): string {
    this.vault.addSshRole({ name: environment, mount: this.mount, principals: [environment], ttlSec: 180 });
    return `${this.mount}/issue/${environment}`;
  }

  private setUp(values: Record<string, readonly unknown[]>): void {
    this.vault.bootstrap.configure({ ...values });
  }
}
