import { readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from './eventually';
import { exec, find } from './kubectl';
import { CLI, isFound, platform, workFile } from './platform';
import { type Outcome, run } from './run';

/** Why files of environments cannot be kept here, if so. */
export const whyNot = isFound('restic') ? undefined : '"restic" is not on PATH';

/** What restic has in its environment. */
export const passwords = (): Record<string, string> => ({
  RESTIC_PASSWORD_FILE: workFile('backup-password'),
  RESTIC_CACHE_DIR: workFile('restic-cache'),
});

/** Has a platform, and the password of its backups. */
export async function prepare(): Promise<void> {
  await platform();
  writeFileSync(workFile('backup-password'), 'for tests alone');
}

/** The platform's command line, with the password of the backups in a file. */
export const sandboxctl = (args: readonly string[], more: Record<string, string> = {}): Promise<Outcome> =>
  run('node', [...CLI, ...args], {
    env: { ...passwords(), ...more },
    seconds: 900,
  });

export async function succeeds(args: readonly string[], more?: Record<string, string>): Promise<void> {
  const { code, stderr } = await sandboxctl(args, more);
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
}

/** What a script in an environment prints; it must succeed. */
export async function inside(script: string, pod = 'devenv-0'): Promise<string> {
  const { code, stdout, stderr } = await exec({ namespace: 'devenv', pod }, ['bash', '-c', `set -e; ${script}`]);
  if (code !== 0) throw new Error(`${script}: ${stderr}`);
  return stdout;
}

export const becomesReady = (pod: string) =>
  eventually(async () => {
    const { status, metadata } = (await find('pod', 'devenv', pod)) ?? {};
    expect(metadata.deletionTimestamp).toBeUndefined();
    expect(status.conditions).toContainEqual(expect.objectContaining({ type: 'Ready', status: 'True' }));
  }, 120);

/** All that there is to know of files that last: names, kinds, modes, times, targets and contents. */
const DESCRIBE = `cd /; for folder in workspace commandhistory home/node/.claude; do
  find "$folder" -mindepth 1 ! -path '*/.sandboxctl-restore-*' -printf '%P %y %m %l %T@ %s\\n' | LC_ALL=C sort
  find "$folder" -type f ! -path '*/.sandboxctl-restore-*' -print0 | LC_ALL=C sort -z | xargs -0r sha256sum
done | grep -Ev 'lost[+]found|[.]ssh-host/?'`;
export const described = (pod?: string) => inside(DESCRIBE, pod);

export const UNUSUAL = `rm -rf /workspace/* ~/.claude/*; cd /workspace; mkdir -p 'a b/ä' empty; echo one > 'a b/ä/x'; printf 'line' > $'new\\nline'
chmod 400 'a b/ä/x'; ln -sf ../nowhere broken; ln -f 'a b/ä/x' hard; chmod 700 empty
touch -d 2020-01-02T03:04:05Z old; echo history > /commandhistory/.bash_history; echo '{}' > ~/.claude/settings.json`;

interface Kept {
  readonly id: string;
  readonly name: string;
  readonly folders?: readonly string[];
}

/** What is listed of a repository. */
export const backups = async (from: string, more?: Record<string, string>): Promise<Kept[]> =>
  JSON.parse((await sandboxctl(['backups', '--from', from, '--json'], more)).stdout);

/** Loses half of each file that holds a repository's data. */
export async function spoil(repository: string): Promise<void> {
  const names = readdirSync(join(repository, 'data'), { recursive: true, encoding: 'utf8' });
  for (const path of names.map((name) => join(repository, 'data', name)).filter((one) => statSync(one).isFile())) {
    await run('chmod', ['u+w', path]);
    truncateSync(path, Math.floor(statSync(path).size / 2));
  }
}
