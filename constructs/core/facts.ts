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

/** What may be done at a path, also with no other values of some parameters, and not without those that are required. */
export type VaultRule =
  | readonly string[]
  | {
      readonly capabilities: readonly string[];
      readonly parameters: Readonly<Record<string, string>>;
      readonly required?: readonly string[];
    };

/** A policy's paths as Vault reads them. */
export const policyText = (paths: Readonly<Record<string, VaultRule>>): string =>
  Object.entries(paths)
    .map(([path, rule]) => {
      const { capabilities, parameters, required } = 'capabilities' in rule ? rule : { capabilities: rule };
      const lines = [`capabilities = ${JSON.stringify(capabilities)}`];
      if (parameters) lines.push(`allowed_parameters = { ${allowed(parameters)} }`);
      if (required) lines.push(`required_parameters = ${JSON.stringify(required)}`);
      return `path ${JSON.stringify(path)} {\n${lines.map((line) => `  ${line}\n`).join('')}}\n`;
    })
    .join('');

/** As a policy has it: a list of values for each, and none for all others, which means any. */
const allowed = (parameters: Readonly<Record<string, string>>): string =>
  ['"*" = []', ...Object.entries(parameters).map(([name, value]) => `${name} = ${JSON.stringify([value])}`)].join(', ');

/** Paths of a policy in a line each, capabilities first: a platform may have ten thousand. */
export const rulesOf = (paths: VaultPolicy['paths']): string[] =>
  Object.entries(paths).map(([path, capabilities]) => `${capabilities.join(',')} ${path}`);

/** The paths of such lines. */
export const pathsOf = (rules: readonly string[]): VaultPolicy['paths'] =>
  Object.fromEntries(
    rules.map((rule) => {
      const [capabilities] = rule.split(' ', 1);
      return [rule.slice(capabilities.length + 1), capabilities.split(',')];
    }),
  );

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

/** What paths of logins begin with that the platform makes for tokens of other issuers. */
export const ISSUER_MOUNT = 'jwt-';

/** Who logs in to Vault with a token of another issuer, and with what policies. */
export interface VaultJwtRole {
  readonly name: string;
  /** Path of the login for that issuer's tokens. */
  readonly mount: string;
  readonly audience: string;
  /** Values that claims have to have. */
  readonly claims: Readonly<Record<string, string>>;
  readonly policies: readonly string[];
}

/** What SSH certificates Vault signs. */
export interface VaultSshRole {
  readonly name: string;
  readonly mount: string;
  readonly principals: readonly string[];
  /** Life of a certificate whose asker names none, in seconds. */
  readonly ttlSec: number;
  /** Longest life that may be asked for, in seconds. */
  readonly maxTtlSec: number;
  /** Whether the asker names the key, which sshd logs: for Boundary alone, which names the person. @default false */
  readonly namesKeys?: boolean;
  /** Whether the asker's own agent may be forwarded. @default false */
  readonly agentForwarding?: boolean;
}

/** A role of Vault's Terraform Cloud engine. */
export interface VaultTerraformRole {
  readonly name: string;
  readonly mount: string;
  readonly organization?: string;
  readonly teamId?: string;
  readonly userId?: string;
  /** Seconds after which a token ends unless it is renewed; an organisation's has no end. */
  readonly ttlSec?: number;
}

/** What certificates Vault's PKI engine issues. */
export interface VaultPkiRole {
  readonly name: string;
  readonly mount: string;
  readonly dnsNames: readonly string[];
  readonly ttlSec: number;
}

/** What users Vault's database engine makes. */
export interface VaultDatabaseRole {
  readonly name: string;
  readonly mount: string;
  /** Name of the connection. */
  readonly database: string;
  /** Roles of the database that the user is a member of. */
  readonly roles: readonly string[];
  readonly ttlSec: number;
}

/** The statements by which Vault makes a user of a database that is a member of `roles`, and drops it. */
export function userStatements(roles: readonly string[]): { readonly creation: string; readonly revocation: string } {
  const memberships = roles.map((role) => `"${role}"`).join(', ');
  return {
    creation: `CREATE ROLE "{{name}}" WITH LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}' IN ROLE ${memberships};`,
    // The engine's own would look for rights in schemas, where these users have none but their roles'.
    revocation: 'DROP ROLE IF EXISTS "{{name}}";',
  };
}

export interface VaultFacts {
  readonly namespace: string;
  /** URL inside the cluster. */
  readonly address: string;
  /** URL that clients outside the cluster dial. */
  readonly externalAddress: string;
  /** What shows a certificate there in the place of the servers, of these authorities (in PEM) or else public ones. */
  readonly front?: { readonly certificateAuthority?: string };
  readonly terraform: {
    readonly namespace: string;
    readonly serviceAccount: string;
    readonly role: string;
    readonly audience: string;
  };
  readonly terraformCloudHost?: string;
  /** Labels that select the servers' pods. */
  readonly podLabels: Readonly<Record<string, string>>;
  readonly mounts: readonly VaultMount[];
  readonly policies: readonly VaultPolicy[];
  readonly kubernetesRoles: readonly VaultKubernetesRole[];
  readonly jwtRoles: readonly VaultJwtRole[];
  readonly sshRoles: readonly VaultSshRole[];
  readonly terraformRoles: readonly VaultTerraformRole[];
  readonly pkiRoles: readonly VaultPkiRole[];
  readonly databaseRoles: readonly VaultDatabaseRole[];
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
  /** A person, by the identity provider's user name, a group of people, or a program. */
  readonly principal: { readonly kind: 'user' | 'group' | 'agent'; readonly name: string };
  readonly targets: readonly string[];
}

/** Groups of people who see what others do, and enter nothing by that. */
export interface BoundaryOversight {
  /** They see every session, and may end it. @default [] */
  readonly admins?: readonly string[];
  /** They see every session. @default [] */
  readonly auditors?: readonly string[];
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
  readonly identity?: {
    readonly usernameClaim: string;
    readonly groupsClaim: string;
    /** What stands before a group's name in its claim. @default '' */
    readonly groupPrefix?: string;
  };
  /** Path in Vault with the public key of the authority that certifies environments; undefined where none does. */
  readonly hostAuthorityPath?: string;
  readonly targets: readonly BoundaryTarget[];
  readonly grants: readonly BoundaryGrant[];
  readonly oversight: BoundaryOversight;
}
