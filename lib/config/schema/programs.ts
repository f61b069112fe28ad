import * as z from 'zod';
import * as f from '../formats';
import { chosen } from './environments';
import { certificateAuthority } from './identity';

/** A program of the cluster. */
export const serviceAccount = z.strictObject({
  namespace: f.dnsLabel.describe("The ServiceAccount's namespace"),
  name: f.objectName.describe("The ServiceAccount's name"),
});

const jwt = z.strictObject({
  issuer: f.httpsUrl.describe('The issuer, exactly as its tokens name it'),
  certificateAuthority,
  audience: f.nonEmpty.describe('The audience that a token has to name'),
  claims: z
    .record(f.nonEmpty, f.claimValue)
    .refine((claims) => Object.keys(claims).length > 0, {
      error: 'must name a claim: every token of this issuer would do otherwise',
    })
    .describe('Values that claims have to have, one each and without commas, such as a repository and its branch'),
});

/** A program that opens sessions, and how it shows Vault who it is. */
export const agent = z
  .strictObject({
    name: f.dnsLabel.describe('Names it in Boundary and its policy in Vault, platform-agent.NAME'),
    environments: chosen.describe('Which environments it may enter'),
    serviceAccount: serviceAccount.optional().describe('A ServiceAccount that it runs as, or else jwt'),
    jwt: jwt.optional().describe('Tokens of another issuer, such as of a pipeline, or else serviceAccount'),
  })
  .refine(({ serviceAccount: account, jwt: token }) => (account === undefined) !== (token === undefined), {
    error: 'must say how it logs in: by serviceAccount or by jwt, one of them',
  });
