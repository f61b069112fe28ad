import { readFileSync, writeFileSync } from 'node:fs';
import { Boundary } from '../../../lib/operate/client/boundary';
import type { Person } from './person';
import { workFile } from './platform';
import type { Outcome } from './run';
import { ssh, withTunnel } from './ssh';

/** Boundary's own API, as a person who is logged in. */
export function apiOf(person: Person): Boundary {
  const { address, ca, token } = JSON.parse(readFileSync(person.loginFile, 'utf8'));
  return new Boundary({ address, ca }, token);
}

const certificateOf = (key: string) => workFile(`${key}-cert.pub`);

/** The key and certificate of a session that Boundary opens for a person, in the run's folder. @returns the session's id */
export async function keyFor(person: Person, environment: string, name: string): Promise<string> {
  const { credentials, sessionId } = await apiOf(person).authorize(environment);
  const made = Object.values(credentials).find(({ private_key: key }) => key);
  writeFileSync(workFile(name), `${String(made?.private_key).trim()}\n`, { mode: 0o600 });
  writeFileSync(certificateOf(name), `${String(made?.signed_key).trim()}\n`);
  return sessionId;
}

/** ssh past Boundary and past the network: only the certificate and sshd decide. */
export const directly = (environment: string, key: string, user?: string): Promise<Outcome> =>
  withTunnel('devenv', environment, (tunnel) =>
    ssh(tunnel, 'echo in', { key, user, settings: { CertificateFile: certificateOf(key) } }),
  );
