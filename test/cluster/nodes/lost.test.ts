import { TESTBED } from '../support/control-plane';
import { eventually } from '../support/eventually';
import { find, kubectl } from '../support/kubectl';
import { environments, expectNeverTwice, isBack, mark } from '../support/moved';
import { becomesReady, CLI, isFound, standard } from '../support/platform';
import { must, run } from '../support/run';
import { triedUnless } from '../support/tried';

const isHere = isFound('three-nodes');
const on = triedUnless(isHere ? undefined : 'the cluster has fewer than three nodes');

/** The node that the cluster itself is on. */
const KEPT = 'testbed';

let folder: string;

beforeAll(async () => {
  if (!isHere) return;
  folder = await standard();
  for (const { metadata } of await environments()) await mark(metadata.name);
}, 660_000);

/** The scheduler may have all of them on the node that keeps its power: one goes elsewhere then. */
async function moveOne(): Promise<void> {
  const pods = await environments();
  if (pods.some(({ spec }) => spec.nodeName !== KEPT)) return;
  const [{ metadata }] = pods;
  await kubectl(['cordon', KEPT]);
  try {
    await kubectl(['delete', 'pod', metadata.name, '-n', 'devenv']);
    await isBack(metadata.name, KEPT);
  } finally {
    await kubectl(['uncordon', KEPT]);
  }
}

/** A node with an environment on it that can lose its power. */
async function victim(): Promise<{ node: string; names: string[] }> {
  await moveOne();
  const pods = await environments();
  const node: string = pods.map(({ spec }) => spec.nodeName).find((name) => name !== KEPT);
  return { node, names: pods.filter(({ spec }) => spec.nodeName === node).map(({ metadata }) => metadata.name) };
}

on(
  `environments of a drained node are back elsewhere, with their files and never twice`,
  async () => {
    const { node, names } = await victim();
    const start = performance.now();
    await kubectl(['drain', node, '--ignore-daemonsets', '--delete-emptydir-data', '--timeout=240s'], { seconds: 250 });
    for (const name of names) await isBack(name, node);
    console.info(`drained: ${names} back after ${((performance.now() - start) / 1000).toFixed(1)} s`);
    await kubectl(['uncordon', node]);
    for (const name of names) await expectNeverTwice(name);
    await becomesReady(folder, 240);
  },
  600_000,
);

on(
  `environments of a node that is gone for good are back elsewhere once it is given up, not before`,
  async () => {
    const { node, names } = await victim();
    // What answers may still write: it is not given up by mistake.
    expect((await run('node', [...CLI, 'node-lost', node, '--yes'])).stderr).toContain(`node ${node} answers`);
    await must(TESTBED, ['power', node, 'off']);
    try {
      await eventually(async () => {
        const { stdout } = await run('node', [...CLI, 'doctor', '--json']);
        expect(JSON.parse(stdout).map(({ what }: { what: string }) => what)).toContain(`node ${node}`);
      }, 60);
      // Nobody knows yet that it is not only slow: a second one would write to the same files.
      expect((await find('pod', 'devenv', names[0]))?.spec.nodeName).toBe(node);
      const start = performance.now();
      const givenUp = await run('node', [...CLI, 'node-lost', node, '--yes', '--json'], { seconds: 400 });
      expect(givenUp.stderr).toContain(`devenv/${names[0]}`);
      // Each server of Vault wants a node of its own, and there are only as many.
      const { gone, waiting } = JSON.parse(givenUp.stdout);
      expect([gone, waiting.filter((line: string) => !/^vault-\d: /.test(line))]).toEqual([[], []]);
      expect(givenUp.code).toBe(waiting.length > 0 ? 1 : 0);
      console.info(`all is Ready after ${((performance.now() - start) / 1000).toFixed(1)} s`);
      for (const name of names) await isBack(name, node);
      console.info(`given up: ${names} back after ${((performance.now() - start) / 1000).toFixed(1)} s`);
      for (const name of names) await expectNeverTwice(name);
    } finally {
      await must(TESTBED, ['power', node, 'on'], { seconds: 180 });
      const back = await eventually(async () => must('node', [...CLI, 'node-lost', node, '--back']), 120);
      expect(back).toBe(`pods run on ${node} again\n`);
    }
    await becomesReady(folder, 400);
  },
  900_000,
);
