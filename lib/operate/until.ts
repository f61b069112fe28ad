import { Failure } from './failure';
import { pauseFor } from './interruption';

const INTERVAL_MS = 1000;

/** What is asked until there is an answer. */
type Ask<T> = () => Promise<T | undefined | false>;

/** Asks until there is an answer, at least once; undefined where there is none in time. @throws Failure - where somebody interrupts */
export async function within<T>(seconds: number, ask: Ask<T>, intervalMs = INTERVAL_MS / 2): Promise<T | undefined> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (Date.now() >= end) return undefined;
    await pauseFor(intervalMs);
  }
}

/**
 * Asks again until there is an answer.
 * @param what is waited for, or all that is to be said where it does not come
 * @throws Failure - with that, or at once where somebody interrupts
 */
export async function until<T>(
  what: string | (() => string | Promise<string>),
  timeoutSec: number,
  ask: Ask<T>,
): Promise<T> {
  const answer = await within(timeoutSec, ask, INTERVAL_MS);
  if (answer !== undefined) return answer;
  throw new Failure(typeof what === 'string' ? late(what, timeoutSec) : await what());
}

const late = (what: string, seconds: number): string =>
  `${what}: not within ${seconds} s: sandboxctl doctor looks for the cause`;
