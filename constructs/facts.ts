/** Plain data about a platform, read by whatever configures the inside of Vault and Boundary. It holds no secret. */

/** A secrets engine of Vault. */
export interface VaultMount {
  readonly path: string;
  readonly type: 'kv' | 'ssh' | 'terraform';
  readonly options?: Readonly<Record<string, string>>;
  readonly description: string;
}

/** A policy of Vault: what may be done at each path. */
export interface VaultPolicy {
  readonly name: string;
  readonly paths: Readonly<Record<string, readonly string[]>>;
}

/** Who of the cluster may log in to Vault, and with what policies. */
export interface VaultKubernetesRole {
  readonly name: string;
  readonly serviceAccounts: readonly string[];
  readonly namespaces: readonly string[];
  readonly audience: string;
  readonly policies: readonly string[];
  /** Seconds after which a token ends unless it is renewed. */
  readonly tokenPeriodSec: number;
}

/** What SSH certificates Vault signs. */
export interface VaultSshRole {
  readonly name: string;
  readonly mount: string;
  readonly principals: readonly string[];
  readonly ttlSec: number;
}

/** A role of Vault's Terraform Cloud engine. */
export interface VaultTerraformRole {
  readonly name: string;
  readonly mount: string;
  readonly organization?: string;
  readonly teamId?: string;
}

export interface VaultFacts {
  readonly namespace: string;
  /** URL inside the cluster. */
  readonly address: string;
  /** URL that clients outside the cluster dial. */
  readonly externalAddress: string;
  readonly terraform: {
    readonly namespace: string;
    readonly serviceAccount: string;
    readonly role: string;
    readonly audience: string;
  };
  readonly terraformCloudHost?: string;
  readonly mounts: readonly VaultMount[];
  readonly policies: readonly VaultPolicy[];
  readonly kubernetesRoles: readonly VaultKubernetesRole[];
  readonly sshRoles: readonly VaultSshRole[];
  readonly terraformRoles: readonly VaultTerraformRole[];
}

/** An SSH target of Boundary: one environment. */
export interface BoundaryTarget {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** Path in Vault that issues a key and certificate for one session. */
  readonly credentialPath?: string;
}

/** Who may open sessions to which targets. */
export interface BoundaryGrant {
  readonly name: string;
  /** A person, by the identity provider's user name, or a group of people. */
  readonly principal: { readonly kind: 'user' | 'group'; readonly name: string };
  readonly targets: readonly string[];
}

export interface BoundaryFacts {
  readonly namespace: string;
  /** URL that clients outside the cluster dial. */
  readonly externalAddress: string;
  /** ConfigMap with the ids of the objects that the bootstrap made. */
  readonly objects: { readonly namespace: string; readonly configMap: string };
  /** Path in Vault of the service account's password, below `mount`. */
  readonly serviceAccount: { readonly mount: string; readonly path: string };
  /** Claims that tell people and groups apart; undefined where nobody can log in. */
  readonly identity?: { readonly usernameClaim: string; readonly groupsClaim: string };
  readonly targets: readonly BoundaryTarget[];
  readonly grants: readonly BoundaryGrant[];
}
