import * as z from 'zod';
import * as f from '../formats';
import { distinct } from './lists';

export const keycloak = z.strictObject({
  enabled: z.boolean().default(true).describe('Whether Keycloak is part of the platform'),
  storage: f.memory.default('1Gi').describe("Size of its database's volume"),
  storageClassName: f.objectName.optional().describe('StorageClass of that volume (absent: storageClassName of all)'),
  realm: f.realm.default('agent-sandbox').describe('The realm that holds users and groups'),
  groups: z
    .array(f.groupName)
    .check(distinct)
    .default(['admins', 'developers', 'readonly'])
    .describe('Groups that the realm has: those that are missing are made, none is removed'),
  demoUsers: z.boolean().default(false).describe('Whether the realm starts with one user for each group'),
});

/** Whom to believe that a server is the issuer. */
export const certificateAuthority = f.authorities
  .optional()
  .describe("The only authorities that the issuer's certificate may be of, in PEM (absent: the public ones)");

export const oidc = z.strictObject({
  issuer: f.httpsUrl.describe('The issuer, exactly as its tokens name it'),
  clientId: f.nonEmpty.describe('The client that it knows the platform by'),
  clientSecretName: f.objectName
    .optional()
    .describe(
      "Secret with the client's secret in client-secret, in the namespace of each part that logs people in; sandboxctl secrets set-oidc writes it (absent: a public client)",
    ),
  certificateAuthority,
  usernameClaim: f.nonEmpty.default('preferred_username').describe("The claim with the user's name"),
  groupsClaim: f.nonEmpty.default('groups').describe("The claim with the user's groups"),
  principalsClaim: f.nonEmpty
    .optional()
    .describe("A claim with the user's name and groups in one list, for web access of users and groups both"),
  scopes: z
    .array(f.scope)
    .check(distinct)
    .default(['profile', 'groups'])
    .describe('Scopes that are asked for besides openid'),
});
