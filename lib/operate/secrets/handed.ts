import { Failure } from '../failure';
import { type Ended, GET, run } from '../run';

/** What a program that is handed a value opens, as a file. */
export const HANDED = '/dev/stdin';

/** Runs a program that reads a value from `HANDED`, so that no value is an argument or stands in a file. */
export const handOver = (program: string, args: readonly string[], value: string): Promise<Ended> =>
  // Node hands over a socket, which cannot be opened by a name; a shell's pipe can.
  run('sh', ['-c', 'cat | "$@"', 'sh', program, ...args], { input: value });

/** @throws Failure - where the command line of a manager is not here */
export async function expectCommandLine(program: 'aws' | 'az', manager: string): Promise<void> {
  const { exitCode } = await run('sh', ['-c', 'command -v "$1"', 'sh', program]);
  if (exitCode !== 0)
    throw new Failure(
      `environments have their secrets from ${manager}, which is written by its own command line, and ${program} is not on PATH: get it from ${GET[program]} and log in, or write the value there by another way; nothing is changed`,
    );
}
