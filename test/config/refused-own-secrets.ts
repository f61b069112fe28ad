import { type Refused, users } from './refused-values';

const own = (...paths: string[]) =>
  users(...paths.map((path, index) => `${['alice', 'bob'][index]}: {secrets: {path: ${path}}}`));
const AT = '…environments.users.alice.secrets';

/** Secrets of single environments that cannot be theirs alone, or cannot arrive. */
export const refusedOwnSecrets: Refused[] = [
  [
    'a secret of one environment for all of a number',
    'environments: {replicas: 2, secrets: {path: team/api}}',
    "platform.yaml:1:29: environments.secrets: is a single user's: give it as environments.users.NAME.secrets",
  ],
  [
    'a key that no secret of one environment has',
    users('alice: {secrets: {path: a, team: b}}'),
    `${AT}.team: unknown key (allowed: path)`,
  ],
  [
    'a secret of one environment that stands nowhere',
    users('alice: {secrets: {}}'),
    `${AT}.path: is missing: must be text`,
  ],
  [
    'a secret of one environment as its path alone',
    users('alice: {secrets: team/api}'),
    `${AT}: given "team/api", must be a map (its keys: path)`,
  ],
  [
    "a secret's path with its engine",
    own('secret/data/devenv/alice'),
    `${AT}.path: given "secret/data/devenv/alice", must be a path below secret/: did you mean devenv/alice?`,
  ],
  [
    "a secret's path with a slash before it",
    own('/devenv/alice'),
    `${AT}.path: given "/devenv/alice", must be a path below secret/: did you mean devenv/alice?`,
  ],
  [
    "a secret's path that names others, too",
    own('"devenv/*"'),
    `${AT}.path: given "devenv/*", must be a path such as devenv/alice (a-z, 0-9, and inside - and ., with / between its parts)`,
  ],
  ["a secret's path that goes up", own('devenv/../bob'), `${AT}.path: given "devenv/../bob", must be a path such as…`],
  [
    "a secret's path too long for names",
    own(`a/${'b'.repeat(55)}`),
    `${AT}.path…must be at most 56 characters long, not 57`,
  ],
  [
    'a secret of one environment that all have',
    own('devenv/credentials'),
    `${AT}.path: given "devenv/credentials", is called as devenv/credentials, which all environments have: choose another, such as devenv/alice`,
  ],
  [
    'a secret of one environment for two',
    own('team/api', 'team/api'),
    '…environments.users.bob.secrets.path: is the secret of environments.users.alice.secrets.path too, or called as it…',
  ],
  [
    'two secrets of one name where names have no /',
    own('team/api', 'team-api'),
    '…environments.users.bob.secrets.path: is the secret of environments.users.alice.secrets.path too, or called as it where / and . are written -: each environment has its own, and what several have stands in devenv/credentials',
  ],
  [
    'a secret of one environment that nobody delivers',
    `${own('devenv/alice')}\nsecrets: {delivery: none}`,
    `${AT}.path: cannot arrive: nobody delivers secrets here; choose another way in secrets.delivery, or leave this out`,
  ],
  [
    'a secret of one environment from a Vault that is not there',
    `${own('devenv/alice')}\nvault: {enabled: false}`,
    `${AT}.path: cannot arrive: nobody delivers secrets here, as there is no Vault; choose another way in secrets.delivery, or leave this out`,
  ],
  [
    'a secret of one environment from an engine that is left out',
    `${own('devenv/alice')}\nvault: {engines: {kv: false}}`,
    `${AT}.path: contradicts vault.engines.kv: false: the engine that would have it is left out`,
  ],
  [
    'the Secret of one environment as a volume of another',
    users(
      'alice: {secrets: {path: devenv/alice}}',
      'bob: {volumes: [{name: a, mountPath: /a, secret: {name: devenv-alice-vault-secrets}}]}',
    ),
    '…environments.users.bob.volumes[0].secret.name: is the Secret that alice has alone (environments.users.alice.secrets): leave this volume out',
  ],
  [
    'the Secret of one environment as a volume of all',
    `${own('devenv/alice')}\n  volumes: [{name: a, mountPath: /a, secret: {name: devenv-alice-vault-secrets}}]`,
    '…environments.volumes[0].secret.name: is the Secret that alice has alone…',
  ],
];
