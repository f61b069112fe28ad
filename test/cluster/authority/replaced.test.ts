import { writeFileSync } from 'node:fs';
import { type Access, access, deployAccess, endAccess, NAME, PASSWORD } from '../support/access';
import { certificateOf, hurry, published, trusted } from '../support/authority';
import { eventually } from '../support/eventually';
import { find, type KubeObject, kubectl, list } from '../support/kubectl';
import { OpenSession } from '../support/open-session';
import { Person } from '../support/person';
import { workFile } from '../support/platform';
import { run } from '../support/run';
import { secretBecomes } from '../support/secret-files';
import { served } from '../support/served';
import { missing, sandboxctl, startSandboxctl, succeeds } from '../support/stacks';
import { triedUnless } from '../support/tried';

const why = missing() ?? (process.env.VSO_CHART ? undefined : 'VSO_CHART names no chart of the operator');
const tried = triedUnless(why);

const SERVERS = ['vault', 'boundary', 'keycloak'] as const;
const BOOTSTRAP = 'platform-bootstrap';
/** The command has kubelets look at once, so all follow within seconds. */
const SETTLE_SEC = 30;
const REPLACE = ['secrets', 'replace-authority'] as const;

let platform: Access;
let alice: Person;
let session: OpenSession;
let before: unknown;
let old: string;
let next: string;

/** Pods that run, and how often their containers began anew. */
async function running(): Promise<string[]> {
  const pods = (
    await Promise.all([...SERVERS, BOOTSTRAP, 'devenv'].map((namespace) => list('pods', namespace)))
  ).flat();
  return pods
    .filter(({ status }) => status.phase === 'Running')
    .map(({ metadata, status }) => {
      const restarts = status.containerStatuses.map(({ restartCount }: KubeObject) => restartCount);
      return `${metadata.namespace}/${metadata.name} ${metadata.uid} ${restarts}`;
    })
    .sort();
}

const put = async (value: string) => {
  expect(await sandboxctl(['secrets', 'set', 'github_token'], value)).toMatchObject({ code: 0 });
  await secretBecomes('github_token', value, 180);
};

/** How curl ends who trusts an authority alone: 0 where it is answered, 60 where the server's is another one. */
async function asked(server: (typeof SERVERS)[number], authority: string): Promise<number> {
  writeFileSync(workFile('asked.crt'), `${authority}\n`);
  const { code } = await run('curl', [
    '-sS',
    '-o',
    '/dev/null',
    '--cacert',
    workFile('asked.crt'),
    platform.addresses[server],
  ]);
  return code;
}

const hasSigned = async (authority: string): Promise<(string | number)[][]> =>
  Promise.all(
    SERVERS.map(async (server) => {
      const { hostname, port } = new URL(platform.addresses[server]);
      const [shown, kept] = [await served(hostname, Number(port)), await certificateOf(server)];
      expect([server, shown.serialNumber]).toEqual([server, kept.serialNumber]);
      return [server, await asked(server, authority)];
    }),
  );
const everyServer = (code: number) => SERVERS.map((server) => [server, code]);

beforeAll(async () => {
  if (why) return;
  platform = await access();
  await deployAccess({}, { secrets: { operator: { chart: process.env.VSO_CHART } } });
  alice = platform.people.alice;
  await alice.logIn(platform.addresses.boundary, PASSWORD);
  await alice.sandboxctl('ssh-config');
  await put('of the old authority');
  [old] = await trusted();
  await hurry(SETTLE_SEC);
  session = await OpenSession.of(alice, NAME);
  before = await running();
}, 900_000);

afterAll(async () => {
  if (why) return;
  session?.close();
  for (const namespace of [BOOTSTRAP, 'boundary']) {
    const jobs = (await list('jobs', namespace)).filter(({ metadata }) =>
      metadata.ownerReferences?.some(({ kind }: KubeObject) => kind === 'CronJob'),
    );
    for (const { metadata } of jobs) await kubectl(['delete', 'job', metadata.name, '-n', namespace]);
  }
  await hurry(180);
  await endAccess();
}, 200_000);

tried(
  'another authority is trusted beside the one that signs, and nobody notices',
  async () => {
    await succeeds(...REPLACE, '--until', 'trust');
    const both = await trusted();
    expect([both.length, both[0]]).toEqual([2, old]);
    next = both[1];
    expect(await published()).toEqual([`${both.join('\n')}\n`]);
    expect(await hasSigned(old)).toEqual(everyServer(0));
    expect(await hasSigned(next)).toEqual(everyServer(60));
    session.answers();
    expect(await running()).toEqual(before);
  },
  300_000,
);

tried(
  'the command is killed where the new one is about to sign: the same again goes on, and the old one is trusted no more',
  async () => {
    const command = startSandboxctl(REPLACE);
    await eventually(async () => {
      const jobs = (await list('jobs', BOOTSTRAP)).map(({ metadata }) => metadata.name);
      expect(jobs).toEqual(expect.arrayContaining([expect.stringMatching(/^replace-authority-sign-/)]));
    }, 240);
    process.kill(-(command.pid as number), 'SIGKILL');
    await succeeds(...REPLACE);
    expect([await trusted(), await published()]).toEqual([[next], [`${next}\n`]]);
    expect(await hasSigned(next)).toEqual(everyServer(0));
    expect(await hasSigned(old)).toEqual(everyServer(60));
    const { data } = await find('secret', BOOTSTRAP, 'certificate-authority-key');
    expect(Object.keys(data).sort()).toEqual(['everywhere', 'since', 'tls.crt', 'tls.key']);
  },
  600_000,
);

tried('nothing was restarted but the operator, and the session that was open is open', async () => {
  session.answers();
  expect(await running()).toEqual(before);
  const programs = ['vault-bootstrap', 'ssh-host-signer', 'boundary-keeper', 'keycloak-clients'];
  for (const instance of programs) {
    const selector = ['-A', '-l', `app.kubernetes.io/instance=${instance}`];
    const [pod] = JSON.parse(await kubectl(['get', 'pods', ...selector, '-o', 'json'])).items;
    const log = await kubectl(['logs', '-n', pod.metadata.namespace, pod.metadata.name, '--since=15m']);
    expect([instance, log]).not.toEqual([instance, expect.stringMatching(/certificate|x509/)]);
  }
});

tried(
  'the operator delivers, people log in and open sessions, Terraform goes on',
  async () => {
    await put('of the new authority');
    writeFileSync(workFile('ca.crt'), `${next}\n`);
    const again = new Person('alice');
    await again.logIn(platform.addresses.boundary, PASSWORD);
    await again.sandboxctl('ssh-config');
    expect(await again.ssh(NAME, 'hostname')).toMatchObject({ code: 0, stdout: `${NAME}\n` });
    await succeeds('up');
  },
  300_000,
);

tried('who was not told refuses the servers, and is told what to do', async () =>
  expect(await alice.sandboxctl('environments')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('name the platform\'s with "sandboxctl login --ca FILE"'),
  }),
);
