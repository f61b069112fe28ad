import * as z from 'zod';
import * as f from '../formats';
import { backup } from './backup';
import { serviceAccountAnnotations } from './cloud';
import { distinct } from './lists';
import { agent } from './programs';
import { ssh } from './ssh';

const awskms = z.strictObject({
  type: z.literal('awskms').describe('A key in AWS KMS'),
  region: f.awsRegion.describe('Region of the key'),
  keyId: f.awsKey.describe('Id of the key, alias/NAME, or the ARN of either'),
  serviceAccountAnnotations,
});
const gcpckms = z.strictObject({
  type: z.literal('gcpckms').describe('A key in Google Cloud KMS'),
  project: f.googleProject.describe('Id of the project of the key'),
  region: f.googleLocation.describe('Location of the key ring'),
  keyRing: f.googleKey.describe('Key ring of the key'),
  cryptoKey: f.googleKey.describe('Name of the key'),
  serviceAccountAnnotations,
});
const azurekeyvault = z.strictObject({
  type: z.literal('azurekeyvault').describe('A key in Azure Key Vault'),
  tenantId: f.guid.describe("Id of the key vault's tenant"),
  vaultName: f.keyVaultName.describe("The key vault's name"),
  keyName: f.keyVaultKey.describe('Name of the key'),
  serviceAccountAnnotations,
});

const seal = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('development').describe('Unseal keys in a Secret beside Vault: for development only'),
  }),
  z.strictObject({
    type: z.literal('transit').describe('The transit engine of another Vault'),
    address: f.httpsUrl.describe('Address of that Vault'),
    keyName: f.transitKey.describe('Name of the key'),
    mountPath: f.enginePath.default('transit').describe('Where its transit engine is mounted'),
    tokenSecret: f.objectName.describe('Secret with the token for it, in the key "token"'),
    caConfigMap: f.objectName
      .optional()
      .describe("ConfigMap whose ca.crt signs that Vault's certificate (absent: the authorities that all trust)"),
  }),
  awskms,
  gcpckms,
  azurekeyvault,
]);

const capacity = (cpu: string, memory: string, ephemeralStorage: string) =>
  z
    .strictObject({
      cpu: f.cpu.default(cpu).describe('Processor time, in cores'),
      memory: f.memory.default(memory).describe('Memory, in bytes with a unit'),
      ephemeralStorage: f.memory.default(ephemeralStorage).describe("The node's disk: /tmp and logs"),
    })
    .prefault({});

const terraform = z.strictObject({
  enabled: z.boolean().default(false).describe('Whether environments get short-lived tokens of HCP Terraform'),
  host: f.endpointUrl.default('https://app.terraform.io').describe('Address of HCP Terraform or Terraform Enterprise'),
  organization: f.organization.optional().describe('Organization whose one token is shared; it has no end'),
  teamId: f.teamId.optional().describe('Id (team-…) of the team for which tokens are made'),
  userId: f.userId.optional().describe('Id (user-…) of the user for whom tokens are made'),
  ttl: f
    .boundedDuration('10s', '8760h')
    .default('1h')
    .describe("After what time a team's or user's token ends unless it is renewed"),
});

const metrics = z.strictObject({
  namespace: f.dnsLabel.optional().describe('Namespace of the Prometheus that may read them (absent: nobody may)'),
  podLabels: z
    .record(f.labelKeyOfCluster, f.labelValue)
    .default({})
    .describe('Labels of its pods (none: every pod of that namespace)'),
});

export const vault = z.strictObject({
  enabled: z.boolean().default(true).describe('Whether Vault is part of the platform'),
  replicas: f.voters.default(1).describe('Number of servers, each a voter'),
  storage: f.memory.default('1Gi').describe("Size of each server's volume"),
  storageClassName: f.objectName.optional().describe('StorageClass of the volumes (absent: storageClassName of all)'),
  resources: z
    .strictObject({
      requests: capacity('50m', '128Mi', '64Mi').describe('What each server has reserved'),
      limits: capacity('1', '512Mi', '1Gi').describe('What each server may use at most'),
    })
    .prefault({})
    .describe('Processor time and memory of each server'),
  seal: seal.default({ type: 'development' }).describe('What unseals Vault after a restart'),
  recovery: z
    .strictObject({
      pgpKeys: z
        .array(f.pgpPublicKey)
        .check(distinct)
        .default([])
        .describe(
          'OpenPGP public keys of the operators who get a share of the recovery key each; outside kind a seal other than development needs them',
        ),
      threshold: z.int().min(1).default(1).describe('How many shares are needed to use it'),
    })
    .prefault({})
    .describe('Recovery key of a Vault that a seal other than development unseals'),
  auditStorage: f.memory.default('1Gi').describe("Size of each server's volume for its audit log"),
  engines: z
    .strictObject({
      kv: z.boolean().default(true).describe('Whether there is a key-value engine at secret/'),
      ssh: z.boolean().default(true).describe('Whether there are SSH certificate authorities'),
      terraform: terraform.prefault({}).describe('Tokens of HCP Terraform at terraform/'),
    })
    .prefault({})
    .describe('Secrets engines'),
  backup: backup.prefault({}).describe('Snapshots of its data'),
  metrics: metrics.prefault({}).describe('Who reads its metrics, at port 8202 of each server, without a login'),
  ssh: ssh.prefault({}).describe('SSH certificates'),
});

const kms = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('aead').describe('Keys in a Secret beside Boundary: for development only') }),
  z.strictObject({
    type: z.literal('transit').describe("The transit engine of the platform's Vault"),
    mountPath: f.engineMount.default('transit').describe('Where the transit engine is mounted'),
    keyName: f.dnsLabel.default('boundary').describe('What the names of its keys begin with, one for each purpose'),
  }),
  awskms,
  gcpckms,
  azurekeyvault,
]);

const count = z.int().min(1).max(9);

const groups = z.array(f.groupName).check(distinct);

export const boundary = z.strictObject({
  enabled: z.boolean().default(true).describe('Whether Boundary is part of the platform'),
  controllers: count.default(1).describe('Number of controllers'),
  workers: count.default(1).describe('Number of workers'),
  targets: z.boolean().default(true).describe('Whether each environment gets a target'),
  database: z
    .strictObject({
      storage: f.memory.default('1Gi').describe("Size of the database's volume"),
      storageClassName: f.objectName.optional().describe('Its StorageClass (absent: storageClassName of all)'),
      externalUrl: f.databaseUrl.optional().describe('A PostgreSQL of your own, without the password'),
      secretName: f.objectName
        .default('boundary-external-database')
        .describe('Secret with the password for externalUrl, in the key "password"'),
      caConfigMap: f.objectName
        .optional()
        .describe("ConfigMap whose ca.crt signs that server's certificate (absent: the authorities that all trust)"),
    })
    .prefault({})
    .describe("Boundary's database"),
  kms: kms.default({ type: 'aead' }).describe("What encrypts Boundary's data"),
  previousKms: kms
    .optional()
    .describe('What encrypted it before, which opens it until its keys were rotated (absent: nothing else)'),
  loginTtl: f
    .boundedDuration('5m', '168h')
    .default('8h')
    .describe(
      'Life of a login, which also ends after an hour without use; what the identity provider says of a person counts until then',
    ),
  workerGracePeriod: f
    .boundedDuration('10s', '24h')
    .default('2m')
    .describe('Time in which sessions may end by themselves when a worker stops'),
  admins: groups.default(['admins']).describe("Groups whose people see everybody's sessions, and may end them"),
  auditors: groups.default(['readonly']).describe("Groups whose people see everybody's sessions"),
  agents: z.array(agent).default([]).describe('Programs that open sessions, without a browser'),
});
