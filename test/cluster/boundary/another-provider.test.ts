import { writeFileSync } from 'node:fs';
import { becomesKnown } from '../support/access';
import { Dex } from '../support/dex';
import { eventually } from '../support/eventually';
import { changeIssuer } from '../support/keeper';
import { applyAll, find, kubectl, machineAddress, nodeAddress } from '../support/kubectl';
import { OpenSession } from '../support/open-session';
import { OtherDatabase } from '../support/other-database';
import { byFormsOf, Person } from '../support/person';
import { isFound, noPlatform, workFile } from '../support/platform';
import { run } from '../support/run';
import { removeScratch } from '../support/scratch';
import { apiOf, directly, keyFor } from '../support/session-key';
import { destroyAll, makeProject, missing, nodePorts, sandboxctl, succeeds } from '../support/stacks';
import { triedUnless } from '../support/tried';

const why = missing() ?? (isFound('dex') ? undefined : '"dex" is not on PATH');
const tried = triedUnless(why);

/** Logins that differ in nothing but where the dot is. */
const MAIL = { alice: 'a.lice@example.com', bob: 'al.ice@example.com' };
const PASSWORD = `${Math.random()}`;
const NAME = 'devenv-alice';
const OTHER = 'devenv-bob';

let dex: Dex;
let database: OtherDatabase;
let boundary: string;
let alice: Person;
let bob: Person;

const logIn = (person: Person) => person.logIn(boundary, PASSWORD, byFormsOf(dex.authority));

const stands = (namespace: string) =>
  eventually(async () => expect(await find('namespace', '', namespace)).toBeDefined(), 120);

/** Writes the project's settings, with an environment for each of these. */
const platformFor = (...users: (keyof typeof MAIL)[]) =>
  makeProject({
    boundary: {
      database: {
        externalUrl: `postgresql://postgres@${OtherDatabase.HOST}:5432/postgres`,
        caConfigMap: 'database-ca',
      },
    },
    oidc: {
      issuer: dex.issuer,
      clientId: Dex.CLIENT,
      clientSecretName: 'oidc-client',
      certificateAuthority: dex.authority,
      usernameClaim: 'email',
      scopes: ['profile', 'email'],
    },
    environments: { users: Object.fromEntries(users.map((user) => [user, { login: MAIL[user] }])), access: [] },
    secrets: { delivery: 'none' },
  });

/** Writes what the platform waits for, as soon as there is a place for it. */
async function provide(namespace: string, kind: 'Secret' | 'ConfigMap', name: string, data: Record<string, string>) {
  const values = kind === 'Secret' ? { stringData: data } : { data };
  const object = { apiVersion: 'v1', kind, metadata: { name, namespace }, ...values };
  await stands(namespace);
  await applyAll(object);
}

/** Writes the client's secret wherever a part of the platform logs people in, and nobody sees it. */
async function provideClientSecret(): Promise<void> {
  const { code, stdout, stderr } = await sandboxctl(['secrets', 'set-oidc'], dex.secret);
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^in Secret boundary\/oidc-client, platform-bootstrap\/oidc-client: /);
  expect(stdout + stderr).not.toContain(dex.secret);
}

const provideAuthority = (authority: string) =>
  provide('boundary', 'ConfigMap', 'database-ca', { 'ca.crt': authority });

const provideAll = () =>
  Promise.all([
    Promise.all(['boundary', 'platform-bootstrap'].map(stands)).then(provideClientSecret),
    provide('boundary', 'Secret', 'boundary-external-database', { password: database.password }),
    provideAuthority(database.authority),
  ]);

beforeAll(async () => {
  if (why) return;
  // Boundary's database is chosen before the first deploy.
  await noPlatform();
  const node = await nodeAddress();
  dex = await Dex.at(await machineAddress());
  boundary = `https://${node}:${nodePorts('boundary-external')[0]}`;
  await dex.start(Object.values(MAIL), PASSWORD, `${boundary}/v1/auth-methods/oidc:authenticate:callback`);
  database = await OtherDatabase.start();
  await platformFor('alice', 'bob');
  await Promise.all([succeeds('up'), provideAll()]);
  for (const name of [NAME, OTHER]) await becomesKnown(`${name}-0`);
  const { data } = await find('secret', 'boundary', 'boundary-tls');
  writeFileSync(workFile('ca.crt'), Buffer.from(data['ca.crt'], 'base64'));
  alice = new Person(MAIL.alice);
  bob = new Person(MAIL.bob);
}, 900_000);

afterAll(async () => {
  if (why) return;
  dex.stop();
  await destroyAll();
  await removeScratch();
}, 600_000);

tried('people of a provider without groups log in, each to the own environment', async () => {
  await eventually(() => logIn(alice), 60);
  expect((await alice.sandboxctl('environments')).stdout.trim()).toBe(NAME);
  expect(await alice.sandboxctl('ssh', 'alice', '--', 'hostname')).toMatchObject({ code: 0, stdout: `${NAME}-0\n` });
  expect(await alice.sandboxctl('ssh', 'bob', '--', 'hostname')).toMatchObject({ code: 1 });
});

tried('people whose logins differ in one dot enter each the own environment, and neither the other’s', async () => {
  await logIn(bob);
  const each = [
    { person: alice, own: NAME, other: OTHER },
    { person: bob, own: OTHER, other: NAME },
  ];
  for (const { person, own, other } of each) {
    expect((await person.sandboxctl('environments')).stdout.trim()).toBe(own);
    expect(await person.sandboxctl('ssh', own, '--', 'hostname')).toMatchObject({ code: 0, stdout: `${own}-0\n` });
    // Boundary itself, whatever the client asks it for.
    await expect(apiOf(person).authorize(other)).rejects.toThrow(/that you may enter/);
    // The certificate by itself, past Boundary and the network.
    await keyFor(person, own, 'dotted');
    expect(await directly(own, 'dotted')).toMatchObject({ code: 0, stdout: 'in\n' });
    const { code, stderr } = await directly(other, 'dotted');
    expect([code, stderr]).toEqual([255, expect.stringContaining('Permission denied')]);
  }
});

tried('another secret of the client is one command, and people log in as before', async () => {
  await dex.changeSecret();
  await provideClientSecret();
  await eventually(() => logIn(alice), 90);
});

tried('nobody’s own agent is handed on unless that is permitted', async () => {
  await alice.sandboxctl('ssh-config');
  const forwarded = ['ssh', '-F', alice.sshConfig, '-A', NAME, 'echo "socket: $SSH_AUTH_SOCK"'];
  const { stdout } = await run('ssh-agent', forwarded, { env: alice.env });
  expect(stdout).toBe('socket: \n');
});

tried(
  'who is taken out of platform.yaml loses the open session within seconds, keeps the files, and nobody else notices',
  async () => {
    for (const person of [alice, bob]) await person.sandboxctl('ssh-config');
    const [staying, leaving] = [await OpenSession.of(alice, NAME), await OpenSession.of(bob, OTHER)];
    const uidOf = async (kind: string, name: string) => (await find(kind, 'devenv', name))?.metadata.uid;
    const before = [await uidOf('pod', `${NAME}-0`), await uidOf('pvc', `workspace-${OTHER}-0`)];
    await platformFor('alice');
    const start = Date.now();
    await succeeds('up');
    const took = Date.now() - start;
    await eventually(() => expect(leaving.isOpen).toBe(false), 60);
    const cut = ((leaving.endedMs ?? 0) - start) / 1000;
    console.info(`cut ${cut.toFixed(1)} s after a deploy of ${(took / 1000).toFixed(1)} s began: ${leaving.words}`);
    staying.answers();
    staying.close();
    expect((await bob.sandboxctl('environments')).stdout.trim()).toBe('');
    expect(await bob.sandboxctl('ssh', OTHER, '--', 'hostname')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('that you may enter; yours: none'),
    });
    expect(await uidOf('statefulset', OTHER)).toBeUndefined();
    expect([await uidOf('pod', `${NAME}-0`), await uidOf('pvc', `workspace-${OTHER}-0`)]).toEqual(before);
    expect(before).not.toContain(undefined);
  },
  600_000,
);

tried('Boundary’s data is in a database of others, if its authority signed the certificate', async () => {
  expect(await database.sql("SELECT count(*) FROM iam_scope WHERE name = 'environments'")).toBe('1');
  expect(await find('statefulset', 'boundary', 'boundary-database')).toBeUndefined();
  const said = async () =>
    kubectl(['logs', '-n', 'boundary', 'deployment/boundary-controller', '--all-containers', '--tail=-1']);
  const restart = () =>
    kubectl(['delete', 'pods', '-n', 'boundary', '-l', 'app.kubernetes.io/instance=boundary-controller']);
  await provideAuthority(dex.authority);
  await restart();
  await eventually(async () => expect(await said()).toMatch(/certificate signed by unknown authority/), 60);
  await provideAuthority(database.authority);
  await restart();
  await eventually(async () => expect((await alice.sandboxctl('environments')).stdout.trim()).toBe(NAME), 90);
});

tried('an issuer that answers as another one is told in words', async () => {
  await changeIssuer((issuer) => `${issuer}/`);
  await eventually(async () => {
    const log = await kubectl(['logs', '-n', 'boundary', 'deployment/boundary-keeper', '--tail=20']);
    expect(log).toMatch(/issuer did not match/);
  }, 90);
});
