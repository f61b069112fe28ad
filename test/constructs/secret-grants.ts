import { ExternalSecretsBinding, PlainSecrets, SecretsStoreBinding, VaultDatabase } from '../../constructs';
import { GUID } from '../helpers/cases';
import type { SmallPlatform } from '../helpers/small-platform';
import {
  delivered,
  type Grant,
  kubernetesRole,
  published,
  reconfigured,
  rotations,
  type Step,
  TRANSIT_MOUNT,
} from './consequences';

const OPERATOR = 'vault-secrets-operator-system';
export const CREDENTIALS = delivered('VaultStaticSecret', 'devenv-credentials', 'secret/data/devenv/credentials');
export const KV_MOUNT = {
  path: 'secret',
  type: 'kv',
  options: { version: '2' },
  description: 'credentials of development environments',
};
const TERRAFORM_MOUNT = { path: 'terraform', type: 'terraform', description: 'Terraform Cloud tokens' };
const PKI_ROLE = { name: 'platform-devenv-api-tls', mount: 'pki', dnsNames: ['api.example.com'], ttlSec: 259_200 };
const DATABASE_ROLE = {
  name: 'platform-devenv-orders',
  mount: 'database',
  database: 'orders',
  roles: ['reader'],
  ttlSec: 3600,
};

const CACHE_ROTATION = 'transit/keys/vso-client-cache/rotate';

/** What the first leased secret brings for the operator itself, given how many policies and roles there are, and of the bootstrap's. */
const clientCache = (policies: number, roles: number, own = 7, ownRoles = 6) => ({
  added: [
    ...published(OPERATOR),
    ...['ServiceAccount', 'VaultConnection', 'VaultAuth'].map((kind) => `${kind} ${OPERATOR}/client-cache`),
  ],
  rotations: rotations(CACHE_ROTATION, own, ownRoles),
  transit: { 'mounts/1': TRANSIT_MOUNT, 'transitKeys/0': { mount: 'transit', name: 'vso-client-cache' } },
  facts: {
    [`vault/policies/${policies}`]: {
      name: `platform-${OPERATOR}-client-cache`,
      paths: { 'transit/encrypt/vso-client-cache': ['update'], 'transit/decrypt/vso-client-cache': ['update'] },
    },
    [`vault/kubernetesRoles/${roles}`]: {
      ...kubernetesRole(`platform-${OPERATOR}-client-cache`),
      name: `platform-${OPERATOR}`,
      serviceAccounts: ['client-cache'],
      namespaces: [OPERATOR],
    },
  },
});

const leasedPolicy = (name: string, path: string) => ({
  name: `platform-devenv-${name}`,
  paths: { [path]: ['read'], 'sys/leases/revoke': ['update'] },
});

/** The first secret of a namespace, where that is a leased one. */
const leased = (name: string, path: string, own = 7, ownRoles = 6) => {
  const first = delivered('VaultDynamicSecret', name, path);
  const cache = clientCache(1, 1, own, ownRoles);
  return {
    added: [...first.added, ...cache.added, ...cache.rotations.added],
    changed: {
      ...reconfigured('certificate-authority', { 'publishTo/2': 'devenv', 'publishTo/3': OPERATOR }),
      ...reconfigured('vault-bootstrap', { ...cache.transit, ...cache.rotations.setup }),
    },
    facts: { ...first.facts, 'vault/policies/0': leasedPolicy(name, path), ...cache.facts },
  };
};

// Beside the policies of the engine and of who gives it a token.
const TOKEN = leased('tfe-dynamic-token', 'terraform/creds/devenv', 9, 7);
const terraform = (role: object) => ({
  'vault/terraformCloudHost': 'https://app.terraform.io',
  'vault/terraformRoles/0': { name: 'devenv', mount: 'terraform', ...role },
});
const WRITER = 'terraform-config-writer';
const WRITER_ACCOUNT = `ServiceAccount platform-bootstrap/${WRITER}`;
/** Terraform may make that engine, and people may give it a token, which goes to this host alone. */
const withEngine = (changed: NonNullable<Grant['changed']>, policies = 7, roles = 6): Grant['changed'] => {
  const engine = { capabilities: ['create', 'update'], parameters: { address: 'https://app.terraform.io' } };
  const allowed = reconfigured('vault-bootstrap', {
    [`policies/${policies}`]: {
      name: WRITER,
      paths: {
        'terraform/config': { ...engine, required: ['address', 'token'] },
        'auth/token/revoke-self': ['update'],
      },
    },
    [`roles/${roles}`]: {
      name: WRITER,
      serviceAccounts: [WRITER],
      namespaces: ['platform-bootstrap'],
      audience: 'vault',
      policies: [WRITER],
      tokenPeriodSec: 900,
      noDefaultPolicy: true,
    },
    [`policies/${policies + 1}`]: {
      name: 'terraform-cloud',
      paths: {
        'sys/mounts/terraform': { capabilities: ['create', 'update'], parameters: { type: 'terraform' } },
        'sys/mounts/terraform/tune': ['update'],
        'terraform/config': engine,
      },
    },
  });
  const [config] = Object.keys(allowed);
  return { ...changed, ...allowed, [config]: { ...changed[config], ...allowed[config] } };
};
const TEAM = terraform({ teamId: 'team-1', ttlSec: 3600 });

export const readCredentials: Step = ({ vault, devenv }) =>
  vault.kv.secret('devenv/credentials').grantRead(devenv, 'devenv-vault-secrets');
const useToken: Step = ({ vault, devenv }) => vault.terraformCloud({ teamId: 'team-1' }).grantToken(devenv);

/** A construct of the platform, made when it is first asked for. */
export const once = <T>({ chart }: SmallPlatform, id: string, make: () => T): T =>
  (chart.node.tryFindChild(id) as T | undefined) ?? make();

/** What an environment mounts of a Secret, as the source of its number. */
export const mounted = (set: string, at: number, name: string, files?: Readonly<Record<string, string>>) => ({
  [`StatefulSet devenv/${set}`]: {
    [`spec/template/spec/volumes/9/projected/sources/${at}`]: {
      secret: {
        name,
        ...(files && { items: Object.entries(files).map(([key, path]) => ({ key, path })) }),
        optional: true,
      },
    },
  },
});

const database = (platform: SmallPlatform): VaultDatabase =>
  once(platform, 'orders', () => {
    const { chart, vault, database: server } = platform;
    const url = 'postgresql://vault@store.other.svc:5432/store?sslmode=disable';
    return new VaultDatabase(chart, 'orders', {
      vault,
      name: 'orders',
      url,
      passwordSecretName: 'orders-password',
      server: server.peer,
    });
  });

export const external = (platform: SmallPlatform): ExternalSecretsBinding =>
  once(platform, 'external', () => {
    const { chart, vault: store } = platform;
    return new ExternalSecretsBinding(chart, 'external', { store, namespace: 'devenv' });
  });
const byExternal = (platform: SmallPlatform) => ({ ...platform.devenv, secretDelivery: external(platform) });

const FROM_EXTERNAL = ['NetworkPolicy vault/vault-from-external-secrets', 'ServiceAccount devenv/vault-secrets'];
export const STATIC = {
  name: 'a',
  secretName: 'b',
  mount: 'c',
  path: 'd',
  policyPath: 'c/data/d',
  kind: 'static',
} as const;
const STATIC_FACTS = delivered('', 'a', 'c/data/d').facts;
export const TO_DEVENV = reconfigured('certificate-authority', { 'publishTo/2': 'devenv' });

export const SECRET_GRANTS: Readonly<Record<string, Grant>> = {
  'KvSecret.grantRead': {
    line: readCredentials,
    ...CREDENTIALS,
    facts: { ...CREDENTIALS.facts, 'vault/mounts/0': KV_MOUNT },
  },
  'KvSecret.grantWrite': {
    line: ({ vault }) => vault.kv.secret('devenv/credentials').grantWrite(vault),
    added: ['ServiceAccount platform-bootstrap/devenv-credentials-writer'],
    facts: {
      'vault/mounts/0': KV_MOUNT,
      'vault/policies/0': {
        name: 'platform-writes-devenv-credentials',
        paths: {
          'secret/data/devenv/credentials': ['create', 'read', 'update', 'patch'],
          'auth/token/revoke-self': ['update'],
        },
      },
      'vault/kubernetesRoles/0': {
        ...kubernetesRole('platform-writes-devenv-credentials'),
        name: 'platform-writes-devenv-credentials',
        serviceAccounts: ['devenv-credentials-writer'],
        namespaces: ['platform-bootstrap'],
      },
    },
  },
  'VaultTerraformCloud.grantToken': {
    line: useToken,
    ...TOKEN,
    added: [...TOKEN.added, WRITER_ACCOUNT],
    changed: withEngine(TOKEN.changed),
    facts: { ...TOKEN.facts, ...TEAM, 'vault/mounts/0': TERRAFORM_MOUNT },
  },
  'VaultTerraformCloud.grantToken, beside another secret': {
    given: readCredentials,
    line: useToken,
    added: [
      'VaultDynamicSecret devenv/tfe-dynamic-token',
      WRITER_ACCOUNT,
      ...clientCache(0, 0).added,
      ...clientCache(0, 0).rotations.added,
    ],
    changed: withEngine({
      // The operator's login has the policies of its role from when it was made.
      'VaultAuth devenv/vault-secrets': { 'spec/headers/X-Grants': expect.stringMatching(/^[0-9a-f]{10}$/) },
      ...reconfigured('certificate-authority', { 'publishTo/3': OPERATOR }),
      ...reconfigured('vault-bootstrap', { ...clientCache(0, 0).transit, ...clientCache(0, 0, 9, 7).rotations.setup }),
    }),
    facts: {
      ...TEAM,
      'vault/mounts/1': TERRAFORM_MOUNT,
      'vault/policies/1': TOKEN.facts['vault/policies/0'],
      'vault/kubernetesRoles/0/policies/1': 'platform-devenv-tfe-dynamic-token',
      ...clientCache(2, 1).facts,
    },
  },
  'VaultTerraformCloud.grantToken, an organisation’s, which has no lease': {
    line: ({ vault, devenv }) => vault.terraformCloud({ organization: 'acme' }).grantToken(devenv),
    ...delivered('VaultDynamicSecret', 'tfe-dynamic-token', 'terraform/creds/devenv'),
    added: [
      ...delivered('VaultDynamicSecret', 'tfe-dynamic-token', '').added,
      ...rotations('terraform/rotate-role/devenv').added,
      WRITER_ACCOUNT,
    ],
    changed: withEngine(
      { ...TO_DEVENV, ...reconfigured('vault-bootstrap', rotations('terraform/rotate-role/devenv').setup) },
      8,
      7,
    ),
    facts: {
      ...delivered('VaultDynamicSecret', 'tfe-dynamic-token', 'terraform/creds/devenv').facts,
      ...terraform({ organization: 'acme' }),
      'vault/mounts/0': TERRAFORM_MOUNT,
    },
  },
  'VaultPki.grantCertificate': {
    line: ({ vault, devenv }) =>
      vault.pki.grantCertificate(devenv, { secretName: 'api-tls', dnsNames: ['api.example.com'] }),
    ...delivered('VaultPKISecret', 'api-tls', 'pki/issue/platform-devenv-api-tls'),
    changed: {
      ...TO_DEVENV,
      ...mounted('devenv', 3, 'api-tls', {
        'tls.crt': 'api-tls/tls.crt',
        'tls.key': 'api-tls/tls.key',
        'ca.crt': 'api-tls/ca.crt',
      }),
      ...reconfigured('vault-bootstrap', {
        'mounts/1': {
          path: 'pki',
          type: 'pki',
          description: 'certificates of servers in environments',
          config: { max_lease_ttl: '315360000s' },
        },
        'certificateAuthorities/0': { mount: 'pki', commonName: 'Agent Sandbox environments', ttlSec: 315_360_000 },
      }),
    },
    facts: {
      ...delivered('VaultPKISecret', 'api-tls', 'pki/issue/platform-devenv-api-tls').facts,
      'vault/policies/0': {
        name: 'platform-devenv-api-tls',
        paths: { 'pki/issue/platform-devenv-api-tls': ['update'] },
      },
      'vault/pkiRoles/0': PKI_ROLE,
    },
  },
  'VaultDatabase.grantUser': {
    given: (platform) => void database(platform),
    line: (platform) => database(platform).grantUser(platform.devenv, { secretName: 'orders', roles: ['reader'] }),
    ...leased('orders', 'database/creds/platform-devenv-orders'),
    added: [
      ...delivered('VaultDynamicSecret', 'orders', '').added,
      // The database has brought the login that rotates.
      ...clientCache(1, 1).added,
    ],
    changed: {
      ...reconfigured('certificate-authority', { 'publishTo/2': 'devenv', 'publishTo/3': OPERATOR }),
      ...mounted('devenv', 3, 'orders', {
        username: 'orders/username',
        password: 'orders/password',
        url: 'orders/url',
      }),
      ...reconfigured('vault-bootstrap', {
        [`policies/7/paths/${CACHE_ROTATION}`]: ['update'],
        'mounts/2': TRANSIT_MOUNT,
        'transitKeys/0': { mount: 'transit', name: 'vso-client-cache' },
      }),
    },
    facts: {
      ...leased('orders', 'database/creds/platform-devenv-orders').facts,
      'vault/databaseRoles/0': DATABASE_ROLE,
    },
  },
  'VsoBinding.deliver': {
    line: ({ delivery }) => delivery.deliver(STATIC),
    ...delivered('VaultStaticSecret', 'a', 'c/data/d'),
  },
  'ExternalSecretsBinding.deliver': {
    line: (platform) => external(platform).deliver(STATIC),
    added: [...FROM_EXTERNAL, ...published('devenv'), 'SecretStore devenv/vault-c', 'ExternalSecret devenv/a'],
    changed: TO_DEVENV,
    facts: STATIC_FACTS,
  },
  'ExternalSecretsBinding.deliver, a second secret of the same engine': {
    given: (platform) => external(platform).deliver(STATIC),
    line: (platform) =>
      external(platform).deliver({ ...STATIC, name: 'e', secretName: 'f', path: 'g', policyPath: 'c/data/g' }),
    added: ['ExternalSecret devenv/e'],
    facts: {
      'vault/policies/1': { name: 'platform-devenv-e', paths: { 'c/data/g': ['read'] } },
      'vault/kubernetesRoles/0/policies/1': 'platform-devenv-e',
    },
  },
  'ExternalSecretsBinding.deliver, of what Vault makes': {
    line: (platform) => platform.vault.terraformCloud({ teamId: 'team-1' }).grantToken(byExternal(platform)),
    added: [
      ...FROM_EXTERNAL,
      ...published('devenv'),
      WRITER_ACCOUNT,
      'VaultDynamicSecret devenv/tfe-dynamic-token',
      'ExternalSecret devenv/tfe-dynamic-token',
    ],
    changed: withEngine(TO_DEVENV),
    facts: {
      ...delivered('', 'tfe-dynamic-token', 'terraform/creds/devenv').facts,
      ...TEAM,
      'vault/mounts/0': TERRAFORM_MOUNT,
    },
  },
  'ExternalSecretsBinding.deliver, from AWS': {
    line: (platform) =>
      once(platform, 'aws', () => {
        const store = { region: 'eu-west-1' };
        return new ExternalSecretsBinding(platform.chart, 'aws', { store, namespace: 'devenv' });
      }).deliver(STATIC),
    added: ['ServiceAccount devenv/aws-secrets', 'SecretStore devenv/aws-secrets', 'ExternalSecret devenv/a'],
  },
  'PlainSecrets.deliver': {
    line: (platform) =>
      once(platform, 'plain', () => new PlainSecrets(platform.chart, 'plain', { namespace: 'devenv' })).deliver(STATIC),
    added: ['Secret devenv/b'],
  },
  'SecretsStoreBinding.deliver': {
    line: (platform) =>
      once(platform, 'csi', () => {
        const azure = { keyVault: 'sandbox-vault', tenantId: GUID, clientId: GUID, keys: ['k'] };
        return new SecretsStoreBinding(platform.chart, 'csi', { ...azure, namespace: 'devenv' });
      }).deliver(STATIC),
    added: ['ServiceAccount devenv/azure-secrets', 'Deployment devenv/azure-secrets', 'SecretProviderClass devenv/a'],
  },
};
