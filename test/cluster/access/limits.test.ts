import { existsSync } from 'node:fs';
import {
  type Access,
  access,
  BUILDER,
  ciIssuer,
  deployAccess,
  endAccess,
  NAME,
  OTHER,
  PASSWORD,
} from '../support/access';
import { dumpTo, loadFrom, loseVolume, opens, password } from '../support/boundary-database';
import { leadService } from '../support/elsewhere';
import { eventually } from '../support/eventually';
import { exec, find, isReady, kubectl, podIp } from '../support/kubectl';
import { OpenSession } from '../support/open-session';
import { Person } from '../support/person';
import { workFile } from '../support/platform';
import { SCRATCH, scratchPod } from '../support/scratch';
import { apiOf, directly, keyFor } from '../support/session-key';
import { followed, listed, loginsTo } from '../support/sessions';
import { missing, sandboxctl } from '../support/stacks';
import { triedUnless } from '../support/tried';

const why = missing();
const tried = triedUnless(why);

/** Seconds after which no new connection is made with a session's certificate. */
const CERTIFICATE_SEC = 180;

let platform: Access;
let alice: Person;
let mallory: Person;
let ada: Person;

/** Since when logins are this file's: other groups leave theirs in the log. */
let began: string;

beforeAll(async () => {
  if (why) return;
  platform = await access();
  began = new Date().toISOString();
  ({ alice, mallory, ada } = platform.people);
  for (const person of [alice, mallory, ada]) await person.logIn(platform.addresses.boundary, PASSWORD);
  await alice.sandboxctl('ssh-config');
}, 900_000);

afterAll(endAccess);

let early: OpenSession;
let earlyMs: number;

// SECURITY.md: "Two ways lead in, and both need the network policy of a grant"
tried('the network lets only workers through, whoever has a key', async () => {
  const outside = await scratchPod('outside', ['sleep', '600']);
  const connect = `timeout 3 bash -c 'exec 3<>/dev/tcp/${await podIp('devenv', NAME)}/2222 && head -c 4 <&3'`;
  expect((await exec(outside, ['bash', '-c', connect])).stdout).toBe('');
  expect((await alice.ssh(NAME, 'echo in')).stdout).toBe('in\n');
});

// SECURITY.md: "a person with a grant in Boundary | Cannot: reach any other target"
tried('a session’s certificate opens its environment and no other, and nobody’s account but the one', async () => {
  await keyFor(alice, NAME, 'session');
  earlyMs = Date.now();
  early = await OpenSession.of(alice, NAME);
  expect(await directly(NAME, 'session')).toMatchObject({ code: 0, stdout: 'in\n' });
  expect(await directly(OTHER, 'session')).toMatchObject({ code: 255 });
  expect(await directly(NAME, 'session', 'root')).toMatchObject({ code: 255 });
});

// SECURITY.md: "a person with a grant in Boundary | Cannot: reach any other target"
// SECURITY.md: "a person of boundary.admins or boundary.auditors | Cannot: enter anything"
tried('Boundary opens what is granted, and nothing else', async () => {
  await expect(apiOf(alice).authorize(OTHER)).rejects.toThrow(/that you may enter/);
  await expect(apiOf(mallory).authorize(NAME)).rejects.toThrow(/that you may enter/);
  // Seeing everything opens nothing.
  await expect(apiOf(ada).authorize(NAME)).rejects.toThrow(/that you may enter/);
});

// SECURITY.md: "a person of boundary.admins or boundary.auditors | Can: see who has a session where"
// SECURITY.md: "A certificate is checked when the session begins"
tried('admins and readonly see everybody’s sessions, and admins end them', async () => {
  const { session, id } = await followed(alice, NAME);
  for (const person of [ada, mallory]) {
    expect(await listed(person)).toEqual([]);
    expect(await listed(person, '--all')).toContainEqual(expect.objectContaining({ id, user: 'alice', target: NAME }));
  }
  const { code, stderr } = await mallory.sandboxctl('end-session', id);
  expect([code, stderr]).toEqual([1, expect.stringContaining('you may not end')]);
  session.answers();
  expect(await ada.sandboxctl('end-session', id)).toMatchObject({ code: 0 });
  const start = Date.now();
  await eventually(() => expect(session.isOpen).toBe(false), 30);
  console.info(`an ended session was cut after ${((Date.now() - start) / 1000).toFixed(1)} s: ${session.words}`);
  early.answers();
});

/** A program that comes as an agent, which its environment says. */
function agent(name: string, as: string, more: Readonly<Record<string, string>>): Person {
  const { boundary: BOUNDARY_ADDR, vault: VAULT_ADDR } = platform.addresses;
  return new Person(name, {
    SANDBOXCTL_AGENT: as,
    BOUNDARY_ADDR,
    VAULT_ADDR,
    VAULT_CACERT: workFile('ca.crt'),
    ...more,
  });
}

// SECURITY.md: "a program of boundary.agents | Can: the same"
tried('a program logs in by its ServiceAccount, enters what is granted, and leaves nothing on disk', async () => {
  const tokenOf = async (name: string) => {
    await kubectl(['apply', '--server-side', '-f', '-'], {
      input: JSON.stringify({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { ...BUILDER, name } }),
    });
    return (await kubectl(['create', 'token', name, '-n', SCRATCH, '--audience', 'vault'])).trim();
  };
  const program = async (name: string) => agent(name, 'builder', { SANDBOXCTL_TOKEN: await tokenOf(name) });
  const builder = await program('builder');
  expect(await builder.sandboxctl('ssh', NAME, '--', 'hostname')).toMatchObject({ code: 0, stdout: `${NAME}\n` });
  expect(existsSync(builder.loginFile)).toBe(false);
  expect(await builder.sandboxctl('ssh', OTHER, '--', 'hostname')).toMatchObject({ code: 1 });
  const { code, stderr } = await (await program('stranger')).sandboxctl('ssh', NAME, '--', 'hostname');
  expect([code, stderr]).toEqual([1, expect.stringContaining('Vault does not know the agent builder')]);
});

tried('a job of a CI enters by its token, another branch’s does not', async () => {
  const ci = await ciIssuer();
  const SANDBOXCTL_VAULT_LOGIN = `jwt-${new URL(ci.issuer).host.replaceAll(/[.:]/g, '-')}`;
  const job = (ref: string) =>
    agent(`job-${ref}`, 'pipeline', { SANDBOXCTL_TOKEN: ci.token({ ref }), SANDBOXCTL_VAULT_LOGIN });
  // Vault asks the issuer for its keys when it can, which holds up nothing.
  await eventually(async () => {
    expect(await job('main').sandboxctl('ssh', NAME, '--', 'hostname')).toMatchObject({ code: 0, stdout: `${NAME}\n` });
  }, 60);
  expect(await job('other').sandboxctl('ssh', NAME, '--', 'hostname')).toMatchObject({ code: 1 });
});

// SECURITY.md: "by certificate: Boundary has Vault issue a new key for each session"
tried('sshd’s log and Boundary’s list say who was where', async () => {
  const { session, id, serial } = await followed(alice, NAME);
  session.close();
  const rows = (await loginsTo(NAME, ada)).filter(([at]) => at >= began);
  expect(rows.filter(([, , one]) => one === id)).toEqual([[expect.any(String), 'alice', id, serial, NAME]]);
  expect(new Set(rows.map(([, person]) => person))).toEqual(new Set(['alice', 'agent-builder', 'agent-pipeline']));
  // Each login is of a session, which is of no other.
  expect(new Set(rows.map(([, , one]) => one)).size).toBe(rows.length);
  expect(rows.map(([, , one]) => one)).not.toContain('-');
});

tried(
  'a rotation changes the database’s password and the client’s secret, and people go on',
  async () => {
    const before = await password();
    expect(await opens(before)).toBe(0);
    const session = await OpenSession.of(alice, NAME);
    const start = Date.now();
    expect(await sandboxctl(['secrets', 'rotate'])).toMatchObject({ code: 0 });
    const after = await password();
    expect(after).not.toBe(before);
    let asked = 0;
    const failed: string[] = [];
    await eventually(async () => {
      asked++;
      const { code, stderr } = await alice.sandboxctl('environments');
      if (code !== 0) failed.push(stderr);
      expect([await opens(before), await opens(after)]).toEqual([2, 0]);
    }, 60);
    console.info(`asked ${asked} times during a rotation, ${failed.length} failures: ${[...new Set(failed)]}`);
    await eventually(() => mallory.logIn(platform.addresses.boundary, PASSWORD), 60);
    console.info(`logged in with what a rotation made after ${((Date.now() - start) / 1000).toFixed(0)} s`);
    session.answers();
    session.close();
  },
  400_000,
);

tried(
  'Boundary’s database lost with its volume comes back from its dump, logins and targets with it',
  async () => {
    const dump = workFile('boundary.dump');
    await dumpTo(dump);
    const scale = (replicas: number) =>
      kubectl(['scale', 'deployment/boundary-controller', '-n', 'boundary', `--replicas=${replicas}`]);
    await scale(0);
    await loseVolume();
    await loadFrom(dump);
    await scale(1);
    await eventually(async () => expect((await alice.ssh(NAME, 'echo in')).stdout).toBe('in\n'), 120);
  },
  400_000,
);

// SECURITY.md: "A certificate is checked when the session begins"
tried(
  'after three minutes a session’s key is refused, and what it opened is open',
  async () => {
    await eventually(() => expect(Date.now() - earlyMs).toBeGreaterThan((CERTIFICATE_SEC + 5) * 1000), CERTIFICATE_SEC);
    expect(await directly(NAME, 'session')).toMatchObject({ code: 255 });
    early.answers();
    early.close();
    await keyFor(alice, NAME, 'later');
    expect(await directly(NAME, 'later')).toMatchObject({ code: 0 });
  },
  300_000,
);

tried('an environment that is stopped is told in one line, and so is a worker that cannot be reached', async () => {
  const lines = async () =>
    (await alice.ssh(NAME, 'true')).stderr.split('\n').filter((line) => line.startsWith('sandboxctl'));
  const scale = (replicas: number) =>
    kubectl(['scale', 'statefulset/devenv', '-n', 'devenv', `--replicas=${replicas}`]);
  await scale(0);
  await eventually(async () => expect(await find('pod', 'devenv', NAME)).toBeUndefined(), 60);
  expect(await lines()).toEqual([expect.stringContaining('is stopped or restarting')]);
  await scale(2);
  await eventually(async () => expect(isReady(await find('pod', 'devenv', NAME))).toBe(true), 90);
  const lead = (pod: string) => leadService('boundary', 'boundary-worker-0-external', pod);
  await lead('nowhere');
  await eventually(async () => {
    expect(await lines()).toEqual([expect.stringMatching(/worker cannot be reached at \S+:\d+/)]);
  }, 60);
  await lead('boundary-worker-0');
  await eventually(async () => expect(await lines()).toEqual([]), 60);
});

tried(
  'a group that comes later reaches the realm; what an administrator changed stays, and a short password is refused',
  async () => {
    const { keycloak } = platform;
    await expect(keycloak.makeUser('short', 'elevenchars', [])).rejects.toThrow(/400.*password/i);
    await keycloak.call('PUT', '', { failureFactor: 7 });
    await deployAccess({}, { keycloak: { groups: ['admins', 'developers', 'readonly', 'contractors'] } });
    const search = 'groups?exact=true&search=contractors';
    await eventually(async () => expect(await keycloak.call('GET', search)).toHaveLength(1), 120);
    expect(await keycloak.call('GET', '')).toMatchObject({ failureFactor: 7, bruteForceProtected: true });
    expect(await kubectl(['logs', '-n', 'keycloak', 'deployment/keycloak-clients'])).toContain(
      'group contractors has nobody in it',
    );
    await keycloak.call('PUT', '', { failureFactor: 5 });
  },
  600_000,
);

tried(
  'who loses the grant loses the sessions within seconds',
  async () => {
    const session = await OpenSession.of(alice, NAME);
    await deployAccess({ access: [] });
    const start = Date.now();
    await eventually(() => expect(session.isOpen).toBe(false), 60);
    console.info(`cut ${((Date.now() - start) / 1000).toFixed(1)} s after the deploy: ${session.words}`);
    expect((await alice.sandboxctl('environments')).stdout.trim()).toBe('');
  },
  600_000,
);
