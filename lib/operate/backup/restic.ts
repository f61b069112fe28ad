import type { Options } from 'execa';
import { askSecret } from '../confirm';
import { Failure } from '../failure';
import { answer, type CommandLine, type Ended, type Meanwhile, piped, run } from '../run';

/** What a command that gets a snapshot reads before it, and who hears what it says. */
export interface Given extends Pick<Meanwhile, 'onError' | 'onBytes'> {
  readonly first?: string;
}

/** restic, wherever it runs. */
export interface Restic {
  /** Runs a script to its end, which calls it by `"$SANDBOXCTL_RESTIC"`. */
  run(script: string, args: readonly string[], options?: Options, meanwhile?: Meanwhile): Promise<Ended>;
  /** Runs it and a command that reads what it writes, to their ends. */
  give(args: readonly string[], command: CommandLine, given?: Given): Promise<[Ended, Ended]>;
}

const OLDEST = [0, 18];
/** Calls it with these arguments. What it runs itself writes to standard error also by number 3. */
export const CALL = 'exec "$SANDBOXCTL_RESTIC" "$@" 3>&2';
/** Has a snapshot follow on a text, which is in the environment and no argument. */
const FED_FIRST = `printf %s "$SANDBOXCTL_INPUT" && exec restic "$@"`;

/** restic on this machine. */
export class ResticHere implements Restic {
  /** @param env where it finds the repository, and how it logs in there */
  constructor(private readonly env: Readonly<Record<string, string>>) {}

  run(script: string, args: readonly string[], options: Options = {}, meanwhile: Meanwhile = {}): Promise<Ended> {
    const env = { ...this.env, SANDBOXCTL_RESTIC: 'restic', ...options.env };
    return run('sh', ['-c', script, 'sh', ...args], { ...options, env }, meanwhile);
  }

  give(args: readonly string[], command: CommandLine, { first = '', ...given }: Given = {}): Promise<[Ended, Ended]> {
    const env = { ...this.env, SANDBOXCTL_INPUT: first };
    return piped(['sh', '-c', FED_FIRST, 'sh', ...args], command, { env }, given);
  }
}

/** Whether what restic says of its version will do. */
export function isNewEnough(said: string): boolean {
  const [major = 0, minor = 0] = (/restic (\d+)\.(\d+)/.exec(said) ?? []).slice(1).map(Number);
  return major > OLDEST[0] || minor >= OLDEST[1];
}

/** @throws Failure - where it is missing or too old */
export async function expectRestic(): Promise<void> {
  const said = await answer('restic', ['version']);
  if (isNewEnough(said)) return;
  const [, version = said] = /restic (\S+)/.exec(said) ?? [];
  throw new Failure(`restic ${version} is too old: ${OLDEST.join('.')} is the first that will do`);
}

/** The password, for the environment of restic alone. */
export async function password(): Promise<Record<string, string>> {
  const { RESTIC_PASSWORD, RESTIC_PASSWORD_FILE, RESTIC_PASSWORD_COMMAND } = process.env;
  if (RESTIC_PASSWORD || RESTIC_PASSWORD_FILE || RESTIC_PASSWORD_COMMAND) return {};
  if (!process.stdin.isTTY)
    throw new Failure('nobody is there to ask for the password of the backups: name its file in RESTIC_PASSWORD_FILE');
  const given = await askSecret('Password of the backups, without which nobody reads them');
  if (!given) throw new Failure('nothing is changed');
  return { RESTIC_PASSWORD: given };
}
