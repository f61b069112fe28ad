import { INTERRUPTED } from './exits';
import { Failure } from './failure';
import { interrupted, pauseFor } from './interruption';
import { say } from './output';

const INTERVAL_MS = 2000;

/** Shows a text and what becomes of it, in its place on a terminal, one after the other elsewhere; until this is interrupted. */
export async function showAgainAndAgain(look: () => Promise<string>): Promise<void> {
  const { createLogUpdate } = await import('log-update');
  const update = createLogUpdate(process.stdout);
  const signal = interrupted();
  let [shown, last] = ['', ''];
  while (!signal.aborted) {
    const text = await look().catch((error) => {
      // A cluster that does not answer may do so again; one that never did is told of.
      if (!(error instanceof Failure) || !last) throw error;
      return `${last}\n(not just now: ${error.message})`;
    });
    if (signal.aborted) break;
    if (process.stdout.isTTY) update(text);
    else if (text !== shown) say(text);
    shown = text;
    last = text.replace(/\n\(not just now: .*\)$/s, '');
    await pauseFor(INTERVAL_MS).catch(() => {});
  }
  update.done();
  // As of every command that is interrupted, though this one is meant to be.
  process.exitCode = INTERRUPTED;
}
