import { App, Chart } from 'cdk8s';
import {
  allow,
  BoundaryControl,
  BoundaryKms,
  CertificateAuthority,
  DevEnvStatefulSet,
  Exposure,
  ExternalSecretsBinding,
  Keycloak,
  SecretsStoreBinding,
  VaultCluster,
  VaultDatabase,
  VsoBinding,
} from '../../constructs';
import { GUID } from '../helpers/cases';
import { type SmallPlatform, smallPlatform } from '../helpers/small-platform';
import { refusedClouds } from './refused-clouds';

const refused: [title: string, line: (platform: SmallPlatform) => unknown, message: string | RegExp][] = [
  [
    'a number of servers that elects no leader',
    ({ chart, authority }) => new VaultCluster(chart, 'two', { authority, replicas: 2 as 3 }),
    'replicas of a VaultCluster must be 1, 3 or 5, got 2',
  ],
  [
    'a namespace that reads metrics and is none',
    ({ chart, authority }) =>
      new VaultCluster(chart, 'm', { authority, namespace: 'm', metrics: { namespace: 'All of it' } }),
    'namespace "All of it" of "platform/m" must have a-z, 0-9 and "-" inside, at most 63 characters: did you mean "all-of-it"?',
  ],
  [
    "Keycloak's own realm",
    ({ chart, authority }) => new Keycloak(chart, 'k', { namespace: 'k', authority, realm: 'master' }),
    'the realm "master" is Keycloak\'s own: choose another name',
  ],
  ...(
    [
      ['Ingress', Exposure.ingress({ host: 'a.example.com', className: 'nginx' })],
      ['Gateway', Exposure.gateway({ host: 'a.example.com', gateway: { name: 'g', namespace: 'n' } })],
      ['Route', Exposure.route({ host: 'a.example.com' })],
    ] as const
  ).map(([name, exposure]): (typeof refused)[number] => [
    `a worker behind ${name}`,
    ({ chart, authority, vault }) =>
      new BoundaryControl(chart, 'b', { namespace: 'b', authority, vault, workerExposure: () => exposure }),
    `endpoint "boundary-worker-0" speaks raw TCP, which ${name} cannot carry: use a load balancer or a node port for it`,
  ]),
  ...['a//b', '/a', 'a/', 'a/../b', './a', 'a/+/b', 'a/*', 'a*', ''].map((path): (typeof refused)[number] => [
    `the path "${path}" of a secret, which Vault refuses or takes for others`,
    ({ vault }) => vault.kv.secret(path),
    `secret "${path}" must be a path such as team/api: no part of it is empty, ".", ".." or "+", and none has a "*"`,
  ]),
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
  ...(
    [
      ['A', 'one\ntwo', 'must be one line, without control characters: mount longer texts as a volume'],
      ['A', 'bell\u0007', 'must be one line, without control characters: mount longer texts as a volume'],
      ['A-B', '', 'needs another name: letters, digits and _, no digit first'],
      ['HOME', '/root', 'is set by the platform: choose another name'],
    ] as const
  ).map(([name, value, message]): (typeof refused)[number] => [
    `the variable ${JSON.stringify({ [name]: value })}`,
    ({ chart }) => new DevEnvStatefulSet(chart, 'team', { name: 'team', env: { [name]: value } }),
    `environment variable "${name}" of "team" ${message}`,
  ]),
  [
    'a key with another one in its comment',
    ({ chart }) =>
      new DevEnvStatefulSet(chart, 'team', { name: 'team', sshKeys: ['ssh-ed25519 A a\nssh-ed25519 B b'] }),
    'SSH key 1 of "team" must be one line: give each key by itself',
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
    'an environment that is not there',
    ({ devenv }) => devenv.environment('devenv-7'),
    'no environment "devenv-7" in "devenv"; there are devenv-0, devenv-1',
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
  ...refusedClouds,
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
  ).map(([url]): (typeof refused)[number] => [
    `the database ${url}`,
    ({ chart, vault }) => void new VaultDatabase(chart, 'd', { vault, name: 'd', url, passwordSecretName: 's' }),
    'the URL of database "d" must be postgresql://USER@HOST:PORT/DATABASE, without a password',
  ]),
  ...([[], ['reader"; DROP TABLE orders; --']] as const).map((roles): (typeof refused)[number] => [
    `a database user with the roles ${JSON.stringify(roles)}`,
    ({ chart, vault, devenv }) =>
      new VaultDatabase(chart, 'd', {
        vault,
        name: 'd',
        url: 'postgresql://v@db/d',
        passwordSecretName: 's',
      }).grantUser(devenv, { secretName: 'u', roles }),
    /^user "u" of database "d" needs roles of it/,
  ]),
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
    'keys of Boundary that follow themselves',
    ({ chart, authority }) =>
      new BoundaryControl(chart, 'b', { namespace: 'b', authority, previousKms: BoundaryKms.development() }),
    'keys of the kind aead cannot follow keys of the same kind: their root key would be the same',
  ],
  [
    'a target without a Vault',
    ({ chart, authority, devenv }) =>
      new BoundaryControl(chart, 'b', { namespace: 'b', authority }).grantSsh(
        { kind: 'user', name: 'alice' },
        devenv.environment('devenv-0'),
      ),
    'environment "devenv-0" cannot be a target: BoundaryControl needs a vault that issues its certificates',
  ],
  [
    'SSH authorities on one path',
    ({ chart, authority }) =>
      new VaultCluster(chart, 'v', { namespace: 'v', authority, ssh: { hostAuthority: { mount: 'ssh' } } }),
    'the path "ssh" of Vault is another engine\'s: each SSH authority needs its own',
  ],
  [
    'transit keys on the path of an SSH authority',
    ({ vault }) => vault.transit('ssh-host'),
    'the path "ssh-host" of Vault is another engine\'s: choose another for the transit engine',
  ],
  [
    'certificates shorter than a login takes',
    ({ chart, authority }) =>
      new VaultCluster(chart, 'v', { namespace: 'v', bootstrapNamespace: 'v', authority, ssh: { maxTtlSec: 60 } }).ssh,
    'maxTtlSec of SSH certificates must be at least 180, got 60',
  ],
  [
    'one relation with two sets of ports',
    ({ client, vault }) => {
      allow(client, vault.peer, [{ port: 1 }]);
      allow(client, vault.peer, [{ port: 2 }]);
    },
    /^relation "client-to-vault" is there already with ports \[\{"port":1\}\], got \[\{"port":2\}\]: name all in one$/,
  ],
  [
    'a route to no address at all, which a policy would read as every one',
    ({ vault }) => allow(vault.peer, { name: 'nowhere', cidrs: [] }, [{ port: 1 }]),
    'peer "nowhere" has no addresses: name a network in cidrs',
  ],
  [
    'a route of which nothing is left',
    ({ vault }) => allow(vault.peer, { name: 'team', cidrs: ['10.1.0.0/16'], except: ['10.0.0.0/8'] }, []),
    'peer "team" has no addresses: all of 10.1.0.0/16 is in its except 10.0.0.0/8',
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

test.each(refused)('refuses %s in words', (_title, line, message) => {
  expect(() => smallPlatform(line)).toThrow(message);
});

test('a Vault of one server says how many it may have before it makes anything', () => {
  const chart = new Chart(new App(), 'chart');
  const authority = new CertificateAuthority(chart, 'authority');
  const before = chart.toJson();
  expect(() => new VaultCluster(chart, 'vault', { authority, replicas: 4 as 5 })).toThrow('got 4');
  expect(chart.toJson()).toEqual(before);
});

test('one operator serves the secrets of several namespaces', () => {
  const { objects, facts } = smallPlatform(({ chart, vault, devenv }) => {
    const team = new VsoBinding(chart, 'team', { vault, namespace: 'team' });
    const theirs = new DevEnvStatefulSet(chart, 'team-set', { namespace: 'team', secretDelivery: team });
    const secret = vault.kv.secret('shared');
    for (const consumer of [devenv, theirs]) secret.grantRead(consumer, 'shared');
  });
  const policies = objects.filter(({ metadata }) => metadata.name.includes('vault-secrets-operator'));
  expect(policies.map(({ metadata }) => metadata.name).sort()).toEqual([
    'vault-from-vault-secrets-operator',
    'vault-secrets-operator-to-vault',
  ]);
  expect(facts.vault.kubernetesRoles.map(({ namespaces }) => namespaces)).toEqual([['devenv'], ['team']]);
});
