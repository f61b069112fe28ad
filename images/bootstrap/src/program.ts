import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** The configuration that the construct wrote. */
export function configuration<T>(): T {
  return JSON.parse(readFileSync(process.argv[2], 'utf8'));
}

export function log(message: string): void {
  console.log(JSON.stringify({ time: new Date().toISOString(), message }));
}

/** Runs `step` until it succeeds. Reasons are logged when they change. */
export async function untilDone(step: () => Promise<void>): Promise<void> {
  for (let last = ''; ; await sleep(2000)) {
    try {
      return await step();
    } catch (error) {
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

process.on('SIGTERM', () => process.exit(0));
