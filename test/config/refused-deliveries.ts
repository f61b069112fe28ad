import type { Refused } from './refused-values';

const terraform = (settings: string) => `vault: {engines: {terraform: {enabled: true, ${settings}}}}`;
const keyVault = (keys: string, name = 'sandbox-vault') =>
  `secrets: {delivery: csi, csi: {azureKeyVault: {name: ${name}, tenantId: 11111111-2222-3333-4444-555555555555, clientId: 11111111-2222-3333-4444-555555555555, keys: ${keys}}}}`;
const AWS =
  'secrets: {delivery: externalSecrets, externalSecrets: {store: {type: awsSecretsManager, region: eu-west-1}}}';

/** Ways of delivering secrets, and tokens of Terraform Cloud, that are wrong or contradict each other. */
export const refusedDeliveries: Refused[] = [
  [
    'two keys of one secret of the key vault, which knows no capitals',
    keyVault('[github_token, GITHUB_TOKEN]'),
    '…secrets.csi.azureKeyVault.keys[1]: is taken by item 1',
  ],
  [
    'a key that is a way up',
    keyVault('[..]'),
    '…secrets.csi.azureKeyVault.keys[0]: given "..", must be a key of a Secret (letters, digits, -, _ and .)',
  ],
  [
    'an unknown delivery',
    'secrets: {delivery: externalSecret}',
    '…secrets.delivery: given "externalSecret", must be vso, externalSecrets, csi, plain or none: did you mean externalSecrets?',
  ],
  [
    "Vault's secrets by another operator, without Vault",
    'vault: {enabled: false}\nsecrets: {delivery: externalSecrets}',
    'platform.yaml:2:11: secrets.delivery: contradicts vault.enabled: false: there is nothing to deliver; use none, plain or csi, or externalSecrets with another store',
  ],
  [
    'a store of nothing',
    'secrets: {externalSecrets: {store: {type: awsSecretManager}}}',
    '…secrets.externalSecrets.store.type: given "awsSecretManager", must be vault or awsSecretsManager: did you mean awsSecretsManager?',
  ],
  [
    'a store without its region',
    'secrets: {externalSecrets: {store: {type: awsSecretsManager}}}',
    '…secrets.externalSecrets.store.region: is missing: must be text',
  ],
  [
    "the operator's namespace for a part",
    'secrets: {delivery: externalSecrets, externalSecrets: {namespace: vault}}',
    '…secrets.externalSecrets.namespace: is the namespace of namespaces.vault too: each needs its own',
  ],
  [
    'csi without its key vault',
    'secrets: {delivery: csi}',
    '…secrets.csi.azureKeyVault: is missing: the delivery csi needs its key vault',
  ],
  [
    'a key vault without keys',
    keyVault('[]'),
    '…secrets.csi.azureKeyVault.keys: given a list, must have at least 1 item',
  ],
  [
    'two keys that are one secret of the key vault',
    keyVault('[api_key, api-key]'),
    '…secrets.csi.azureKeyVault.keys[1]: is taken by item 1',
  ],
  ['a key that a Secret cannot have', keyVault('[a/b]'), '…keys[0]: given "a/b", must be a key of a Secret…'],
  ['a key vault that cannot be', keyVault('[a]', 'x--y'), '…name: given "x--y", must be the name of a key vault…'],
  [
    'terraform tokens of nobody',
    'vault: {engines: {terraform: {enabled: true}}}',
    '…needs to know whose tokens: give organization, teamId or userId beside it',
  ],
  [
    "an organisation's token with a team",
    terraform('organization: o, teamId: team-1'),
    "…vault.engines.terraform.teamId: contradicts vault.engines.terraform.organization: tokens are an organization's, a team's or a user's: keep one of them",
  ],
  [
    "a team's token with a user",
    terraform('teamId: team-1, userId: user-1'),
    "…vault.engines.terraform.userId: contradicts vault.engines.terraform.teamId: tokens are an organization's, a team's or a user's: keep one of them",
  ],
  [
    'terraform tokens from a key vault',
    `${terraform('teamId: team-1')}\n${keyVault('[a]')}`,
    '…vault.engines.terraform.enabled: makes tokens that csi cannot deliver from there: only Vault has them; use vso, or externalSecrets with the store vault',
  ],
  [
    'terraform tokens from AWS',
    `${terraform('teamId: team-1')}\n${AWS}`,
    '…vault.engines.terraform.enabled: makes tokens that externalSecrets cannot deliver from there: only Vault has them; use vso, or externalSecrets with the store vault',
  ],
  [
    'a token without a life',
    terraform('teamId: team-1, ttl: 0s'),
    '…ttl: given "0s", must be longer than nothing, such as 30s',
  ],
];
