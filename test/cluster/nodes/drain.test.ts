import { eventually } from '../support/eventually';
import { find, type KubeObject, kubectl, list } from '../support/kubectl';
import { Outage } from '../support/outage';
import { becomesReady, isFound, standard } from '../support/platform';
import { allVote, PODS } from '../support/raft';
import { triedUnless } from '../support/tried';
import { rootToken, scaleBootstrap, status, vault } from '../support/vault';

const isHere = isFound('three-nodes');
const on = triedUnless(isHere ? undefined : 'the cluster has fewer than three nodes');

/** What `standard` runs more than one of. Environments rather share a node than wait, but never all one. */
const REPLICATED = [
  { namespace: 'vault', instance: 'vault', nodes: [3] },
  { namespace: 'boundary', instance: 'boundary-controller', nodes: [2] },
  { namespace: 'boundary', instance: 'boundary-worker', nodes: [2] },
  { namespace: 'devenv', instance: 'devenv', nodes: [2, 3] },
];
/** Time without an answer that a client of a replicated part may see while its node is drained: one retry. */
const LONGEST_SEC = 4;
const DRAIN = ['--ignore-daemonsets', '--delete-emptydir-data', '--timeout=240s'];

let folder: string;

/** Nodes that can be drained without taking the cluster's own DNS away. */
async function drainable(): Promise<string[]> {
  const dns = (await list('pods', 'kube-system', '-l', 'k8s-app=kube-dns')).map(({ spec }) => spec.nodeName);
  return (await list('nodes')).map(({ metadata }) => metadata.name).filter((name) => !dns.includes(name));
}

/** Where clients outside the cluster dial a part, and how they see that it answers. */
async function question(namespace: string, service: string, ask: (address: string) => string): Promise<string> {
  const { status } = await find('service', namespace, service);
  return ask(status.loadBalancer.ingress[0].ip);
}

const questions = async (): Promise<Record<string, string>> => ({
  // Standby servers pass it on: answered only while there is a leader.
  vault: await question('vault', 'vault-external', (ip) => `curl -fsSk https://${ip}:8200/v1/ssh/public_key`),
  // Whatever the status: a controller answers it, also while the database, of which there is one, moves.
  boundary: await question('boundary', 'boundary-external', (ip) => `curl -sSk https://${ip}:9200/`),
});

beforeAll(async () => {
  if (!isHere) return;
  folder = await standard();
  const token = await rootToken();
  // A leader that leaves before the others vote leaves no quorum.
  await allVote(token);
  await vault('token revoke -self', token);
}, 660_000);

afterAll(async () => {
  for (const node of isHere ? await drainable() : []) await kubectl(['uncordon', node]);
});

on.each(REPLICATED)(`$instance stands on $nodes nodes`, async ({ namespace, instance, nodes }) => {
  const pods = await list('pods', namespace, '-l', `app.kubernetes.io/instance=${instance}`);
  expect(nodes).toContain(new Set(pods.map(({ spec }: KubeObject) => spec.nodeName)).size);
});

/** Drains a node, sees that it is empty of what can move, and gives it back. */
async function drain(node: string): Promise<void> {
  await kubectl(['drain', node, ...DRAIN], { seconds: 250 });
  const left = (await list('pods', undefined, '--field-selector', `spec.nodeName=${node}`)).filter(({ metadata }) =>
    REPLICATED.some(({ namespace }) => namespace === metadata.namespace),
  );
  expect(left.map(({ metadata }) => metadata.name)).toEqual([]);
  await kubectl(['uncordon', node]);
  await becomesReady(folder, 240);
}

on(
  `a drained node interrupts nothing that has replicas`,
  async () => {
    const asked = Object.entries(await questions()).map(([part, ask]) => ({ part, outage: new Outage(ask) }));
    const drained = (async () => {
      for (const node of await drainable()) await drain(node);
    })();
    await drained.catch(() => {});
    const answered = await Promise.all(asked.map(async ({ part, outage }) => ({ part, ...(await outage.end()) })));
    await drained;
    for (const { part, answers, longestSec, longest } of answered)
      console.info(`${part}: ${answers} answers, longest time without one ${longestSec.toFixed(1)} s, ${longest}`);
    for (const { answers, longestSec } of answered) {
      expect(answers).toBeGreaterThan(50);
      expect(longestSec).toBeLessThan(LONGEST_SEC);
    }
  },
  900_000,
);

on(
  'pods that are not Ready block no drain, however many they are',
  async () => {
    await scaleBootstrap(0);
    try {
      // Nobody unseals them: two of three are not Ready, fewer than the budget wants to be.
      const sealed = PODS.slice(1);
      await kubectl(['delete', 'pod', ...sealed, '-n', 'vault']);
      const { spec } = await eventually(async () => {
        for (const name of sealed) expect(await status(name)).toMatchObject({ sealed: true });
        return find('pod', 'vault', PODS[1]);
      }, 120);
      await kubectl(['drain', spec.nodeName, ...DRAIN, '--pod-selector=app.kubernetes.io/instance=vault'], {
        seconds: 250,
      });
      await kubectl(['uncordon', spec.nodeName]);
    } finally {
      await scaleBootstrap(1);
    }
    await becomesReady(folder, 300);
  },
  700_000,
);
