import { Construct } from 'constructs';
import { OperatorLogin, operatorSetup } from './operator-login';
import { AUDIENCE } from './setup';
import type { Vault } from './vault';

const NAME = 'vault-rotations';

/** A login that has Vault replace its keys and the passwords by which it logs in elsewhere, sees none, and does nothing else. */
export class VaultRotations extends Construct {
  private readonly paths: Record<string, readonly string[]> = { ...OperatorLogin.END };

  /** That of a Vault, made when it is first needed. */
  static of({ bootstrap }: Pick<Vault, 'bootstrap'>): VaultRotations {
    const made = bootstrap.node.tryFindChild(NAME) as VaultRotations | undefined;
    return made ?? new VaultRotations(bootstrap, NAME, { bootstrap });
  }

  private constructor(scope: Construct, id: string, { bootstrap }: Pick<Vault, 'bootstrap'>) {
    super(scope, id);
    const who = { name: NAME, namespace: bootstrap.namespace, audience: AUDIENCE };
    new OperatorLogin(this, 'login', { ...who, component: NAME, role: NAME });
    // Its text is made when all paths are known.
    bootstrap.configure(operatorSetup(who, this.paths));
  }

  /** A path of Vault that replaces something when it is written to. */
  add(path: string): void {
    this.paths[path] = ['update'];
  }
}
