import { check } from '../core/checked';
import {
  awsKeyFault,
  awsRegionFault,
  googleKeyFault,
  googleLocationFault,
  googleProjectFault,
  guidFault,
  keyVaultFault,
  keyVaultKeyFault,
  regionOfKey,
} from '../core/rules/clouds';
import { ANYWHERE, allow, type PodPeer } from '../network/peer';
import { AWS_IDENTITY, AZURE, allowIdentity, type CloudIdentity, GOOGLE } from './cloud-identity';

export interface AwsKeyProps extends CloudIdentity {
  /** Such as `eu-central-1`. */
  readonly region: string;
  /** Id, `alias/NAME`, or the ARN of either. */
  readonly keyId: string;
}

export interface GoogleKeyProps extends CloudIdentity {
  /** Its id, not its name. */
  readonly project: string;
  /** Location of the key ring, such as `europe-west1` or `global`. */
  readonly region: string;
  readonly keyRing: string;
  readonly cryptoKey: string;
}

export interface AzureKeyProps extends CloudIdentity {
  /** The tenant's id, a GUID. */
  readonly tenantId: string;
  readonly vaultName: string;
  readonly keyName: string;
}

/** A key in a cloud's key service. */
export class CloudKey {
  /**
   * AWS KMS, with the role of the pods' ServiceAccount (EKS Pod Identity or IRSA).
   *
   * @throws if AWS knows no such region or key, or the key's ARN names another region
   */
  static aws({ region, keyId, ...identity }: AwsKeyProps): CloudKey {
    check('a key in AWS KMS', { region, keyId }, { region: awsRegionFault, keyId: awsKeyFault });
    const other = regionOfKey(keyId) ?? region;
    if (other !== region) throw new Error(`keyId of a key in AWS KMS is in ${other}, got region "${region}"`);
    return new CloudKey('awskms', { region, kms_key_id: keyId }, identity, AWS_IDENTITY.cidrs);
  }

  /**
   * Google Cloud KMS, with the identity of the pods' ServiceAccount (Workload Identity Federation for GKE).
   *
   * @throws if Google takes none of these for a name
   */
  static google({ project, region, keyRing, cryptoKey, ...identity }: GoogleKeyProps): CloudKey {
    const rules = { project: googleProjectFault, region: googleLocationFault };
    check(
      'a key in Cloud KMS',
      { project, region, keyRing, cryptoKey },
      { ...rules, keyRing: googleKeyFault, cryptoKey: googleKeyFault },
    );
    const parameters = { project, region, key_ring: keyRing, crypto_key: cryptoKey };
    return new CloudKey('gcpckms', parameters, identity, GOOGLE.servers);
  }

  /**
   * Azure Key Vault, with the identity of the pods' ServiceAccount (Workload ID).
   *
   * @throws if Azure takes none of these for a name
   */
  static azure({ tenantId, vaultName, keyName, ...identity }: AzureKeyProps): CloudKey {
    const rules = { tenantId: guidFault, vaultName: keyVaultFault, keyName: keyVaultKeyFault };
    check('a key in Azure Key Vault', { tenantId, vaultName, keyName }, rules);
    const parameters = { tenant_id: tenantId, vault_name: vaultName, key_name: keyName };
    return new CloudKey('azurekeyvault', parameters, identity, AZURE.servers, AZURE.podLabels);
  }

  /** Annotations of the ServiceAccounts of pods that use the key. */
  readonly serviceAccountAnnotations: Readonly<Record<string, string>>;

  private constructor(
    /** Type of the stanza in a HashiCorp program's configuration. */
    readonly type: string,
    /** Arguments of that stanza. */
    readonly parameters: Readonly<Record<string, string>>,
    { serviceAccountAnnotations = {} }: CloudIdentity,
    private readonly identityServers: readonly string[],
    /** Labels of pods that use the key. */
    readonly podLabels: Readonly<Record<string, string>> = {},
  ) {
    this.serviceAccountAnnotations = serviceAccountAnnotations;
  }

  /** Lets pods call the key service, and the node's server that says who they are. */
  allowFrom(peer: PodPeer): void {
    // Its addresses change, and a private endpoint has one of the network's own.
    allow(peer, { name: 'key-service', cidrs: ANYWHERE.cidrs }, [{ port: 443 }]);
    allowIdentity(peer, this.identityServers);
  }
}
