import { spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { sectionsOf } from '../../docs/commands';
import { S3Server } from '../support/backup';
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
  UNUSUAL,
  whyNot,
} from '../support/files-backup';
import { exec, find, kubectl, list } from '../support/kubectl';
import { CLI, isFound, workFile } from '../support/platform';
import { run } from '../support/run';
import { triedUnless } from '../support/tried';

const tried = triedUnless(whyNot ?? (isFound('versitygw') ? undefined : '"versitygw" is not on PATH'));

let server: S3Server;
let bucket: string;
let kept: string;

const keys = (): Record<string, string> => S3Server.client();
/** Titles of steps, which say where one took another way. */
async function titles(args: readonly string[]): Promise<string[]> {
  const { code, stdout, stderr } = await sandboxctl([...args, '--json'], keys());
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout).map(({ title }: { title: string }) => title);
}
const backUp = (...more: string[]) => titles(['backup', 'devenv-0', '--to', bucket, ...more]);
async function restore(...more: string[]): Promise<string[]> {
  const said = await titles(['restore', 'devenv-0', '--from', bucket, '--yes', ...more]);
  await becomesReady('devenv-0');
  return said;
}
const STRAIGHT = [expect.stringMatching(/^devenv-0 from \w+$/)];
/** Names, contents and some modes alone. */
const CONTENTS =
  'cd /workspace; find . -type f ! -path "./.ssh-host/*" -print0 | LC_ALL=C sort -z | xargs -0 sha256sum';

beforeAll(async () => {
  if (whyNot || !isFound('versitygw')) return;
  await prepare();
  server = await S3Server.startOutside(7071);
  bucket = server.repository('workspaces');
  await inside(UNUSUAL);
  // No user may set those of the kernel, such as SELinux's, which every file may have.
  await inside('truncate -s 3M /workspace/holes; mkfifo /workspace/pipe');
  kept = await described();
}, 400_000);

afterAll(() => server?.stop());

tried(
  'files go to a bucket and back straight from a pod beside them, each as it was, and nothing is left of the pod',
  async () => {
    expect(await backUp()).toEqual(['devenv-0']);
    expect(existsSync(join(server.folder, 'workspaces/config'))).toBe(true);
    expect((await backups(bucket, keys()))[0].folders).toEqual(['/commandhistory', '/home/node/.claude', '/workspace']);
    await inside('rm -rf /workspace/* ~/.claude/*; echo later > /workspace/later');
    expect(await restore()).toEqual(STRAIGHT);
    expect(await described()).toBe(kept);
    expect(await inside('stat -c %b /workspace/holes')).toBe('0\n');
    expect(await find('pod', 'devenv', 'devenv-0-files')).toBeUndefined();
    await eventually(async () => {
      const policies = await list('networkpolicies', 'devenv');
      expect(policies.filter(({ metadata }) => metadata.name.includes('to-bucket'))).toEqual([]);
    }, 60);
  },
  300_000,
);

tried(
  'what did not change since is not read again',
  async () => {
    await backUp();
    await inside('echo one more > /workspace/new; sleep 0.01; echo changed > /workspace/old');
    await backUp();
    const env = { ...passwords(), ...keys(), RESTIC_REPOSITORY: bucket };
    const { stdout } = await run('restic', ['snapshots', '--latest', '1', '--json'], { env });
    expect(JSON.parse(stdout)[0].summary).toMatchObject({ files_new: 1, files_changed: 1 });
    await inside(
      'rm /workspace/new; touch -d 2020-01-02T03:04:05Z /workspace/old; : > /workspace/old; touch -d 2020-01-02T03:04:05Z /workspace/old',
    );
    expect(await described()).toBe(kept);
  },
  300_000,
);

tried(
  'single files come back by the commands of docs/BACKUP.md',
  async () => {
    await inside('echo mine > /workspace/notes.txt');
    await backUp();
    await inside('rm /workspace/notes.txt');
    const blocks = sectionsOf('docs/BACKUP.md').flatMap((section) => section.blocks);
    const [{ text }] = blocks.filter((block) => block.text.includes('restic restore'));
    const script = `cd "$HERE"\n${text.replace(/s3:https:\S+/, bucket)}`;
    const env = { ...passwords(), ...keys(), HERE: workFile('.') };
    const { code, stdout, stderr } = await run('sh', ['-euc', script], { env });
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stdout).toContain('/workspace/notes.txt');
    expect((await run('cat', [workFile('found/workspace/notes.txt')])).stdout).toBe('mine\n');
  },
  200_000,
);

tried(
  'a backup is restored by either way, whichever it was made by',
  async () => {
    expect(await backUp('--no-direct')).toEqual(['devenv-0']);
    await inside('rm -rf /workspace/*');
    expect(await restore()).toEqual(STRAIGHT);
    expect(await described()).toBe(kept);
    await backUp();
    const contents = await inside(CONTENTS);
    await inside('rm -rf /workspace/*');
    await restore('--no-direct');
    expect(await inside(CONTENTS)).toBe(contents);
  },
  400_000,
);

tried(
  'what cannot be read, and what is damaged, is refused before anything is kept or touched',
  async () => {
    const before = await backups(bucket, keys());
    await inside('mkdir /workspace/shut; touch /workspace/shut/file; chmod 0 /workspace/shut');
    expect(await sandboxctl(['backup', 'devenv-0', '--to', bucket], keys())).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/\/workspace\/shut: .*permission denied/),
    });
    await inside('chmod 700 /workspace/shut; rm -r /workspace/shut');
    expect(await backups(bucket, keys())).toEqual(before);
    const damaged = join(server.folder, 'damaged');
    await run('cp', ['-a', join(server.folder, 'workspaces'), damaged]);
    await spoil(damaged);
    const now = await described();
    const from = ['restore', 'devenv-0', '--yes', '--from', server.repository('damaged')];
    expect(await sandboxctl(from, keys())).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('cannot be put back'),
    });
    expect(await described()).toBe(now);
    expect(await inside('ls -A /workspace')).not.toContain('.sandboxctl-restore');
    rmSync(damaged, { recursive: true, force: true });
  },
  300_000,
);

tried(
  'a backup whose pod goes is none, and one that is killed is made by the same again',
  async () => {
    const before = await backups(bucket, keys());
    await inside('head -c 200m /dev/urandom > /workspace/large');
    const place = { namespace: 'devenv', pod: 'devenv-0-files' };
    const begun = () =>
      eventually(async () => expect((await exec(place, ['pgrep', '-f', 'restic.* backup'])).code).toBe(0), 60);
    const cut = sandboxctl(['backup', 'devenv-0', '--to', bucket], keys());
    await begun();
    await kubectl(['delete', 'pod', 'devenv-0-files', '-n', 'devenv', '--now']);
    expect(await cut).toMatchObject({ code: 1 });
    expect(await backups(bucket, keys())).toEqual(before);
    const env = { ...process.env, ...passwords(), ...keys() };
    const killed = spawn('node', [...CLI, 'backup', 'devenv-0', '--to', bucket], {
      env,
      stdio: 'ignore',
      detached: true,
    });
    await begun();
    process.kill(-(killed.pid as number), 'SIGKILL');
    expect(await backUp()).toEqual(['devenv-0']);
    const whole = await described();
    await inside('rm -rf /workspace/*');
    expect(await restore()).toEqual(STRAIGHT);
    expect(await described()).toBe(whole);
  },
  400_000,
);
