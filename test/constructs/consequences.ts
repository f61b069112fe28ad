import type { SmallPlatform } from '../helpers/small-platform';

export type Step = (platform: SmallPlatform) => void;

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

export const route = (fromNamespace: string, from: string, toNamespace: string, to: string) => [
  `NetworkPolicy ${fromNamespace}/${from}-to-${to}`,
  `NetworkPolicy ${toNamespace}/${to}-from-${from}`,
];

export const access = (program: string, resource: string, namespace: string) =>
  ['Role', 'RoleBinding'].map((kind) => `${kind} ${namespace}/${program}-${resource}`);

/** A pod reads its configuration once, so that with another one there is another pod. */
export const newPod = {
  'spec/template/metadata/annotations/agent-sandbox.dev/config-digest': expect.stringMatching(/^[0-9a-f]{10}$/),
};

/** The same of a CronJob. */
const newPodOnDemand = Object.fromEntries(
  Object.entries(newPod).map(([path, value]) => [`spec/jobTemplate/${path}`, value]),
);

export const reconfigured = (program: string, values: Readonly<Record<string, unknown>>) => ({
  [`ConfigMap platform-bootstrap/${program}`]: Object.fromEntries(
    Object.entries(values).map(([path, value]) => [`data/config.json/${path}`, value]),
  ),
  [`Deployment platform-bootstrap/${program}`]: newPod,
});

/** An empty object, and what a program needs to fill it. */
const filled = (program: string, kind: 'ConfigMap' | 'Secret', namespace: string, name: string) => [
  ...access(program, kind === 'Secret' ? 'secrets' : 'configmaps', namespace),
  `${kind} ${namespace}/${name}`,
];

export const published = (namespace: string) => [
  ...filled('certificate-authority', 'ConfigMap', namespace, 'platform-ca'),
  ...filled('certificate-authority', 'Secret', namespace, 'platform-ca'),
];

export const sshAuthority = filled('vault-bootstrap', 'ConfigMap', 'devenv', 'ssh-user-ca');

export const kubernetesRole = (policy: string) => ({
  name: 'platform-devenv',
  serviceAccounts: ['vault-secrets'],
  namespaces: ['devenv'],
  policies: [policy],
  audience: 'vault',
  tokenPeriodSec: 3600,
});

/** What the first secret of a namespace brings with it. */
export const delivered = (kind: string, name: string, path: string) => ({
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

export const SSH_MOUNT = { path: 'ssh', type: 'ssh', description: 'certificates for logging in to environments' };
/** What the first path brings with it that replaces something in Vault, given how many policies and roles of the bootstrap's there are. */
export const rotations = (path: string, policies = 7, roles = 6) => ({
  added: ['ServiceAccount platform-bootstrap/vault-rotations'],
  setup: {
    [`policies/${policies}`]: {
      name: 'vault-rotations',
      paths: { 'auth/token/revoke-self': ['update'], [path]: ['update'] },
    },
    [`roles/${roles}`]: {
      name: 'vault-rotations',
      serviceAccounts: ['vault-rotations'],
      namespaces: ['platform-bootstrap'],
      audience: 'vault',
      policies: ['vault-rotations'],
      tokenPeriodSec: 900,
      noDefaultPolicy: true,
    },
  },
});
export const TRANSIT_MOUNT = { path: 'transit', type: 'transit', description: 'keys that encrypt for other parts' };
export const AUTHORITY = {
  mounts: ['ssh'],
  prefix: '',
  publishTo: { namespace: 'devenv', configMap: 'ssh-user-ca', key: 'user-ca.pub' },
};

export const ssh =
  (kind: 'user' | 'group', name: string, environment: string): Step =>
  ({ boundary, devenv }) =>
    boundary.grantSsh({ kind, name }, devenv.environment(environment));

export const grantFact = (kind: 'user' | 'group', name: string, target: string) => ({
  name: `${kind}-${name}`,
  principal: { kind, name },
  targets: [target],
});

/** The role that issues certificates for sessions. */
export const sessionRole = (target: string) => ({
  name: `${target}.session`,
  mount: 'ssh',
  principals: [target],
  ttlSec: 180,
  maxTtlSec: 180,
  namesKeys: true,
});

/** What the first principal of an environment brings with it. */
export const entered = (kind: 'user' | 'group', name: string, target: string) => ({
  added: [...route('boundary', 'boundary-worker', 'devenv', target), ...sshAuthority],
  changed: {
    ...reconfigured('vault-bootstrap', { 'mounts/1': SSH_MOUNT, 'sshAuthorities/0': AUTHORITY }),
    'ConfigMap devenv/devenv-access': { [`data/${target}.principals`]: `${target}\n` },
  },
  facts: {
    'vault/policies/0': {
      name: 'platform-boundary',
      paths: { 'ssh-host/config/ca': ['read'], [`ssh/issue/${target}.session`]: ['create', 'update'] },
    },
    'vault/sshRoles/0': sessionRole(target),
    'boundary/targets/0': {
      name: target,
      host: `${target}.devenv.svc`,
      port: 22,
      credentialPath: `ssh/issue/${target}.session`,
    },
    'boundary/grants/0': grantFact(kind, name, target),
  },
});

const AGENT_PASSWORD = 'platform/data/boundary/agents/builder';
const AGENT_ACCOUNT = { name: 'agent-builder', password: { mount: 'platform', path: 'boundary/agents/builder' } };

/** What makes a program known to Boundary, which reads its password in Vault. */
export const agentKnown = {
  changed: {
    ...reconfigured('vault-bootstrap', {
      [`policies/4/paths/${AGENT_PASSWORD}`]: ['create', 'read', 'update'],
      [`policies/6/paths/${AGENT_PASSWORD}`]: ['create', 'read', 'update'],
    }),
    'ConfigMap boundary/boundary-bootstrap': { 'data/config.json/agents/0': AGENT_ACCOUNT },
    'Job boundary/boundary-bootstrap': newPod,
    'CronJob boundary/boundary-bootstrap': newPodOnDemand,
    'ConfigMap boundary/boundary-keeper': { 'data/config.json/agents/0': AGENT_ACCOUNT },
    'Deployment boundary/boundary-keeper': newPod,
  },
  facts: {
    'vault/policies/1': { name: 'platform-agent.builder', paths: { [AGENT_PASSWORD]: ['read'] } },
    'boundary/grants/1': {
      ...grantFact('user', 'builder', 'devenv-0'),
      name: 'agent-builder',
      principal: { kind: 'agent', name: 'builder' },
    },
  },
};

export const browse =
  (kind: 'user' | 'group', name: string, environment: string): Step =>
  ({ web, devenv }) =>
    web.grantAccess({ kind, name }, devenv.environment(environment));

export const webSecret = (secretName: string, value: string) => ({
  secretName,
  values: { [value]: expect.any(String) },
});

/** What the first principal of an environment brings with it on the web, the rest of `web` being there. */
export const browsed = (environment: string) => ({
  added: [
    ...['Service', 'ConfigMap', 'Deployment'].map((kind) => `${kind} web/${environment}`),
    ...route('web', `web-${environment}`, 'devenv', environment),
    ...route('web', `web-${environment}`, 'keycloak', 'keycloak'),
  ],
  certificate: {
    namespace: 'web',
    secretName: `${environment}-tls`,
    dnsNames: [environment, `${environment}.web`, `${environment}.web.svc`, 'localhost'],
    ipAddresses: ['127.0.0.1'],
  },
  redirectUri: { clientId: 'web', uri: `https://${environment}.web.svc/oauth2/callback` },
});

/** A first client that the program beside Keycloak keeps, whose secret is in a namespace. */
export const clientKept = (clientId: string, secretName: string, namespace: string, uri: string) => ({
  added: access('keycloak-clients', 'secrets', namespace),
  changed: {
    'ConfigMap keycloak/keycloak-clients': {
      'data/config.json/clients/0': { clientId, secret: { key: 'client-secret', namespace, secretName } },
      'data/config.json/redirectUris/0': { clientId, uri },
    },
    'Deployment keycloak/keycloak-clients': newPod,
  },
});

/** A file of settings, a line each, that has these lines. */
export const lines = (...expected: string[]) => expect.stringMatching(new RegExp(expected.join('[^]*')));
