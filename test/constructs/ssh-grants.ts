import {
  AUTHORITY,
  access,
  type Grant,
  kubernetesRole,
  reconfigured,
  route,
  SSH_MOUNT,
  sessionRole,
  sshAuthority,
} from './consequences';

const CI = { name: 'ci', serviceAccount: { namespace: 'ci', name: 'runner' } };
const SIGNER = 'ssh-host-signer';
const roleOf = (name: string) => ({ name, mount: 'ssh', principals: [name], ttlSec: 180, maxTtlSec: 1800 });

/** The program that certifies environments, which the first set of them brings. */
const HOSTS = {
  added: [
    ...['ServiceAccount', 'ConfigMap', 'Deployment'].map((kind) => `${kind} platform-bootstrap/${SIGNER}`),
    `NetworkPolicy platform-bootstrap/${SIGNER}-to-kubernetes-api`,
    ...route('platform-bootstrap', SIGNER, 'vault', 'vault'),
    ...access(SIGNER, 'secrets', 'devenv'),
    ...access(SIGNER, 'pods', 'devenv'),
    ...access('vault-bootstrap', 'configmaps', 'devenv'),
    'ConfigMap devenv/ssh-host-ca',
    'Secret devenv/devenv-ssh-host',
  ],
  changed: reconfigured('vault-bootstrap', {
    'mounts/1': SSH_MOUNT,
    'mounts/2': { path: 'ssh-host', type: 'ssh', description: 'certificates of environments' },
    'policies/7': { name: SIGNER, paths: { 'ssh-host/sign/*': ['update'] } },
    'roles/6': {
      name: SIGNER,
      serviceAccounts: [SIGNER],
      namespaces: ['platform-bootstrap'],
      audience: 'vault',
      tokenPeriodSec: 900,
      policies: [SIGNER],
    },
    'sshHostRoles/0': {
      mount: 'ssh-host',
      name: 'devenv',
      domains: ['devenv', 'devenv.svc', 'devenv.svc.cluster.local'],
      ttlSec: 90 * 24 * 3600,
    },
    'sshAuthorities/0': {
      mounts: ['ssh-host'],
      prefix: '@cert-authority *.devenv,*.devenv.svc,*.devenv.svc.cluster.local ',
      publishTo: { namespace: 'devenv', configMap: 'ssh-host-ca', key: 'ssh_known_hosts' },
    },
  }),
};

/** Relations by SSH certificates. */
export const SSH_GRANTS: Readonly<Record<string, Grant>> = {
  'VaultSsh.publishTo': {
    line: ({ vault }) => vault.ssh.publishTo('devenv'),
    added: sshAuthority,
    changed: reconfigured('vault-bootstrap', { 'mounts/1': SSH_MOUNT, 'sshAuthorities/0': AUTHORITY }),
  },
  'VaultSsh.addSessionRole': {
    line: ({ vault }) => void vault.ssh.addSessionRole({ name: 'devenv-0', agentForwarding: false }),
    changed: reconfigured('vault-bootstrap', { 'mounts/1': SSH_MOUNT }),
    facts: { 'vault/sshRoles/0': sessionRole('devenv-0') },
  },
  'VaultSsh.grantSign, to a ServiceAccount': {
    line: ({ vault, devenv }) => vault.ssh.grantSign(CI, devenv.environment('devenv-0')),
    added: sshAuthority,
    changed: {
      ...reconfigured('vault-bootstrap', { 'mounts/1': SSH_MOUNT, 'sshAuthorities/0': AUTHORITY }),
      'ConfigMap devenv/devenv-access': { 'data/devenv-0.principals': 'devenv-0\n' },
    },
    facts: {
      'vault/policies/0': {
        name: 'platform-ssh.ci',
        paths: { 'ssh-host/config/ca': ['read'], 'ssh/sign/devenv-0': ['update'] },
      },
      'vault/kubernetesRoles/0': {
        ...kubernetesRole('platform-ssh.ci'),
        name: 'platform-ssh.ci',
        serviceAccounts: ['runner'],
        namespaces: ['ci'],
      },
      'vault/sshRoles/0': roleOf('devenv-0'),
    },
  },
  'VaultSsh.grantSign, to a login of another kind, for a second environment': {
    given: ({ vault, devenv }) => vault.ssh.grantSign({ name: 'ci' }, devenv.environment('devenv-0')),
    line: ({ vault, devenv }) => vault.ssh.grantSign({ name: 'ci' }, devenv.environment('devenv-1')),
    changed: { 'ConfigMap devenv/devenv-access': { 'data/devenv-1.principals': 'devenv-1\n' } },
    facts: {
      'vault/policies/0/paths/ssh/sign/devenv-1': ['update'],
      'vault/sshRoles/1': roleOf('devenv-1'),
    },
  },
  'VaultSsh.issueHostCertificates': {
    line: ({ vault, devenv }) => vault.ssh.issueHostCertificates(devenv),
    ...HOSTS,
    facts: { 'boundary/hostAuthorityPath': 'ssh-host/config/ca' },
  },
};
