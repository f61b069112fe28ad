import { Failure } from './failure';
import { pauseFor } from './interruption';

const INTERVAL_MS = 1000;

/**
 * Asks again until there is an answer.
 * @param what is waited for, or all that is to be said where it does not come
 * @throws Failure - with that, or at once where somebody interrupts
 */
export async function until<T>(
  what: string | (() => string | Promise<string>),
  timeoutSec: number,
  ask: () => Promise<T | undefined | false>,
): Promise<T> {
  const end = Date.now() + timeoutSec * 1000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (Date.now() > end) throw new Failure(typeof what === 'string' ? late(what, timeoutSec) : await what());
    await pauseFor(INTERVAL_MS);
  }
}

const late = (what: string, seconds: number): string =>
  `${what}: not within ${seconds} s: sandboxctl doctor looks for the cause`;
