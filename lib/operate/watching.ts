import { setTimeout as pause } from 'node:timers/promises';
import { say } from './output';

const INTERVAL_MS = 2000;

/** Shows a text and what becomes of it, in its place on a terminal, one after the other elsewhere; until this is interrupted. */
export async function showAgainAndAgain(look: () => Promise<string>): Promise<never> {
  const { createLogUpdate } = await import('log-update');
  const update = createLogUpdate(process.stdout);
  let last = '';
  for (;;) {
    const text = await look();
    if (process.stdout.isTTY) update(text);
    else if (text !== last) say(text);
    last = text;
    await pause(INTERVAL_MS);
  }
}
