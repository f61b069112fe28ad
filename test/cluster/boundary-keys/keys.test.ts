import { eventually } from '../support/eventually';
import { exec, find, kubectl } from '../support/kubectl';
import { becomesReady, deploy, isFound, noPlatform, synthesize, undeploy } from '../support/platform';
import { triedUnless } from '../support/tried';
import { inVault, rootToken, scaleBootstrap, vault } from '../support/vault';

const why = isFound('boundary-kms') ? undefined : 'no image of Boundary that has the program for keys in Vault';
const tried = triedUnless(why);

/** Boundary with its keys in the platform's Vault, and no more of the platform than goes with it. */
const SETTINGS = {
  images: { boundary: 'hashicorp/boundary:0.21-kms' },
  boundary: { kms: { type: 'transit' } },
  keycloak: { enabled: false },
  environments: { replicas: 1 },
};
const IN = ['-n', 'boundary'];
const CONTROLLERS = [...IN, '-l', 'app.kubernetes.io/instance=boundary-controller'];

let folder: string;
let root: string;

/** How often each token was used for what of the keys, as Vault's audit log has it: `worker encrypt/boundary-root`. */
async function uses(): Promise<Map<string, number>> {
  const server = { namespace: 'vault', pod: 'vault-0', container: 'vault' };
  const lines = (await exec(server, ['cat', '/vault/audit/audit.log'])).stdout
    .split('\n')
    .filter((line) => line.endsWith('}'));
  const counts = new Map<string, number>();
  for (const { type, auth, request } of lines.map((line) => JSON.parse(line))) {
    const holder = /^token-boundary-kms-(.*)$/.exec(auth?.display_name ?? '')?.[1];
    const use = /^transit\/(.*)$/.exec(request.path)?.[1];
    if (type !== 'request' || !holder || !use) continue;
    counts.set(`${holder} ${use}`, (counts.get(`${holder} ${use}`) ?? 0) + 1);
  }
  return counts;
}

/** What Boundary's database answers to a statement. */
async function sql(statement: string): Promise<string> {
  const client = ['psql', '-h', '/tmp', '-U', 'boundary', '-d', 'boundary', '-Atc', statement];
  const { code, stdout, stderr } = await exec({ namespace: 'boundary', pod: 'boundary-database-0' }, client);
  if (code !== 0) throw new Error(`${statement}: ${stderr}`);
  return stdout.trim();
}

/** Waits until the controllers have heard of the worker after now. */
async function workerIsHeard(): Promise<void> {
  const now = await sql('SELECT now()');
  const heard = `SELECT name FROM server_worker WHERE operational_state = 'active' AND last_status_time > '${now}'`;
  await eventually(async () => expect(await sql(heard)).toBe('boundary-worker-0'), 90);
}

const newController = () => kubectl(['delete', 'pods', ...CONTROLLERS], { seconds: 90 });
const controller = () => find('deployment', 'boundary', 'boundary-controller');

beforeAll(async () => {
  if (why) return;
  await noPlatform();
  folder = await synthesize('platform', SETTINGS, 'dist-boundary-kms');
  await deploy(folder);
  await becomesReady(folder, 400);
  root = await rootToken();
}, 600_000);

afterAll(async () => {
  if (!why) await undeploy(folder);
}, 300_000);

tried('keys are in Vault and nowhere else, and each kind of pod uses those that it needs', async () => {
  for (const purpose of ['root', 'worker-auth', 'recovery']) {
    const { data } = await inVault(`read -format=json transit/keys/boundary-${purpose}`, root);
    expect(data).toMatchObject({ exportable: false, allow_plaintext_backup: false, supports_decryption: true });
  }
  expect(await find('secret', 'boundary', 'boundary-kms-keys')).toBeUndefined();
  const used = [...(await uses()).keys()];
  expect(used).toEqual(
    expect.arrayContaining([
      'controller encrypt/boundary-root',
      'controller decrypt/boundary-root',
      'recovery encrypt/boundary-recovery',
    ]),
  );
  expect(used.filter((use) => /^worker/.test(use) && !use.endsWith('/boundary-worker-auth'))).toEqual([]);
  expect(used.filter((use) => /^recovery/.test(use) && !use.endsWith('/boundary-recovery'))).toEqual([]);
});

tried(
  'the worker is let in by the key that it shares with the controllers',
  async () => {
    await workerIsHeard();
    expect([...(await uses()).keys()]).toEqual(
      expect.arrayContaining(['worker encrypt/boundary-worker-auth', 'controller decrypt/boundary-worker-auth']),
    );
  },
  120_000,
);

tried(
  'a controller that is made anew opens the database by the key in Vault, and hears the worker',
  async () => {
    const opened = async () => (await uses()).get('controller decrypt/boundary-root') ?? 0;
    const before = await opened();
    await newController();
    await becomesReady(folder, 120);
    expect(await opened()).toBeGreaterThan(before);
    await workerIsHeard();
  },
  300_000,
);

tried(
  'one whose rights in Vault are taken away does not start and says why, until it has them again',
  async () => {
    // It would give them back.
    await scaleBootstrap(0);
    try {
      expect(await vault('policy delete boundary-kms-controller', root)).toMatchObject({ code: 0 });
      await newController();
      await eventually(async () => {
        const log = await kubectl(['logs', ...IN, 'deployment/boundary-controller', '-c', 'controller', '--tail=-1']);
        expect(log).toMatch(/transit\/encrypt\/boundary-root.*permission denied/s);
      }, 90);
      expect((await controller()).status.readyReplicas ?? 0).toBe(0);
    } finally {
      await scaleBootstrap(1);
    }
    // It is tried again after a while that doubles each time.
    await becomesReady(folder, 240);
    await workerIsHeard();
  },
  480_000,
);
