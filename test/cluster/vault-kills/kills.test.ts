import { setTimeout as pause } from 'node:timers/promises';
import { killApiServer, mayKillApiServer } from '../support/control-plane';
import { eventually } from '../support/eventually';
import { find, type KubeObject, kubectl, list } from '../support/kubectl';
import { becomesReady, deploy, platform } from '../support/platform';
import { randomNumbers } from '../support/random';
import { findStrayKeys, secretsNear } from '../support/stray-keys';
import { emptyVault, KEYS, keptKeys, scaleBootstrap, status } from '../support/vault';

/** How often something is killed at least; by hand, sixty times and more, and then in each phase three times. */
const KILLS = Number(process.env.KILLS ?? 4);
const IS_LONG = KILLS >= 60;
const KILLS_A_PHASE = IS_LONG ? 3 : 1;
/** Decides what is killed in which phase. */
const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);
const PHASES = [
  ...['claimed', 'initialised', 'wiping', 'wiped', 'kept'],
  ...['configuring', 'configured', 'revoked', 'forgotten'],
];
/**
 * Those in which something is killed; the short form takes every other one, these or those. Only a kill between Vault's
 * answer and the keeping of its keys leads to what is wiped.
 */
const KILLED_IN = PHASES.filter((phase, index) => IS_LONG || phase === 'initialised' || index % 2 === SEED % 2);
const BOOTSTRAP = ['-n', 'platform-bootstrap', '-l', 'app.kubernetes.io/instance=vault-bootstrap'];
/** The cluster's DNS and its node need a minute or two after the API server was killed. */
const SETTLED_SEC = 300;
/** From an empty Vault to one that is set up, with all kills on the way. */
const WAY_SEC = 400;
/** Long enough to see a phase in the log and kill the pod within it. */
const PAUSE_SEC = 3;

let folder: string;

const configure = (text: string) => {
  const patch = JSON.stringify({ data: { 'config.json': text } });
  return kubectl(['patch', 'configmap', 'vault-bootstrap', '-n', 'platform-bootstrap', '-p', patch]);
};

/** Has the bootstrap pause after each phase while `use` runs. */
async function pausingAtPhases(use: () => Promise<void>): Promise<void> {
  const { data } = await find('configmap', 'platform-bootstrap', 'vault-bootstrap');
  const text = data['config.json'];
  await configure(JSON.stringify({ ...JSON.parse(text), pauseAtPhasesSec: PAUSE_SEC }));
  try {
    await use();
  } finally {
    await configure(text);
  }
}

/** The pods of the bootstrap that are not on their way out, with their logs. */
async function bootstraps(): Promise<{ name: string; log: string }[]> {
  const pods = (await list('pods', undefined, ...BOOTSTRAP.slice(2))).filter(
    ({ metadata, status: { containerStatuses = [] } }: KubeObject) =>
      !metadata.deletionTimestamp && containerStatuses.some(({ state }: KubeObject) => state.running),
  );
  return Promise.all(
    pods.map(async ({ metadata: { name } }) => ({
      name,
      log: await kubectl(['logs', '-n', 'platform-bootstrap', name]),
    })),
  );
}

/** A Vault that has never been, and its bootstrap. */
async function beginAnew(): Promise<void> {
  await emptyVault(SETTLED_SEC);
  await scaleBootstrap(1);
}

const end = (namespace: string, pod: string) =>
  kubectl(['delete', 'pod', pod, '-n', namespace, '--force', '--grace-period=0', '--ignore-not-found']);

/** What is killed, given the name of the bootstrap's pod. */
const TARGETS: Readonly<Record<string, (bootstrap: string) => Promise<unknown>>> = {
  bootstrap: (pod) => end('platform-bootstrap', pod),
  Vault: () => end('vault', 'vault-0'),
  'API server': killApiServer,
};
/** How often each is chosen in the long form. After the API server the whole cluster needs a minute. */
const SHARES = { bootstrap: 5, Vault: 4, 'API server': mayKillApiServer ? 1 : 0 };
const LOTS = Object.entries(SHARES).flatMap(([target, share]) => Array<string>(share).fill(target));
/** The short form goes straight through the phases; Vault, which takes its time to come back, is killed in one. */
const inShort = (phase: string) => (/^configur/.test(phase) ? 'Vault' : 'bootstrap');

/** What was seen on the way: the logs of all bootstraps, and the keys and root tokens that were kept meanwhile. */
interface Way {
  readonly logs: Map<string, string>;
  readonly known: Set<string>;
}

const valuesOf = ({ keys = '[]', 'root-token': root }: Record<string, string>): string[] => [
  ...JSON.parse(keys),
  ...(root ? [root] : []),
];

/** Kills something once in every phase on the way from an empty Vault to one that is set up. */
async function killOnTheWay(hit: (phase: string) => (bootstrap: string) => Promise<unknown>): Promise<Way> {
  const killed = new Set<string>();
  const way: Way = { logs: new Map(), known: new Set() };
  for (const end = Date.now() + WAY_SEC * 1000; Date.now() < end; ) {
    for (const { name, log } of await bootstraps()) {
      way.logs.set(name, log);
      if (log.includes('"message":"ready"')) return way;
      const phase = log
        .match(/"phase":"\w+"/g)
        ?.at(-1)
        ?.slice(9, -1);
      if (!phase || killed.has(phase) || !KILLED_IN.includes(phase)) continue;
      killed.add(phase);
      const [kept] = await Promise.all([keptKeys().catch(() => ({})), hit(phase)(name)]);
      for (const value of valuesOf(kept)) way.known.add(value);
    }
    await pause(200);
  }
  throw new Error(`not set up within ${WAY_SEC} s, after kills in ${[...killed].join(', ')}`);
}

beforeAll(async () => {
  folder = await platform();
});

// SECURITY.md: "without vault-keys, a sealed Vault stays sealed"
// SECURITY.md: "Without the state, be it that somebody deleted the Secret, nothing is ever wiped"
// SECURITY.md: "It is set when a server is unsealed, too, so a sealed one is reached by the bootstrap alone."
test('the key Secret of a Vault with data is deleted: nothing is wiped, the state is said, and its return mends it', async () => {
  const { data, metadata } = await find('secret', KEYS.namespace, KEYS.name);
  const volume = (await find('persistentvolumeclaim', 'vault', 'data-vault-0')).metadata.uid;
  await kubectl(['delete', 'secret', KEYS.name, '-n', KEYS.namespace]);
  await kubectl(['delete', 'pod', 'vault-0', '-n', 'vault']);
  await eventually(async () => {
    const said = (await bootstraps()).map(({ log }) => log).join('');
    expect(said).toContain('has no keys: restore that Secret from your backup; nothing is changed');
  }, 120);
  expect(await status()).toMatchObject({ initialized: true, sealed: true });
  // So nobody else reaches it.
  expect((await find('pod', 'vault', 'vault-0')).metadata.labels).not.toMatchObject({ 'vault-initialized': 'true' });
  expect((await find('persistentvolumeclaim', 'vault', 'data-vault-0')).metadata.uid).toBe(volume);
  const { name, namespace } = metadata;
  await kubectl(['apply', '-f', '-'], {
    input: JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, data }),
  });
  await becomesReady(folder, 120);
});

// SECURITY.md: "So either the keys are kept, or the data is empty and goes."
// SECURITY.md: "The root token is kept beside the keys until the setup is done"
test(
  `whatever is killed in whichever phase (${KILLED_IN.join(', ')}), it ends with keys that unseal, no root token, and neither anywhere else (seed ${SEED})`,
  async () => {
    const hits = new Map<string, number>();
    const random = randomNumbers(SEED);
    const count = (what: string) => hits.set(what, (hits.get(what) ?? 0) + 1);
    const total = () => Object.keys(TARGETS).reduce((sum, target) => sum + (hits.get(target) ?? 0), 0);
    const secrets = await secretsNear();
    const rarest = () => Math.min(...KILLED_IN.map((phase) => hits.get(phase) ?? 0));
    await pausingAtPhases(async () => {
      while (total() < KILLS || rarest() < KILLS_A_PHASE) {
        await beginAnew();
        const { known, logs } = await killOnTheWay((phase) => {
          const lot = LOTS[Math.floor(random.next().value * LOTS.length)];
          const target = IS_LONG ? lot : inShort(phase);
          for (const what of [phase, target]) count(what);
          return TARGETS[target];
        });
        const kept = await keptKeys();
        expect(Object.keys(kept).sort()).toEqual(['keys', 'state']);
        expect(await findStrayKeys([...known, ...valuesOf(kept)], logs)).toEqual([]);
        expect(await secretsNear()).toEqual(secrets);
        await end('vault', 'vault-0');
        await eventually(async () => expect(await status()).toMatchObject({ sealed: false }), SETTLED_SEC);
      }
    });
    console.info(`${total()} kills: ${[...hits].map(([what, times]) => `${what} ${times}`).join(', ')}`);
    await becomesReady(folder, 180);
  },
  (IS_LONG ? KILLS * 45 : 2 * WAY_SEC) * 1000,
);

test('lost for good, as docs/OPERATIONS.md mends it: another Vault, in which Boundary has its account and its token', async () => {
  const lost = (await keptKeys()).keys;
  for (const command of [
    'delete persistentvolumeclaim --all --namespace vault --wait=false',
    'delete pod --all --namespace vault',
    'delete secret vault-keys --namespace platform-bootstrap',
    'delete job --namespace boundary --selector app.kubernetes.io/instance=boundary-bootstrap',
  ])
    await kubectl(command.split(' '));
  await deploy(folder);
  await becomesReady(folder, 180);
  expect((await keptKeys()).keys).not.toBe(lost);
  const log = await kubectl(['logs', '-n', 'boundary', '-l', 'app.kubernetes.io/instance=boundary-bootstrap']);
  expect(log).toContain('the credential store has another token');
});
