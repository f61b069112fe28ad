import { CloudKey, ExternalSecretsBinding, Seal, SecretsStoreBinding, VaultCluster } from '../../constructs';
import { GUID } from '../helpers/cases';
import type { Refused } from '../helpers/small-platform';

const wrong: Refused[] = [
  [
    'a region of AWS',
    () => CloudKey.aws({ region: 'Frankfurt', keyId: 'alias/a' }),
    /^region of a key in AWS KMS must be the name of a region .*, got "Frankfurt"$/,
  ],
  [
    'a key of AWS',
    () => CloudKey.aws({ region: 'eu-west-1', keyId: 'a' }),
    /^keyId of a key in AWS KMS must be .*did you mean alias\/a\?, got "a"$/,
  ],
  [
    'a key of another region',
    () => CloudKey.aws({ region: 'eu-west-1', keyId: 'arn:aws:kms:us-east-1:111122223333:alias/a' }),
    'keyId of a key in AWS KMS is in us-east-1, got region "eu-west-1"',
  ],
  [
    'a key of Google',
    () => CloudKey.google({ project: 'sandbox-1', region: 'global', keyRing: 'a/b', cryptoKey: 'k' }),
    /^keyRing of a key in Cloud KMS must be a name alone/,
  ],
  [
    'a key of Azure',
    () => CloudKey.azure({ tenantId: 't', vaultName: 'sandbox-vault', keyName: 'k' }),
    /^tenantId of a key in Azure Key Vault must be an id such as .*, got "t"$/,
  ],
  [
    'a key of another Vault',
    () => Seal.transit({ address: 'https://a', keyName: 'k', mountPath: '/transit', tokenSecretName: 't' }),
    /^mountPath of a transit seal must be .*did you mean transit\?, got "\/transit"$/,
  ],
  [
    'another Vault without TLS',
    () => Seal.transit({ address: 'http://a:8200', keyName: 'k', tokenSecretName: 't' }),
    /^address of a transit seal must use https: .*, got "http:\/\/a:8200"$/,
  ],
  [
    'a team',
    ({ vault }) => vault.terraformCloud({ teamId: 'owners' }),
    /^teamId of terraformCloud must be the id of a team/,
  ],
  [
    'a store in AWS',
    ({ chart }) =>
      new ExternalSecretsBinding(chart, 'a', { store: { region: 'eu-west-1', prefix: 'a b' }, namespace: 'n' }),
    /^prefix of a store in AWS must be the beginning of a name/,
  ],
  [
    'a client of Azure',
    ({ chart }) =>
      new SecretsStoreBinding(chart, 'a', {
        keyVault: 'sandbox-vault',
        tenantId: GUID,
        clientId: 'app',
        keys: ['k'],
        namespace: 'n',
      }),
    /^clientId of a key vault must be an id/,
  ],
  [
    'an identity of AWS',
    ({ chart, authority }) =>
      new VaultCluster(chart, 'v', {
        namespace: 'v',
        authority,
        seal: Seal.cloud(
          CloudKey.aws({
            region: 'eu-west-1',
            keyId: 'alias/a',
            serviceAccountAnnotations: { 'eks.amazonaws.com/role-arn': 'vault' },
          }),
        ),
      }),
    /^annotation eks.amazonaws.com\/role-arn of "vault" must be the ARN of a role, .*, got "vault"$/,
  ],
];

/** What names keys, stores and tokens in clouds and other services, and could not be one there. */
export const refusedClouds = wrong.map(
  ([title, line, message]): Refused => [`what could not be the name of ${title}`, line, message],
);
