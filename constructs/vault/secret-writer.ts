import { Construct } from 'constructs';
import { OperatorLogin } from './operator-login';
import { POLICY_PREFIX } from './setup';
import type { Vault } from './vault';

export interface SecretWriterProps {
  readonly vault: Pick<Vault, 'facts' | 'addPolicy' | 'addKubernetesRole'>;
  /** Engine of the secret. */
  readonly mount: string;
  readonly path: string;
}

/** A login that reads and writes one secret of Vault, and nothing else. An annotation says which one it is for. */
export class SecretWriter extends Construct {
  static readonly COMPONENT = 'secret-writer';
  /** Annotation with the secret, as MOUNT/PATH. */
  static readonly ANNOTATION = 'agent-sandbox.dev/vault-secret';
  /** Path of the secret. */
  readonly path: string;

  constructor(scope: Construct, id: string, { vault, mount, path }: SecretWriterProps) {
    super(scope, id);
    this.path = path;
    const { namespace, audience } = vault.facts.terraform;
    const secret = path.replace(/\//g, '-');
    const name = `${secret}-writer`;
    // No namespace's login has a name of this kind.
    const role = `${POLICY_PREFIX}writes-${secret}`;
    new OperatorLogin(this, 'login', {
      name,
      namespace,
      audience,
      component: SecretWriter.COMPONENT,
      role,
      annotations: { [SecretWriter.ANNOTATION]: `${mount}/${path}` },
    });
    vault.addPolicy({
      name: role,
      paths: { [`${mount}/data/${path}`]: ['create', 'read', 'update', 'patch'], ...OperatorLogin.END },
    });
    vault.addKubernetesRole({ name: role, serviceAccounts: [name], namespaces: [namespace], policies: [role] });
  }
}
