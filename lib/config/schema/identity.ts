import { z } from 'zod';
import * as f from '../formats';
import { distinct } from './lists';

export const keycloak = z.strictObject({
  enabled: z.boolean().default(true).describe('Whether Keycloak is part of the platform'),
  storage: f.memory.default('1Gi').describe("Size of its database's volume"),
  realm: f.dnsLabel.default('agent-sandbox').describe('The realm that holds users and groups'),
  groups: z
    .array(f.groupName)
    .check(distinct)
    .default(['admins', 'developers', 'readonly'])
    .describe('Groups that the realm starts with'),
  demoUsers: z.boolean().default(false).describe('Whether the realm starts with one user for each group'),
});

export const oidc = z.strictObject({
  issuer: f.issuerUrl.describe('The issuer, exactly as its tokens name it'),
  clientId: f.nonEmpty.describe('The client that it knows the platform by'),
  clientSecretName: f.objectName.optional().describe("Secret that holds the client's secret (absent: public client)"),
  usernameClaim: f.nonEmpty.default('preferred_username').describe("The claim with the user's name"),
  groupsClaim: f.nonEmpty.default('groups').describe("The claim with the user's groups"),
});

export const secrets = z.strictObject({
  delivery: z
    .enum(['vso', 'none'])
    .default('vso')
    .describe("Who brings Vault's secrets into the environments: the Vault Secrets Operator, or nobody"),
  refreshInterval: f.duration.default('30s').describe('How often a secret is compared with Vault'),
  operator: z
    .strictObject({
      install: z.boolean().default(true).describe('Whether the platform installs the operator'),
      chartVersion: f.version.default('1.4.1').describe("Version of the operator's chart"),
      chart: f.chartSource
        .optional()
        .describe("Path or URL of the operator's chart, where the public one is out of reach"),
    })
    .prefault({})
    .describe('The Vault Secrets Operator'),
});
