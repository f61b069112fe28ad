import { DevEnvStatefulSet, type SecretDelivery } from '../../constructs';
import type { SmallPlatform } from '../helpers/small-platform';
import { type Grant, kubernetesRole, type Step } from './consequences';
import {
  CREDENTIALS,
  external,
  KV_MOUNT,
  mounted,
  once,
  readCredentials,
  STATIC,
  TO_DEVENV,
} from './secret-consequences';

/** A user's own environment. */
const userSet = (platform: SmallPlatform, user: string, secretDelivery: SecretDelivery = platform.delivery) =>
  once(
    platform,
    user,
    () =>
      new DevEnvStatefulSet(platform.chart, user, {
        name: `devenv-${user}`,
        user,
        serviceName: 'devenv',
        secretDelivery,
      }),
  );
const environmentOf = (platform: SmallPlatform, user: string, delivery?: SecretDelivery) =>
  userSet(platform, user, delivery).environment(user);

const ALICE = 'VaultStaticSecret devenv/alice-own';
/** What the first secret that is one environment's alone brings with it, by a login that reads nothing else. */
const OWN = {
  added: [
    ...CREDENTIALS.added.filter((name) => !/devenv\/(vault-secrets|devenv-credentials)$/.test(name)),
    ...['ServiceAccount', 'VaultConnection', 'VaultAuth'].map((kind) => `${kind} devenv/vault-secrets-devenv-alice`),
    ALICE,
  ],
  role: {
    ...kubernetesRole('platform-devenv.devenv-alice-alice-own'),
    name: 'platform-devenv.devenv-alice',
    serviceAccounts: ['vault-secrets-devenv-alice'],
  },
  policy: { name: 'platform-devenv.devenv-alice-alice-own', paths: { 'secret/data/team/alice': ['read'] } },
};
const readOwn: Step = (platform) =>
  platform.vault.kv.secret('team/alice').grantRead(environmentOf(platform, 'alice'), 'alice-own');

/** Secrets that one environment has alone. */
export const OWN_GRANTS: Readonly<Record<string, Grant>> = {
  'KvSecret.grantRead, to one environment': {
    given: (platform) => void userSet(platform, 'alice'),
    line: readOwn,
    added: OWN.added,
    changed: { ...TO_DEVENV, ...mounted('devenv-alice', 3, 'alice-own') },
    facts: { 'vault/mounts/0': KV_MOUNT, 'vault/policies/0': OWN.policy, 'vault/kubernetesRoles/0': OWN.role },
  },
  'KvSecret.grantRead, to one environment beside what all have': {
    given: (platform) => {
      userSet(platform, 'alice');
      readCredentials(platform);
    },
    line: readOwn,
    added: OWN.added.filter((name) => /alice/.test(name)),
    changed: mounted('devenv-alice', 3, 'alice-own'),
    facts: { 'vault/policies/1': OWN.policy, 'vault/kubernetesRoles/1': OWN.role },
  },
  'KvSecret.grantRead, of the same secret to another environment': {
    given: (platform) => {
      readOwn(platform);
      userSet(platform, 'bob');
    },
    line: (platform) => platform.vault.kv.secret('team/alice').grantRead(environmentOf(platform, 'bob'), 'bob-own'),
    added: [
      ...['ServiceAccount', 'VaultConnection', 'VaultAuth'].map((kind) => `${kind} devenv/vault-secrets-devenv-bob`),
      'VaultStaticSecret devenv/bob-own',
    ],
    changed: mounted('devenv-bob', 3, 'bob-own'),
    facts: {
      'vault/policies/1': { name: 'platform-devenv.devenv-bob-bob-own', paths: { 'secret/data/team/alice': ['read'] } },
      'vault/kubernetesRoles/1': {
        ...kubernetesRole('platform-devenv.devenv-bob-bob-own'),
        name: 'platform-devenv.devenv-bob',
        serviceAccounts: ['vault-secrets-devenv-bob'],
      },
    },
  },
  'KvSecret.grantRead, to one environment by External Secrets': {
    given: (platform) => {
      external(platform).deliver(STATIC);
      userSet(platform, 'alice', external(platform));
    },
    line: readOwn,
    added: [
      'ServiceAccount devenv/vault-secrets-devenv-alice',
      'SecretStore devenv/vault-secret-devenv-alice',
      'ExternalSecret devenv/alice-own',
    ],
    changed: mounted('devenv-alice', 3, 'alice-own'),
    facts: { 'vault/mounts/0': KV_MOUNT, 'vault/policies/1': OWN.policy, 'vault/kubernetesRoles/1': OWN.role },
  },
  'KvSecret.grantWrite, of one environment’s own': {
    given: (platform) => void userSet(platform, 'alice'),
    line: (platform) => platform.vault.kv.secret('a').grantWrite(platform.vault, environmentOf(platform, 'alice')),
    added: ['ServiceAccount platform-bootstrap/a-writer'],
    facts: {
      'vault/mounts/0': KV_MOUNT,
      'vault/policies/0': {
        name: 'platform-writes-a',
        paths: { 'secret/data/a': ['create', 'read', 'update', 'patch'], 'auth/token/revoke-self': ['update'] },
      },
      'vault/kubernetesRoles/0': {
        ...kubernetesRole('platform-writes-a'),
        name: 'platform-writes-a',
        serviceAccounts: ['a-writer'],
        namespaces: ['platform-bootstrap'],
      },
    },
  },
};
