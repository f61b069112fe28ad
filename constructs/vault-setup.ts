/** Name of Terraform's ServiceAccount, role and policy. */
export const TERRAFORM = 'terraform';
const BOOTSTRAP = 'bootstrap';
/** What the bootstrap and Terraform may write begins so. */
export const POLICY_PREFIX = 'platform-';

const ALL = ['create', 'read', 'update', 'delete', 'list'];

/** What the bootstrap makes inside Vault before anyone else can log in. */
export function bootstrapSetup(namespace: string, audience: string) {
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
    mounts: [],
    policies: [
      { name: BOOTSTRAP, paths: bootstrapPaths() },
      { name: TERRAFORM, paths: terraformPaths() },
    ],
    roles: [role(BOOTSTRAP, 'vault-bootstrap'), role(TERRAFORM, TERRAFORM)],
    tokenRoles: [],
    sshAuthorities: [],
  };
}

/** The bootstrap may set up engines and logins, and read no secret. */
function bootstrapPaths() {
  return {
    'sys/audit': ['read', 'sudo'],
    'sys/audit/*': ['create', 'update', 'sudo'],
    'sys/auth': ['read'],
    'sys/auth/*': ['create', 'update', 'sudo'],
    'sys/mounts': ['read'],
    'sys/mounts/*': ['create', 'update'],
    'sys/policies/acl/*': ['create', 'update', 'read'],
    'auth/kubernetes/config': ['create', 'update', 'read'],
    'auth/kubernetes/role/*': ['create', 'update', 'read'],
    'auth/token/roles/*': ['create', 'update', 'read'],
    '+/config/ca': ['create', 'update', 'read'],
  };
}

/** Terraform may write what grants derive: its own engines, policies and roles. It reads no secret. */
function terraformPaths() {
  return {
    'sys/mounts': ['read'],
    'sys/mounts/*': ALL,
    'sys/mounts/platform': ['deny'],
    'sys/mounts/ssh': ['deny'],
    'sys/internal/ui/mounts/*': ['read'],
    [`sys/policies/acl/${POLICY_PREFIX}*`]: ALL,
    [`auth/kubernetes/role/${POLICY_PREFIX}*`]: ALL,
    'secret/config': ['create', 'read', 'update'],
    'ssh/roles/*': ALL,
    'terraform/config': ALL,
    'terraform/role/*': ALL,
    'platform/data/boundary/terraform': ['read'],
    'auth/token/lookup-self': ['read'],
  };
}
