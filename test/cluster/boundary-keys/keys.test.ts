import { blocksOf } from '../../docs/commands';
import { dumpTo, forget, sql } from '../support/boundary-database';
import { eventually } from '../support/eventually';
import { applyAll, exec, find, kubectl } from '../support/kubectl';
import { OtherDatabase } from '../support/other-database';
import { becomesReady, deploy, isFound, noPlatform, synthesize, undeploy, workFile } from '../support/platform';
import { must } from '../support/run';
import { removeScratch } from '../support/scratch';
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

/** The block of docs/OPERATIONS.md that says how. */
const recipe = (command: string): string => {
  const [{ text }, ...others] = blocksOf('sh').filter((block) => block.text.includes(command));
  expect(others).toEqual([]);
  return text;
};

/** Has Boundary encrypt its keys anew: those of the global scope, and of the two that the platform made. */
async function rewrap(): Promise<void> {
  const said = await must('sh', ['-ec', recipe('scopes rotate-keys')]);
  expect(said.match(/rotate operation completed/g)).toHaveLength(3);
}

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

/** Waits until the controllers have heard of the worker after now. */
async function workerIsHeard(seconds = 90, ask = sql): Promise<void> {
  const now = await ask('SELECT now()');
  const heard = `SELECT name FROM server_worker WHERE operational_state = 'active' AND last_status_time > '${now}'`;
  await eventually(async () => expect(await ask(heard)).toBe('boundary-worker-0'), seconds);
}

const worker = async () => (await find('pod', 'boundary', 'boundary-worker-0')).status.containerStatuses[0];

/** Deploys it with other settings of Boundary. */
async function goesTo(boundary: object, seconds: number): Promise<void> {
  folder = await synthesize('platform', { ...SETTINGS, boundary }, 'dist-boundary-kms');
  await deploy(folder);
  await becomesReady(folder, seconds);
}

/** What encrypts the keys that Boundary's data is encrypted by: a version of Vault's key, or the key of the Secret. */
const rootKeys = () =>
  sql(`SELECT DISTINCT CASE WHEN position('global_root'::bytea IN key) > 0 THEN 'aead'
    ELSE convert_from(substring(key FROM position('vault:v'::bytea IN key) FOR 8), 'UTF8') END
    FROM (SELECT key FROM kms_root_key_version UNION SELECT key FROM kms_oplog_root_key_version) AS keys`);

const newController = () => kubectl(['delete', 'pods', ...CONTROLLERS], { seconds: 90 });
const controller = () => find('deployment', 'boundary', 'boundary-controller');

beforeAll(async () => {
  if (why) return;
  await noPlatform();
  // As a platform begins.
  await goesTo({ kms: { type: 'aead' } }, 400);
  root = await rootToken();
}, 600_000);

afterAll(async () => {
  if (why) return;
  await undeploy(folder);
  await removeScratch();
}, 300_000);

// SECURITY.md: "A platform that stands goes over."
tried(
  'a platform that stands goes over from keys in a Secret to Vault, as docs/OPERATIONS.md says, with all that it knows',
  async () => {
    const scopes = 'SELECT public_id FROM iam_scope ORDER BY public_id';
    const known = await sql(scopes);
    expect(await rootKeys()).toBe('aead');
    await goesTo({ ...SETTINGS.boundary, previousKms: { type: 'aead' } }, 240);
    expect(await rootKeys()).toBe('aead');
    await rewrap();
    expect(await rootKeys()).toBe('vault:v1');
    await goesTo(SETTINGS.boundary, 240);
    await kubectl(['delete', 'secret', 'boundary-kms-keys', ...IN]);
    expect(await sql(scopes)).toBe(known);
    await workerIsHeard(180);
    await rewrap();
  },
  600_000,
);

// SECURITY.md: "Boundary's tokens for its keys in Vault (boundary.kms.type: transit) | Who reads it:"
// SECURITY.md: "boundary.kms takes them elsewhere"
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

tried(
  'a root key that is replaced in Vault, as docs/OPERATIONS.md says, opens all data, and the one before nothing',
  async () => {
    expect(await rootKeys()).toBe('vault:v1');
    await must('sh', ['-ec', recipe('login role=vault-rotations')]);
    await rewrap();
    expect(await rootKeys()).toBe('vault:v2');
    await inVault('write transit/keys/boundary-root/config min_decryption_version=2', root);
    await newController();
    await becomesReady(folder, 120);
    await workerIsHeard();
    // Each key is opened for that.
    await rewrap();
  },
  300_000,
);

tried(
  'a worker that the database does not know any more begins anew by itself, once',
  async () => {
    const before = (await worker()).restartCount;
    await forget();
    await deploy(folder);
    await becomesReady(folder, 180);
    await workerIsHeard(180);
    // The kubelet says so after it has happened.
    await eventually(async () => expect((await worker()).restartCount).toBe(before + 1), 30);
  },
  480_000,
);

tried(
  'a platform that stands goes over to a database of others, as docs/OPERATIONS.md says, with all that it knows',
  async () => {
    const other = await OtherDatabase.start();
    await applyAll(
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'boundary-external-database', namespace: 'boundary' },
        stringData: { password: other.password },
      },
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'database-ca', namespace: 'boundary' },
        data: { 'ca.crt': other.authority },
      },
    );
    const scopes = 'SELECT public_id FROM iam_scope ORDER BY public_id';
    const known = await sql(scopes);
    const externalUrl = `postgresql://postgres@${OtherDatabase.HOST}:5432/postgres`;
    const boundary = { ...SETTINGS.boundary, database: { externalUrl, caConfigMap: 'database-ca' } };
    const later = await synthesize('platform', { ...SETTINGS, boundary }, 'dist-boundary-other');
    await kubectl(['scale', 'deployment', 'boundary-controller', ...IN, '--replicas=0']);
    await dumpTo(workFile('boundary.dump'));
    await other.loadFrom(workFile('boundary.dump'));
    await deploy(later);
    await becomesReady(later, 240);
    await workerIsHeard(180, (statement) => other.sql(statement));
    expect(await other.sql(scopes)).toBe(known);
    const before = ['statefulset/boundary-database', 'service/boundary-database', 'configmap/boundary-database-start'];
    await kubectl(['delete', ...IN, ...before]);
    await kubectl(['delete', 'persistentvolumeclaim', ...IN, 'data-boundary-database-0']);
    await newController();
    await becomesReady(later, 120);
    await workerIsHeard(90, (statement) => other.sql(statement));
  },
  600_000,
);
