import { eventually } from './eventually';
import { exec, find, kubectl } from './kubectl';
import { must } from './run';

const DATABASE = { namespace: 'boundary', pod: 'boundary-database-0' };
const IN = ['-n', DATABASE.namespace];

/** The password that Boundary's programs have. */
export async function password(): Promise<string> {
  const { data } = await find('secret', DATABASE.namespace, 'boundary-database');
  return Buffer.from(data.password, 'base64').toString();
}

/** Exit status of a login with a password, as programs in other pods do it: 0 where it opens the database, 2 where not. */
export async function opens(given: string): Promise<number> {
  const login = 'read -r PGPASSWORD; export PGPASSWORD; psql -h "$(hostname -i)" -U boundary -c "select 1" boundary';
  return (await exec(DATABASE, ['sh', '-c', login], { input: `${given}\n` })).code;
}

/** A program of PostgreSQL's as the database's owner, as arguments of kubectl. */
const client = (program: string, ...args: string[]): string[] => [
  ...['exec', '-i', ...IN, DATABASE.pod, '--', program, '--host', '/tmp', '--username', 'boundary'],
  ...args,
];

export async function dumpTo(file: string): Promise<void> {
  const dump = client('pg_dump', '--format', 'custom', 'boundary');
  await must('sh', ['-c', 'f=$1; shift; exec kubectl "$@" >"$f"', 'sh', file, ...dump]);
}

export async function loadFrom(file: string): Promise<void> {
  const load = client('pg_restore', '--dbname', 'boundary');
  await must('sh', ['-c', 'f=$1; shift; exec kubectl "$@" <"$f"', 'sh', file, ...load]);
  await kubectl(client('vacuumdb', '--analyze-only', 'boundary'));
}

/** Loses the database with its volume, and waits until an empty one is there. */
export async function loseVolume(): Promise<void> {
  const { namespace, pod } = DATABASE;
  const { uid } = (await find('pod', namespace, pod)).metadata;
  await kubectl(['delete', 'pvc', `data-${pod}`, ...IN, '--wait=false']);
  await kubectl(['delete', 'pod', pod, ...IN]);
  await eventually(async () => expect((await find('pod', namespace, pod))?.metadata.uid).not.toBe(uid), 60);
  await kubectl(['wait', '--for=condition=Ready', `pod/${pod}`, ...IN, '--timeout=90s']);
}
