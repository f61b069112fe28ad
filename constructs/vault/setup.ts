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
/** What the bootstrap and Terraform may write begins so. */
export const POLICY_PREFIX = 'platform-';

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
      role(TERRAFORM, TERRAFORM),
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
    'sys/policies/acl/*': ['create', 'update', 'read'],
    'auth/+/config': ['create', 'update', 'read'],
    'auth/kubernetes/role/*': ['create', 'update', 'read'],
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

/** Terraform may write what grants derive: its own engines, policies and roles. It reads no secret. */
function terraformPaths({ user }: SshMounts) {
  return {
    'sys/mounts': ['read'],
    'sys/mounts/secret': ALL,
    'sys/mounts/secret/*': ALL,
    'sys/mounts/terraform': ALL,
    'sys/mounts/terraform/*': ALL,
    'sys/internal/ui/mounts/*': ['read'],
    [`sys/policies/acl/${POLICY_PREFIX}*`]: ALL,
    [`auth/+/role/${POLICY_PREFIX}*`]: ALL,
    'secret/config': ['create', 'read', 'update'],
    ...rolesOf(user, ALL),
    'terraform/config': ALL,
    'terraform/role/*': ALL,
    [`pki/roles/${POLICY_PREFIX}*`]: ALL,
    [`database/roles/${POLICY_PREFIX}*`]: ALL,
    'platform/data/boundary/terraform': ['read'],
    'auth/token/lookup-self': ['read'],
    ...OperatorLogin.END,
  };
}

/** Vault 2 takes its keys for a root token from a login alone, even to say how far that is; Vault 1 from anybody. */
const BREAK_GLASS_PATHS = {
  'sys/generate-root/attempt': ['create', 'read', 'update', 'delete'],
  'sys/generate-root/update': ['create', 'update'],
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
