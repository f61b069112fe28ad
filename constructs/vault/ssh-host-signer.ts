import { Construct } from 'constructs';
import { Bootstrap } from '../services/bootstrap';
import { CertificateAuthority } from '../services/certificate-authority';
import { ENVIRONMENTS, type SshEnvironmentSet } from '../services/ssh-environments';
import { AUDIENCE } from './setup';
import type { Vault } from './vault';

interface SshHostSignerProps {
  readonly vault: SignerVault;
  /** Path of the engine that signs. */
  readonly mount: string;
  readonly clusterDomain: string;
}

type SignerVault = Pick<Vault, 'address' | 'bootstrap' | 'allowFrom'>;

const NAME = 'ssh-host-signer';

/**
 * Has the environments' host keys certified: reads the public keys from the pods' status, has Vault sign them and
 * keeps the certificates in Secrets. It may list pods, write these Secrets and sign host keys, and nothing else, apart
 * from the bootstrap that holds Vault's keys.
 */
export class SshHostSigner extends Construct {
  private readonly bootstrap: Bootstrap;

  constructor(scope: Construct, id: string, { vault, mount, clusterDomain }: SshHostSignerProps) {
    super(scope, id);
    const { namespace } = vault.bootstrap;
    this.bootstrap = new Bootstrap(this, 'bootstrap', {
      namespace,
      name: NAME,
      program: 'ssh-hosts',
      run: 'continuous',
      tokenAudience: AUDIENCE,
      mounts: [CertificateAuthority.mount('ca')],
      volumes: [CertificateAuthority.volume('ca')],
    });
    const labels = Object.entries(ENVIRONMENTS).map(([name, value]) => `${name}=${value}`);
    this.bootstrap.configure({
      vault: vault.address,
      caFile: CertificateAuthority.FILE,
      role: NAME,
      mount,
      clusterDomain,
      selector: labels.join(','),
    });
    const login = { serviceAccounts: [NAME], namespaces: [namespace], audience: AUDIENCE, tokenPeriodSec: 900 };
    vault.bootstrap.configure({ roles: [{ name: NAME, ...login, policies: [NAME] }] });
    vault.bootstrap.configure({ policies: [{ name: NAME, paths: { [`${mount}/sign/*`]: ['update'] } }] });
    vault.allowFrom(this.bootstrap.peer);
  }

  /** Certifies the environments of a set. */
  serve(set: SshEnvironmentSet): void {
    const { namespace } = set;
    this.bootstrap.configure({ namespaces: [namespace] });
    this.bootstrap.grantAccess({ namespace, resource: 'secrets', names: set.makeHostSecrets(), right: 'fill' });
    this.bootstrap.grantAccess({ namespace, resource: 'pods', names: [], right: 'list' });
  }
}
