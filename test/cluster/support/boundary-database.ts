import { eventually } from './eventually';
import { exec, find, kubectl, list } from './kubectl';
import { must } from './run';

const DATABASE = { namespace: 'boundary', pod: 'boundary-database-0' };
const IN = ['-n', DATABASE.namespace];

/** The password that Boundary's programs have. */
export async function password(): Promise<string> {
  const { data } = await find('secret', DATABASE.namespace, 'boundary-database');
  return Buffer.from(data.password, 'base64').toString();
}

/** What PostgreSQL answers to a statement, a line for each row. */
export async function sql(statement: string, database = 'boundary'): Promise<string> {
  const client = ['psql', '-h', '/tmp', '-U', 'boundary', '-d', database, '-Atc', statement];
  const { code, stdout, stderr } = await exec(DATABASE, client);
  if (code !== 0) throw new Error(`${statement}: ${stderr}`);
  return stdout.trim();
}

/** Takes the database away with all that says that it was made, as another server's would be, and the controllers with it. */
export async function forget(): Promise<void> {
  await kubectl(['scale', 'deployment', 'boundary-controller', ...IN, '--replicas=0']);
  for (const instance of ['boundary-schema', 'boundary-bootstrap'])
    await kubectl(['delete', 'job', '-l', `app.kubernetes.io/instance=${instance}`, ...IN]);
  const known = (await list('configmaps', DATABASE.namespace)).map(({ metadata }) => metadata.name);
  const said = known.filter((name) => /^boundary-schema-[0-9a-f]+$/.test(name));
  if (said.length > 0) await kubectl(['delete', 'configmap', ...said, ...IN]);
  await sql('DROP DATABASE boundary WITH (FORCE)', 'postgres');
  await sql('CREATE DATABASE boundary', 'postgres');
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
