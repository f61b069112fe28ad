import { readFileSync, writeFileSync } from 'node:fs';
import { type SessionSeen, sessionTable } from '../../helpers/session-table';
import { PASSWORD } from '../support/access';
import { eventually } from '../support/eventually';
import { FirstVersion, makePersonOfThen } from '../support/first-version';
import { known } from '../support/forgotten';
import { exec, find, nodeAddress } from '../support/kubectl';
import { OpenSession } from '../support/open-session';
import { Outage } from '../support/outage';
import { Person } from '../support/person';
import { KEY, noPlatform, workFile } from '../support/platform';
import { hasProgram } from '../support/run';
import { clientOptions, hostKey, withTunnel } from '../support/ssh';
import { cdktf, makeProject, missing, nodePorts, sandboxctl, succeeds } from '../support/stacks';
import { triedUnless } from '../support/tried';

const first = missing() ? undefined : FirstVersion.get();
const why = missing() ?? first?.lacking;
const tried = triedUnless(why);

const NAMES = ['devenv-0', 'devenv-1'];
const PERSON = 'alice';
const FILES = 'cd /; cat workspace/file commandhistory/.bash_history home/node/.claude/file';

const settings = () => ({
  environments: { replicas: NAMES.length, sshKeys: [readFileSync(workFile(`${KEY}.pub`), 'utf8').trim()] },
});
const url = async (service: string) => `https://${await nodeAddress()}:${nodePorts(service)[0]}`;

/** What people of a platform have, by which they know it again. */
async function held(): Promise<Record<string, unknown>> {
  const inside = async (pod: string) => (await exec({ namespace: 'devenv', pod }, ['sh', '-c', FILES])).stdout;
  const targets = Object.entries(await known()).filter(([address]) => address.startsWith('boundary_target.'));
  const { method, org, project, store } = (await find('configmap', 'boundary', 'boundary-objects')).data;
  const users: string = Object.values<string>((await find('configmap', 'devenv', 'ssh-user-ca')).data).join();
  return {
    files: await Promise.all(NAMES.map(inside)),
    hostKeys: await Promise.all(NAMES.map((name) => withTunnel('devenv', name, hostKey))),
    authority: (await find('configmap', 'platform-bootstrap', 'platform-ca')).data['ca.crt'].trim(),
    sshAuthority: /ssh-ed25519 \S+/.exec(users)?.[0],
    vaultKeys: (await find('secret', 'platform-bootstrap', 'vault-keys')).data.keys,
    password: (await find('secret', 'boundary', 'boundary-database')).data.password,
    objects: { method, org, project, store },
    targets,
  };
}

let before: Record<string, unknown>;

beforeAll(async () => {
  if (why) return;
  await noPlatform();
  await makeProject(settings(), first?.folder);
  await cdktf('deploy');
  const script =
    'cd /; for at in workspace/file commandhistory/.bash_history home/node/.claude/file; do echo of before > $at; done';
  for (const pod of NAMES)
    expect(await exec({ namespace: 'devenv', pod }, ['sh', '-c', script])).toMatchObject({ code: 0 });
  await makePersonOfThen(PERSON, PASSWORD, 'developers', nodePorts('keycloak-external')[0]);
  before = await held();
  // From here on, the program is today's.
  await makeProject(settings());
}, 1_200_000);

afterAll(async () => {
  if (!why) await sandboxctl(['down', '--delete-workspaces', '--yes']);
  first?.remove();
}, 600_000);

tried('the plan says what becomes of the realm, and changes nothing', async () => {
  const { stdout } = await sandboxctl(['upgrade', '--dry-run', '--json']);
  const { steps, notes } = JSON.parse(stdout);
  expect(steps).toEqual(expect.arrayContaining(['vault', 'keycloak', 'boundary', 'environments']));
  expect(notes).toContainEqual(expect.stringMatching(/^Keycloak's realm is of an earlier version/));
  expect(await held()).toEqual(before);
});

/** What is asked for all the time. */
const questions = async (): Promise<Record<string, string>> => ({
  Vault: `curl -fsSk ${await url('vault-external')}/v1/ssh/public_key`,
  Boundary: `curl -sSk ${await url('boundary-external')}/`,
  'Keycloak, so logins': `curl -fsSk ${await url('keycloak-external')}/realms/agent-sandbox`,
  ...Object.fromEntries(NAMES.map((name) => [name, `kubectl exec -n devenv ${name} -c devenv -- true`])),
});

/** Sessions as they were open then, by a key and by kubectl. @param use has them */
function withSessions(use: (sessions: Record<string, OpenSession>) => Promise<void>): Promise<void> {
  return withTunnel('devenv', NAMES[0], async ({ port }) => {
    const ssh = ['-tt', ...clientOptions(), '-p', String(port), 'node@127.0.0.1'];
    const sessions = {
      [`${NAMES[0]}, by ssh with a key`]: await OpenSession.by('ssh', ssh),
      [`${NAMES[1]}, by kubectl exec`]: await OpenSession.by('kubectl', [
        'exec',
        '-n',
        'devenv',
        NAMES[1],
        '--',
        'sh',
        '-c',
      ]),
    };
    try {
      await use(sessions);
    } finally {
      for (const session of Object.values(sessions)) session.close();
    }
  });
}

tried(
  'it becomes one of this version under open sessions, by one command, and keeps what people have',
  () =>
    withSessions(async (sessions) => {
      const asked = Object.entries(await questions()).map(([part, ask]) => ({ part, outage: new Outage(ask) }));
      const start = performance.now();
      const { code, stdout, stderr } = await sandboxctl(['upgrade', '--yes']);
      const seconds = (performance.now() - start) / 1000;
      const answered = await Promise.all(asked.map(async ({ part, outage }) => ({ part, ...(await outage.end()) })));
      expect({ code, said: code === 0 ? '' : stdout + stderr }).toEqual({ code: 0, said: '' });
      const away = new Map(answered.map(({ part, longestSec }) => [part, longestSec]));
      const rows = Object.entries(sessions).map(([to, session]): SessionSeen => {
        const [name] = to.split(',');
        const ended = session.isOpen ? undefined : session.words;
        return { what: 'upgrade', to, ended, silentSec: session.longestSec, againSec: away.get(name) ?? 0 };
      });
      const times = [...away].map(([part, sec]) => `| ${part} | ${sec.toFixed(1)} s |`);
      console.info(
        [
          '| From the first version | `sandboxctl upgrade` by Terraform |',
          '| --- | --- |',
          `| all of it | ${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s |`,
          ...times,
          '',
          sessionTable('By', rows),
        ].join('\n'),
      );
      // Each part answers again, and nobody is without one for longer than its restart takes.
      for (const { part, answers } of answered) expect([part, answers > 20]).toEqual([part, true]);
      expect(await held()).toEqual(before);
    }),
  1_200_000,
);

tried(
  'then it has nothing to change, and nothing wrong',
  async () => {
    expect(await succeeds('upgrade', '--yes')).toMatch(/^nothing to upgrade/);
    await succeeds('status');
    expect(await succeeds('up')).not.toContain('changes are carried out');
    await eventually(async () => expect(JSON.parse((await sandboxctl(['doctor', '--json'])).stdout)).toEqual([]), 120);
    expect(await find('secret', 'keycloak', 'keycloak-admin')).toBe(undefined);
  },
  400_000,
);

tried(
  'people of the realm of then log in, and have sessions through Boundary',
  async () => {
    if (!(await hasProgram('boundary'))) throw new Error('"boundary" is not on PATH');
    const { data } = await find('secret', 'keycloak', 'keycloak-tls');
    writeFileSync(workFile('ca.crt'), Buffer.from(data['ca.crt'], 'base64'));
    const alice = new Person(PERSON);
    await eventually(async () => alice.logIn(await url('boundary-external'), PASSWORD), 120);
    await alice.sandboxctl('ssh-config');
    await eventually(async () => expect((await alice.ssh(NAMES[0], 'echo in')).stdout).toBe('in\n'), 180);
  },
  400_000,
);
