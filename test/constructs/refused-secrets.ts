import {
  DevEnvStatefulSet,
  ExternalSecretsBinding,
  SecretsStoreBinding,
  VaultDatabase,
  VsoBinding,
} from '../../constructs';
import { GUID } from '../helpers/cases';
import type { Refused } from '../helpers/small-platform';

/** Secrets that cannot be granted, and rights in Vault that cannot be had. */
export const refusedSecrets: Refused[] = [
  ...['a//b', '/a', 'a/', 'a/../b', './a', 'a/+/b', 'a/*', 'a*', ''].map(
    (path): Refused => [
      `the path "${path}" of a secret, which Vault refuses or takes for others`,
      ({ vault }) => vault.kv.secret(path),
      `secret "${path}" must be a path such as team/api: no part of it is empty, ".", ".." or "+", and none has a "*"`,
    ],
  ),
  [
    'a secret for a namespace that none is brought to',
    ({ chart, vault }) => vault.kv.secret('a/b').grantRead(new DevEnvStatefulSet(chart, 'bare', { name: 'bare' }), 's'),
    'secret "secret/a/b" cannot be granted to namespace "devenv": give it a secretDelivery, such as a VsoBinding',
  ],
  [
    'a token for a namespace that none is brought to',
    ({ chart, vault }) =>
      vault.terraformCloud({ teamId: 'team-1' }).grantToken(new DevEnvStatefulSet(chart, 'bare', { name: 'bare' })),
    'a Terraform Cloud token cannot be granted to namespace "devenv": give it a secretDelivery, such as a VsoBinding',
  ],
  [
    'one policy for secrets of two namespaces',
    ({ chart, vault, devenv }) => {
      for (const [namespace, path] of [
        ['team', 'a-b'],
        ['team-a', 'b'],
      ]) {
        const secretDelivery = new VsoBinding(chart, namespace, { vault, namespace });
        vault.kv.secret(path).grantRead({ ...devenv, namespace, secretDelivery }, 's');
      }
    },
    'policy "platform-team-a-b" of namespace "team-a" is that of namespace "team" already: choose another name for the secret',
  ],
  [
    'a policy that the bootstrap would never remove',
    ({ vault }) => vault.addPolicy({ name: 'terraform', paths: {} }),
    'policy "terraform" must begin with "platform-", as all that the bootstrap writes for grants',
  ],
  [
    'a policy that Vault would not take',
    ({ vault }) => {
      const sessions = (users: number) =>
        Array.from({ length: users }, (_, user) => `ssh/issue/devenv-${user + 10_000}.session`);
      for (const users of [10_000, 15_000])
        vault.addPolicy({
          name: `platform-${users}`,
          paths: Object.fromEntries(sessions(users).map((path) => [path, ['update']])),
        });
    },
    /errors:\n {2}\[platform\/vault\] policy "platform-15000" has \d{7} bytes, more than the 1048576 that Vault takes: have fewer [^\n]*$/,
  ],
  [
    "a program's login that it would never remove",
    ({ vault }) => vault.addKubernetesRole({ name: 'a', serviceAccounts: ['a'], namespaces: ['a'], policies: [] }),
    'role "a" must begin with "platform-", as all that the bootstrap writes for grants',
  ],
  [
    "a pipeline's login that it may not write",
    ({ vault }) => vault.addJwtRole({ name: 'a', mount: 'jwt-a', audience: 'a', claims: { sub: 'a' }, policies: [] }),
    'role "a" must begin with "platform-", as all that the bootstrap writes for grants',
  ],
  [
    'two secrets written by one name',
    ({ vault }) => {
      vault.kv.secret('a/b').grantWrite(vault);
      vault.kv.secret('a-b').grantWrite(vault);
    },
    'secret "a-b" cannot be written by a name of its own: "a/b" has it',
  ],
  [
    'Terraform Cloud for an organisation and a team',
    ({ vault }) => vault.terraformCloud({ organization: 'o', teamId: 'team-1' }),
    'terraformCloud needs exactly one of organization, teamId and userId',
  ],
  [
    'Terraform Cloud for nobody',
    ({ vault }) => vault.terraformCloud({}),
    'terraformCloud needs exactly one of organization, teamId and userId',
  ],
  [
    'a certificate for nothing',
    ({ vault, devenv }) => vault.pki.grantCertificate(devenv, { secretName: 'a', dnsNames: [] }),
    'certificate "a" needs names such as api.example.com',
  ],
  [
    'a certificate for what is no name',
    ({ vault, devenv }) => vault.pki.grantCertificate(devenv, { secretName: 'a', dnsNames: ['*.example.com'] }),
    'certificate "a" is for "*.example.com", and needs names such as api.example.com',
  ],
  ...(
    [
      ['https://db.example.com', []],
      ['postgresql://db.example.com/orders', []],
      ['postgresql://vault:secret@db.example.com/orders', []],
    ] as const
  ).map(
    ([url]): Refused => [
      `the database ${url}`,
      ({ chart, vault }) => void new VaultDatabase(chart, 'd', { vault, name: 'd', url, passwordSecretName: 's' }),
      'the URL of database "d" must be postgresql://USER@HOST:PORT/DATABASE, without a password',
    ],
  ),
  ...([[], ['reader"; DROP TABLE orders; --']] as const).map(
    (roles): Refused => [
      `a database user with the roles ${JSON.stringify(roles)}`,
      ({ chart, vault, devenv }) =>
        new VaultDatabase(chart, 'd', {
          vault,
          name: 'd',
          url: 'postgresql://v@db/d',
          passwordSecretName: 's',
        }).grantUser(devenv, { secretName: 'u', roles }),
      /^user "u" of database "d" needs roles of it/,
    ],
  ),
  [
    'what only Vault makes, from AWS',
    ({ chart, vault, devenv }) => {
      const secretDelivery = new ExternalSecretsBinding(chart, 'aws', {
        store: { region: 'eu-west-1' },
        namespace: 'devenv',
      });
      vault.terraformCloud({ teamId: 'team-1' }).grantToken({ ...devenv, secretDelivery });
    },
    '"tfe-dynamic-token" cannot come from AWS Secrets Manager: only Vault makes what is asked for, so use it as the store',
  ],
  [
    'what only Vault makes, from a key vault',
    ({ chart, vault, devenv }) => {
      const azure = { keyVault: 'sandbox-vault', tenantId: GUID, clientId: GUID, keys: ['k'] };
      const secretDelivery = new SecretsStoreBinding(chart, 'csi', { ...azure, namespace: 'devenv' });
      vault.terraformCloud({ teamId: 'team-1' }).grantToken({ ...devenv, secretDelivery });
    },
    '"tfe-dynamic-token" cannot come from a key vault: only Vault makes what is asked for',
  ],
  [
    'two secrets as one Secret',
    ({ vault, devenv }) => {
      vault.kv.secret('a').grantRead(devenv, 's');
      vault.kv.secret('b').grantRead(devenv, 's');
    },
    'namespace "devenv" has "secret/a" as Secret "s" already, got "secret/b" as "s"',
  ],
  [
    'two secrets under one name',
    ({ vault, devenv }) => {
      vault.kv.secret('a/b').grantRead(devenv, 's');
      vault.kv.secret('a-b').grantRead(devenv, 's');
    },
    'namespace "devenv" has "secret/a/b" as Secret "s" already, got "secret/a-b" as "s"',
  ],
];
