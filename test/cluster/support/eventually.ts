import { setTimeout as pause } from 'node:timers/promises';

/**
 * Waits until `observe` returns without throwing, and returns its value.
 * @throws with the last observation after `seconds`
 */
export async function eventually<T>(observe: () => T | Promise<T>, seconds: number): Promise<T> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    try {
      return await observe();
    } catch (error) {
      if (Date.now() > end)
        throw new Error(`not within ${seconds} s; the last observation:\n${(error as Error).message}`);
    }
    await pause(500);
  }
}
