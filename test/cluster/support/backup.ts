import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { find, kubectl, machineAddress, type Place } from './kubectl';
import { ROOT, workFile } from './platform';
import { must, type Outcome, run } from './run';

export const BOOTSTRAP = 'platform-bootstrap';

/** A key and its certificate in the run's folder, for the names and addresses of a server if there are any. */
export async function makeCertificate(name: string, subjectAltName = ''): Promise<string> {
  const [key, certificate] = [workFile(`${name}.key`), workFile(`${name}.crt`)];
  const names = subjectAltName ? ['-addext', `subjectAltName=${subjectAltName}`] : [];
  const files = ['-keyout', key, '-out', certificate];
  await must('openssl', [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    '-subj',
    `/CN=${name}`,
    ...names,
    ...files,
  ]);
  return readFileSync(certificate, 'utf8');
}

/** Runs the backup now, as docs/BACKUP.md does, and answers with its log. */
export async function backUpNow(name: string): Promise<string> {
  await kubectl(['create', 'job', name, '--from=cronjob/vault-backup', '-n', BOOTSTRAP]);
  await kubectl(['wait', '--for=condition=Complete', `job/${name}`, '-n', BOOTSTRAP, '--timeout=90s']);
  return kubectl(['logs', '-n', BOOTSTRAP, `job/${name}`]);
}

/** A pod with the backup's volume, as docs/BACKUP.md makes one. */
export async function readerOfVolume(): Promise<Place> {
  const job = JSON.parse(
    await kubectl([
      'create',
      'job',
      'reader',
      '--from=cronjob/vault-backup',
      '-n',
      BOOTSTRAP,
      '--dry-run=client',
      '-o',
      'json',
    ]),
  );
  job.spec.template.spec.containers[0].command = ['sleep', '600'];
  await kubectl(['create', '-f', '-'], { input: JSON.stringify(job) });
  await kubectl(['wait', '--for=condition=Ready', 'pod', '-l', 'job-name=reader', '-n', BOOTSTRAP, '--timeout=60s']);
  const pod = await kubectl([
    'get',
    'pod',
    '-l',
    'job-name=reader',
    '-n',
    BOOTSTRAP,
    '-o',
    'jsonpath={.items[0].metadata.name}',
  ]);
  return { namespace: BOOTSTRAP, pod };
}

/** An S3 server on this machine, with one bucket. */
export class S3Server {
  static readonly BUCKET = 'backups';
  static readonly KEYS = { AWS_ACCESS_KEY_ID: 'backup', AWS_SECRET_ACCESS_KEY: 'for-tests-alone' };
  private constructor(
    private readonly process: ChildProcess,
    readonly endpoint: string,
    readonly folder: string,
  ) {}

  /** What this machine's clients of it have in their environment. */
  static client(): Record<string, string> {
    return { ...S3Server.KEYS, RESTIC_CACERT: workFile('s3.crt') };
  }

  /** Address of a repository in its bucket, as restic has it. */
  repository = (name: string): string => `s3:${this.endpoint}/${S3Server.BUCKET}/${name}`;

  /** Starts it at an address that pods reach, with a certificate of its own in the ConfigMap `s3-ca`. */
  static async start(port: number): Promise<S3Server> {
    const server = await S3Server.startOutside(port);
    await server.tellCluster();
    return server;
  }

  /** The same, with nothing of it in the cluster. */
  static async startOutside(port: number): Promise<S3Server> {
    const address = await machineAddress();
    const folder = workFile('s3');
    mkdirSync(`${folder}/${S3Server.BUCKET}`, { recursive: true });
    await makeCertificate('s3', `IP:${address}`);
    const keys = S3Server.KEYS;
    const child = spawn(
      'versitygw',
      ['--port', `${address}:${port}`, '--cert', workFile('s3.crt'), '--key', workFile('s3.key'), 'posix', folder],
      {
        stdio: 'ignore',
        env: { ...process.env, ROOT_ACCESS_KEY: keys.AWS_ACCESS_KEY_ID, ROOT_SECRET_KEY: keys.AWS_SECRET_ACCESS_KEY },
      },
    );
    return new S3Server(child, `https://${address}:${port}`, `${folder}/${S3Server.BUCKET}`);
  }

  private async tellCluster(): Promise<void> {
    const ca = readFileSync(workFile('s3.crt'), 'utf8');
    await kubectl(['apply', '--server-side', '-f', '-'], {
      input: JSON.stringify({
        apiVersion: 'v1',
        kind: 'List',
        items: [
          {
            apiVersion: 'v1',
            kind: 'Secret',
            metadata: { name: 's3', namespace: BOOTSTRAP },
            stringData: S3Server.KEYS,
          },
          {
            apiVersion: 'v1',
            kind: 'ConfigMap',
            metadata: { name: 's3-ca', namespace: BOOTSTRAP },
            data: { 'ca.crt': ca },
          },
        ],
      }),
    });
  }

  stop(): void {
    this.process.kill();
  }
}

/** A snapshot as it is stored, from the volume into the run's folder. */
export async function fetchFrom(reader: Place, name: string): Promise<string> {
  const file = workFile(name);
  const command = 'exec kubectl exec -n "$1" "$2" -- cat "/backup/$3" >"$4"';
  await must('sh', ['-c', command, 'sh', reader.namespace, reader.pod, name, file]);
  return file;
}

/** Whether a key opens a stored snapshot, and what is in it then. */
export async function opened(file: string, key: string): Promise<string[]> {
  const clear = workFile('opened.tgz');
  const decrypt = [
    'cms',
    '-decrypt',
    '-binary',
    '-inform',
    'DER',
    '-in',
    file,
    '-inkey',
    workFile(`${key}.key`),
    '-out',
    clear,
  ];
  if ((await run('openssl', decrypt)).code !== 0) return [];
  return (await must('tar', ['-tzf', clear])).trim().split('\n');
}

/** Deletes Vault's servers with their volumes, and has new ones made. */
export async function destroyVault(replicas: number): Promise<void> {
  const inNamespace = ['-n', 'vault'];
  await kubectl(['scale', 'statefulset/vault', '--replicas=0', ...inNamespace]);
  await kubectl(['wait', '--for=delete', 'pod', '-l', 'app.kubernetes.io/name=vault', '--timeout=90s', ...inNamespace]);
  const claims = Array.from({ length: replicas }, (_, index) => `data-vault-${index}`);
  await kubectl(['delete', 'pvc', ...claims, '--timeout=90s', ...inNamespace]);
  await kubectl(['scale', 'statefulset/vault', `--replicas=${replicas}`, ...inNamespace]);
}

/** Restores a stored snapshot, as docs/BACKUP.md says. */
export const restore = (file: string): Promise<Outcome> =>
  run(join(ROOT, 'examples/backup/restore'), [file, workFile('backup.key')], { seconds: 300 });

/** What the backup says of itself. */
export const backupStatus = async (): Promise<Record<string, string>> =>
  (await find('configmap', BOOTSTRAP, 'vault-backup-status'))?.data ?? {};
