/** A text of platform.yaml, and all of its problems; "…" stands for anything. */
export type Refused = [title: string, text: string, ...problems: string[]];

export const users = (...lines: string[]) =>
  ['environments:', '  users:', ...lines.map((line) => `    ${line}`)].join('\n');
export const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl a@example.com';
const longest = 'u'.repeat(45);

/** Keys and values that are wrong by themselves. */
export const refusedValues: Refused[] = [
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
];
