import { eventually } from './eventually';
import { find, kubectl, list } from './kubectl';
import { OwnDatabase } from './own-database';
import { must } from './run';

const own = new OwnDatabase('boundary');
const { place: DATABASE } = own;
const IN = ['-n', DATABASE.namespace];

export const password: OwnDatabase['password'] = () => own.password();
export const sql: OwnDatabase['sql'] = (...statement) => own.sql(...statement);
export const opens: OwnDatabase['opens'] = (given) => own.opens(given);

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
