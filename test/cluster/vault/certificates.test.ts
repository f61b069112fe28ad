import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { eventually } from '../support/eventually';
import { apply, exec, find, hasten, type KubeObject, kubectl, list, nodeAddress } from '../support/kubectl';
import { becomesReady, platform, workFile } from '../support/platform';
import { must, run } from '../support/run';
import { served } from '../support/served';

/** The servers, each with its Secret, its pods and the node port that clients outside dial. */
const SERVERS = [
  { namespace: 'vault', instance: 'vault', port: 30820 },
  { namespace: 'boundary', instance: 'boundary-controller', port: 30920 },
  { namespace: 'keycloak', instance: 'keycloak', port: 30880 },
] as const;
type Server = (typeof SERVERS)[number];

/** Programs in the cluster that call Vault as soon as they start, and a Job that calls Boundary, too. */
const CLIENTS = [
  ['platform-bootstrap', 'vault-bootstrap'],
  ['platform-bootstrap', 'ssh-host-signer'],
  ['boundary', 'boundary-bootstrap'],
] as const;

let folder: string;

const secretOf = ({ namespace }: Server) => find('secret', namespace, `${namespace}-tls`);
const certificateOf = async (server: Server) =>
  new X509Certificate(Buffer.from((await secretOf(server)).data['tls.crt'], 'base64'));

/** Whether somebody outside who trusts the platform's authority alone gets an answer. */
const answers = async ({ port }: Server): Promise<number> =>
  (
    await run('curl', [
      '-sS',
      '-o',
      '/dev/null',
      '--cacert',
      workFile('ca.crt'),
      `https://${await nodeAddress()}:${port}/`,
    ])
  ).code;

const scaleAuthority = (replicas: number) =>
  kubectl(['scale', 'deployment/certificate-authority', '-n', 'platform-bootstrap', `--replicas=${replicas}`]);

/** Gives a server a certificate for the same names that another authority has signed. */
async function giveForeign(server: Server): Promise<void> {
  const [key, request, certificate, extensions] = ['key', 'csr', 'crt', 'ext'].map((name) =>
    workFile(`foreign.${name}`),
  );
  const names = ((await certificateOf(server)).subjectAltName ?? '').replaceAll('IP Address', 'IP');
  await must('openssl', [
    'req',
    '-new',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-subj',
    '/CN=foreign',
    '-keyout',
    key,
    '-out',
    request,
  ]);
  const script = `echo "subjectAltName=$1" > "$2" && openssl x509 -req -in "$3" -CA "$4" -CAkey "$5" -days 2 -extfile "$2" -out "$6"`;
  const ca = ['foreign-ca.crt', 'foreign-ca.key'].map(workFile);
  await must('sh', ['-c', script, 'sh', names, extensions, request, ...ca, certificate]);
  const [crt, privateKey] = [certificate, key].map((file) => readFileSync(file).toString('base64'));
  const patch = JSON.stringify({ data: { 'tls.crt': crt, 'tls.key': privateKey } });
  await kubectl(['patch', 'secret', `${server.namespace}-tls`, '-n', server.namespace, '-p', patch]);
}

const restarts = async () =>
  Promise.all(
    SERVERS.map(async ({ namespace, instance }) => {
      const pods = await list('pods', namespace, '-l', `app.kubernetes.io/instance=${instance}`);
      return pods.map(({ metadata, status }: KubeObject) => [metadata.uid, status.containerStatuses[0].restartCount]);
    }),
  );

/** The certificates served are those of the Secrets. */
const servesItsSecret = () =>
  eventually(async () => {
    for (const server of SERVERS) {
      await hasten(server.namespace, '--selector', `app.kubernetes.io/instance=${server.instance}`);
      const [shown, kept] = [await served(await nodeAddress(), server.port), await certificateOf(server)];
      expect([server.namespace, shown.serialNumber]).toEqual([server.namespace, kept.serialNumber]);
    }
  }, 200);

let before: unknown;

beforeAll(async () => {
  folder = await platform();
  const { data } = await secretOf(SERVERS[0]);
  await run('sh', ['-c', 'base64 -d > "$1"', 'sh', workFile('ca.crt')], { input: data['ca.crt'] });
  const authority = ['-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=another authority'];
  const files = ['-keyout', workFile('foreign-ca.key'), '-out', workFile('foreign-ca.crt')];
  await must('openssl', ['req', ...authority, ...files]);
  before = await restarts();
}, 400_000);

test('servers answer clients that trust the authority', async () => {
  for (const server of SERVERS) expect([server.namespace, await answers(server)]).toEqual([server.namespace, 0]);
});

test('with a certificate of another authority, every client refuses them', async () => {
  await scaleAuthority(0);
  for (const server of SERVERS) await giveForeign(server);
  await servesItsSecret();
  // 60: the certificate cannot be verified with the authorities that are trusted.
  for (const server of SERVERS) expect([server.namespace, await answers(server)]).toEqual([server.namespace, 60]);
  const cli = await exec({ namespace: 'vault', pod: 'vault-0', container: 'vault' }, ['vault', 'status']);
  expect(cli).toMatchObject({ code: 1, stderr: expect.stringContaining('certificate signed by unknown authority') });
  for (const [namespace, instance] of CLIENTS.slice(0, 2))
    await kubectl(['delete', 'pod', '-n', namespace, '-l', `app.kubernetes.io/instance=${instance}`]);
  await kubectl(['delete', 'job', '-n', 'boundary', '-l', 'app.kubernetes.io/instance=boundary-bootstrap']);
  await apply(folder);
  await eventually(async () => {
    for (const [namespace, instance] of CLIENTS) {
      const selector = ['-n', namespace, '-l', `app.kubernetes.io/instance=${instance}`];
      const log = await kubectl(['logs', ...selector, '--all-containers', '--ignore-errors', '--tail=20']);
      expect([instance, log]).toEqual([instance, expect.stringMatching(/unable to (verify|get).*certificate/)]);
    }
  }, 90);
}, 400_000);

test('with new ones of the authority they are served without a restart, and all goes on', async () => {
  await scaleAuthority(1);
  await eventually(async () => {
    for (const server of SERVERS) {
      const { issuer } = await certificateOf(server);
      expect([server.namespace, issuer]).not.toEqual([server.namespace, 'CN=another authority']);
    }
  }, 60);
  await servesItsSecret();
  for (const server of SERVERS) expect([server.namespace, await answers(server)]).toEqual([server.namespace, 0]);
  expect(await restarts()).toEqual(before);
  await becomesReady(folder, 120);
}, 400_000);
