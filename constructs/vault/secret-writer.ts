import { Construct } from 'constructs';
import { OWNER_ANNOTATION } from '../secrets/delivery';
import { OperatorLogin } from './operator-login';
import { POLICY_PREFIX } from './setup';
import type { Vault } from './vault';

export interface SecretWriterProps {
  readonly vault: Pick<Vault, 'facts' | 'addPolicy' | 'addKubernetesRole'>;
  /** Engine of the secret. */
  readonly mount: string;
  readonly path: string;
  /** Name of the environment that it is for alone. @default - for all */
  readonly owner?: string;
}

/** A login that reads and writes one secret of Vault, and nothing else. Annotations say which one, and for whom. */
export class SecretWriter extends Construct {
  static readonly COMPONENT = 'secret-writer';
  /** Annotation with the secret, as MOUNT/PATH. */
  static readonly ANNOTATION = 'agent-sandbox.dev/vault-secret';
  /** Path of the secret. */
  readonly path: string;
  /** Name of the environment that it is for alone, where it is for one. */
  readonly owner?: string;

  constructor(scope: Construct, id: string, { vault, mount, path, owner }: SecretWriterProps) {
    super(scope, id);
    this.path = path;
    this.owner = owner;
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
      annotations: { [SecretWriter.ANNOTATION]: `${mount}/${path}`, ...(owner && { [OWNER_ANNOTATION]: owner }) },
    });
    vault.addPolicy({
      name: role,
      paths: { [`${mount}/data/${path}`]: ['create', 'read', 'update', 'patch'], ...OperatorLogin.END },
    });
    vault.addKubernetesRole({ name: role, serviceAccounts: [name], namespaces: [namespace], policies: [role] });
  }
}
