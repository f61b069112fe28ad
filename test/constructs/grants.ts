import type { SmallPlatform } from '../helpers/small-platform';

type Step = (platform: SmallPlatform) => void;

/** A verb that relates constructs, and all that one line with it may do to the output. */
export interface Grant {
  /** The one line. */
  readonly line: Step;
  /** What is there with the line and without it. */
  readonly given?: Step;
  readonly added?: readonly string[];
  readonly changed?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly facts?: Readonly<Record<string, unknown>>;
}

const route = (fromNamespace: string, from: string, toNamespace: string, to: string) => [
  `NetworkPolicy ${fromNamespace}/${from}-to-${to}`,
  `NetworkPolicy ${toNamespace}/${to}-from-${from}`,
];

const access = (program: string, resource: string, namespace: string) =>
  ['Role', 'RoleBinding'].map((kind) => `${kind} ${namespace}/${program}-${resource}`);

/** A pod reads its configuration once, so that with another one there is another pod. */
const newPod = {
  'spec/template/metadata/annotations/agent-sandbox.dev/config-digest': expect.stringMatching(/^[0-9a-f]{10}$/),
};

const reconfigured = (program: string, values: Readonly<Record<string, unknown>>) => ({
  [`ConfigMap platform-bootstrap/${program}`]: Object.fromEntries(
    Object.entries(values).map(([path, value]) => [`data/config.json/${path}`, value]),
  ),
  [`Deployment platform-bootstrap/${program}`]: newPod,
});

const published = (namespace: string) => [
  ...access('certificate-authority', 'configmaps', namespace),
  ...access('certificate-authority', 'secrets', namespace),
];

const kubernetesRole = (policy: string) => ({
  name: 'platform-devenv',
  serviceAccounts: ['vault-secrets'],
  namespaces: ['devenv'],
  policies: [policy],
  audience: 'vault',
  tokenPeriodSec: 3600,
});

/** What the first secret of a namespace brings with it. */
const delivered = (kind: string, name: string, path: string) => ({
  added: [
    ...route('vault-secrets-operator-system', 'vault-secrets-operator', 'vault', 'vault'),
    ...published('devenv'),
    'ServiceAccount devenv/vault-secrets',
    'VaultConnection devenv/vault-secrets',
    'VaultAuth devenv/vault-secrets',
    `${kind} devenv/${name}`,
  ],
  changed: reconfigured('certificate-authority', { 'publishTo/2': 'devenv' }),
  facts: {
    'vault/policies/0': { name: `platform-devenv-${name}`, paths: { [path]: ['read'] } },
    'vault/kubernetesRoles/0': kubernetesRole(`platform-devenv-${name}`),
  },
});

const CREDENTIALS = delivered('VaultStaticSecret', 'devenv-credentials', 'secret/data/devenv/credentials');
const TOKEN = delivered('VaultDynamicSecret', 'tfe-dynamic-token', 'terraform/creds/devenv');
const KV_MOUNT = {
  path: 'secret',
  type: 'kv',
  options: { version: '2' },
  description: 'credentials of development environments',
};
const TERRAFORM = {
  'vault/terraformCloudHost': 'https://app.terraform.io',
  'vault/terraformRoles/0': { name: 'devenv', mount: 'terraform', teamId: 'team-1' },
};
const TERRAFORM_MOUNT = { path: 'terraform', type: 'terraform', description: 'Terraform Cloud tokens' };
const SSH_MOUNT = { path: 'ssh', type: 'ssh', description: 'certificates for logging in to environments' };
const AUTHORITY = {
  mount: 'ssh',
  publishTo: [{ namespace: 'devenv', configMap: 'ssh-user-ca', key: 'user-ca.pub' }],
};

const readCredentials: Step = ({ vault, devenv }) =>
  vault.kv.secret('devenv/credentials').grantRead(devenv, 'devenv-vault-secrets');
const useToken: Step = ({ vault, devenv }) => vault.terraformCloud({ teamId: 'team-1' }).grantToken(devenv);
const ssh =
  (kind: 'user' | 'group', name: string, environment: string): Step =>
  ({ boundary, devenv }) =>
    boundary.grantSsh({ kind, name }, devenv.environment(environment));

const grantFact = (kind: 'user' | 'group', name: string, target: string) => ({
  name: `${kind}-${name}`,
  principal: { kind, name },
  targets: [target],
});

/** What the first principal of an environment brings with it. */
const entered = (kind: 'user' | 'group', name: string, target: string) => ({
  added: [
    ...route('boundary', 'boundary-worker', 'devenv', target),
    ...access('vault-bootstrap', 'configmaps', 'devenv'),
  ],
  changed: {
    ...reconfigured('vault-bootstrap', { 'mounts/1': SSH_MOUNT, 'sshAuthorities/0': AUTHORITY }),
    'ConfigMap devenv/devenv-access': { [`data/${target}.principals`]: `${target}\n` },
  },
  facts: {
    'vault/policies/0': { name: 'platform-boundary', paths: { [`ssh/issue/${target}`]: ['create', 'update'] } },
    'vault/sshRoles/0': { name: target, mount: 'ssh', principals: [target], ttlSec: 180 },
    'boundary/targets/0': {
      name: target,
      host: `${target}.devenv.svc.cluster.local`,
      port: 22,
      credentialPath: `ssh/issue/${target}`,
    },
    'boundary/grants/0': grantFact(kind, name, target),
  },
});

export const GRANTS: Readonly<Record<string, Grant>> = {
  'KvSecret.grantRead': {
    line: readCredentials,
    ...CREDENTIALS,
    facts: { ...CREDENTIALS.facts, 'vault/mounts/0': KV_MOUNT },
  },
  'VaultTerraformCloud.grantToken': {
    line: useToken,
    ...TOKEN,
    facts: { ...TOKEN.facts, ...TERRAFORM, 'vault/mounts/0': TERRAFORM_MOUNT },
  },
  'VaultTerraformCloud.grantToken, beside another secret': {
    given: readCredentials,
    line: useToken,
    added: ['VaultDynamicSecret devenv/tfe-dynamic-token'],
    facts: {
      ...TERRAFORM,
      'vault/mounts/1': TERRAFORM_MOUNT,
      'vault/policies/1': TOKEN.facts['vault/policies/0'],
      'vault/kubernetesRoles/0/policies/1': 'platform-devenv-tfe-dynamic-token',
    },
  },
  'VsoBinding.deliver': {
    line: ({ delivery }) => {
      const secret = { name: 'a', secretName: 'b', mount: 'c', path: 'd', policyPath: 'c/data/d' };
      delivery.deliver({ ...secret, kind: 'static' });
    },
    ...delivered('VaultStaticSecret', 'a', 'c/data/d'),
  },
  'BoundaryControl.grantSsh, to a user': {
    line: ssh('user', 'alice', 'devenv-0'),
    ...entered('user', 'alice', 'devenv-0'),
  },
  'BoundaryControl.grantSsh, to a group': {
    line: ssh('group', 'admins', 'devenv-1'),
    ...entered('group', 'admins', 'devenv-1'),
  },
  'BoundaryControl.grantSsh, to a second principal': {
    given: ssh('user', 'alice', 'devenv-0'),
    line: ssh('group', 'admins', 'devenv-0'),
    facts: { 'boundary/grants/1': grantFact('group', 'admins', 'devenv-0') },
  },
  'BoundaryControl.grantSsh, to a second environment': {
    given: ssh('user', 'alice', 'devenv-0'),
    line: ssh('user', 'alice', 'devenv-1'),
    added: route('boundary', 'boundary-worker', 'devenv', 'devenv-1'),
    changed: { 'ConfigMap devenv/devenv-access': { 'data/devenv-1.principals': 'devenv-1\n' } },
    facts: {
      'vault/policies/0/paths/ssh/issue/devenv-1': ['create', 'update'],
      'vault/sshRoles/1': entered('user', 'alice', 'devenv-1').facts['vault/sshRoles/0'],
      'boundary/targets/1': entered('user', 'alice', 'devenv-1').facts['boundary/targets/0'],
      'boundary/grants/0/targets/1': 'devenv-1',
    },
  },
  'VaultCluster.allowFrom': {
    line: ({ vault, client }) => vault.allowFrom(client),
    added: route('clients', 'client', 'vault', 'vault'),
  },
  'VaultCluster.addPolicy': {
    line: ({ vault }) => vault.addPolicy({ name: 'platform-a', paths: { 'secret/data/a': ['read'] } }),
    facts: { 'vault/policies/0': { name: 'platform-a', paths: { 'secret/data/a': ['read'] } } },
  },
  'VaultCluster.addKubernetesRole': {
    line: ({ vault }) => {
      const { name, serviceAccounts, namespaces, policies } = kubernetesRole('platform-a');
      vault.addKubernetesRole({ name, serviceAccounts, namespaces, policies });
    },
    facts: { 'vault/kubernetesRoles/0': kubernetesRole('platform-a') },
  },
  'VaultCluster.addSshRole': {
    line: ({ vault }) => vault.addSshRole({ name: 'a', mount: 'ssh', principals: ['a'], ttlSec: 60 }),
    facts: { 'vault/sshRoles/0': { name: 'a', mount: 'ssh', principals: ['a'], ttlSec: 60 } },
  },
  'VaultSsh.publishTo': {
    line: ({ vault }) => vault.ssh.publishTo('devenv'),
    added: access('vault-bootstrap', 'configmaps', 'devenv'),
    changed: reconfigured('vault-bootstrap', { 'mounts/1': SSH_MOUNT, 'sshAuthorities/0': AUTHORITY }),
  },
  'VaultSsh.addRole': {
    line: ({ vault }) => void vault.ssh.addRole('devenv-0'),
    changed: reconfigured('vault-bootstrap', { 'mounts/1': SSH_MOUNT }),
    facts: { 'vault/sshRoles/0': entered('user', 'alice', 'devenv-0').facts['vault/sshRoles/0'] },
  },
  'Environment.allowSshFrom': {
    line: ({ devenv, client }) => devenv.environment('devenv-0').allowSshFrom(client),
    added: route('clients', 'client', 'devenv', 'devenv-0'),
  },
  'Environment.addPrincipal': {
    line: ({ devenv }) => devenv.environment('devenv-1').addPrincipal('alice'),
    changed: { 'ConfigMap devenv/devenv-access': { 'data/devenv-1.principals': 'alice\n' } },
  },
  'DevEnvStatefulSet.addPrincipal': {
    line: ({ devenv }) => devenv.addPrincipal('devenv-0', 'alice'),
    changed: { 'ConfigMap devenv/devenv-access': { 'data/devenv-0.principals': 'alice\n' } },
  },
  'DevEnvStatefulSet.allowTo': {
    line: ({ devenv }) => devenv.allowTo({ name: 'registry', cidrs: ['192.0.2.0/24'] }, [443]),
    added: ['NetworkPolicy devenv/devenv-to-registry'],
  },
  'Keycloak.allowFrom': {
    line: ({ keycloak, client }) => keycloak.allowFrom(client),
    added: route('clients', 'client', 'keycloak', 'keycloak'),
  },
  'Postgres.allowFrom': {
    line: ({ database, client }) => database.allowFrom(client),
    added: route('clients', 'client', 'other', 'store'),
  },
  'GeneratedSecrets.add': {
    line: ({ secrets }) => secrets.add({ secretName: 'a', values: { key: '{{password main 8}}' } }),
    changed: {
      'ConfigMap other/generated-secrets': {
        'data/config.json/secrets/1': { secretName: 'a', values: { key: '{{password main 8}}' } },
      },
      'Job other/generated-secrets': newPod,
      'Role other/generated-secrets-secrets': { 'rules/1/resourceNames/1': 'a' },
    },
  },
  'CertificateAuthority.issue': {
    line: ({ authority }) => authority.issue({ namespace: 'other', secretName: 'a-tls', dnsNames: ['a.other.svc'] }),
    added: access('certificate-authority', 'secrets', 'other'),
    changed: reconfigured('certificate-authority', {
      'certificates/3': { namespace: 'other', secretName: 'a-tls', dnsNames: ['a.other.svc'], ipAddresses: [] },
    }),
  },
  'CertificateAuthority.publish': {
    line: ({ authority }) => authority.publish('other'),
    added: published('other'),
    changed: reconfigured('certificate-authority', { 'publishTo/2': 'other' }),
  },
  'Bootstrap.grantAccess': {
    line: ({ vault }) => vault.bootstrap.grantAccess({ namespace: 'other', resource: 'configmaps', names: ['a'] }),
    added: access('vault-bootstrap', 'configmaps', 'other'),
  },
  'Bootstrap.grantAccess, to read only': {
    line: ({ vault }) =>
      vault.bootstrap.grantAccess({
        namespace: 'platform-bootstrap',
        resource: 'secrets',
        names: ['a'],
        readOnly: true,
      }),
    changed: {
      'Role platform-bootstrap/vault-bootstrap-secrets': {
        'rules/2': { apiGroups: [''], resources: ['secrets'], verbs: ['get'], resourceNames: ['a'] },
      },
    },
  },
  'Bootstrap.allowTo': {
    line: ({ vault, database }) => vault.bootstrap.allowTo(database.peer, [5432]),
    added: route('platform-bootstrap', 'vault-bootstrap', 'other', 'store'),
  },
};
