import { ExternalSecretsBinding, PlainSecrets, SecretsStoreBinding } from '../../constructs';
import { GUID } from '../helpers/cases';
import { delivered, type Grant, kubernetesRole, published, reconfigured } from './consequences';
import {
  CREDENTIALS,
  external,
  FROM_EXTERNAL,
  KV_MOUNT,
  mounted,
  once,
  readCredentials,
  STATIC,
  TO_DEVENV,
} from './secret-consequences';

const PKI_ROLE = { name: 'platform-devenv-api-tls', mount: 'pki', dnsNames: ['api.example.com'], ttlSec: 259_200 };
const STATIC_FACTS = delivered('', 'a', 'c/data/d').facts;

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
