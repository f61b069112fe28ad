import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { eventually } from '../support/eventually';
import {
  backups,
  becomesReady,
  described,
  inside,
  passwords,
  prepare,
  sandboxctl,
  spoil,
  succeeds,
  UNUSUAL,
  whyNot,
} from '../support/files-backup';
import { find, kubectl } from '../support/kubectl';
import { CLI, workFile } from '../support/platform';
import { run } from '../support/run';
import { triedUnless } from '../support/tried';

const tried = triedUnless(whyNot);

const IN = ['-n', 'devenv'];

let folder: string;
let kept: string;

beforeAll(async () => {
  if (whyNot) return;
  await prepare();
  folder = workFile('backups');
}, 400_000);

tried(
  'all files of environments are kept in a folder, encrypted, and listed',
  async () => {
    await inside(UNUSUAL);
    kept = await described();
    await succeeds(['backup', '--to', folder]);
    expect((await backups(folder)).map(({ name }) => name).sort()).toEqual(['devenv-0', 'devenv-1']);
    expect(await run('grep', ['-rq', 'history', folder])).toMatchObject({ code: 1 });
  },
  200_000,
);

tried(
  'files are as they were after a restore, and nothing else is there',
  async () => {
    await inside(
      'rm -rf /workspace/* ~/.claude/*; echo later > /workspace/later; echo changed > /commandhistory/.bash_history; mkdir -p /workspace/cache/module; touch /workspace/cache/module/file; chmod -R a-w /workspace/cache',
    );
    expect(await sandboxctl(['restore', 'devenv-0', '--from', folder])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('give --yes'),
    });
    const { uid } = (await find('pod', 'devenv', 'devenv-0')).metadata;
    await succeeds(['restore', 'devenv-0', '--from', folder, '--yes']);
    await becomesReady('devenv-0');
    expect((await find('pod', 'devenv', 'devenv-0')).metadata.uid).not.toBe(uid);
    expect(await described()).toBe(kept);
  },
  200_000,
);

tried(
  'a stopped environment is kept and restored, also from another one’s backup',
  async () => {
    const hostKey = () => inside('cat /workspace/.ssh-host/*.pub', 'devenv-1');
    const own = await hostKey();
    expect(await sandboxctl(['restore', '--of', 'devenv-0', '--from', folder, '--yes'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--of gives the files of one environment to another one: name that one'),
    });
    await kubectl(['scale', 'statefulset', 'devenv', ...IN, '--replicas=1']);
    await kubectl(['wait', 'pod/devenv-1', ...IN, '--for=delete', '--timeout=60s']);
    try {
      await succeeds(['restore', 'devenv-1', '--of', 'devenv-0', '--from', folder, '--yes']);
      await succeeds(['backup', 'devenv-1', '--to', folder]);
      expect(await find('pod', 'devenv', 'devenv-1-files')).toBeUndefined();
    } finally {
      await kubectl(['scale', 'statefulset', 'devenv', ...IN, '--replicas=2']);
    }
    await becomesReady('devenv-1');
    expect(await described('devenv-1')).toBe(kept);
    expect(await hostKey()).toBe(own);
  },
  300_000,
);

tried(
  'what cannot be restored is refused before anything is touched',
  async () => {
    const refused = async (args: readonly string[], message: string | RegExp, more = {}) => {
      const outcome = await sandboxctl(['restore', 'devenv-0', '--yes', ...args], more);
      expect(outcome).toMatchObject({ code: 1, stderr: expect.stringMatching(message) });
    };
    await refused(['--from', workFile('nowhere')], /holds no backups: give where they are/);
    writeFileSync(workFile('other-password'), 'another');
    await refused(['--from', folder], /has another password/, { RESTIC_PASSWORD_FILE: workFile('other-password') });
    await refused(
      ['--from', folder, '--of', 'devenv-7'],
      /there is no backup of devenv-7: sandboxctl backups lists them/,
    );
    const damaged = workFile('damaged');
    await run('cp', ['-r', folder, damaged]);
    await spoil(damaged);
    await refused(['--from', damaged], /is damaged/, { RESTIC_CACHE_DIR: workFile('no-cache') });
    expect(await described()).toBe(kept);
  },
  200_000,
);

tried(
  'what cannot be read is no part that is left out: the backup fails, and says so',
  async () => {
    await inside('mkdir /workspace/shut; touch /workspace/shut/file; chmod 0 /workspace/shut');
    try {
      expect(await sandboxctl(['backup', 'devenv-0', '--to', folder])).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/workspace\/shut: Cannot open: Permission denied/),
      });
    } finally {
      await inside('chmod 700 /workspace/shut; rm -r /workspace/shut');
    }
  },
  100_000,
);

tried(
  'a backup that is cut is none, and the next one goes on',
  async () => {
    const before = await backups(folder);
    await inside('head -c 300m /dev/urandom > /workspace/large');
    const cut = sandboxctl(['backup', 'devenv-0', '--to', folder]);
    await eventually(async () => expect(await inside('pgrep -x tar')).toMatch(/\d/), 60);
    await kubectl(['delete', 'pod', 'devenv-0', ...IN, '--now']);
    expect(await cut).toMatchObject({ code: 1, stderr: expect.stringMatching(/devenv-0: /) });
    expect(await backups(folder)).toEqual(before);
    await becomesReady('devenv-0');
    await succeeds(['backup', 'devenv-0', '--to', folder]);
    expect(await backups(folder)).toHaveLength(before.length + 1);
    await inside('rm /workspace/large');
  },
  300_000,
);

tried(
  'what a step moved is told by --json, and all that is kept is read by --verify',
  async () => {
    const { code, stdout } = await sandboxctl(['backup', 'devenv-0', '--to', folder, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual([
      { title: 'devenv-0', seconds: expect.any(Number), bytes: expect.any(Number), failure: undefined },
    ]);
    await succeeds(['backups', '--from', folder, '--verify']);
  },
  200_000,
);

tried(
  'files of another cluster are restored where there are none of this one',
  async () => {
    const foreign = workFile('foreign');
    await run('cp', ['-r', folder, foreign]);
    const elsewhere = { env: { ...passwords(), RESTIC_REPOSITORY: foreign } };
    const rewritten = await run('restic', ['rewrite', '--forget', '--new-host', 'another-cluster'], elsewhere);
    expect(rewritten).toMatchObject({ code: 0 });
    await inside('rm -rf /workspace/*');
    await succeeds(['restore', 'devenv-0', '--from', foreign, '--yes']);
    await becomesReady('devenv-0');
    expect(await described()).toBe(kept);
  },
  200_000,
);

tried(
  'a restore that is killed leaves files as they were or as they were kept, and the next one ends it',
  async () => {
    await inside('head -c 200m /dev/urandom > /workspace/large');
    await succeeds(['backup', 'devenv-0', '--to', folder]);
    const whole = await described();
    await inside('echo later > /workspace/later');
    const now = await described();
    const child = spawn('node', [...CLI, 'restore', 'devenv-0', '--from', folder, '--yes'], {
      env: { ...process.env, ...passwords() },
      stdio: 'ignore',
      detached: true,
    });
    await eventually(async () => expect(await inside('pgrep -x tar')).toMatch(/\d/), 60);
    process.kill(-(child.pid as number), 'SIGKILL');
    expect([now, whole]).toContain(await described());
    await succeeds(['restore', 'devenv-0', '--from', folder, '--yes']);
    await becomesReady('devenv-0');
    expect(await described()).toBe(whole);
    expect(await inside('ls -A /workspace')).not.toContain('.sandboxctl-restore');
    await inside('rm /workspace/large');
  },
  300_000,
);
