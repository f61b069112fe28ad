import { readFileSync } from 'node:fs';
import { images } from '../../../lib/config/schema/images';
import { makeCertificate } from './backup';
import { applyAll, exec, kubectl } from './kubectl';
import { workFile } from './platform';
import { must, type Outcome } from './run';
import { makeScratch, SCRATCH } from './scratch';

const NAME = 'other-database';
const PLACE = { namespace: SCRATCH, pod: NAME };
const FOLDER = '/run/tls';
/** As the platform has it. */
const IMAGE = images.parse({}).postgres;

/** A PostgreSQL server that others run: its certificate is no authority's that everybody trusts, and nobody connects in the clear. */
export class OtherDatabase {
  static readonly HOST = `${NAME}.${SCRATCH}.svc`;

  private constructor(
    readonly password: string,
    /** What signs its certificate, in PEM. */
    readonly authority: string,
  ) {}

  static async start(): Promise<OtherDatabase> {
    const database = new OtherDatabase(`${Math.random()}`, await makeCertificate(NAME, `DNS:${OtherDatabase.HOST}`));
    await makeScratch();
    await applyAll(...database.objects());
    await kubectl(['wait', `pod/${NAME}`, '-n', SCRATCH, '--for=condition=Ready', '--timeout=90s']);
    return database;
  }

  /** What a statement of its administrator answers, a line for each row. */
  async sql(statement: string): Promise<string> {
    const { code, stdout, stderr } = await exec(PLACE, ['psql', '-U', 'postgres', '-Atc', statement]);
    if (code !== 0) throw new Error(`${statement}: ${stderr}`);
    return stdout.trim();
  }

  /** Puts into it what was dumped elsewhere. */
  async loadFrom(file: string): Promise<void> {
    const client = (program: string, ...args: string[]) => [
      ...['exec', '-i', '-n', SCRATCH, NAME, '--', program, '--username', 'postgres', '--dbname', 'postgres'],
      ...args,
    ];
    const load = client('pg_restore', '--no-owner');
    await must('sh', ['-c', 'f=$1; shift; exec kubectl "$@" <"$f"', 'sh', file, ...load]);
    await kubectl(client('vacuumdb', '--analyze-only'));
  }

  /** What happens to a statement of somebody who comes over the network and checks the server's certificate. */
  async ask(user: string, password: string, statement: string): Promise<Outcome> {
    const url = `postgresql://${user}@${OtherDatabase.HOST}/postgres?sslmode=verify-full&sslrootcert=${FOLDER}/tls.crt`;
    const script = 'read -r PGPASSWORD; export PGPASSWORD; exec psql -At -c "$1" "$0"';
    return exec(PLACE, ['sh', '-c', script, url, statement], { input: `${password}\n` });
  }

  private objects(): object[] {
    const metadata = { name: NAME, namespace: SCRATCH, labels: { app: NAME } };
    const files = { 'tls.crt': this.authority, 'tls.key': readFileSync(workFile(`${NAME}.key`), 'utf8') };
    // Connections over the network are encrypted or refused.
    const rules = 'local all all trust\nhostssl all all all scram-sha-256\n';
    const settings = {
      ssl: 'on',
      ssl_cert_file: `${FOLDER}/tls.crt`,
      ssl_key_file: `${FOLDER}/tls.key`,
      hba_file: `${FOLDER}/rules`,
    };
    const container = {
      name: 'postgresql',
      image: IMAGE,
      args: ['postgres', ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`])],
      env: [{ name: 'POSTGRES_PASSWORD', valueFrom: { secretKeyRef: { name: NAME, key: 'password' } } }],
      // While it is set up it listens on its socket alone.
      readinessProbe: { exec: { command: ['pg_isready', '-h', '127.0.0.1'] }, periodSeconds: 1 },
      volumeMounts: [{ name: 'tls', mountPath: FOLDER, readOnly: true }],
    };
    return [
      { apiVersion: 'v1', kind: 'Secret', metadata, stringData: { ...files, rules, password: this.password } },
      { apiVersion: 'v1', kind: 'Service', metadata, spec: { selector: metadata.labels, ports: [{ port: 5432 }] } },
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata,
        spec: {
          containers: [container],
          securityContext: { runAsUser: 999, runAsGroup: 999, fsGroup: 999 },
          terminationGracePeriodSeconds: 1,
          volumes: [{ name: 'tls', secret: { secretName: NAME, defaultMode: 0o640 } }],
        },
      },
    ];
  }
}
