import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  BOOTSTRAP,
  backUpNow,
  backupStatus,
  destroyVault,
  fetchFrom,
  makeCertificate,
  opened,
  readerOfVolume,
  restore,
  S3Server,
} from '../support/backup';
import { eventually } from '../support/eventually';
import { exec, find, kubectl, list, nodeAddress } from '../support/kubectl';
import { becomesReady, deploy, isFound, platform, synthesize, undeploy, workFile } from '../support/platform';
import { inVault, rootToken, vault } from '../support/vault';

const hasS3 = isFound('versitygw');
const on = hasS3 ? test : test.skip;
const why = hasS3 ? '' : ' (skipped: no versitygw)';
const NAME = /^vault-\d{8}T\d{6}Z\.snap\.cms$/;

let root: string;
let authority: string;
let snapshot: string;
let s3: S3Server | undefined;

/** The platform with a backup: settings, and a wait until its first snapshot is stored. */
async function backedUp(target: object): Promise<void> {
  const certificate = readFileSync(workFile('backup.crt'), 'utf8');
  const backup = { enabled: true, retention: 2, schedule: '0 0 1 1 *', encryption: { certificate }, target };
  const overlay = { access: { nodeAddress: await nodeAddress() }, vault: { backup } };
  const folder = await synthesize('platform', overlay, 'dist-backup');
  await deploy(folder);
  await becomesReady(folder, 180);
}

beforeAll(async () => {
  // Another profile's volumes have other sizes, which a StatefulSet cannot change.
  const before = await find('statefulset', 'vault', 'vault');
  if (before && before.spec.replicas !== 1) await undeploy(workFile('dist-platform'));
  await platform();
  await makeCertificate('backup');
  await makeCertificate('other');
  await backedUp({ type: 'volume', size: '1Gi' });
  root = await rootToken();
  await inVault('secrets enable -path=drill -version=1 kv', root);
  await inVault('kv put drill/a value=kept', root);
  authority = await inVault('read -field=public_key ssh/config/ca', root);
}, 600_000);

afterAll(async () => {
  await vault('secrets disable drill', root);
  await vault('token revoke -self', root);
  s3?.stop();
  const kinds =
    'cronjobs,jobs,pods,persistentvolumeclaims,configmaps,networkpolicies,serviceaccounts,roles,rolebindings';
  const own = ['-l', 'app.kubernetes.io/instance=vault-backup'];
  await kubectl(['delete', kinds, ...own, '-n', BOOTSTRAP, '--wait=false']);
  await kubectl(['delete', 'secret/s3', 'configmap/s3-ca', '-n', BOOTSTRAP, '--ignore-not-found']);
}, 120_000);

// SECURITY.md: "With vault.backup a pod of platform-bootstrap takes them."
test('a first snapshot is stored at once, and what it says of itself', async () => {
  const { 'last-success': time, snapshot: name, bytes, ...others } = await backupStatus();
  expect(Date.now() - Date.parse(time)).toBeLessThan(300_000);
  expect([name, Number(bytes) > 1000, others]).toEqual([expect.stringMatching(NAME), true, {}]);
});

test('a run at any time stores another one, and no more are kept than shall be', async () => {
  await backUpNow('backup-a');
  await backUpNow('backup-b');
  const reader = await readerOfVolume();
  const names = (await exec(reader, ['ls', '-A', '/backup'])).stdout.trim().split('\n');
  const { snapshot: newest } = await backupStatus();
  expect(names.filter((name) => name !== 'lost+found')).toEqual([expect.stringMatching(NAME), newest]);
  snapshot = await fetchFrom(reader, newest);
  await kubectl(['delete', 'job', 'reader', '-n', BOOTSTRAP]);
});

test('it runs by its schedule, and Kubernetes knows when it last succeeded', async () => {
  const { snapshot: before } = await backupStatus();
  const cronJob = () => find('cronjob', BOOTSTRAP, 'vault-backup');
  const { schedule, ...others } = (await cronJob()).spec;
  expect([schedule, others]).toEqual([
    '0 0 1 1 *',
    expect.objectContaining({ concurrencyPolicy: 'Forbid', timeZone: 'Etc/UTC' }),
  ]);
  const every = (time: string) =>
    kubectl(['patch', 'cronjob', 'vault-backup', '-n', BOOTSTRAP, '-p', JSON.stringify({ spec: { schedule: time } })]);
  await every('* * * * *');
  try {
    await eventually(async () => {
      const { lastScheduleTime: due, lastSuccessfulTime: done } = (await cronJob()).status;
      // Runs by hand are none of its schedule.
      expect(Date.parse(done)).toBeGreaterThanOrEqual(Date.parse(due));
    }, 120);
  } finally {
    await every(schedule);
  }
  const { snapshot: after } = await backupStatus();
  expect([after, after > before]).toEqual([expect.stringMatching(NAME), true]);
});

// SECURITY.md: "What is stored is encrypted once more, to your certificate"
// SECURITY.md: "The private key is nowhere in the cluster"
test('its private key opens it, another one does not', async () => {
  expect(await opened(snapshot, 'other')).toEqual([]);
  expect(await opened(snapshot, 'backup')).toEqual(expect.arrayContaining(['state.bin', 'SHA256SUMS']));
});

describe('its login', () => {
  const login = async (serviceAccount: string) => {
    const jwt = await kubectl(['create', 'token', serviceAccount, '-n', BOOTSTRAP, '--audience', 'vault']);
    return vault(`write -field=token auth/kubernetes/login role=vault-backup jwt=${jwt.trim()}`);
  };

  // SECURITY.md: "Only its ServiceAccount gets it."
  test('is for its ServiceAccount alone', async () => {
    expect((await login('vault-backup')).code).toBe(0);
    expect((await login('terraform')).stderr).toContain('service account name not authorized');
    expect((await login('vault-bootstrap')).stderr).toContain('service account name not authorized');
  });

  // SECURITY.md: "Its login may read sys/storage/raft/snapshot and nothing else"
  test('takes snapshots, reads and writes nothing', async () => {
    const token = (await login('vault-backup')).stdout.trim();
    expect(await vault('operator raft snapshot save /tmp/snapshot', token)).toMatchObject({ code: 0 });
    expect(await vault('kv get drill/a', root)).toMatchObject({ code: 0 });
    const denied = [
      'read drill/a',
      'write drill/a value=changed',
      'read sys/mounts',
      'read sys/policies/acl/vault-backup',
      'operator raft snapshot restore /tmp/snapshot',
      'operator raft snapshot restore -force /tmp/snapshot',
      'token lookup',
      'token create',
      'write -f sys/seal',
    ];
    const outcomes = await Promise.all(denied.map((command) => vault(command, token)));
    const refused = outcomes.map(({ code, stderr }) => code !== 0 && stderr.includes('permission denied'));
    expect(denied.filter((_, index) => !refused[index])).toEqual([]);
  });
});

on(`a bucket takes them just as well, and no more are kept there than shall be${why}`, async () => {
  s3 = await S3Server.start(17_071);
  const { endpoint, folder } = s3;
  const target = {
    type: 's3',
    endpoint,
    bucket: S3Server.BUCKET,
    prefix: 'sandbox/',
    secretName: 's3',
    caConfigMap: 's3-ca',
  };
  await backedUp(target);
  const stored = () => readdirSync(join(folder, 'sandbox')).sort();
  const { snapshot: first } = await backupStatus();
  expect(stored()).toEqual([first]);
  await backUpNow('backup-c');
  const { snapshot: second } = await backupStatus();
  expect(stored()).toEqual([first, second]);
  await backUpNow('backup-d');
  const { snapshot: third } = await backupStatus();
  expect(stored()).toEqual([second, third]);
  snapshot = join(folder, 'sandbox', third);
  expect(await opened(snapshot, 'backup')).toContain('state.bin');
});

on(`a run that fails is seen, and leaves what is stored${why}`, async () => {
  s3?.stop();
  await kubectl(['create', 'job', 'backup-fails', '--from=cronjob/vault-backup', '-n', BOOTSTRAP]);
  await eventually(async () => {
    expect((await find('job', BOOTSTRAP, 'backup-fails')).status.failed).toBeGreaterThan(0);
    expect(await backupStatus()).toMatchObject({ reason: expect.stringContaining('ECONNREFUSED') });
  }, 60);
  const { 'last-success': good, 'last-failure': bad } = await backupStatus();
  expect(Date.parse(bad)).toBeGreaterThan(Date.parse(good));
  expect(readdirSync(join(`${s3?.folder}`, 'sandbox'))).toHaveLength(2);
  await kubectl(['delete', 'job', 'backup-fails', '-n', BOOTSTRAP]);
});

// SECURITY.md: "A restore is an administrator's doing, never automatic"
test('Vault destroyed with its volumes is restored: same secrets, same authority, environments go on', async () => {
  const environments = async () =>
    (await list('pods', 'devenv', '-l', 'app.kubernetes.io/component=environment')).map(({ metadata }) => metadata.uid);
  const before = await environments();
  expect(await restore(snapshot)).toMatchObject({ code: 1, stderr: expect.stringContaining('vault-0 has data') });
  await inVault('kv put drill/a value=later', root);
  await destroyVault(1);
  await eventually(async () => {
    const log = await kubectl(['logs', '-n', BOOTSTRAP, 'deployment/vault-bootstrap', '--tail=5']);
    expect(log).toContain('is of an earlier Vault');
  }, 120);
  expect(await restore(snapshot)).toMatchObject({ code: 0, stderr: expect.stringContaining('done') });
  await becomesReady(workFile('dist-platform'), 120);
  expect(await inVault('kv get -field=value drill/a', root)).toBe('kept');
  expect(await inVault('read -field=public_key ssh/config/ca', root)).toBe(authority);
  const published = await find('configmap', 'devenv', 'ssh-user-ca');
  expect(published.data['user-ca.pub'].trim()).toBe(authority);
  expect(await environments()).toEqual(before);
  await eventually(async () => {
    const log = await kubectl(['logs', '-n', BOOTSTRAP, 'deployment/vault-bootstrap']);
    expect(log).toContain('"message":"ready"');
  }, 60);
}, 600_000);
