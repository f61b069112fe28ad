import type { Refused } from './refused-values';

const deep = (above: string, column: number) =>
  `is indented too deep: ${above} above it has a value already, so begin it in column ${column}, below ${above}`;
const SEALS = 'must be a map: write';
const PUBLIC = 'keep the private key to yourself, and give the public one, as in ~/.ssh/id_ed25519.pub';

/** What stands in the wrong place, or is less than it should be. */
export const refusedShapes: Refused[] = [
  [
    'a key too deep',
    'profile: kind\n  environments:\n    replicas: 2',
    `platform.yaml:2:3: environments: ${deep('profile', 1)}`,
  ],
  [
    'a key too deep inside, after an empty line',
    'environments:\n  replicas: 2\n\n   storage: {workspace: 1Gi}',
    `platform.yaml:4:4: storage: ${deep('replicas', 3)}`,
  ],
  [
    'a key too deep in an item of a list',
    'environments:\n  volumes:\n    - name: cache\n        mountPath: /cache',
    `platform.yaml:4:9: mountPath: ${deep('name', 7)}`,
  ],
  ['a key too deep below quotes', 'profile: "kind"\n  vault: {}', `platform.yaml:2:3: vault: ${deep('profile', 1)}`],
  [
    'a key too deep below a comment',
    'profile: kind # all: in one\n  vault: {}',
    `platform.yaml:2:3: vault: ${deep('profile', 1)}`,
  ],
  [
    'a map on one line',
    'vault: enabled: true\nboundary: {}',
    'platform.yaml:1:8: has a map on one line with its key here: put it on the next line, indented',
  ],
  [
    'a seal by its name alone',
    'vault: {seal: awskms}',
    `platform.yaml:1:9: vault.seal: given "awskms", ${SEALS} {type: awskms, region: …, keyId: …}`,
  ],
  [
    'a misspelt seal by its name alone',
    'vault: {seal: transitt}',
    `…vault.seal: given "transitt", ${SEALS} {type: transit, address: …, keyName: …, tokenSecret: …}`,
  ],
  [
    'a KMS by its name alone',
    'boundary: {kms: gcpckms}',
    `…boundary.kms: given "gcpckms", ${SEALS} {type: gcpckms, project: …, region: …, keyRing: …, cryptoKey: …}`,
  ],
  ['a backend by its name alone', 'terraform: {backend: s3}', '…must be a map (its keys: type, config)'],
  [
    'a private key over several lines',
    'environments:\n  sshKeys:\n    - |\n      -----BEGIN OPENSSH PRIVATE KEY-----\n      b3Blbg==',
    `platform.yaml:3:7: environments.sshKeys[0]: is a secret by its looks and has no place here: ${PUBLIC}`,
  ],
  [
    "a private key's inside",
    'environments: {users: {a: {sshKeys: [b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ]}}}',
    `…environments.users.a.sshKeys[0]: is a secret by its looks and has no place here: ${PUBLIC}`,
  ],
  [
    'a secret in a list',
    'images: {pullSecrets: [x, ghp_abcdefgh12345678]}',
    '…images.pullSecrets[1]: is a secret by its looks and has no place here: put it into Vault: sandboxctl secrets set pullsecrets',
  ],
];
