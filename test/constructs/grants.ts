import { CloudKey } from '../../constructs';
import { ACCESS_GRANTS } from './access-grants';
import {
  access,
  type Grant,
  kubernetesRole,
  newPod,
  published,
  reconfigured,
  rotations,
  route,
  TRANSIT_MOUNT,
} from './consequences';
import { LEASED_GRANTS } from './leased-grants';
import { OWN_GRANTS } from './own-grants';
import { SECRET_GRANTS } from './secret-grants';
import { SSH_GRANTS } from './ssh-grants';

const jwtRole = {
  name: 'platform-a',
  mount: 'jwt-a',
  audience: 'vault',
  claims: { sub: 'a' },
  policies: ['platform-a'],
};

export const GRANTS: Readonly<Record<string, Grant>> = {
  ...SECRET_GRANTS,
  ...LEASED_GRANTS,
  ...OWN_GRANTS,
  ...ACCESS_GRANTS,
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
