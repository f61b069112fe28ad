import { CloudKey, Exposure, WebAccess } from '../../constructs';
import {
  access,
  agentKnown,
  browse,
  browsed,
  clientKept,
  entered,
  type Grant,
  grantFact,
  kubernetesRole,
  lines,
  newPod,
  published,
  reconfigured,
  rotations,
  route,
  ssh,
  TRANSIT_MOUNT,
  webSecret,
} from './consequences';
import { OWN_GRANTS } from './own-grants';
import { SECRET_GRANTS } from './secret-grants';
import { SSH_GRANTS } from './ssh-grants';

const AGENT = { kind: 'agent', name: 'builder', serviceAccount: { namespace: 'ci', name: 'builder' } } as const;
const jwtRole = {
  name: 'platform-a',
  mount: 'jwt-a',
  audience: 'vault',
  claims: { sub: 'a' },
  policies: ['platform-a'],
};

/** A program that makes secrets of the web's namespace. */
const madeSecrets = (program: string, kind: string) => [
  ...['ServiceAccount', 'ConfigMap', kind].map((one) => `${one} web/${program}`),
  `NetworkPolicy web/${program}-to-kubernetes-api`,
  ...access(program, 'secrets', 'web'),
];

const webClient = clientKept('web', 'oidc-client', 'web', browsed('devenv-0').redirectUri.uri);

export const GRANTS: Readonly<Record<string, Grant>> = {
  ...SECRET_GRANTS,
  ...OWN_GRANTS,
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
      'vault/policies/0/paths/ssh/issue/devenv-1.session': ['create', 'update'],
      'vault/sshRoles/1': entered('user', 'alice', 'devenv-1').facts['vault/sshRoles/0'],
      'boundary/targets/1': entered('user', 'alice', 'devenv-1').facts['boundary/targets/0'],
      'boundary/grants/0/targets/1': 'devenv-1',
    },
  },
  'BoundaryControl.grantSsh, to a ServiceAccount': {
    given: ssh('user', 'alice', 'devenv-0'),
    line: ({ boundary, devenv }) => boundary.grantSsh(AGENT, devenv.environment('devenv-0')),
    ...agentKnown,
    facts: {
      ...agentKnown.facts,
      'vault/kubernetesRoles/0': {
        ...kubernetesRole('platform-agent.builder'),
        name: 'platform-agent.builder',
        serviceAccounts: ['builder'],
        namespaces: ['ci'],
      },
    },
  },
  'WebAccess.grantAccess, to a user': {
    line: browse('user', 'alice', 'devenv-0'),
    added: [
      ...browsed('devenv-0').added,
      ...webClient.added,
      ...madeSecrets('generated-secrets', 'Job'),
      ...madeSecrets('rotate-secrets', 'CronJob'),
      ...access('certificate-authority', 'secrets', 'web'),
    ],
    changed: {
      ...webClient.changed,
      ...reconfigured('certificate-authority', { 'certificates/3': browsed('devenv-0').certificate }),
    },
  },
  'WebAccess.grantAccess, to a group, beside a user': {
    given: browse('user', 'alice', 'devenv-0'),
    line: browse('group', 'admins', 'devenv-0'),
    changed: {
      'ConfigMap web/devenv-0': { 'data/oauth2-proxy.cfg': lines('\nallowed_groups = \\["alice","/admins"\\]\n') },
      'Deployment web/devenv-0': newPod,
    },
  },
  'WebAccess.grantAccess, to a second environment': {
    given: browse('user', 'alice', 'devenv-0'),
    line: browse('group', 'admins', 'devenv-1'),
    added: browsed('devenv-1').added,
    changed: {
      ...reconfigured('certificate-authority', { 'certificates/4': browsed('devenv-1').certificate }),
      'Role web/certificate-authority-secrets': { 'rules/1/resourceNames/1': 'devenv-1-tls' },
      'ConfigMap web/generated-secrets': {
        'data/config.json/secrets/2': webSecret('devenv-1-cookie', 'cookie-secret'),
      },
      'Job web/generated-secrets': newPod,
      'Role web/generated-secrets-secrets': { 'rules/1/resourceNames/2': 'devenv-1-cookie' },
      'ConfigMap keycloak/keycloak-clients': {
        'data/config.json/redirectUris/1': browsed('devenv-1').redirectUri,
      },
      'Deployment keycloak/keycloak-clients': newPod,
    },
  },
  'WebAccess.grantAnyone': {
    // Inside the cluster alone nothing shows it; what outside does is an exposure's.
    line: ({ web, devenv, chart }) => {
      const exposure = () => Exposure.ingress({ host: 'a.example.com', className: 'nginx' });
      const id = 'open-web';
      const open = (chart.node.tryFindChild(id) as WebAccess | undefined) ?? new WebAccess(chart, id, { exposure });
      for (const one of [web, open]) one.grantAnyone(devenv.environment('devenv-0'));
    },
    added: ['Ingress devenv/devenv-0-web', 'NetworkPolicy devenv/devenv-0-from-anywhere'],
  },
  'Keycloak.addClient': {
    line: ({ keycloak }) =>
      keycloak.addClient('a', 'a-client', { namespace: 'other', redirectUri: 'https://a.example.com/callback' }),
    ...clientKept('a', 'a-client', 'other', 'https://a.example.com/callback'),
  },
  'Environment.allowWebFrom': {
    line: ({ devenv, client }) => devenv.environment('devenv-0').allowWebFrom(client),
    added: route('clients', 'client', 'devenv', 'devenv-0'),
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
  'VaultCluster.addJwtRole': {
    line: ({ vault }) => vault.addJwtRole(jwtRole),
    facts: { 'vault/jwtRoles/0': jwtRole },
  },
  'VaultCluster.addSshRole': {
    line: ({ vault }) => vault.addSshRole({ name: 'a', mount: 'ssh', principals: ['a'], ttlSec: 60, maxTtlSec: 60 }),
    facts: { 'vault/sshRoles/0': { name: 'a', mount: 'ssh', principals: ['a'], ttlSec: 60, maxTtlSec: 60 } },
  },
  'VaultCluster.addPkiRole': {
    line: ({ vault }) => vault.addPkiRole({ name: 'a', mount: 'pki', dnsNames: ['a.example.com'], ttlSec: 60 }),
    facts: { 'vault/pkiRoles/0': { name: 'a', mount: 'pki', dnsNames: ['a.example.com'], ttlSec: 60 } },
  },
  'VaultCluster.addDatabaseRole': {
    line: ({ vault }) =>
      vault.addDatabaseRole({ name: 'a', mount: 'database', database: 'd', roles: ['r'], ttlSec: 60 }),
    facts: { 'vault/databaseRoles/0': { name: 'a', mount: 'database', database: 'd', roles: ['r'], ttlSec: 60 } },
  },
  ...SSH_GRANTS,
  'VaultTransit.addKey': {
    line: ({ vault }) => void vault.transit().addKey('team'),
    added: rotations('transit/keys/team/rotate').added,
    changed: reconfigured('vault-bootstrap', {
      ...rotations('transit/keys/team/rotate').setup,
      'mounts/1': TRANSIT_MOUNT,
      'transitKeys/0': { mount: 'transit', name: 'team' },
    }),
  },
  'VaultTransit.grantUse': {
    line: ({ vault }) =>
      vault.transit().grantUse({ name: 'team-keys', keys: ['team'], namespace: 'other', secretName: 'team-token' }),
    added: [...access('vault-bootstrap', 'secrets', 'other'), ...rotations('transit/keys/team/rotate').added],
    changed: reconfigured('vault-bootstrap', {
      ...rotations('transit/keys/team/rotate').setup,
      'mounts/1': TRANSIT_MOUNT,
      'transitKeys/0': { mount: 'transit', name: 'team' },
      'policies/8': {
        name: 'team-keys',
        paths: {
          'transit/encrypt/team': ['update'],
          'transit/decrypt/team': ['update'],
          'auth/token/lookup-self': ['read'],
          'auth/token/renew-self': ['update'],
        },
      },
      'tokenRoles/1': { name: 'team-keys', allowedPolicies: ['team-keys'], periodSec: 32 * 24 * 3600 },
      'tokens/0': {
        role: 'team-keys',
        policies: ['team-keys'],
        namespace: 'other',
        secretName: 'team-token',
        key: 'token',
      },
    }),
  },
  'CloudKey.allowFrom': {
    line: ({ client }) =>
      CloudKey.google({ project: 'sandbox-1', region: 'europe-west1', keyRing: 'k', cryptoKey: 'c' }).allowFrom(client),
    added: ['NetworkPolicy clients/client-to-cloud-identity', 'NetworkPolicy clients/client-to-key-service'],
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
        right: 'read',
      }),
    changed: {
      'Role platform-bootstrap/vault-bootstrap-secrets': {
        'rules/2': { apiGroups: [''], resources: ['secrets'], verbs: ['get'], resourceNames: ['a'] },
      },
    },
  },
  'Bootstrap.publish': {
    line: ({ vault }) => vault.bootstrap.publish('other', 'configmaps', 'a'),
    added: [...access('vault-bootstrap', 'configmaps', 'other'), 'ConfigMap other/a'],
  },
  'Bootstrap.allowTo': {
    line: ({ vault, database }) => vault.bootstrap.allowTo(database.peer, [5432]),
    added: route('platform-bootstrap', 'vault-bootstrap', 'other', 'store'),
  },
};
