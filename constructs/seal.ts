/** What unseals Vault after a start. */
export abstract class Seal {
  /** The bootstrap keeps the keys in its own namespace. For development only: who reads that namespace reads Vault. */
  static development(): Seal {
    return new Stanza(undefined, {});
  }

  /** Another Vault's transit engine. */
  static transit(props: TransitSealProps): Seal {
    const { address, keyName, mountPath = 'transit', tokenSecretName } = props;
    return new Stanza(
      'transit',
      { address, key_name: keyName, mount_path: mountPath },
      { VAULT_TOKEN: { secretName: tokenSecretName, key: 'token' } },
    );
  }

  /** AWS KMS, with the pod's own identity. */
  static awsKms(props: { readonly region: string; readonly keyId: string }): Seal {
    return new Stanza('awskms', { region: props.region, kms_key_id: props.keyId });
  }

  /** Google Cloud KMS, with the pod's own identity. */
  static gcpCloudKms(props: {
    readonly project: string;
    readonly region: string;
    readonly keyRing: string;
    readonly cryptoKey: string;
  }): Seal {
    const { project, region, keyRing, cryptoKey } = props;
    return new Stanza('gcpckms', { project, region, key_ring: keyRing, crypto_key: cryptoKey });
  }

  /** Azure Key Vault, with the pod's own identity. */
  static azureKeyVault(props: {
    readonly tenantId: string;
    readonly vaultName: string;
    readonly keyName: string;
  }): Seal {
    return new Stanza('azurekeyvault', {
      tenant_id: props.tenantId,
      vault_name: props.vaultName,
      key_name: props.keyName,
    });
  }

  /** Whether Vault unseals itself. */
  abstract readonly autoUnseal: boolean;
  /** The stanza of Vault's configuration. */
  abstract readonly hcl: string;
  /** Environment variables that come from Secrets of Vault's namespace. */
  abstract readonly env: Readonly<Record<string, { readonly secretName: string; readonly key: string }>>;
}

export interface TransitSealProps {
  /** URL of the other Vault. */
  readonly address: string;
  readonly keyName: string;
  /** @default 'transit' */
  readonly mountPath?: string;
  /** Secret of Vault's namespace whose key `token` holds a token of the other Vault. */
  readonly tokenSecretName: string;
}

class Stanza extends Seal {
  readonly autoUnseal: boolean;
  readonly hcl: string;

  constructor(
    type: string | undefined,
    parameters: Record<string, string>,
    readonly env: Seal['env'] = {},
  ) {
    super();
    this.autoUnseal = type !== undefined;
    const lines = Object.entries(parameters).map(([key, value]) => `  ${key} = ${JSON.stringify(value)}\n`);
    this.hcl = type ? `seal "${type}" {\n${lines.join('')}}\n` : '';
  }
}
