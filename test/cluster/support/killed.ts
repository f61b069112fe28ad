import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { type Aim, BEGUN, KillSeries, type Mark, PhaseReader } from '../../helpers/kill-series';
import { randomNumbers } from './random';
import { startSandboxctl } from './stacks';

export type Verb = 'up' | 'down' | 'backup' | 'restore' | 'upgrade';

/** Seconds that phases of a verb take, about: enough to aim by where there is no time to see one go through first. */
const ASSUMED: Readonly<Record<Verb, Readonly<Record<string, number>>>> = {
  up: { [BEGUN]: 6, operators: 30, manifests: 60, 'inside Vault': 4, 'inside Boundary': 4 },
  down: { [BEGUN]: 6, sessions: 3, 'inside Boundary': 4, 'inside Vault': 15, manifests: 4 },
  backup: { [BEGUN]: 5, vault: 2, 'keycloak-database': 2, 'devenv-0': 2 },
  restore: { [BEGUN]: 5, 'Secrets and empty volumes': 15, operators: 20, manifests: 40, 'inside Boundary': 5 },
  upgrade: { [BEGUN]: 8, 'environments: … volumes larger': 4, 'environments: environments Ready': 3 },
};

/** How often each verb is killed, by hand; otherwise each once or twice. */
export const KILLS = Number(process.env.KILLS ?? 0);
/** Decides in which phases and when; the same one kills in the same places. */
export const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);
/** How often each phase that the log names is hit at least, where KILLS says anything. */
export const EACH = 2;

const random = randomNumbers(SEED);

/** Kills of a verb with its arguments, chosen by SEED. */
export class Killing extends KillSeries {
  constructor(
    verb: Verb,
    private readonly args: readonly string[] = [],
  ) {
    // What is seen of a verb counts where there is time to see it.
    super(verb, random, KILLS > 0 ? {} : ASSUMED[verb]);
  }

  /** Lets it go through once, and takes in which phases it has and how long they are. @returns its exit status */
  async watch(...more: readonly string[]): Promise<number | null> {
    const { marks, code, endMs } = await followed(startSandboxctl([this.verb, ...this.args, ...more]));
    this.learn(marks, endMs);
    return code;
  }

  /** The same. @throws unless it ends well */
  async rehearse(...more: readonly string[]): Promise<void> {
    const code = await this.watch(...more);
    if (code !== 0) throw new Error(`${this.verb} ended with ${code}:\n${this}`);
  }

  /** Runs it and kills it where `aim` says. @returns whether it was killed, and not over before */
  async kill(aim: Aim, ...more: readonly string[]): Promise<boolean> {
    const child = startSandboxctl([this.verb, ...this.args, ...more]);
    const { marks, wasKilled } = await followed(child, { ...aim, isWhole: this.isWhole() });
    this.learn(marks);
    this.note(aim, wasKilled ? marks.at(-1)?.phase : undefined);
    return wasKilled;
  }
}

export interface Followed {
  readonly marks: readonly Mark[];
  readonly wasKilled: boolean;
  readonly code: number | null;
  readonly endMs: number;
}

/** Reads a process' log to its end, which comes at once where `aim` says. */
export async function followed(child: ChildProcess, aim?: Aim & { readonly isWhole: boolean }): Promise<Followed> {
  const startMs = performance.now();
  const reader = new PhaseReader();
  const marks: Mark[] = [];
  let isOver = false;
  let timer: NodeJS.Timeout | undefined;
  const ended = once(child, 'exit');
  const kill = () => {
    isOver = true;
    const pid = child.pid as number;
    try {
      process.kill(aim?.isWhole ? -pid : pid, 'SIGKILL');
    } catch {
      // It ended by itself just now.
    }
  };
  const begins = (phase: string) => {
    if (isOver) return;
    marks.push({ phase, atMs: performance.now() - startMs });
    if (phase === aim?.phase) timer ??= setTimeout(kill, aim.delayMs);
  };
  begins(BEGUN);
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  lines.on('line', (line) => {
    const phase = reader.read(line);
    if (phase !== undefined) begins(phase);
  });
  const [code, signal] = await ended;
  clearTimeout(timer);
  return { marks, wasKilled: signal === 'SIGKILL', code, endMs: performance.now() - startMs };
}
