import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { certificateOf, giveForeign, makeForeignAuthority, scaleAuthority, trusted } from '../support/authority';
import { eventually } from '../support/eventually';
import { apply, exec, hasten, type KubeObject, kubectl, list, nodeAddress } from '../support/kubectl';
import { Person } from '../support/person';
import { becomesReady, platform, workFile } from '../support/platform';
import { run } from '../support/run';
import { served } from '../support/served';
import { missing } from '../support/stacks';
import { triedUnless } from '../support/tried';

/** The servers, each with its pods and the node port that clients outside dial. */
const SERVERS = [
  { namespace: 'vault', instance: 'vault', port: 30820 },
  { namespace: 'boundary', instance: 'boundary-controller', port: 30920 },
  { namespace: 'keycloak', instance: 'keycloak', port: 30880 },
] as const;
type Server = (typeof SERVERS)[number];

/** Programs in the cluster that call Vault or Keycloak as soon as they start, and a Job that calls Boundary, too. */
const PROGRAMS = [
  ['platform-bootstrap', 'vault-bootstrap'],
  ['platform-bootstrap', 'ssh-host-signer'],
  ['boundary', 'boundary-keeper'],
  ['keycloak', 'keycloak-clients'],
] as const;
const JOB = ['boundary', 'boundary-bootstrap'] as const;
type Program = readonly [namespace: string, instance: string];

let folder: string;

const urlOf = async ({ port }: Server) => `https://${await nodeAddress()}:${port}`;

/** Whether somebody outside who trusts the platform's authority alone gets an answer. */
const answers = async (server: Server): Promise<number> => {
  const { code } = await run('curl', ['-sS', '-o', '/dev/null', '--cacert', workFile('ca.crt'), await urlOf(server)]);
  return code;
};

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
      const [shown, kept] = [await served(await nodeAddress(), server.port), await certificateOf(server.namespace)];
      expect([server.namespace, shown.serialNumber]).toEqual([server.namespace, kept.serialNumber]);
    }
  }, 200);

const selected = ([namespace, instance]: Program) => ['-n', namespace, '-l', `app.kubernetes.io/instance=${instance}`];
const beginAnew = async (...programs: readonly Program[]) => {
  for (const program of programs) await kubectl(['delete', 'pod', ...selected(program)]);
};
const says = async (program: Program, what: RegExp) => {
  const log = await kubectl(['logs', ...selected(program), '--all-containers', '--ignore-errors', '--tail=20']);
  expect([program[1], log]).toEqual([program[1], expect.stringMatching(what)]);
};

let before: unknown;

beforeAll(async () => {
  folder = await platform();
  writeFileSync(workFile('ca.crt'), `${(await trusted()).join('\n')}\n`);
  await makeForeignAuthority();
  before = await restarts();
}, 400_000);

test('servers answer clients that trust the authority', async () => {
  for (const server of SERVERS) expect([server.namespace, await answers(server)]).toEqual([server.namespace, 0]);
});

test('with a certificate of another authority at Keycloak, neither Vault nor Boundary asks it for logins', async () => {
  await scaleAuthority(0);
  await giveForeign('keycloak');
  await servesItsSecret();
  await beginAnew(PROGRAMS[0], PROGRAMS[2]);
  await eventually(async () => {
    await says(PROGRAMS[0], /people: failed, trying again: .*oidc discovery URL/);
    await says(PROGRAMS[2], /login: failed, trying again: .*certificate signed by unknown authority/);
  }, 120);
}, 400_000);

// SECURITY.md: "Either way the authority's certificate is in the ConfigMap platform-ca"
test('with a certificate of another authority, every client refuses them', async () => {
  for (const { namespace } of SERVERS) await giveForeign(namespace);
  await servesItsSecret();
  // 60: the certificate cannot be verified with the authorities that are trusted.
  for (const server of SERVERS) expect([server.namespace, await answers(server)]).toEqual([server.namespace, 60]);
  const cli = await exec({ namespace: 'vault', pod: 'vault-0', container: 'vault' }, ['vault', 'status']);
  expect(cli).toMatchObject({ code: 1, stderr: expect.stringContaining('certificate signed by unknown authority') });
  const boundary = await urlOf(SERVERS[1]);
  const login = ['login', boundary, '--ca', workFile('ca.crt'), '--no-browser'];
  expect(await new Person('stranger').sandboxctl(...login)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`the certificate of ${boundary} is not of an authority that you trust`),
  });
  await beginAnew(...PROGRAMS);
  await kubectl(['delete', 'job', ...selected(JOB)]);
  await apply(folder);
  await eventually(async () => {
    for (const program of [...PROGRAMS, JOB]) await says(program, /unable to (verify|get).*certificate/);
  }, 90);
}, 400_000);

triedUnless(missing())('Terraform’s providers refuse them, too', async () => {
  const project = workFile('foreign-terraform');
  mkdirSync(project, { recursive: true });
  const login = {
    auth_method_id: 'ampw_1234567890',
    auth_method_login_name: 'nobody',
    auth_method_password: 'nothing',
  };
  const vault = { address: await urlOf(SERVERS[0]), ca_cert_file: workFile('ca.crt'), token: 'none' };
  writeFileSync(
    join(project, 'main.tf.json'),
    JSON.stringify({
      terraform: {
        required_providers: { vault: { source: 'hashicorp/vault' }, boundary: { source: 'hashicorp/boundary' } },
      },
      provider: {
        vault: { ...vault, skip_child_token: true },
        boundary: { addr: await urlOf(SERVERS[1]), ...login },
      },
      data: {
        vault_generic_secret: { any: { path: 'secret/any' } },
        boundary_scope: { any: { name: 'any', scope_id: 'global' } },
      },
    }),
  );
  const env = { BOUNDARY_CACERT: workFile('ca.crt'), VAULT_MAX_RETRIES: '0' };
  await run('terraform', [`-chdir=${project}`, 'init', '-input=false'], { env });
  for (const data of ['vault_generic_secret.any', 'boundary_scope.any']) {
    const plan = ['plan', '-input=false', '-no-color', `-target=data.${data}`];
    const { code, stderr } = await run('terraform', [`-chdir=${project}`, ...plan], { env });
    const said = stderr.replaceAll(/[│\s]+/g, ' ');
    expect([data, code, said]).toEqual([data, 1, expect.stringContaining('certificate signed by unknown authority')]);
  }
});

test('with new ones of the authority they are served without a restart, and all goes on', async () => {
  await scaleAuthority(1);
  await eventually(async () => {
    for (const { namespace } of SERVERS) {
      const { issuer } = await certificateOf(namespace);
      expect([namespace, issuer]).not.toEqual([namespace, 'CN=another authority']);
    }
  }, 60);
  await servesItsSecret();
  for (const server of SERVERS) expect([server.namespace, await answers(server)]).toEqual([server.namespace, 0]);
  expect(await restarts()).toEqual(before);
  await becomesReady(folder, 120);
}, 400_000);
