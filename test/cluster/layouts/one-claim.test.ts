import { writeFileSync } from 'node:fs';
import { eventually } from '../support/eventually';
import { exec, find, isReady, kubectl, list } from '../support/kubectl';
import { isFound, noPlatform, workFile } from '../support/platform';
import { makeProject, missing, sandboxctl, succeeds } from '../support/stacks';
import { triedUnless } from '../support/tried';

const why = missing() ?? (isFound('restic') ? undefined : '"restic" is not on PATH');
const tried = triedUnless(why);

const POD = 'devenv-0';
const ONE = ['environment-devenv-0'];
const THREE = ['bash-history-devenv-0', 'claude-config-devenv-0', 'workspace-devenv-0'];
const off = { enabled: false };

let folder: string;
let kept: string;

/** Writes the project's settings: an environment whose files are in that layout, and nothing beside it. */
const describeAs = (layout: 'oneClaim' | 'threeClaims', replicas: 0 | 1) =>
  makeProject({
    vault: off,
    boundary: off,
    keycloak: off,
    secrets: { delivery: 'none' },
    environments: { replicas, storage: { layout, workspace: '1Gi' } },
  });

/** What a script in the environment prints; it must succeed. */
async function inside(script: string): Promise<string> {
  const { code, stdout, stderr } = await exec({ namespace: 'devenv', pod: POD }, ['bash', '-c', `set -e; ${script}`]);
  if (code !== 0) throw new Error(`${script}: ${stderr}`);
  return stdout;
}

/** All files that last, host keys among them, with their sums. */
const files = () =>
  inside(
    'cd /; find workspace commandhistory home/node/.claude -type f ! -path "*lost+found*" -print0 | LC_ALL=C sort -z | xargs -0r sha256sum',
  );

const claims = async () => (await list('persistentvolumeclaims', 'devenv')).map(({ metadata }) => metadata.name).sort();

const uid = async () => (await find('pod', 'devenv', POD))?.metadata.uid;

/** Waits for the environment in a pod that is another one than before. */
const becomesReady = (before?: string) =>
  eventually(async () => {
    const pod = await find('pod', 'devenv', POD);
    expect([undefined, before]).not.toContain(pod?.metadata.uid);
    expect([pod.metadata.deletionTimestamp, isReady(pod)]).toEqual([undefined, true]);
  }, 120);

const restore = () => succeeds('restore', POD, '--from', folder, '--yes');

beforeAll(async () => {
  if (why) return;
  await noPlatform();
  folder = workFile('layout-backups');
  writeFileSync(workFile('backup-password'), 'for tests alone');
  process.env.RESTIC_PASSWORD_FILE = workFile('backup-password');
  process.env.RESTIC_CACHE_DIR = workFile('restic-cache');
  await describeAs('oneClaim', 1);
  await succeeds('up');
}, 600_000);

afterAll(async () => {
  if (!why) await sandboxctl(['down', '--delete-workspaces', '--yes']);
}, 300_000);

tried(
  'one claim has workspace, shell history and configuration, and the next pod has them again',
  async () => {
    expect(await claims()).toEqual(ONE);
    await inside(
      "mkdir -p '/workspace/a b'; echo one > '/workspace/a b/file'; echo ls > /commandhistory/.bash_history; echo '{}' > /home/node/.claude/settings.json",
    );
    kept = await files();
    for (const path of ['workspace/a b/file', 'commandhistory/.bash_history', 'home/node/.claude/settings.json'])
      expect(kept).toContain(`  ${path}\n`);
    const before = await uid();
    await kubectl(['delete', 'pod', POD, '-n', 'devenv', '--now']);
    await becomesReady(before);
    expect(await files()).toBe(kept);
  },
  300_000,
);

tried(
  'a backup of it is restored as it was, and nothing else is there',
  async () => {
    await succeeds('backup', '--to', folder);
    await inside(
      'rm -rf /workspace/* /home/node/.claude/*; echo later > /workspace/later; echo x > /commandhistory/later',
    );
    const before = await uid();
    await restore();
    await becomesReady(before);
    expect(await files()).toBe(kept);
  },
  300_000,
);

tried(
  'a backup of it while it is stopped goes into three claims, and the one stays',
  async () => {
    await succeeds('scale', '0');
    await succeeds('backup', '--to', folder);
    await describeAs('threeClaims', 0);
    const said = await sandboxctl(['up', '--dry-run']);
    expect(said).toMatchObject({ code: 0, stdout: expect.stringContaining('~ devenv/devenv: other volumes') });
    await succeeds('scale', '1');
    await becomesReady();
    expect(await files()).not.toContain('a b/file');
    expect(await claims()).toEqual([...THREE, ...ONE].sort());
    const before = await uid();
    await restore();
    await becomesReady(before);
    expect(await files()).toBe(kept);
  },
  400_000,
);

tried(
  'while it runs in three claims, one is refused in a line that says what to do, and nothing changes',
  async () => {
    await inside('echo later > /workspace/later');
    const before = [await uid(), await files(), await claims()];
    await describeAs('oneClaim', 1);
    for (const args of [['up'], ['up', '--dry-run'], ['up', '--by', 'kubectl']])
      expect(await sandboxctl(args)).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(
          /devenv runs, and would begin with other volumes, .*sandboxctl scale 0, sandboxctl backup/,
        ),
      });
    expect([await uid(), await files(), await claims()]).toEqual(before);
  },
  300_000,
);

tried(
  'stopped before, it begins with the one claim of before as that was, and the three stay',
  async () => {
    await describeAs('threeClaims', 1);
    await succeeds('scale', '0');
    await describeAs('oneClaim', 0);
    await succeeds('scale', '1');
    await becomesReady();
    expect(await files()).toBe(kept);
    expect(await claims()).toEqual([...THREE, ...ONE].sort());
  },
  400_000,
);

tried(
  'claims of both layouts go with the workspaces, and not before',
  async () => {
    await succeeds('down', '--yes');
    expect(await claims()).toEqual([...THREE, ...ONE].sort());
    await succeeds('down', '--delete-workspaces', '--yes');
    await eventually(async () => expect(await claims()).toEqual([]), 60);
  },
  300_000,
);
