import { Failure } from '../failure';

/** Where a server is, of which whoever uses it may be careless. @throws Failure if it is none, or would be spoken to in the clear */
export function addressOf(given: string | undefined): string {
  if (!given)
    throw new Failure('where is Boundary? Name its address once: sandboxctl login https://boundary.example.com');
  let url: URL;
  try {
    url = new URL(given);
  } catch {
    throw new Failure(`"${given}" is no address: give it as https://HOST[:PORT]`);
  }
  if (url.protocol !== 'https:')
    throw new Failure(`"${given}" would send your login in the clear: give it as https://HOST[:PORT]`);
  return url.origin;
}

/** A server that gave no answer, or none of its own. */
export class Unreachable extends Failure {}

/** Why a server did not answer, and what to do about it. */
export function unreachable(server: string, address: string, { code = '', message }: NodeJS.ErrnoException): string {
  if (/CERT|SIGNATURE|ISSUER|ALTNAME/.test(code))
    return `the certificate of ${address} is not of an authority that you trust (${message}): name the platform's with "sandboxctl login --ca FILE", or for an agent in VAULT_CACERT`;
  return `${server} does not answer at ${address} (${message || code}): is the address right, and the network there?`;
}
