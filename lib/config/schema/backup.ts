import * as z from 'zod';
import * as f from '../formats';
import { serviceAccountAnnotations } from './cloud';

const target = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('volume').describe('A volume of the cluster, beside the bootstraps'),
    size: f.memory.default('5Gi').describe('Its size: room for one snapshot more than retention'),
    storageClassName: f.objectName.optional().describe('Its StorageClass (absent: storageClassName of all)'),
  }),
  z.strictObject({
    type: z.literal('s3').describe('A bucket of anything that speaks S3'),
    endpoint: f.endpointUrl.describe('Address of the server, without the bucket'),
    bucket: f.bucketName.describe('The bucket'),
    prefix: f.objectPrefix.default('').describe('What the names of its objects begin with'),
    region: f.dnsLabel.default('us-east-1').describe('Its region, which is part of each signature'),
    secretName: f.objectName
      .optional()
      .describe(
        'Secret with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (absent: the identity that AWS gives to pods)',
      ),
    caConfigMap: f.objectName
      .optional()
      .describe("ConfigMap whose ca.crt signs the server's certificate (absent: the authorities that all trust)"),
    serviceAccountAnnotations,
  }),
]);

export const backup = z.strictObject({
  enabled: z.boolean().default(false).describe("Whether snapshots of Vault's data are taken by a schedule"),
  schedule: f.cron.default('0 3 * * *').describe('When, as cron has it, in UTC'),
  retention: z
    .union([z.literal('all'), z.int().min(1).max(1000)])
    .default(14)
    .describe('How many snapshots are kept; all: none is ever removed, which is left to the bucket'),
  encryption: z
    .strictObject({
      certificate: f.certificate
        .optional()
        .describe('Certificate in PEM for whose key snapshots are encrypted; that key stays with you'),
    })
    .prefault({})
    .describe('Who can read snapshots'),
  target: target.default({ type: 'volume', size: '5Gi' }).describe('Where snapshots are kept'),
});
