/** Milliseconds between two looks, well within the hour after which Boundary takes a login for unused. */
const EVERY_MS = 600_000;

/**
 * Keeps a person's login in use while a connection is open. Boundary ends one that was unused for an hour when it is
 * shown next, and with it the sessions that it opened. Returns what ends that.
 */
export function keepInUse(everyMs = EVERY_MS): () => void {
  const timer = setInterval(() => void show(), everyMs);
  timer.unref();
  return () => clearInterval(timer);
}

async function show(): Promise<void> {
  // Loaded only now: ssh waits for what a connection loads at its beginning.
  const { loggedIn, ownId } = await import('./login');
  try {
    // A program has a login for each command, which nobody shows again.
    if (ownId()) await (await loggedIn()).primaryMethod();
  } catch {
    // The next command tells it.
  }
}
