import { type SessionSeen, sessionTable } from '../../helpers/session-table';
import { access, becomesKnown, endAccess, PASSWORD } from '../support/access';
import { eventually } from '../support/eventually';
import { kubectl, list } from '../support/kubectl';
import { BACK_SEC, environments, expectNeverTwice, isBack, mark } from '../support/moved';
import { OpenSession } from '../support/open-session';
import type { Person } from '../support/person';
import { isFound } from '../support/platform';
import { missing, sandboxctl } from '../support/stacks';
import { triedUnless } from '../support/tried';

const why = missing() ?? (isFound('three-nodes') ? undefined : 'the cluster has fewer than three nodes');
const tried = triedUnless(why);

const NAMES = ['devenv-0', 'devenv-1', 'devenv-2'];
/** What a drain may take away, as it is told of; the cluster's own DNS is of one pod. */
const TOLD = /^(devenv-\d|vault-\d|boundary-(worker|controller|database)|keycloak|coredns)/;
const DRAIN = ['--ignore-daemonsets', '--delete-emptydir-data', '--timeout=280s'];
/** What a new session takes at most, once a drain began. */
const AGAIN_SEC = 240;

const rows: SessionSeen[] = [];
let alice: Person;

beforeAll(async () => {
  if (why) return;
  const { people, addresses } = await access({
    replicas: NAMES.length,
    access: [{ group: 'developers', environments: NAMES }],
    resources: { requests: { cpu: '50m', memory: '128Mi' } },
  });
  alice = people.alice;
  await alice.logIn(addresses.boundary, PASSWORD);
  await alice.sandboxctl('ssh-config');
  for (const name of NAMES) {
    await becomesKnown(name);
    await mark(name);
  }
}, 900_000);

afterAll(async () => {
  if (why) return;
  if (rows.length > 0) console.info(sessionTable('Drained, with', rows));
  await kubectl(['uncordon', ...(await list('nodes')).map(({ metadata }) => metadata.name)]);
  await endAccess();
});

/** Names of the pods on a node that a drain moves. */
const on = async (node: string): Promise<string[]> =>
  (await list('pods', undefined, '--field-selector', `spec.nodeName=${node}`))
    .map(({ metadata }): string => metadata.name)
    .filter((name) => TOLD.test(name))
    .sort();

/** Seconds from a moment until a session opens. */
async function opensAgain(name: string, startMs: number): Promise<number> {
  await eventually(async () => expect((await alice.ssh(name, 'echo in')).stdout).toBe('in\n'), AGAIN_SEC);
  return (Date.now() - startMs) / 1000;
}

/** Drains a node under open sessions, and gives it back. */
async function drain(node: string): Promise<void> {
  const moved = await on(node);
  const sessions = await Promise.all(NAMES.map(async (name) => ({ name, session: await OpenSession.of(alice, name) })));
  const startMs = Date.now();
  const drained = kubectl(['drain', node, ...DRAIN], { seconds: 290 });
  const back = Promise.all(moved.filter((name) => NAMES.includes(name)).map((name) => isBack(name, node)));
  const again = Promise.all(NAMES.map((name) => opensAgain(name, startMs)));
  const [, , seconds] = await Promise.all([drained, back, again]);
  await kubectl(['uncordon', node]);
  for (const [index, { name, session }] of sessions.entries()) {
    // A session goes by its environment, and by the worker that it came in by.
    if (moved.includes(name)) expect(session.isAlive).toBe(false);
    else if (!moved.some((other) => other.startsWith('boundary-worker'))) session.answers();
    rows.push({
      what: `${node}: ${moved.join(', ') || 'nothing of the platform'}`,
      to: name,
      ended: session.isOpen ? undefined : session.words,
      silentSec: session.longestSec,
      againSec: seconds[index],
    });
    session.close();
  }
  await eventually(async () => expect(await sandboxctl(['status'])).toMatchObject({ code: 0 }), BACK_SEC);
}

tried(
  'each node in turn is drained with sessions open, the one with the DNS too: environments are back elsewhere, with their files and never twice',
  async () => {
    const nodes = (await list('nodes')).map(({ metadata }): string => metadata.name);
    const wereOn = new Set<string>();
    for (const node of nodes) {
      for (const { metadata, spec } of await environments()) if (spec.nodeName === node) wereOn.add(metadata.name);
      await drain(node);
      for (const name of NAMES) await expectNeverTwice(name, 1);
    }
    // Somewhere each of them was.
    expect([...wereOn].sort()).toEqual(NAMES);
    for (const name of NAMES) await expectNeverTwice(name);
  },
  1_500_000,
);
