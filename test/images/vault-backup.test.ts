import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { backUp, type Make, nameAt, type Storage, surplus } from '../../images/bootstrap/src/backup';
import { volume } from '../../images/bootstrap/src/backup-volume';
import { content, day, names } from '../helpers/vault-backups';

jest.mock('../../images/bootstrap/src/program', () => ({ log: () => {} }));

const folder = mkdtempSync(join(tmpdir(), 'backup-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = (...names: string[]) => join(folder, ...names);

const broken: Make = async (write) => {
  await write(Buffer.from('some'));
  throw new Error('not whole');
};

describe('what is kept', () => {
  test('is as many as shall be, the newest ones', () => {
    expect(nameAt(day(3))).toBe('vault-20261103T030000Z.snap.cms');
    expect(surplus(names(4, 1, 3, 2), names(4)[0], 2)).toEqual(names(2, 1));
    expect(surplus(names(1, 2), names(2)[0], 2)).toEqual([]);
  });

  test('has the one just made, also with a clock that went back, or if only one is kept', () => {
    expect(surplus(names(1, 8, 9), names(1)[0], 2)).toEqual(names(8));
    expect(surplus(names(1, 2), names(2)[0], 1)).toEqual(names(1));
  });

  test('has whatever is no snapshot of Vault', () => {
    expect(surplus(['lost+found', 'vault.snap', `${names(1)[0]}.partial`], names(2)[0], 1)).toEqual([]);
  });
});

/** A storage in memory that tells what was asked of it. */
function recorder(...there: string[]) {
  const calls: string[] = [];
  const storage: Storage = {
    begin: async (name) => ({
      write: async () => {},
      commit: async () => void calls.push(`commit ${name}`),
      discard: async () => void calls.push(`discard ${name}`),
    }),
    list: async () => there,
    remove: async (name) => void calls.push(`remove ${name}`),
    clean: async (before) => void calls.push(`clean ${before.toISOString()}`),
  };
  const run = (make: Make, retention: number | 'all') =>
    backUp({ retention, deadlineSec: 3600 }, storage, make, async () => void calls.push('told'), day(3));
  return { calls, run };
}

describe('a run', () => {
  const [first, second, third] = names(1, 2, 3);

  test('stores, tells, and only then removes', async () => {
    const { calls, run } = recorder(first, second, third);
    await run(content, 1);
    const removed = [`remove ${second}`, `remove ${first}`];
    expect(calls).toEqual([`commit ${third}`, 'told', ...removed, 'clean 2026-11-03T02:00:00.000Z']);
  });

  test('that fails removes nothing but what it began', async () => {
    const { calls, run } = recorder(first, second);
    await expect(run(broken, 1)).rejects.toThrow('not whole');
    expect(calls).toEqual([`discard ${third}`]);
  });

  test('that leaves removal to the bucket only stores', async () => {
    const { calls, run } = recorder(first);
    await run(content, 'all');
    expect(calls).toEqual([`commit ${third}`, 'told']);
  });
});

describe('a volume', () => {
  test('has no file of a final name before all of it is there', async () => {
    const storage = volume(path('volume'));
    const pending = await storage.begin('a');
    await content(pending.write);
    expect(readdirSync(path('volume'))).toEqual(['a.partial']);
    await pending.commit();
    expect(readdirSync(path('volume'))).toEqual(['a']);
    expect(readFileSync(path('volume', 'a'), 'utf8')).toBe('something');
  });

  test('forgets what was discarded, and what nobody goes on with', async () => {
    const storage = volume(path('volume'));
    await (await storage.begin('b')).discard();
    for (const name of ['old.partial', 'new.partial']) writeFileSync(path('volume', name), '');
    utimesSync(path('volume', 'old.partial'), day(1), day(1));
    await storage.clean(day(2));
    expect(await storage.list()).toEqual(['a', 'new.partial']);
    await storage.remove('a');
    expect(await storage.list()).toEqual(['new.partial']);
  });
});
