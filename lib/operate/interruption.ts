import { setTimeout as pause } from 'node:timers/promises';
import { Failure } from './failure';

let interruption: AbortController | undefined;

/** Aborted once somebody asks this program to end, who then waits for what runs just then; asked twice, it ends at once. */
export function interrupted(): AbortSignal {
  if (interruption) return interruption.signal;
  const controller = new AbortController();
  interruption = controller;
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(130);
      controller.abort(new Failure('interrupted: run the same again to go on', 130));
    });
  return controller.signal;
}

/** Whether somebody asked this program to end. */
export const isInterrupted = (): boolean => interruption?.signal.aborted ?? false;

/** @throws Failure - where somebody asked this program to end */
export const expectUninterrupted = (): void => interruption?.signal.throwIfAborted();

/** Lets time pass. @throws Failure - as soon as somebody asks this program to end */
export async function pauseFor(ms: number): Promise<void> {
  const signal = interruption?.signal;
  await pause(ms, undefined, { signal }).catch(() => {});
  signal?.throwIfAborted();
}

const borrowed = new Set<Promise<unknown>>();

/**
 * Lets `use` work with something that is made for it alone, which is removed in any case before this program ends:
 * whoever asks it to end, and whatever else fails meanwhile.
 */
export function withBorrowed<T>(use: () => Promise<T>, remove: () => Promise<unknown>): Promise<T> {
  interrupted();
  const given = (async () => {
    try {
      expectUninterrupted();
      return await use();
    } finally {
      await remove();
    }
  })();
  borrowed.add(given);
  const forget = () => void borrowed.delete(given);
  given.then(forget, forget);
  return given;
}

/** Waits until all that was made for a while is removed. */
export const allReturned = async (): Promise<void> => void (await Promise.allSettled(borrowed));
