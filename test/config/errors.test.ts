import { ConfigError, formatProblem, parsePlatform } from '../../lib/config';

const problemsOf = (text: string, env = {}, dotenv?: string): string[] => {
  try {
    parsePlatform(
      [{ name: 'platform.yaml', text }],
      env,
      dotenv === undefined ? undefined : { name: '.env', text: dotenv },
    );
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(formatProblem);
  }
};

const users = (...lines: string[]) => ['environments:', '  users:', ...lines.map((line) => `    ${line}`)].join('\n');
const longest = 'u'.repeat(45);
const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl a@example.com';
const bomb = [
  'a: &a [x]',
  ...[...'bcdefgh'].map((name, i) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[i]}`)}]`),
];

/** A text, and all of its problems; "…" stands for anything. */
const refused: [title: string, text: string, ...problems: string[]][] = [
  [
    'a misspelt key',
    'profil: kind',
    'platform.yaml:1:1: profil: unknown key: did you mean profile? (allowed: profile, …',
  ],
  [
    'a misspelt key inside',
    'vault:\n  replica: 3',
    'platform.yaml:2:3: vault.replica: unknown key: did you mean replicas? (allowed: enabled, …',
  ],
  [
    'a key like nothing',
    'network: {xyzzy: 1}',
    'platform.yaml:1:11: network.xyzzy: unknown key (allowed: openPorts, egress, kubernetesApi, dns)',
  ],
  [
    'a wrong choice',
    'profile: openshit',
    'platform.yaml:1:1: profile: given "openshit", must be kind, standard or openshift: did you mean openshift?',
  ],
  [
    'a number in quotes',
    'boundary: {workers: "2"}',
    'platform.yaml:1:12: boundary.workers: given "2", must be a number: leave out the quotes',
  ],
  ['a fraction', 'boundary: {workers: 1.5}', '…given 1.5, must be a whole number'],
  ['text for a list', `environments: {sshKeys: ${KEY}}`, '…environments.sshKeys: given "ssh-ed25519…, must be a list'],
  ['a list for a map', 'vault: [1]', '…vault: given a list, must be a map'],
  ['a number for text', 'environments: {env: {A: 1}}', '…env.A: given 1, must be text: put it in quotes'],
  ['text for a boolean', 'web: {enabled: "true"}', '…given "true", must be true or false: leave out the quotes'],
  ['too few', 'boundary: {workers: 0}', '…given 0, must be at least 1'],
  [
    'a required key that is absent',
    'oidc: {issuer: https://id.example.com}',
    'platform.yaml:1:1: oidc.clientId: is missing: must be text',
  ],
  [
    'a name in capitals',
    users('Alice Smith: {}'),
    'platform.yaml:3:5: environments.users["Alice Smith"]: must be a DNS label (a-z, 0-9 and - inside): did you mean alice-smith?',
  ],
  [
    'a name too long once derived',
    users(`${longest}u: {}`),
    '…must be at most 45 characters long, not 46: its StatefulSet devenv-NAME has to fit into 52',
  ],
  [
    'a namespace that is no label',
    'namespaces: {vault: my_vault}',
    '…given "my_vault", must be a DNS label (a-z, 0-9 and - inside): did you mean my-vault?',
  ],
  [
    'a quantity in GB',
    'vault:\n  storage: 10GB',
    'platform.yaml:2:3: vault.storage: given "10GB", must be a size such as 512Mi or 10Gi: did you mean 10G or 10Gi?',
  ],
  [
    'a quantity without a unit',
    'vault: {storage: 10}',
    '…given 10, must be at least 1Mi (a number without a unit counts bytes): did you mean 10Mi or 10Gi?',
  ],
  [
    'cores in memory',
    'environments: {resources: {limits: {cpu: 4Gi}}}',
    '…given "4Gi", must be a number of cores such as 500m, 0.5 or 2',
  ],
  [
    'a duration without a unit',
    'secrets: {refreshInterval: 30}',
    '…given 30, must be a duration such as 30s, 5m or 1h30m: did you mean 30s?',
  ],
  ['a duration in days', 'secrets: {refreshInterval: 1d}', '…did you mean 24h?'],
  [
    'host bits in a CIDR',
    'network: {kubernetesApi: [10.1.2.3/8]}',
    '…network.kubernetesApi[0]: given "10.1.2.3/8", must be a network, not an address in it: did you mean 10.0.0.0/8 or 10.1.2.3/32?',
  ],
  [
    'host bits in an IPv6 CIDR',
    'network: {kubernetesApi: ["fd00:1::5/32"]}',
    '…did you mean fd00:1::/32 or fd00:1::5/128?',
  ],
  ['a CIDR without its prefix', 'network: {egress: {deny: [10.0.0.1]}}', '…did you mean 10.0.0.1/32?'],
  ['a prefix too long', 'network: {egress: {deny: [10.0.0.0/33]}}', '…must end in a prefix of 0 to 32 bits'],
  ['an image in capitals', 'images: {devenv: Team/Devenv:1}', '…its path is lower-case'],
  ['an image with a scheme', 'images: {devenv: https://example.com/a:1}', '…leave out the scheme'],
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
    'a claim adopted twice',
    users('a: {claim: workspace-devenv-0}', 'b: {claim: workspace-devenv-0}'),
    '…users.b.claim: is adopted by environments.users.a.claim already: a claim belongs to one environment',
  ],
  [
    'a claim of something else',
    users('a: {claim: data-vault-0}'),
    '…must name a workspace claim, such as workspace-devenv-0',
  ],
  [
    'node ports in conflict',
    'access: {nodePorts: {vault: 30920}}',
    '…access.nodePorts.boundary: is the port of access.nodePorts.vault too: each needs its own',
  ],
  ['a node port out of range', 'access: {nodePorts: {vault: 80}}', '…given 80, must be at least 30000'],
  [
    'an open port given twice',
    'network: {openPorts: [{port: 3000, from: [10.0.0.0/8]}, {port: 3000, from: [0.0.0.0/0]}]}',
    '…network.openPorts[1].port: is taken by item 1',
  ],
  [
    "an open port of the platform's",
    'network: {openPorts: [{port: 2222, from: [10.0.0.0/8]}]}',
    '…openPorts[0].port: is taken by the platform itself',
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
    'hardened with root',
    'environments: {runAsUser: 0}',
    '…is root, which podSecurity hardened forbids: choose another user, such as 1000',
  ],
  [
    'a fixed user on openshift',
    'profile: openshift\naccess: {domain: apps.example.com}\nenvironments: {runAsUser: 5}',
    '…contradicts the profile openshift, which assigns users itself: leave it out',
  ],
  [
    'a seal without its key',
    'vault: {seal: {type: awskms, region: eu-central-1}}',
    'platform.yaml:1:9: vault.seal.keyId: is missing: must be text',
  ],
  [
    "another seal's key",
    'vault: {seal: {type: development, keyId: x}}',
    '…vault.seal.keyId: unknown key (allowed: type)',
  ],
  [
    'an unknown seal',
    'vault: {seal: {type: awskm}}',
    '…vault.seal.type: given "awskm", must be development, transit, awskms, gcpckms or azurekeyvault: did you mean awskms?',
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
    '…secrets.delivery: contradicts vault.enabled: false: there is nothing to deliver; use none',
  ],
  [
    'two identity providers',
    'keycloak: {enabled: true}\noidc: {issuer: https://id.example.com, clientId: a}',
    '…keycloak.enabled: contradicts oidc: one of them identifies users, not both',
  ],
  [
    'an issuer in clear',
    'oidc: {issuer: http://id.example.com, clientId: a}',
    '…must use https: tokens would cross the network in clear',
  ],
  [
    'transit without Vault',
    'vault: {enabled: false}\nboundary: {kms: {type: transit}}',
    '…boundary.kms: is the transit engine of a Vault that is left out: choose aead or a cloud KMS',
  ],
  [
    'terraform tokens of nobody',
    'vault: {engines: {terraform: {enabled: true}}}',
    '…needs to know whose tokens: give teamId or organization beside it',
  ],
  [
    'a mode without its domain',
    'access: {mode: ingress}',
    'platform.yaml:1:10: access.domain: is missing: the mode ingress needs it, such as apps.example.com',
  ],
  [
    "a profile's mode without its domain",
    'profile: openshift',
    'platform.yaml:1:1: access.domain: is missing: the mode route (the default of the profile openshift) needs it, such as apps.example.com',
  ],
  [
    'a gateway mode without gateway',
    'access: {mode: gateway, domain: example.com}',
    '…access.gateway: is missing: the mode gateway needs its name and namespace',
  ],
  [
    'routes elsewhere',
    'access: {mode: route, domain: example.com}',
    '…given "route", must be another with this profile: only OpenShift has Routes',
  ],
  [
    'a login that nobody asks for',
    'access: {mode: nodePort}\nkeycloak: {enabled: false}\nweb: {enabled: true}',
    '…web.enabled: needs someone to ask for a login: enable keycloak, give oidc, or set web.authentication: false',
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
    'both allowed and denied',
    'network: {egress: {allow: [{to: 10.0.0.0/8}], deny: [10.0.0.0/8]}}',
    '…network.egress.allow[0].to: is in network.egress.deny too: keep one of them',
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
  [
    'a damaged public key',
    `environments: {sshKeys: ["${KEY.slice(0, 40)}"]}`,
    '…must be a whole OpenSSH public key: what follows ssh-ed25519 is damaged or cut off',
  ],
  [
    'a secret as a variable',
    'environments: {env: {GITHUB_TOKEN: x}}',
    '…env.GITHUB_TOKEN: is a secret and has no place here: put it into Vault: vault kv put secret/devenv/credentials github_token=-',
  ],
  [
    "a secret as a backend's argument",
    'terraform: {backend: {type: s3, config: {secret_key: x}}}',
    '…config.secret_key: is a secret and has no place here: leave it to the environment that Terraform runs in',
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
  ['an open bracket', 'network: {openPorts: [', 'platform.yaml:1:…, or a bracket before is not closed'],
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

const matches = (text: string, pattern: string) =>
  new RegExp(
    `^${pattern
      .split('…')
      .map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
      .join('.*')}$`,
  ).test(text);

test.each(refused)('refuses %s', (_title, text, ...expected) => {
  const problems = problemsOf(text);
  expect(problems).toHaveLength(expected.length);
  for (const [index, pattern] of expected.entries()) {
    if (!matches(problems[index], pattern)) expect(problems[index]).toBe(pattern);
  }
});

test('all mistakes come at once, in the order of the text', () => {
  const text = [
    'profil: kind',
    'vault: {replicas: 2}',
    'namespaces: {vault: boundary}',
    'access: {mode: ingress, nodePorts: {vault: 1}}',
  ];
  const places = problemsOf(text.join('\n')).map((problem) => problem.split(': ').slice(0, 2).join(' '));
  expect(places).toEqual([
    'platform.yaml:1:1 profil',
    'platform.yaml:2:9 vault.replicas',
    'platform.yaml:3:14 namespaces.boundary',
    'platform.yaml:4:10 access.domain',
    'platform.yaml:4:37 access.nodePorts.vault',
  ]);
});

test('what could be a secret is never repeated', () => {
  const secrets = ['hvs.CAESIJlWh4nVq', 'ghp_abcdefgh12345678', 'correct-horse-battery'];
  const text = [
    'environments:',
    `  env: {GITHUB_TOKEN: ${secrets[2]}, A: ${secrets[1]}}`,
    `vault: {seal: {type: transit, address: ${secrets[0]}, tokenSecret: ${secrets[2]} ${secrets[0]}, token: ${secrets[2]}}, password: [${secrets[2]}]}`,
    `oidc: {clientSecret: ${secrets[2]}}`,
  ].join('\n');
  const said = problemsOf(text).join('\n');
  expect(said).toContain('(hidden)');
  for (const secret of secrets) expect(said).not.toContain(secret);
});

test('a wrong value of the environment names its key and place', () => {
  expect(
    problemsOf('profile: kind', { DEVENV_REPLICAS: 'three', SKIP_VAULT: 'maybe' }, 'VAULT_STORAGE_SIZE=10GB'),
  ).toEqual([
    '.env:1 (VAULT_STORAGE_SIZE): vault.storage: given "10GB", must be a size such as 512Mi or 10Gi: did you mean 10G or 10Gi?',
    'environment (DEVENV_REPLICAS): environments.replicas: given "three", must be a whole number',
    'environment (SKIP_VAULT): vault.enabled: given "maybe", must be true or false (or 1, 0, yes, no)',
  ]);
  expect(problemsOf(users('bob: {}'), { DEVENV_REPLICAS: '2' })).toEqual([
    'environment (DEVENV_REPLICAS): environments.replicas: contradicts environments.users: give a number of equal environments, or named users, not both',
  ]);
});

test('a key of .env that is nearly known names its neighbour; others are left alone', () => {
  expect(problemsOf('profile: kind', {}, 'EDITOR=vi\nDEVENV_REPLICA=2')).toEqual([
    '.env:2 (DEVENV_REPLICA): unknown key: did you mean DEVENV_REPLICAS?',
  ]);
});
