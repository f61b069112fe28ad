import { log } from './program';

/** Where snapshots are kept. */
export interface Storage {
  /** Begins to store `name`: nothing stands under it before `commit`. */
  begin(name: string): Promise<{
    write(chunk: Buffer): Promise<void>;
    commit(): Promise<void>;
    discard(): Promise<void>;
  }>;
  /** Names of all that is stored, snapshots or not. */
  list(): Promise<string[]>;
  remove(name: string): Promise<void>;
  /** Removes what was begun before a time and neither committed nor discarded. */
  clean(before: Date): Promise<void>;
}

/** Makes a snapshot and writes it piece by piece. Answers with its size, or fails if it is not whole. */
export type Make = (write: (chunk: Buffer) => Promise<void>) => Promise<number>;

export interface Keeping {
  /** How many snapshots are kept; `all`: none is ever removed. */
  readonly retention: number | 'all';
  /** Seconds after which a run is ended, so that nobody goes on with what was begun before. */
  readonly deadlineSec: number;
}

const NAME = /^vault-\d{8}T\d{6}Z\.snap\.cms$/;

/** Names in the order of their times. */
export const nameAt = (time: Date): string => `vault-${time.toISOString().replace(/[-:]|\.\d+/g, '')}.snap.cms`;

/** The snapshots that are too many once `newest` is there, which itself is never one of them, whatever clocks said. */
export const surplus = (names: readonly string[], newest: string, retention: number): string[] =>
  names
    .filter((name) => NAME.test(name) && name !== newest)
    .sort()
    .reverse()
    .slice(retention - 1);

/** Stores one snapshot, and removes those that it makes superfluous. */
export async function backUp(
  { retention, deadlineSec }: Keeping,
  storage: Storage,
  make: Make,
  stored: (name: string, size: number) => Promise<void>,
  now = new Date(),
): Promise<void> {
  const name = nameAt(now);
  await stored(name, await store(storage, name, make));
  if (retention === 'all') return;
  for (const old of surplus(await storage.list(), name, retention)) {
    await storage.remove(old);
    log(`removed ${old}`);
  }
  await storage.clean(new Date(now.getTime() - deadlineSec * 1000));
}

async function store(storage: Storage, name: string, make: Make): Promise<number> {
  const pending = await storage.begin(name);
  try {
    const size = await make(pending.write);
    await pending.commit();
    return size;
  } catch (error) {
    await pending.discard().catch((reason: Error) => log(`left behind: ${name}: ${reason.message}`));
    throw error;
  }
}
