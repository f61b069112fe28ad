import { setTimeout as pause } from 'node:timers/promises';
import { FAULT, INTERRUPTED } from './exits';
import { Failure } from './failure';

let interruption: AbortController | undefined;

/** Aborted once somebody asks this program to end, who then waits for what runs just then; asked twice, it ends at once. */
export function interrupted(): AbortSignal {
  if (interruption) return interruption.signal;
  const controller = new AbortController();
  interruption = controller;
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(INTERRUPTED);
      interrupt();
    });
  // A terminal that is closed, or a connection to it that breaks: nobody is there to ask twice.
  process.on('SIGHUP', interrupt);
  return controller.signal;
}

const interrupt = (): void => interruption?.abort(new Failure('interrupted: run the same again to go on', INTERRUPTED));

/**
 * Ends this program where nobody reads any more what it says: at once, unless something is at work that first comes to a
 * good end.
 * @param code of the error of a stream
 */
export function endUnread({ code }: NodeJS.ErrnoException): void {
  const isGone = code === 'EPIPE' || code === 'EIO';
  if (isGone && interruption) interrupt();
  // Whoever reads the first lines alone is no fault.
  else process.exit(isGone ? 0 : FAULT);
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
