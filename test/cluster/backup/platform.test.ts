import { readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Inventory } from '../../helpers/contents';
import { S3Server } from '../support/backup';
import { projectsPlatform } from '../support/day2';
import { eventually } from '../support/eventually';
import { changed, KEPT } from '../support/inventory';
import { EACH, KILLS, Killing, SEED } from '../support/killed';
import { exec, find, kubectl } from '../support/kubectl';
import { isFound, workFile } from '../support/platform';
import { run } from '../support/run';
import { leftInProject, makeProject, missing, sandboxctl, succeeds } from '../support/stacks';
import { triedUnless } from '../support/tried';

const why = missing();
const tried = triedUnless(why);
const lacking = why ?? (isFound('restic') ? undefined : '"restic" is not on PATH');
const kept = triedUnless(lacking);
if (lacking) console.info(`a backup of a whole platform is not tried: ${lacking}`);

const folder = workFile('platform-backups');
const backup = new Killing('backup', ['--platform', '--to', folder]);
let before: Inventory;
/** Where the last of the backups goes: a bucket, if there is one. */
let place: string = folder;
let server: S3Server | undefined;
let held: Record<string, string>;

const query = async (database: string, sql: string): Promise<string> => {
  const place = { namespace: database, pod: `${database}-database-0`, container: 'postgresql' };
  const { code, stdout, stderr } = await exec(place, ['psql', '-h', '/tmp', '-U', database, '-Atc', sql]);
  if (code !== 0) throw new Error(stderr);
  return stdout;
};
const sums = (tables: readonly string[]): string =>
  tables
    .map((table) => `select '${table}', count(*), md5(string_agg(t::text, '|' order by t::text)) from ${table} t`)
    .join(' union all ');

/** What people would miss: their files, their secrets, who they are, and by what they know servers. */
async function described(): Promise<Record<string, string>> {
  const files =
    'cd /; find workspace commandhistory home/node/.claude -type f ! -path "*lost+found*" | sort | xargs -d "\\n" sha256sum';
  const inside = async (pod: string) => (await exec({ namespace: 'devenv', pod }, ['sh', '-c', files])).stdout;
  return {
    'devenv-0': await inside('devenv-0'),
    'devenv-1': await inside('devenv-1'),
    secrets: (await sandboxctl(['secrets', 'get', 'github_token'])).stdout,
    boundary: await query('boundary', sums(['iam_user', 'auth_account', 'iam_role', 'target_tcp', 'iam_scope'])),
    keycloak: await query('keycloak', sums(['realm', 'user_entity', 'credential', 'client', 'keycloak_group'])),
    authorities: JSON.stringify((await find('configmap', 'devenv', 'ssh-user-ca')).data),
    hosts: JSON.stringify((await find('configmap', 'devenv', 'ssh-host-ca')).data),
  };
}

beforeAll(async () => {
  if (why) return;
  before = await projectsPlatform();
  writeFileSync(workFile('backup-password'), 'for tests alone');
  process.env.RESTIC_PASSWORD_FILE = workFile('backup-password');
  process.env.RESTIC_CACHE_DIR = workFile('restic-cache');
  if (isFound('versitygw')) {
    server = await S3Server.startOutside(7073);
    Object.assign(process.env, S3Server.client());
  }
  place = server?.repository('platforms') ?? folder;
}, 900_000);

afterAll(async () => {
  if (!why) await sandboxctl(['down', '--delete-workspaces', '--yes']);
  server?.stop();
  for (const name of Object.keys(S3Server.client())) delete process.env[name];
}, 600_000);

kept(
  `a whole platform is kept while it works, however often that is broken off (seed ${SEED})`,
  async () => {
    const { code, stderr } = await sandboxctl(['secrets', 'set', 'github_token'], 'of-the-backup\n');
    expect([code, stderr]).toEqual([0, '']);
    for (const name of ['devenv-0', 'devenv-1'])
      await succeeds(
        'exec',
        name,
        '--',
        'sh',
        '-c',
        `echo ${name} > /workspace/file; echo x > /commandhistory/.bash_history`,
      );
    if (KILLS === 0) for (const aim of backup.some(1)) await backup.kill(aim);
    else await backup.rehearse();
    while (KILLS > 0 && !backup.isDone(KILLS, EACH)) for (const aim of backup.round()) await backup.kill(aim);
    console.info(`killed:\n${backup}`);
    await succeeds('backup', '--platform', '--to', folder);
    if (place !== folder) await succeeds('backup', '--platform', '--to', place);
    held = await described();
    const snapshots: { kind: string }[] = JSON.parse(await succeeds('backups', '--from', folder, '--json'));
    expect(new Set(snapshots.map(({ kind }) => kind))).toEqual(
      new Set(['database', 'environment', 'platform', 'vault']),
    );
  },
  400_000 + KILLS * 60_000,
);

kept('it is not put into a cluster that has a platform', async () => {
  expect(await sandboxctl(['restore', '--platform', '--from', folder, '--yes'])).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/this cluster has a platform.*nothing is changed/),
  });
  expect(await sandboxctl(['status'])).toMatchObject({ code: 0 });
});

kept(
  'after all of it is gone, what is damaged, foreign or of another platform is refused, and nothing is made of it',
  async () => {
    await succeeds('down', '--delete-workspaces', '--yes');
    await eventually(async () => expect(await changed(before)).toEqual([]), 60);
    const refused = async (from: string, message: RegExp) => {
      const { code, stderr } = await sandboxctl(['restore', '--platform', '--from', from, '--yes']);
      expect([code, stderr]).toEqual([1, expect.stringMatching(message)]);
    };
    await refused(workFile('nothing-there'), /holds no backups/);
    const packsOf = (name: string): string[] =>
      readdirSync(join(name, 'data'), { recursive: true, encoding: 'utf8' })
        .map((file) => join(name, 'data', file))
        .filter((path) => statSync(path).isFile());
    const [lacking, truncated] = ['lacking', 'truncated'].map(workFile);
    for (const copy of [lacking, truncated]) await run('cp', ['-r', folder, copy]);
    await run('chmod', ['-R', 'u+w', truncated]);
    for (const pack of packsOf(lacking).slice(1)) rmSync(pack);
    for (const pack of packsOf(truncated)) truncateSync(pack, Math.floor(statSync(pack).size / 2));
    process.env.RESTIC_CACHE_DIR = workFile('no-cache');
    for (const copy of [lacking, truncated]) await refused(copy, /is damaged/);
    process.env.RESTIC_CACHE_DIR = workFile('restic-cache');
    process.env.RESTIC_PASSWORD_FILE = workFile('another-password');
    writeFileSync(workFile('another-password'), 'another');
    await refused(folder, /has another password: nothing is changed/);
    process.env.RESTIC_PASSWORD_FILE = workFile('backup-password');
    const alone = workFile('files-alone');
    await run('cp', ['-r', folder, alone]);
    // Of a backup that was killed.
    await run('restic', ['unlock'], { env: { RESTIC_REPOSITORY: alone } });
    const forgotten = await run('restic', ['forget', '--tag', 'platform=platform', '--unsafe-allow-remove-all'], {
      env: { RESTIC_REPOSITORY: alone },
    });
    expect(forgotten).toMatchObject({ code: 0 });
    await refused(alone, /there is no backup of a whole platform/);
    const off = { enabled: false };
    await makeProject({ environments: { replicas: 2 }, vault: off, boundary: off, keycloak: off });
    await refused(folder, /platform.yaml makes no .*, which the backup holds/);
    await makeProject({ environments: { replicas: 2 }, keycloak: { demoUsers: true } });
    expect(await changed(before)).toEqual([]);
  },
  600_000,
);

kept(
  `it is what it was after a restore${isFound('versitygw') ? ' from a bucket' : ''}: files, secrets, users, realm and the names that servers are known by`,
  async () => {
    const isBack = () => eventually(async () => expect(await described()).toEqual(held), 120);
    const args = ['--platform', '--from', place, '--yes'];
    const restore = new Killing('restore', args);
    if (KILLS > 0) {
      await restore.rehearse();
      await isBack();
    }
    for (let isFirst = KILLS === 0; isFirst || (KILLS > 0 && !restore.isDone(KILLS, EACH)); isFirst = false) {
      if (!isFirst) await succeeds('down', '--delete-workspaces', '--yes');
      for (const aim of KILLS > 0 ? restore.round() : restore.some(2)) await restore.kill(aim);
      await succeeds('restore', ...args);
      await isBack();
      console.info(`killed:\n${restore}`);
    }
    expect(await sandboxctl(['restore', ...args])).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/is back here/),
    });
    expect(await succeeds('up')).toContain('nothing to change');
    await eventually(async () => expect(JSON.parse((await sandboxctl(['doctor', '--json'])).stdout)).toEqual([]), 120);
  },
  900_000 + KILLS * 120_000,
);

describe('down', () => {
  tried('touches nothing where something of somebody else’s would go along, and says what', async () => {
    await kubectl(['create', 'configmap', 'somebody-elses', '-n', 'vault']);
    const { code, stderr } = await sandboxctl(['down', '--yes']);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/first: ConfigMap vault\/somebody-elses$/m)]);
    await eventually(async () => expect(await sandboxctl(['status'])).toMatchObject({ code: 0 }), 120);
    await kubectl(['delete', 'configmap', 'somebody-elses', '-n', 'vault']);
  });

  tried('asks before files are deleted, where nobody is there to ask does nothing', async () => {
    expect(await sandboxctl(['down', '--delete-workspaces'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('give --yes'),
    });
    expect(await sandboxctl(['status'])).toMatchObject({ code: 0 });
  });

  tried(
    'leaves the files, and with them removed the cluster as it was, object by object',
    async () => {
      const start = performance.now();
      await succeeds('down', '--yes');
      console.info(`down: ${((performance.now() - start) / 1000).toFixed(0)} s`);
      const left = await changed(before);
      expect(left.filter((object) => !KEPT.test(object))).toEqual([]);
      expect(left).toContain('+ PersistentVolumeClaim devenv workspace-devenv-0');
      expect(await sandboxctl(['down', '--delete-workspaces', '--yes'])).toMatchObject({ code: 0 });
      await eventually(async () => expect(await changed(before)).toEqual([]), 60);
      expect(leftInProject()).toEqual([]);
    },
    900_000,
  );
});
