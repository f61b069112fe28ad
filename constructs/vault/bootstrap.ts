import type { Construct } from 'constructs';
import { Bootstrap } from '../services/bootstrap';
import { CertificateAuthority } from '../services/certificate-authority';
import { OperatorLogin } from './operator-login';
import { BREAK_GLASS, bootstrapSetup, SERVERS, type SshMounts, TERRAFORM } from './setup';

/** Shares of the recovery key, one for each PGP key and readable by its owner alone. */
export interface Recovery {
  /** Public keys, in base64 without armor. Empty: one share, as it is, in the bootstrap's namespace. */
  readonly pgpKeys: readonly string[];
  /** How many shares are needed. @default 1 */
  readonly threshold: number;
}

const DONE_FILE = '/tmp/set-up';

interface VaultBootstrapProps {
  readonly namespace: string;
  readonly vaultNamespace: string;
  /** URL of each server, in the order of their names. */
  readonly servers: readonly string[];
  readonly address: string;
  readonly autoUnseal: boolean;
  readonly recovery?: Recovery;
  readonly audience: string;
  readonly ssh: SshMounts;
  readonly authority: CertificateAuthority;
}

/** The program that initialises, unseals and sets up Vault, and the ServiceAccounts of those who log in after that. */
export function makeVaultBootstrap(scope: Construct, props: VaultBootstrapProps): Bootstrap {
  const { namespace, vaultNamespace, servers, address, autoUnseal, recovery, audience } = props;
  props.authority.publish(namespace);
  const bootstrap = new Bootstrap(scope, 'bootstrap', {
    namespace,
    name: 'vault-bootstrap',
    program: 'vault',
    run: 'continuous',
    tokenAudience: audience,
    // Whoever waits for it, as Helm does, may then use what it makes: engines, and the rights of logins.
    doneFile: DONE_FILE,
    // Grows with the environments.
    packed: ['grants'],
    mounts: [CertificateAuthority.mount('ca')],
    volumes: [CertificateAuthority.volume('ca')],
  });
  const keys = { namespace, secretName: 'vault-keys' };
  const pods = servers.map((_, index) => `vault-${index}`);
  const claims = pods.map((pod) => `data-${pod}`);
  bootstrap.grantAccess({ namespace, resource: 'secrets', names: [keys.secretName] });
  const storage = { namespace: vaultNamespace, pods, claims };
  grantRemoval(bootstrap, storage);
  bootstrap.configure({
    servers,
    address,
    caFile: CertificateAuthority.FILE,
    keys,
    doneFile: DONE_FILE,
    storage,
    autoUnseal,
    recovery: { pgpKeys: [], threshold: 1, ...recovery },
    ...bootstrapSetup(namespace, audience, props.ssh),
  });
  makeLogins(scope, namespace, audience);
  return bootstrap;
}

interface Storage {
  readonly namespace: string;
  readonly pods: readonly string[];
  readonly claims: readonly string[];
}

/** Servers whose initialisation was cut off begin anew, without the volumes of before. */
function grantRemoval(bootstrap: Bootstrap, { namespace, pods, claims }: Storage): void {
  bootstrap.grantAccess({ namespace, resource: 'pods', names: pods, right: 'delete' });
  bootstrap.grantAccess({ namespace, resource: 'persistentvolumeclaims', names: claims, right: 'delete' });
}

function makeLogins(scope: Construct, namespace: string, audience: string): void {
  const login = (name: string, component: string) =>
    new OperatorLogin(scope, name, { name, namespace, audience, component, role: name });
  login(TERRAFORM, 'identity');
  login(BREAK_GLASS, 'break-glass');
  login(SERVERS, SERVERS);
}
