import { ApiObject, Lazy } from 'cdk8s';
import type { Construct } from 'constructs';
import { metadataOf } from '../core/identity';
import { digest } from '../core/settings';
import { CertificateAuthority } from '../services/certificate-authority';
import { VaultLogin, type VaultLoginProps } from '../vault/login';

export interface VsoLoginProps extends VaultLoginProps {
  /** Scope of the objects of kinds that the operator brings. @default - this construct */
  readonly customResources?: Construct;
  /** Key of the transit engine that the operator encrypts its logins with, where this is the login for that. @default - none */
  readonly storageEncryption?: { readonly mount: string; readonly keyName: string };
}

/** A namespace's login to Vault as the Vault Secrets Operator uses it: its VaultConnection and VaultAuth. */
export class VsoLogin extends VaultLogin {
  static readonly API_VERSION = 'secrets.hashicorp.com/v1beta1';

  constructor(scope: Construct, id: string, props: VsoLoginProps) {
    super(scope, id, props);
    const { vault, storageEncryption } = props;
    const name = this.serviceAccount;
    this.resource(props, 'VaultConnection', {
      address: vault.address,
      caCertSecretRef: CertificateAuthority.BUNDLE,
      skipTLSVerify: false,
    });
    this.resource(props, 'VaultAuth', {
      vaultConnectionRef: name,
      method: 'kubernetes',
      mount: 'kubernetes',
      kubernetes: {
        role: this.role,
        serviceAccount: name,
        audiences: [vault.facts.terraform.audience],
        tokenExpirationSeconds: 600,
      },
      // A token has the policies that its role had at the login: with others, the operator logs in anew.
      headers: { 'X-Grants': Lazy.any({ produce: () => digest([...this.policies]) }) },
      ...(storageEncryption && { storageEncryption }),
    });
  }

  private resource(props: VsoLoginProps, kind: string, spec: object): void {
    const { namespace, identity, customResources = this, storageEncryption } = props;
    const metadata = metadataOf(this, identity, this.serviceAccount, namespace);
    // The operator finds the login that encrypts by this label.
    const marks = storageEncryption && kind === 'VaultAuth';
    new ApiObject(customResources, `${kind}-${namespace}-${this.serviceAccount}`, {
      apiVersion: VsoLogin.API_VERSION,
      kind,
      metadata: { ...metadata, labels: { ...metadata.labels, ...(marks && { cacheStorageEncryption: 'true' }) } },
      spec,
    });
  }
}
