import * as z from 'zod';
import * as f from '../formats';
import { chosen } from './environments';
import { distinct } from './lists';
import { serviceAccount } from './programs';

const authority = (mount: string) =>
  z
    .strictObject({
      mount: f.engineMount.default(mount).describe('Path of the engine that signs'),
      alsoTrusted: z
        .array(f.engineMount)
        .check(distinct)
        .default([])
        .describe('Paths of engines that are trusted, too, while one takes over from another'),
    })
    .prefault({});

const signer = z.strictObject({
  name: f.dnsLabel.describe('Names its policy in Vault, platform-ssh.NAME'),
  environments: chosen.describe('Which environments it may enter'),
  serviceAccount: serviceAccount
    .optional()
    .describe(
      'A ServiceAccount that logs in to Vault with the policy (absent: give the policy to a login of your own)',
    ),
});

/** SSH certificates: who signs them, for whom and for how long. */
export const ssh = z.strictObject({
  userAuthority: authority('ssh').describe("The authority of people's certificates"),
  hostAuthority: authority('ssh-host').describe("The authority of the environments' host certificates"),
  maxTtl: f
    .boundedDuration('3m', '24h')
    .default('30m')
    .describe('Longest life of a certificate that someone asks for; who names none gets 3m'),
  hostTtl: f
    .boundedDuration('1h', '8760h')
    .default('2160h')
    .describe('Life of host certificates, renewed when a third of it is left'),
  signers: z.array(signer).default([]).describe('Who may have keys signed, besides Boundary for its sessions'),
});
