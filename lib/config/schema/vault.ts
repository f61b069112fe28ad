import { z } from 'zod';
import * as f from '../formats';

const awskms = z.strictObject({
  type: z.literal('awskms').describe('A key in AWS KMS'),
  region: f.nonEmpty.describe('Region of the key'),
  keyId: f.nonEmpty.describe('Id or ARN of the key'),
});
const gcpckms = z.strictObject({
  type: z.literal('gcpckms').describe('A key in Google Cloud KMS'),
  project: f.nonEmpty.describe('Project of the key'),
  region: f.nonEmpty.describe('Location of the key ring'),
  keyRing: f.nonEmpty.describe('Key ring of the key'),
  cryptoKey: f.nonEmpty.describe('Name of the key'),
});
const azurekeyvault = z.strictObject({
  type: z.literal('azurekeyvault').describe('A key in Azure Key Vault'),
  tenantId: f.nonEmpty.describe("The key vault's tenant"),
  vaultName: f.nonEmpty.describe("The key vault's name"),
  keyName: f.nonEmpty.describe('Name of the key'),
});

const seal = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('development').describe('Unseal keys in a Secret beside Vault: for development only'),
  }),
  z.strictObject({
    type: z.literal('transit').describe('The transit engine of another Vault'),
    address: f.httpUrl.describe('Address of that Vault'),
    keyName: f.nonEmpty.describe('Name of the key'),
    mountPath: f.nonEmpty.default('transit').describe('Where its transit engine is mounted'),
    tokenSecret: f.objectName.describe('Secret with the token for it, in the key "token"'),
  }),
  awskms,
  gcpckms,
  azurekeyvault,
]);

const capacity = (cpu: string, memory: string) =>
  z
    .strictObject({
      cpu: f.cpu.default(cpu).describe('Processor time, in cores'),
      memory: f.memory.default(memory).describe('Memory, in bytes with a unit'),
    })
    .prefault({});

const terraform = z.strictObject({
  enabled: z.boolean().default(false).describe('Whether environments get short-lived tokens of HCP Terraform'),
  host: f.httpUrl.default('https://app.terraform.io').describe('Address of HCP Terraform or Terraform Enterprise'),
  organization: f.nonEmpty.optional().describe('Organization whose token is made'),
  teamId: f.nonEmpty.optional().describe('Team whose token is made'),
});

export const vault = z.strictObject({
  enabled: z.boolean().default(true).describe('Whether Vault is part of the platform'),
  replicas: f.voters.default(1).describe('Number of servers, each a voter'),
  storage: f.memory.default('1Gi').describe("Size of each server's volume"),
  storageClassName: f.nonEmpty.optional().describe("StorageClass of the volumes (absent: the cluster's default)"),
  resources: z
    .strictObject({
      requests: capacity('50m', '128Mi').describe('What each server has reserved'),
      limits: capacity('1', '512Mi').describe('What each server may use at most'),
    })
    .prefault({})
    .describe('Processor time and memory of each server'),
  seal: seal.default({ type: 'development' }).describe('What unseals Vault after a restart'),
  engines: z
    .strictObject({
      kv: z.boolean().default(true).describe('Whether there is a key-value engine at secret/'),
      ssh: z.boolean().default(true).describe('Whether there is an SSH certificate authority at ssh/'),
      terraform: terraform.prefault({}).describe('Tokens of HCP Terraform at terraform/'),
    })
    .prefault({})
    .describe('Secrets engines'),
});

const kms = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('aead').describe('Keys in a Secret beside Boundary: for development only') }),
  z.strictObject({
    type: z.literal('transit').describe("The transit engine of the platform's Vault"),
    mountPath: f.nonEmpty.default('transit').describe('Where the transit engine is mounted'),
    keyName: f.nonEmpty.default('boundary').describe('Name of the key'),
  }),
  awskms,
  gcpckms,
  azurekeyvault,
]);

const count = z.int().min(1).max(9);

export const boundary = z.strictObject({
  enabled: z.boolean().default(true).describe('Whether Boundary is part of the platform'),
  controllers: count.default(1).describe('Number of controllers'),
  workers: count.default(1).describe('Number of workers'),
  targets: z.boolean().default(true).describe('Whether each environment gets a target'),
  database: z
    .strictObject({
      storage: f.memory.default('1Gi').describe("Size of the database's volume"),
      externalUrl: f.databaseUrl.optional().describe('A PostgreSQL of your own, without the password'),
    })
    .prefault({})
    .describe("Boundary's database"),
  kms: kms.default({ type: 'aead' }).describe("What encrypts Boundary's data"),
});
