import { writeFileSync } from 'node:fs';
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
