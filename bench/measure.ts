import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, rmSync } from 'node:fs';

export interface Cost {
  readonly seconds: number;
  /** Peak of the process; undefined where GNU time is not installed. */
  readonly megabytes?: number;
}

export interface Command {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Folder that it writes, empty before each run. */
  readonly fresh?: string;
  /** File that takes what it prints. */
  readonly output?: string;
}

export const TIME = '/usr/bin/time';

function once({ command, cwd, env, fresh, output }: Command): Cost {
  if (fresh) rmSync(fresh, { recursive: true, force: true });
  const hasTime = existsSync(TIME);
  const [program, ...args] = hasTime ? [TIME, '-f', '%M', ...command] : command;
  const stdout = output ? openSync(output, 'w') : 'ignore';
  const start = performance.now();
  const { status, stderr } = spawnSync(program, args, {
    cwd,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    stdio: ['ignore', stdout, 'pipe'],
    encoding: 'utf8',
  });
  const seconds = (performance.now() - start) / 1000;
  if (typeof stdout === 'number') closeSync(stdout);
  if (status !== 0) throw new Error(`${command.join(' ')}: status ${status}\n${stderr}`);
  return { seconds, ...(hasTime && { megabytes: Number(stderr.trim().split('\n').at(-1)) / 1024 }) };
}

/** The least of several runs of each, by turns, so that what else the machine does hits all alike. */
export function measure(commands: readonly Command[], runs: number): Cost[] {
  const costs = Array.from({ length: runs }, () => commands.map(once));
  return commands.map((_, index) => ({
    seconds: Math.min(...costs.map((run) => run[index].seconds)),
    megabytes: costs[0][index].megabytes && Math.min(...costs.map((run) => run[index].megabytes ?? 0)),
  }));
}

/** Seconds of each call, likewise; in this process, warm after the first run. */
export function measureCalls(calls: readonly (() => unknown)[], runs: number): number[] {
  const seconds = (call: () => unknown): number => {
    const start = performance.now();
    call();
    return (performance.now() - start) / 1000;
  };
  const all = Array.from({ length: runs }, () => calls.map(seconds));
  return calls.map((_, index) => Math.min(...all.map((run) => run[index])));
}
