import { App, Chart } from 'cdk8s';
import {
  allow,
  BoundaryControl,
  BoundaryKms,
  CertificateAuthority,
  DevEnvStatefulSet,
  Exposure,
  Keycloak,
  VaultCluster,
  VsoBinding,
} from '../../constructs';
import { type Refused, smallPlatform } from '../helpers/small-platform';
import { refusedClouds } from './refused-clouds';
import { refusedSecrets } from './refused-secrets';

const refused: Refused[] = [
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
  ).map(
    ([name, exposure]): Refused => [
      `a worker behind ${name}`,
      ({ chart, authority, vault }) =>
        new BoundaryControl(chart, 'b', { namespace: 'b', authority, vault, workerExposure: () => exposure }),
      `endpoint "boundary-worker-0" speaks raw TCP, which ${name} cannot carry: use a load balancer or a node port for it`,
    ],
  ),
  ...(
    [
      ['A', 'one\ntwo', 'must be one line, without control characters: mount longer texts as a volume'],
      ['A', 'bell\u0007', 'must be one line, without control characters: mount longer texts as a volume'],
      ['A-B', '', 'needs another name: letters, digits and _, no digit first'],
      ['HOME', '/root', 'is set by the platform: choose another name'],
    ] as const
  ).map(
    ([name, value, message]): Refused => [
      `the variable ${JSON.stringify({ [name]: value })}`,
      ({ chart }) => new DevEnvStatefulSet(chart, 'team', { name: 'team', env: { [name]: value } }),
      `environment variable "${name}" of "team" ${message}`,
    ],
  ),
  [
    'a key with another one in its comment',
    ({ chart }) =>
      new DevEnvStatefulSet(chart, 'team', { name: 'team', sshKeys: ['ssh-ed25519 A a\nssh-ed25519 B b'] }),
    'SSH key 1 of "team" must be one line: give each key by itself',
  ],
  [
    'an environment that is not there',
    ({ devenv }) => devenv.environment('devenv-7'),
    'no environment "devenv-7" in "devenv"; there are devenv-0, devenv-1',
  ],
  ...refusedClouds,
  ...refusedSecrets,
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
