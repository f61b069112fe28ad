import { Construct } from 'constructs';
import type { VaultCluster } from './cluster';
import { OperatorLogin, operatorSetup } from './operator-login';

const NAME = 'vault-snapshots';

/** A login that takes snapshots of Vault, which are of use to nobody without Vault's own keys, and nothing else. */
export class VaultSnapshots extends Construct {
  static readonly COMPONENT = 'vault-snapshots';
  /** What a policy lets a taker of snapshots do. */
  static readonly PATHS = { 'sys/storage/raft/snapshot': ['read'] } as const;

  constructor(scope: Construct, id: string, { vault }: { readonly vault: VaultCluster }) {
    super(scope, id);
    const { namespace, audience } = vault.facts.terraform;
    const who = { name: NAME, namespace, audience };
    new OperatorLogin(this, 'login', { ...who, component: VaultSnapshots.COMPONENT, role: NAME });
    // Made by the bootstrap and not by a stack: backups must not wait for Terraform, nor be in its hands.
    vault.bootstrap.configure(operatorSetup(who, { ...VaultSnapshots.PATHS, ...OperatorLogin.END }));
  }
}
