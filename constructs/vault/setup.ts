import { OperatorLogin } from './operator-login';
import { AUDIT_LOG } from './server';

/** Name of Terraform's ServiceAccount, role and policy. */
export const TERRAFORM = 'terraform';
/** The same of whoever makes a root token by Vault's keys. */
export const BREAK_GLASS = 'vault-break-glass';
/** The same of whoever takes servers out of Vault's cluster before their pods go. */
export const SERVERS = 'vault-servers';
/** Audience of the ServiceAccount tokens that Vault accepts. */
export const AUDIENCE = 'vault';
const BOOTSTRAP = 'bootstrap';
/** Policies and roles that follow from grants begin so. */
export const POLICY_PREFIX = 'platform-';

/** Policy by which Terraform sets up the engine for tokens of Terraform Cloud, where there is one. */
const TERRAFORM_CLOUD = 'terraform-cloud';

const ALL = ['create', 'read', 'update', 'delete', 'list'];

/** Engines of SSH certificates, by whom they certify. */
export interface SshMounts {
  readonly user: readonly string[];
  readonly host: readonly string[];
}

/** What the bootstrap makes inside Vault before anyone else can log in. */
export function bootstrapSetup(namespace: string, audience: string, ssh: SshMounts) {
  const role = (name: string, serviceAccount: string) => ({
    name,
    serviceAccounts: [serviceAccount],
    namespaces: [namespace],
    audience,
    policies: [name],
    tokenPeriodSec: 900,
  });
  return {
    bootstrapRole: BOOTSTRAP,
    auditLog: AUDIT_LOG,
    mounts: [],
    policies: [
      { name: BOOTSTRAP, paths: bootstrapPaths(ssh) },
      { name: TERRAFORM, paths: terraformPaths(ssh) },
      { name: BREAK_GLASS, paths: BREAK_GLASS_PATHS },
      { name: SERVERS, paths: SERVERS_PATHS },
    ],
    roles: [
      role(BOOTSTRAP, 'vault-bootstrap'),
      { ...role(TERRAFORM, TERRAFORM), policies: [TERRAFORM, TERRAFORM_CLOUD] },
      { ...role(BREAK_GLASS, BREAK_GLASS), noDefaultPolicy: true },
      { ...role(SERVERS, SERVERS), noDefaultPolicy: true },
    ],
    tokenRoles: [],
    sshAuthorities: [],
    certificateAuthorities: [],
    databases: [],
    sshHostRoles: [],
    transitKeys: [],
    tokens: [],
    issuers: [],
  };
}

/** The bootstrap may set up engines and logins, and read no secret. */
function bootstrapPaths({ host }: SshMounts) {
  return {
    'sys/audit': ['read', 'sudo'],
    'sys/audit/*': ['create', 'update', 'sudo'],
    'sys/auth': ['read'],
    'sys/auth/*': ['create', 'update', 'sudo'],
    'sys/mounts': ['read'],
    'sys/mounts/*': ['create', 'update'],
    'sys/policies/acl': ['list'],
    'sys/policies/acl/*': ['create', 'update', 'read'],
    [`sys/policies/acl/${POLICY_PREFIX}*`]: ALL,
    'auth/+/config': ['create', 'update', 'read'],
    'auth/+/role': ['list'],
    [`auth/+/role/${POLICY_PREFIX}*`]: ALL,
    'auth/kubernetes/role': ['list'],
    'auth/kubernetes/role/*': ['create', 'update', 'read'],
    [`auth/kubernetes/role/${POLICY_PREFIX}*`]: ALL,
    'auth/token/roles/*': ['create', 'update', 'read'],
    'auth/token/create/*': ['create', 'update'],
    '+/config/ca': ['create', 'update', 'read'],
    '+/keys/+': ['create', 'update', 'read'],
    'pki/cert/ca': ['read'],
    'pki/root/generate/internal': ['create', 'update'],
    'database/config/*': ['create', 'update', 'read'],
    'auth/oidc/role/people': ['create', 'update', 'read'],
    ...rolesOf(host, ['create', 'update', 'read']),
  };
}

/**
 * Terraform may write its own engines, and roles of engines. It reads no secret, and neither makes nor changes a login
 * or a policy, its own or those of tokens that others hold for it, as Boundary does.
 */
function terraformPaths({ user }: SshMounts) {
  return {
    'sys/mounts': ['read'],
    'sys/mounts/secret': ALL,
    'sys/mounts/secret/tune': ['read', 'update'],
    'sys/mounts/terraform': ['read', 'delete'],
    'sys/mounts/terraform/tune': ['read'],
    'sys/internal/ui/mounts/*': ['read'],
    // What it made itself before the bootstrap did, it may find to be in other hands, or gone.
    [`sys/policies/acl/${POLICY_PREFIX}*`]: ['read'],
    [`auth/+/role/${POLICY_PREFIX}*`]: ['read'],
    'secret/config': ['create', 'read', 'update'],
    ...rolesOf(user, ALL),
    'terraform/config': ['read', 'delete'],
    'terraform/role/*': ALL,
    [`pki/roles/${POLICY_PREFIX}*`]: ALL,
    [`database/roles/${POLICY_PREFIX}*`]: ALL,
    'platform/data/boundary/terraform': ['read'],
    'auth/token/lookup-self': ['read'],
    ...OperatorLogin.END,
  };
}

/** Lets Terraform set up the engine that makes tokens of Terraform Cloud, whose own token goes to that host alone. */
export const terraformCloudPolicy = (host: string) => ({
  name: TERRAFORM_CLOUD,
  paths: {
    'sys/mounts/terraform': { capabilities: ['create', 'update'], parameters: { type: 'terraform' } },
    'sys/mounts/terraform/tune': ['update'],
    'terraform/config': { capabilities: ['create', 'update'], parameters: { address: host } },
  },
});

/**
 * Vault 2 takes its keys for a root token, or for another recovery key, from a login alone, even to say how far that is;
 * Vault 1 from anybody. The unseal key of the development seal is no such key: the bootstrap would not know another one.
 */
const BREAK_GLASS_PATHS = {
  'sys/generate-root/attempt': ['create', 'read', 'update', 'delete'],
  'sys/generate-root/update': ['create', 'update'],
  'sys/rekey-recovery-key/init': ['create', 'read', 'update', 'delete'],
  'sys/rekey-recovery-key/update': ['create', 'update'],
  'sys/rekey-recovery-key/verify': ['create', 'read', 'update', 'delete'],
  ...OperatorLogin.END,
};

/** Sees which servers there are and takes some out; reads nothing of what they hold. */
const SERVERS_PATHS = {
  'sys/storage/raft/configuration': ['read'],
  'sys/storage/raft/remove-peer': ['update'],
  ...OperatorLogin.END,
};

const rolesOf = (mounts: readonly string[], capabilities: readonly string[]) =>
  Object.fromEntries(mounts.map((mount) => [`${mount}/roles/*`, capabilities]));
