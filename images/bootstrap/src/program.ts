import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PACKED, unpack } from '../../../constructs/core/packed';

/** The configuration that the construct wrote, with the values that are packed beside it. */
export function configuration<T>(): T {
  const file = process.argv[2];
  const folder = dirname(file);
  const packed = readdirSync(folder).filter((name) => name.endsWith(PACKED));
  const values = packed.map((name) => [name.slice(0, -PACKED.length), unpack(readFileSync(join(folder, name)))]);
  return { ...JSON.parse(readFileSync(file, 'utf8')), ...Object.fromEntries(values) };
}

export function log(message: string): void {
  console.log(JSON.stringify({ time: new Date().toISOString(), message }));
}

/** Names a point that is reached. A drill that ends the program at each point has it pause there. */
export async function phase(name: string): Promise<void> {
  console.log(JSON.stringify({ time: new Date().toISOString(), phase: name }));
  const { pauseAtPhasesSec = 0 } = configuration<{ pauseAtPhasesSec?: number }>();
  if (pauseAtPhasesSec > 0) await sleep(pauseAtPhasesSec * 1000);
}

/** What no waiting mends. */
export class Hopeless extends Error {}

/** Ends the program as failed, and says why in one line. */
export function fail({ message }: Error): never {
  log(`gives up: ${message}`);
  process.exit(1);
}

/** Runs `step` until it succeeds, has failed for so many seconds, or is hopeless. Reasons are logged when they change. */
export async function untilDone<T>(step: () => Promise<T>, withinSec = Number.POSITIVE_INFINITY): Promise<T> {
  const end = Date.now() + withinSec * 1000;
  for (let last = ''; ; await sleep(2000)) {
    try {
      return await step();
    } catch (error) {
      if (error instanceof Hopeless || Date.now() > end) throw error;
      const reason = (error as Error).message;
      if (reason !== last) log(`waiting: ${reason}`);
      last = reason;
    }
  }
}

/** Runs `step` for ever, soon again after a failure or while it answers `false`, else every `seconds`. */
export async function keep(seconds: number, step: () => Promise<boolean | undefined>): Promise<never> {
  for (let last = ''; ; ) {
    let pause = seconds;
    try {
      if ((await step()) === false) pause = 2;
      last = '';
    } catch (error) {
      const reason = (error as Error).message;
      if (reason !== last) log(`failed, trying again: ${reason}`);
      last = reason;
      pause = 2;
    }
    await sleep(pause * 1000);
  }
}

// Not 0: a Job that is ended early, as when its node is drained, has not done its work.
process.on('SIGTERM', () => process.exit(143));
