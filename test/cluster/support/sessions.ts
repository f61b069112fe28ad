import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Session } from '../../../lib/operate/client/boundary';
import { whoWasWhere } from '../../docs/who-was-where';
import { OpenSession } from './open-session';
import type { Person } from './person';
import { CLI } from './platform';
import { must } from './run';

/** Sessions as a person's client lists them. */
export const listed = async (person: Person, ...args: string[]): Promise<Session[]> =>
  JSON.parse((await person.sandboxctl('sessions', '--json', ...args)).stdout);
const idsOf = (sessions: readonly Session[]) =>
  sessions.filter(({ status }) => status === 'active').map(({ id }) => id);

/** A session that a person opens, its id at Boundary, and the serial number of the certificate that ssh shows. */
export async function followed(person: Person, environment: string) {
  const ids = idsOf(await listed(person));
  const folders = readdirSync(person.connections);
  const session = await OpenSession.of(person, environment);
  const [id] = idsOf(await listed(person)).filter((one) => !ids.includes(one));
  const [folder] = readdirSync(person.connections).filter((name) => /^\d+$/.test(name) && !folders.includes(name));
  const certificate = await must('ssh-keygen', ['-L', '-f', join(person.connections, folder, 'key-cert.pub')]);
  return { session, id, serial: /Serial: (\d+)/.exec(certificate)?.[1] };
}

/** Logins to a numbered environment by the query of docs/ACCESS.md: time, person, session, serial number, environment. */
export async function loginsTo(environment: string, { env }: Person): Promise<string[][]> {
  const query = whoWasWhere().replaceAll('devenv-alice-0', environment).replaceAll('devenv-alice', environment);
  const program = ['node', ...CLI].map((word) => `'${word}'`).join(' ');
  const script = `sandboxctl() { ${program} "$@"; }\n${query}`;
  // kubectl is that of whoever runs the tests.
  const lines = await must('sh', ['-c', script], { env: { ...env, HOME: process.env.HOME ?? '' } });
  return lines
    .trim()
    .split('\n')
    .map((line) => line.split('\t'));
}
