import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { KILLED, type Killed, killTable, type Seen } from '../../helpers/kill-table';
import { type Access, access, endAccess, NAME, PASSWORD } from '../support/access';
import { killApiServer, mayKillApiServer, TESTBED } from '../support/control-plane';
import { eventually } from '../support/eventually';
import { find, kubectl, list } from '../support/kubectl';
import { OpenSession } from '../support/open-session';
import type { Person } from '../support/person';
import { isFound, workFile } from '../support/platform';
import { must, run } from '../support/run';
import { missing } from '../support/stacks';
import { triedUnless } from '../support/tried';
import { inVault, rootToken } from '../support/vault';

const why = missing();
/** All of them by hand; otherwise those that a session is carried by. */
const ALL = process.env.KILLS === 'all';

const hasNodes = isFound('three-nodes');

/** What `boundary.workerGracePeriod` is by default. */
const GRACE_SEC = 120;

/** What is copied meanwhile, in MB and MB a second. */
const COPY = { size: 60, rate: 10 };

interface Kill {
  /** Why it cannot be killed here. @default - it can */
  readonly lacking?: string;
  /** Before a session is opened. */
  readonly prepare?: () => Promise<unknown>;
  readonly kill: () => Promise<unknown>;
  /** Whether the user's open session outlives it. */
  readonly lasts: boolean;
  /** Whether a copy of a few seconds does, where the session does not. @default - as the session */
  readonly copies?: boolean;
  /** Seconds within which a new session opens again. */
  readonly withinSec: number;
  readonly isShort?: boolean;
}

/** Ends pods, and returns once they are gone: what is removed by force answers a moment longer. */
const gone = (namespace: string, ...which: string[]) => kubectl(['delete', 'pod', ...which, '-n', namespace, '--now']);
const all = (instance: string) => ['-l', `app.kubernetes.io/instance=${instance}`];

const nodes = { lacking: hasNodes ? undefined : 'the cluster has fewer than three nodes' };

const KILLS: Readonly<Record<Killed, Kill>> = {
  "Boundary's worker": {
    kill: () => gone('boundary', 'boundary-worker-0'),
    lasts: false,
    withinSec: 60,
    isShort: true,
  },
  "Boundary's controller": {
    kill: () => gone('boundary', ...all('boundary-controller')),
    lasts: true,
    withinSec: 60,
    isShort: true,
  },
  "Boundary's database": { kill: () => gone('boundary', 'boundary-database-0'), lasts: true, withinSec: 90 },
  'Vault, sealed': {
    kill: async () => inVault('operator seal', await rootToken()),
    lasts: true,
    withinSec: 60,
  },
  'Vault, gone': { kill: () => gone('vault', 'vault-0'), lasts: true, withinSec: 90 },
  Keycloak: { kill: () => gone('keycloak', ...all('keycloak')), lasts: true, withinSec: 10 },
  'the Vault Secrets Operator': {
    lacking: process.env.VSO_CHART ? undefined : 'VSO_CHART names no chart',
    kill: () => gone('vault-secrets-operator-system', '--all'),
    lasts: true,
    withinSec: 10,
  },
  "Kubernetes' API server": {
    lacking: mayKillApiServer ? undefined : 'the cluster is not the testbed on this machine',
    kill: killApiServer,
    lasts: true,
    withinSec: 30,
  },
  "the environment's node, without power for a minute": {
    ...nodes,
    kill: () => powerCycle('devenv', NAME),
    lasts: false,
    withinSec: 240,
  },
  'the node of the only controller, without power for a minute': {
    ...nodes,
    prepare: partController,
    kill: async () => powerCycle('boundary', await controller()),
    // It goes on for the minute that workers do without controllers.
    lasts: false,
    copies: true,
    withinSec: 150,
  },
  "the environment's pod": { kill: () => gone('devenv', NAME), lasts: false, withinSec: 90, isShort: true },
};

const nodeOf = async (namespace: string, pod: string): Promise<string> =>
  (await find('pod', namespace, pod)).spec.nodeName;

/** Takes the power from a pod's node for a minute, whatever else is on it. */
async function powerCycle(namespace: string, pod: string): Promise<void> {
  const node = await nodeOf(namespace, pod);
  await must(TESTBED, ['power', node, 'off']);
  await pause(60_000);
  await must(TESTBED, ['power', node, 'on'], { seconds: 180 });
}

/** Name of the pod of the only controller. */
async function controller(): Promise<string> {
  const pods = await list('pods', 'boundary', ...all('boundary-controller'));
  return pods.find(({ metadata }) => !metadata.deletionTimestamp)?.metadata.name;
}

/** Has the controller's node hold nothing that a session goes through. */
async function partController(): Promise<void> {
  const node = await nodeOf('devenv', NAME);
  const others = (await list('nodes')).map(({ metadata }) => metadata.name).filter((name) => name !== node);
  const move = async (pods: readonly string[], from: readonly string[]) => {
    const on = await Promise.all(pods.map((pod) => nodeOf('boundary', pod)));
    const misplaced = pods.filter((_, index) => from.includes(on[index]));
    await kubectl(['cordon', ...from]);
    if (misplaced.length > 0) await gone('boundary', ...misplaced);
    await eventually(async () => expect((await alice.ssh(NAME, 'echo in')).stdout).toBe('in\n'), 120);
    await kubectl(['uncordon', ...from]);
  };
  await move(['boundary-worker-0', 'boundary-database-0'], others);
  await kubectl(['cordon', others[0]]);
  await move([await controller()], [node]);
}

let platform: Access;
let alice: Person;
const rows: Seen[] = [];

/** Copies a file into the environment while something happens. @returns whether scp ended well */
async function copying(): Promise<boolean> {
  const args = ['-F', alice.sshConfig, '-l', String(COPY.rate * 8000), workFile('copied'), `${NAME}:/workspace/copied`];
  return (await run('scp', args, { env: alice.env, seconds: 120 })).code === 0;
}

/** Whether what was copied is what was sent. */
async function isWhole(): Promise<boolean> {
  const { stdout } = await alice.ssh(NAME, 'sha256sum < /workspace/copied');
  return (
    stdout.split(' ')[0] ===
    createHash('sha256')
      .update(readFileSync(workFile('copied')))
      .digest('hex')
  );
}

beforeAll(async () => {
  if (why) return;
  // The first node has the API server, and so keeps its power.
  const [first] = await list('nodes');
  if (ALL && hasNodes) await kubectl(['cordon', first.metadata.name]);
  platform = await access();
  alice = platform.people.alice;
  await alice.logIn(platform.addresses.boundary, PASSWORD);
  await alice.sandboxctl('ssh-config');
  writeFileSync(workFile('copied'), randomBytes(COPY.size * 1e6));
}, 900_000);

afterAll(async () => {
  // Whatever was kept free of pods takes them again.
  if (!why && ALL && hasNodes)
    await kubectl(['uncordon', ...(await list('nodes')).map(({ metadata }) => metadata.name)]);
  await endAccess();
});

afterAll(() => {
  if (rows.length > 0) console.info(killTable(rows));
});

describe.each(KILLED.filter((killed) => ALL || KILLS[killed].isShort))('%s', (killed) => {
  const { lacking, prepare, kill, lasts, copies = lasts, withinSec } = KILLS[killed];
  triedUnless(why ?? lacking)(
    `killed: the open session ${lasts ? 'goes on' : 'ends'}, and another one opens within ${withinSec} s`,
    async () => {
      await prepare?.();
      const session = await OpenSession.of(alice, NAME);
      // What an earlier kill left of a copy would pass for the beginning of this one.
      expect((await alice.ssh(NAME, 'rm -f /workspace/copied')).code).toBe(0);
      const copied = copying();
      await eventually(async () => expect((await alice.ssh(NAME, 'test -s /workspace/copied')).code).toBe(0), 20);
      const start = Date.now();
      await kill();
      await eventually(async () => expect((await alice.ssh(NAME, 'echo in')).stdout).toBe('in\n'), withinSec);
      const againSec = (Date.now() - start) / 1000;
      const outcome = { lasts: session.isAlive, copied: (await copied) && (await isWhole()) };
      expect(outcome).toEqual({ lasts, copied: copies });
      if (lasts) session.answers();
      rows.push({
        killed,
        session: lasts ? 'goes on' : session.isOpen ? 'hangs' : { ended: session.words },
        isCopied: outcome.copied,
        silentSec: session.longestSec,
        againSec,
      });
      session.close();
    },
    500_000,
  );
});

triedUnless(why ?? (ALL ? undefined : 'KILLS is not "all"'))(
  'a worker that is asked to stop lets an open session go on for its grace period',
  async () => {
    const session = await OpenSession.of(alice, NAME);
    await kubectl(['delete', 'pod', 'boundary-worker-0', '-n', 'boundary', '--wait=false']);
    await pause((GRACE_SEC - 20) * 1000);
    session.answers();
    await eventually(() => expect(session.isOpen).toBe(false), 60);
    await eventually(async () => expect((await alice.ssh(NAME, 'echo in')).stdout).toBe('in\n'), 60);
  },
  400_000,
);
