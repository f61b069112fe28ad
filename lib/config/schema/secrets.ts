import * as z from 'zod';
import * as f from '../formats';
import { accountAnnotations } from './cloud';
import { repeated } from './lists';

const store = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('vault').describe("The platform's Vault") }),
  z.strictObject({
    type: z.literal('awsSecretsManager').describe('AWS Secrets Manager: what people write, no tokens of Vault'),
    region: f.awsRegion.describe('Region of the secrets'),
    prefix: f.secretPrefix.optional().describe('What their names begin with, such as sandbox/'),
    serviceAccountAnnotations: accountAnnotations
      .default({})
      .describe('Annotations of the ServiceAccount aws-secrets, by which AWS knows it'),
  }),
]);

const keyVault = z.strictObject({
  name: f.keyVaultName.describe("The key vault's name"),
  tenantId: f.guid.describe("Id of the key vault's tenant"),
  clientId: f.guid.describe('Client id of the identity that reads it, federated with the ServiceAccount azure-secrets'),
  keys: z
    .array(f.secretKey)
    .min(1)
    .check(({ value, issues }) => {
      // A key vault's names have no other signs than dashes, and capitals are no others.
      issues.push(...repeated(value, (key) => key.replace(/[^A-Za-z0-9]+/g, '-').toLowerCase(), []));
    })
    .describe('Keys of the Secret, each a secret of the key vault such as devenv-credentials-github-token'),
});

export const secrets = z.strictObject({
  delivery: z
    .enum(['vso', 'externalSecrets', 'csi', 'plain', 'none'])
    .default('vso')
    .describe(
      'Who brings secrets into the environments: the Vault Secrets Operator, the External Secrets Operator, the Secrets Store CSI driver, people, or nobody',
    ),
  refreshInterval: f
    .boundedDuration('1s', '8760h')
    .default('30s')
    .describe('How often vso and externalSecrets compare a secret with its store'),
  operator: z
    .strictObject({
      install: z
        .boolean()
        .default(true)
        .describe('Whether the platform installs the operator (false: another one, whose namespace it leaves alone)'),
      chartVersion: f.version.default('1.4.1').describe("Version of the operator's chart"),
      chart: f.chartSource
        .optional()
        .describe("Path or URL of the operator's chart, where the public one is out of reach"),
    })
    .prefault({})
    .describe('The Vault Secrets Operator'),
  externalSecrets: z
    .strictObject({
      namespace: f.dnsLabel.default('external-secrets').describe('Namespace of the External Secrets Operator'),
      store: store.default({ type: 'vault' }).describe('Where secrets come from'),
    })
    .prefault({})
    .describe('The External Secrets Operator, which the platform does not install'),
  csi: z
    .strictObject({ azureKeyVault: keyVault.optional().describe('Where secrets come from; the delivery csi needs it') })
    .prefault({})
    .describe('The Secrets Store CSI driver, which the platform does not install'),
});
