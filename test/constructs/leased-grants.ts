import { VaultDatabase } from '../../constructs';
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
import { external, FROM_EXTERNAL, mounted, once, readCredentials, TO_DEVENV } from './secret-consequences';

const OPERATOR = 'vault-secrets-operator-system';
const TERRAFORM_MOUNT = { path: 'terraform', type: 'terraform', description: 'Terraform Cloud tokens' };
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

const useToken: Step = ({ vault, devenv }) => vault.terraformCloud({ teamId: 'team-1' }).grantToken(devenv);

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

const byExternal = (platform: SmallPlatform) => ({ ...platform.devenv, secretDelivery: external(platform) });

/** Secrets that Vault makes for whoever asks, most of them with a lease. */
export const LEASED_GRANTS: Readonly<Record<string, Grant>> = {
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
};
