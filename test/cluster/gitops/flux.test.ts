import { sectionsOf } from '../../docs/commands';
import { Sources } from '../../helpers/sources';
import { eventually } from '../support/eventually';
import { Flux, left, missing } from '../support/flux';
import { changed } from '../support/inventory';
import { find, type KubeObject, kubectl, list } from '../support/kubectl';
import { becomesReady, CLI, endWorkers, isFound, noPlatform, synthesize, undeploy } from '../support/platform';
import { must, run } from '../support/run';
import { triedUnless } from '../support/tried';

const why = missing();
const tried = triedUnless(why);
/** Boundary reads its keys' authority at its start alone where they are in Vault: it is restarted for another one. */
const hasKeysInVault = isFound('boundary-kms');
const triedWithKeys = triedUnless(why ?? (hasKeysInVault ? undefined : 'no image of Boundary that has keys in Vault'));

const SETTINGS = {
  environments: { replicas: 1 },
  ...(hasKeysInVault && {
    images: { boundary: 'hashicorp/boundary:0.21-kms' },
    boundary: { kms: { type: 'transit' } },
  }),
};
const OPERATOR = { name: 'vault-secrets-operator-controller-manager', namespace: 'vault-secrets-operator-system' };
const CONTROLLER = { name: 'boundary-controller', namespace: 'boundary' };
const RESTARTED = 'kubectl.kubernetes.io/restartedAt';

type Name = typeof OPERATOR;

let folder: string;
let sources: Sources;
let flux: Flux;
/** Whether a test has removed all that Flux carried out. */
let isRemoved = false;

const deployment = ({ name, namespace }: Name) => find('deployment', namespace, name);
const restartOf = async (one: Name) => (await deployment(one))?.spec.template.metadata.annotations?.[RESTARTED];
const memoryOf = async () => {
  const { containers } = (await deployment(OPERATOR))?.spec.template.spec ?? {};
  return containers?.find(({ name }: KubeObject) => name === 'manager').resources.limits.memory;
};
/** The pods of a namespace that are to stay, each by what no other one has. */
const podsIn = async ({ namespace }: Name) =>
  (await list('pods', namespace)).flatMap(({ metadata }) => (metadata.deletionTimestamp ? [] : [metadata.uid])).sort();
const rollOut = ({ name, namespace }: Name) =>
  kubectl(['rollout', 'status', `deployment/${name}`, '-n', namespace, '--timeout=120s'], { seconds: 130 });

/** The blocks of commands of a part of docs/GITOPS.md. */
const commandsOf = (title: string): string[] =>
  sectionsOf('docs/GITOPS.md')
    .filter((section) => section.title === title)
    .flatMap(({ blocks }) => blocks.filter(({ language }) => language === 'sh').map(({ text }) => text));
/** Runs commands where somebody has the repository. */
const typed = (commands: string) => must('sh', ['-ec', `cd '${sources.checkout}'\n${commands}`], { seconds: 400 });

/** What a failed test leaves: the operator's objects first, as the page has it. */
async function removeAnyhow(): Promise<void> {
  const [controllers, rest] = commandsOf('Remove');
  await typed(controllers).catch(() => {});
  await flux.remove();
  const [kinds] = rest.split('\n');
  await run('sh', ['-c', kinds]);
  await undeploy(folder);
}

beforeAll(async () => {
  if (why) return;
  await noPlatform();
  folder = await synthesize('platform', SETTINGS, 'dist-gitops');
  sources = await Sources.of(folder, process.env.VSO_CHART ?? '');
  flux = await Flux.start();
}, 600_000);

afterAll(async () => {
  if (why) return;
  if (!isRemoved) await removeAnyhow();
  await sources.close();
}, 900_000);

tried(
  'the example brings an empty cluster to Ready, in the order of the page',
  async () => {
    await flux.carryOut(sources);
    const last = await flux.isReady('kustomization', 'agent-sandbox-secrets', 480);
    const first = await flux.isReady('kustomization', 'agent-sandbox', 10);
    const operator = await flux.isReady('helmrelease', 'vault-secrets-operator', 10);
    expect([operator, first, last].map(Number)).toEqual([operator, first, last].map(Number).sort((a, b) => a - b));
    await becomesReady(folder, 240);
    expect((await list('vaultstaticsecrets')).length).toBeGreaterThan(0);
  },
  780_000,
);

tried('nothing differs then, by the command of the page', async () => {
  const [compare] = commandsOf('Compare');
  for (const part of ['dist/', 'dist/vault-secrets-operator/'])
    expect(await typed(compare.replace('dist/ ', `${part} `))).toBe('');
});

tried('what is changed by hand in the operator’s chart is put back', async () => {
  const before = await memoryOf();
  const changes = ['resources', `deployment/${OPERATOR.name}`, '-c', 'manager', '--limits=memory=300Mi'];
  await kubectl(['set', ...changes, '-n', OPERATOR.namespace]);
  expect(await memoryOf()).toBe('300Mi');
  await flux.reconcile('helmrelease', 'vault-secrets-operator');
  await eventually(async () => expect(await memoryOf()).toBe(before), 60);
  await rollOut(OPERATOR);
});

tried('so is what is changed in dist/; and what kubectl adds is taken away', async () => {
  const [name, where] = [`deployment/${CONTROLLER.name}`, ['-n', CONTROLLER.namespace]];
  await kubectl(['scale', name, '--replicas=2', ...where]);
  await kubectl(['annotate', 'namespace', 'boundary', 'example.com/by=hand']);
  await flux.reconcile('kustomization', 'agent-sandbox');
  expect((await deployment(CONTROLLER)).spec.replicas).toBe(1);
  expect((await find('namespace', '', 'boundary')).metadata.annotations?.['example.com/by']).toBeUndefined();
  await rollOut(CONTROLLER);
});

tried(
  'a restart by sandboxctl secrets stays, and no pod restarts once more',
  async () => {
    await must('node', [...CLI, 'secrets', 'replace-authority', '--until', 'trust'], { seconds: 400 });
    const restarted = hasKeysInVault ? [OPERATOR, CONTROLLER] : [OPERATOR];
    const before = await Promise.all(restarted.map(async (one) => [await restartOf(one), await podsIn(one)]));
    for (const [annotation] of before) expect(annotation).toBeDefined();
    await flux.reconcile('kustomization', 'agent-sandbox', 300);
    await flux.reconcile('helmrelease', 'vault-secrets-operator');
    await Promise.all(restarted.map(rollOut));
    expect(await Promise.all(restarted.map(async (one) => [await restartOf(one), await podsIn(one)]))).toEqual(before);
  },
  900_000,
);

triedWithKeys('one by kubectl does not, unless it has the owner that the page gives it', async () => {
  const [command] = commandsOf('What a hand changes');
  await typed(command);
  await rollOut(CONTROLLER);
  const own = await restartOf(CONTROLLER);
  await flux.reconcile('kustomization', 'agent-sandbox', 300);
  expect(await restartOf(CONTROLLER)).toBe(own);
  await typed(command.replace(/ --field-manager=\S+/, ''));
  expect(await restartOf(CONTROLLER)).not.toBe(own);
  await flux.reconcile('kustomization', 'agent-sandbox', 300);
  expect(await restartOf(CONTROLLER)).toBeUndefined();
  await rollOut(CONTROLLER);
});

tried('it rests by the commands of the page, and afterwards puts back what was changed meanwhile', async () => {
  const [rest] = commandsOf('Let it rest');
  const resting = async () =>
    (await left()).filter(({ spec }) => spec.suspend === true).map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  await typed(rest);
  expect((await resting()).sort()).toEqual([
    'HelmRelease vault-secrets-operator',
    'Kustomization agent-sandbox',
    'Kustomization agent-sandbox-secrets',
  ]);
  await kubectl(['scale', 'deployment/boundary-keeper', '-n', 'boundary', '--replicas=0']);
  await typed(rest.replace('rest true', 'rest false'));
  expect(await resting()).toEqual([]);
  await flux.reconcile('kustomization', 'agent-sandbox', 300);
  expect((await find('deployment', 'boundary', 'boundary-keeper')).spec.replicas).toBe(1);
});

tried(
  'removed in the order of the page, it leaves nothing',
  async () => {
    const [controllers, rest] = commandsOf('Remove');
    await typed(controllers);
    expect(await left()).toEqual([]);
    await eventually(async () => expect(await podsIn(OPERATOR)).toEqual([]), 60);
    const removed = typed(rest);
    await eventually(async () => {
      const namespace = await find('namespace', '', 'boundary');
      if (namespace && !namespace.metadata.deletionTimestamp) throw new Error('its namespaces are there');
    }, 120);
    await endWorkers();
    await removed;
    await flux.remove();
    isRemoved = true;
    await eventually(async () => expect(await changed()).toEqual([]), 120);
  },
  600_000,
);
