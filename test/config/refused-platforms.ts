import { OPENSHIFT } from '../helpers/cases';
import { refusedAddresses } from './refused-addresses';
import { refusedAuthorities } from './refused-authorities';
import { refusedBackends } from './refused-backends';
import { refusedClaims } from './refused-claims';
import { refusedClouds } from './refused-clouds';
import { refusedDeliveries } from './refused-deliveries';
import { refusedIdentities } from './refused-identities';
import { refusedNetworks } from './refused-networks';
import { refusedOwnSecrets } from './refused-own-secrets';
import { refusedPods } from './refused-pods';
import { refusedSizes } from './refused-sizes';
import { refusedTexts } from './refused-texts';
import { KEY, type Refused, users } from './refused-values';
import { refusedVaults } from './refused-vaults';

const bomb = [
  'a: &a [x]',
  ...[...'bcdefgh'].map((name, i) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[i]}`)}]`),
];

const RSA_WITHOUT_MODULUS =
  'AAAAB3NzaC1yc2EAAAA8AQABAQABAQABAQABAQABAQABAQABAQABAQABAQABAQABAQABAQABAQABAQABAQABAQABAQABAQABAQAB';

/** Values that contradict each other, what has no place in a file, and files that cannot be read. */
export const refusedPlatforms: Refused[] = [
  ...refusedAddresses,
  ...refusedNetworks,
  ...refusedSizes,
  ...refusedOwnSecrets,
  ...refusedPods,
  ...refusedClaims,
  ...refusedTexts,
  ...refusedVaults,
  ...refusedClouds,
  ...refusedBackends,
  [
    'more of the disk than its limit',
    'environments: {resources: {requests: {ephemeralStorage: 30Gi}}}',
    '…requests.ephemeralStorage: requests 30Gi, more than its limit of 20Gi: raise limits.ephemeralStorage or lower this',
  ],
  [
    "a /tmp larger than the user's share of the disk",
    users('bob: {resources: {limits: {ephemeralStorage: 2Gi}}}'),
    'platform.yaml:3:32: environments.users.bob.storage.tmp: given "4Gi", must fit into resources.limits.ephemeralStorage, 2Gi: lower this or raise that',
  ],
  [
    'a user given twice',
    users('bob: {}', 'bob: {}'),
    'platform.yaml:4:5: environments.users.bob: is given twice: keep one of them',
  ],
  [
    'a login given twice',
    users('bob: {}', 'rob: {login: bob}'),
    '…users.rob.login: is the same user of the identity provider as environments.users.bob.login',
  ],
  [
    "Keycloak's own realm",
    'keycloak: {realm: master}',
    '…keycloak.realm: given "master", must not be master, Keycloak\'s own: choose another name',
  ],
  ['a pull secret twice', 'images: {pullSecrets: [hub, hub]}', '…images.pullSecrets[1]: is taken by item 1'],
  [
    'working hours without an end',
    'environments: {schedule: {from: 08:00, to: 08:00}}',
    '…schedule.to: given "08:00", must not be environments.schedule.from: environments that are never stopped need no schedule',
  ],
  [
    'a warning before the hours begin',
    'environments: {schedule: {from: 23:50, to: 00:20, warning: 30m}}',
    '…schedule.warning: given "30m", must be shorter than the hours, which last 30 minutes',
  ],
  [
    'one namespace for two parts',
    'namespaces: {vault: boundary}',
    '…namespaces.boundary: is the namespace of namespaces.vault too: each needs its own',
  ],
  [
    '2 voters',
    'vault: {replicas: 2}',
    '…vault.replicas: given 2, must be 1, 3 or 5: of 2 voters none may fail more than of 1',
  ],
  [
    'root in the environments',
    'environments: {runAsUser: 0}',
    '…environments.runAsUser: is root, as whom sshd lets nobody in: choose another user, such as 1000',
  ],
  [
    'root in environments that are confined less',
    'podSecurity: relaxed\nenvironments: {users: {bob: {runAsUser: 0}}}',
    '…environments.users.bob.runAsUser: is root, as whom sshd lets nobody in: choose another user, such as 1000',
  ],
  [
    'a request over its limit',
    'environments: {resources: {limits: {memory: 128Mi}}}',
    'platform.yaml:1:37: environments.resources.requests.memory: requests 256Mi, more than its limit of 128Mi: raise limits.memory or lower this',
  ],
  [
    "a user's request over the limit",
    users('bob: {resources: {requests: {cpu: 3}}}'),
    '…users.bob.resources.requests.cpu: requests 3, more than its limit of 2: raise limits.cpu or lower this',
  ],
  [
    'replicas and users',
    `${users('bob: {}')}\n  replicas: 2`,
    '…environments.replicas: contradicts environments.users: give a number of equal environments, or named users, not both',
  ],
  [
    'delivery without Vault',
    'vault: {enabled: false}\nsecrets: {delivery: vso}',
    '…secrets.delivery: contradicts vault.enabled: false: there is nothing to deliver; use none, plain or csi, or externalSecrets with another store',
  ],
  ...refusedDeliveries,
  [
    'two identity providers',
    'keycloak: {enabled: true}\noidc: {issuer: https://id.example.com, clientId: a, clientSecretName: b}',
    '…keycloak.enabled: contradicts oidc: one of them identifies users, not both',
  ],
  [
    'an issuer in clear',
    'oidc: {issuer: http://id.example.com, clientId: a}',
    '…must use https: tokens would cross the network in clear',
  ],
  [
    'an issuer on loopback',
    'oidc: {issuer: "http://localhost:5556/dex", clientId: a, clientSecretName: b}',
    '…must be an address that pods reach, too: they would look for this one in themselves',
  ],
  [
    'transit without Vault',
    'vault: {enabled: false}\nboundary: {kms: {type: transit}}',
    '…boundary.kms: is the transit engine of a Vault that is left out: choose aead or a cloud KMS',
  ],
  [
    'a key before in a Vault that is left out',
    'vault: {enabled: false}\nboundary: {previousKms: {type: transit}}',
    '…boundary.previousKms: is the transit engine of a Vault that is left out, so nothing opens what it encrypted: enable vault',
  ],
  [
    'a Secret of keys after the same one',
    'boundary: {kms: {type: aead}, previousKms: {type: aead}}',
    '…boundary.previousKms: is aead, as boundary.kms is, and the Secret has one root key: choose another kind for boundary.kms, or leave this out',
  ],
  [
    'a key of Vault after another',
    'boundary: {kms: {type: transit, keyName: b}, previousKms: {type: transit}}',
    '…boundary.previousKms: is transit, as boundary.kms is, and Boundary tells no two keys of Vault apart: rotate that key in Vault, and leave this out',
  ],
  [
    'a key of a cloud after itself',
    'boundary: {kms: {type: awskms, region: eu-west-1, keyId: alias/k, serviceAccountAnnotations: {a: b}}, previousKms: {type: awskms, region: eu-west-1, keyId: alias/k}}',
    '…boundary.previousKms: is the key of boundary.kms: name the one before, or leave this out',
  ],
  ...(
    [
      ['postgresql://db.example.com/boundary', 'must name a user and a database'],
      ['postgresql://b@db.example.com', 'must name a user and a database'],
      ['postgresql://b@db.example.com/b?sslmode=require', 'must not weaken TLS by sslmode=require'],
      ['postgresql://b@db.example.com/b?sslrootcert=/ca', 'must not name files of certificates'],
    ] as const
  ).map(
    ([url, message]): Refused => [
      `the database ${url}`,
      `boundary: {database: {externalUrl: "${url}"}}`,
      `…boundary.database.externalUrl: given ${JSON.stringify(url)}, ${message}…`,
    ],
  ),
  ...refusedAuthorities,
  ...refusedIdentities,
  [
    'snapshots for nobody',
    'vault: {backup: {enabled: true}}',
    '…vault.backup.encryption.certificate: is missing: snapshots are stored for its key alone: openssl req -x509 …',
  ],
  [
    "a profile's mode without its domain",
    OPENSHIFT,
    'platform.yaml:1:1: access.domain: is missing: the mode route (the default of the profile openshift) needs it, such as apps.example.com',
  ],
  [
    'an image that no registry has, outside kind',
    'environments: {replicas: 2}\nprofile: standard',
    'platform.yaml:2:1: images.devenv: is missing: its default, agent-sandbox/devenv:0.1.0, is the one that you build, and no registry has it for the nodes of this cluster (the profile is standard): push it to your registry and name it here, such as registry.example.com/devenv:0.1.0; or give images.registry, a mirror that has it; or write agent-sandbox/devenv:0.1.0 here, where every node has it loaded',
  ],
  [
    'a login that nobody asks for, behind port-forward',
    'keycloak: {enabled: false}\nweb: {enabled: true}',
    '…web.enabled: needs someone to ask for a login: enable keycloak, give oidc, or set web.authentication: false',
  ],
  [
    'web access of a user without a port',
    `${users('bob: {webPort: 30981}', 'eve: {}')}\nweb: {enabled: true}`,
    '…environments.users.eve.webPort: is missing: in the mode portForward web access needs a port of its own for each user, such as 30980',
  ],
  [
    'two users with one port',
    `${users('bob: {webPort: 30981}', 'eve: {webPort: 30981}')}\nweb: {enabled: true}`,
    '…environments.users.eve.webPort: is the port of environments.users.bob.webPort too: each needs its own',
  ],
  [
    "a user's port that is another part's",
    `${users('bob: {webPort: 30880}')}\nweb: {enabled: true}`,
    '…environments.users.bob.webPort: is the port of access.nodePorts.keycloak too: each needs its own',
  ],
  [
    'users and groups that one claim cannot tell',
    `${users('bob: {webPort: 30981}')}\nweb: {enabled: true}\noidc: {issuer: https://id.example.com, clientId: a, clientSecretName: b}`,
    '…oidc.principalsClaim: is missing: bob and groups may use the environment of bob (environments.access), which web access tells by one claim that lists both',
  ],
  [
    'Boundary without a secret for its provider',
    'oidc: {issuer: https://id.example.com, clientId: a}',
    '…oidc.clientSecretName: is missing: Boundary needs a client with a secret',
  ],
  [
    'a scope with spaces',
    'oidc: {issuer: https://id.example.com, clientId: a, clientSecretName: b, scopes: [a b]}',
    '…oidc.scopes[0]: given "a b", must be the name of a scope, without spaces and quotes',
  ],
  [
    'access to nobody',
    'environments: {replicas: 2, access: [{group: admins, environments: [devenv-2]}]}',
    '…access[0].environments[0]: names no environment: did you mean devenv-0?',
  ],
  [
    'access of no group',
    'environments: {access: [{group: admin, environments: all}]}',
    '…access[0].group: is none of keycloak.groups: did you mean admins?',
  ],
  [
    'two sources of a volume',
    'environments: {volumes: [{name: a, mountPath: /a, emptyDir: {}, secret: {name: b}}]}',
    '…volumes[0]: given a map, must have exactly one of configMap, secret, persistentVolumeClaim, emptyDir, not secret and emptyDir',
  ],
  [
    'a volume over the workspace',
    'environments: {volumes: [{name: a, mountPath: /workspace, emptyDir: {}}]}',
    '…volumes[0].mountPath: is taken by the platform itself',
  ],
  [
    'a reserved label',
    'labels: {app.kubernetes.io/name: x}',
    '…is set by the platform: choose another prefix than app.kubernetes.io/ and agent-sandbox.dev/',
  ],
  [
    'a private key',
    'environments: {sshKeys: ["-----BEGIN OPENSSH PRIVATE KEY-----"]}',
    '…environments.sshKeys[0]: is a secret by its looks and has no place here…',
  ],
  ...(
    [
      ['cut off in its middle', 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1xR3H5cQv3nS8mJ4mT0gWkqv7yN1d2Zk3pXo5uYQ=='],
      ['with more behind it', `${KEY.split(' ').slice(0, 2).join(' ')}AAAA`],
      ['with another blank between', KEY.replace(' ', ' \u00a0')],
      ['of RSA that lacks its modulus', `ssh-rsa ${RSA_WITHOUT_MODULUS}`],
    ] as const
  ).map(
    ([how, key]): Refused => [
      `a public key ${how}`,
      `environments: {sshKeys: ["${key}"]}`,
      `…environments.sshKeys[0]: given …, must be a whole OpenSSH public key: what follows ${key.split(' ')[0]} is damaged or cut off`,
    ],
  ),
  [
    'a damaged public key',
    `environments: {sshKeys: ["${KEY.slice(0, 40)}"]}`,
    '…must be a whole OpenSSH public key: what follows ssh-ed25519 is damaged or cut off',
  ],
  [
    'a secret as a variable',
    'environments: {env: {GITHUB_TOKEN: x}}',
    '…env.GITHUB_TOKEN: is a secret and has no place here: put it into Vault: sandboxctl secrets set github_token',
  ],
  [
    "a token of Terraform's as a variable",
    'environments: {env: {TF_TOKEN_app_terraform_io: x}}',
    '…env.TF_TOKEN_app_terraform_io: is a secret and has no place here: put it into Vault: sandboxctl secrets set tf_token_app_terraform_io',
  ],
  [
    'a password in a URL',
    'boundary: {database: {externalUrl: "postgres://b:pw@db/boundary"}}',
    '…boundary.database.externalUrl: is a secret by its looks…',
  ],
  ["the language's own keys", 'labels: {__proto__: x}', '…labels.__proto__: is no name that can be used'],
  ['nothing', '', 'platform.yaml: is empty: write at least "profile: kind"'],
  ['only comments', '# nothing\n', 'platform.yaml: is empty: …'],
  ['a list', '- a', 'platform.yaml: must be a map of keys such as "profile: kind", not a list'],
  ['a text', 'hello', 'platform.yaml: must be a map of keys such as "profile: kind", not a single value'],
  [
    'several documents',
    'profile: kind\n---\nprofile: kind',
    'platform.yaml:2:1: holds several documents: keep one (no line ---), or name several files in PLATFORM_FILE',
  ],
  ['wrong indentation', 'vault:\n  enabled: true\n replicas: 1', 'platform.yaml:3:1: …'],
  ['tabs', 'vault:\n\tenabled: true', 'platform.yaml:2:1: is indented with a tab here: use spaces'],
  ['an alias of nothing', 'labels: *none', 'platform.yaml: has an alias (*…) whose anchor (&…) is not set before it'],
  [
    'an alias bomb',
    bomb.join('\n'),
    'platform.yaml: expands to far too much: its aliases stand for more than 50000 others',
  ],
  ['an endless tree', 'a: &a [*a]', 'platform.yaml: is nested too deeply, or expands to far too much'],
  ['an abyss', `a: ${'['.repeat(100_000)}`, 'platform.yaml: is nested far too deeply'],
  ['a tag', 'profile: !secret x', 'platform.yaml:1:10: has a tag here (!…), which is not supported'],
];
