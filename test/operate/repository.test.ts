import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { Repository } from '../../lib/operate/backup/repository';
import { overdue } from '../../lib/operate/backup/retention';
import type { Snapshot, Subject } from '../../lib/operate/backup/snapshot';
import type { Workspace } from '../../lib/operate/cluster/workspace';
import { addBackupCommands } from '../../lib/operate/commands/backup';
import { makeRestic } from '../helpers/restic';
import { rememberVariables } from '../helpers/variables';

const CHANGED = ['PATH', 'RESTIC_PASSWORD_FILE', 'RESTIC_PASSWORD'];

let home: string;
let folder: string;
let giveBack: () => void;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'repository-'));
  folder = join(home, 'backups');
  makeRestic(home);
  writeFileSync(join(home, 'password'), 'right');
  giveBack = rememberVariables(CHANGED);
  Object.assign(process.env, { PATH: `${home}:${process.env.PATH}`, RESTIC_PASSWORD_FILE: join(home, 'password') });
});

afterEach(() => {
  giveBack();
  rmSync(home, { recursive: true });
  jest.restoreAllMocks();
});

const BYTES = 4096;
const OF = { cluster: 'here', kind: 'environment', name: 'devenv-0' } as const;
const source = (script: string) => ({ command: ['sh', '-c', script] as const });
const WHOLE = source(
  `echo 'Total bytes expected: 5000' >&2; head -c ${BYTES} /dev/zero; echo 'Total bytes written: ${BYTES}' >&2`,
);

async function kept(): Promise<{ repository: Repository; snapshot: Snapshot }> {
  const repository = await Repository.at(folder);
  await repository.prepare();
  return { repository, snapshot: await repository.keep(OF, WHOLE, () => {}) };
}

/** Loses the second half of all that is kept. */
function truncate(): void {
  for (const name of readdirSync(folder).filter((one) => /^[0-9a-f]{64}$/.test(one)))
    truncateSync(join(folder, name), Math.floor(statSync(join(folder, name)).size / 2));
}

/** What the command line prints. */
async function sandboxctl(...args: string[]): Promise<string> {
  let said = '';
  const write = jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    said += text;
    return true;
  });
  const program = new Command().exitOverride();
  addBackupCommands(program);
  try {
    await program.parseAsync(args, { from: 'user' });
  } finally {
    write.mockRestore();
  }
  return said;
}

describe('a repository of backups', () => {
  test('says how far it is, of how much, while it keeps and while it reads', async () => {
    const { repository } = await kept();
    const told: [bytes: number, total?: number][] = [];
    const snapshot = await repository.keep(OF, WHOLE, (...step) => told.push(step));
    expect(told).toEqual([[BYTES / 2, 5000]]);
    told.length = 0;
    await repository.verify(snapshot, (...step) => told.push(step));
    expect(told.at(-1)).toEqual([BYTES, BYTES]);
  });

  test('keeps nothing of what was cut, and says what came', async () => {
    const { repository } = await kept();
    const cut = source(`head -c 100 /dev/zero; echo 'Total bytes written: ${BYTES}' >&2`);
    await expect(repository.keep(OF, cut, () => {})).rejects.toThrow(
      `the connection to devenv-0 was cut: 100 of ${BYTES} bytes came; nothing of it is kept`,
    );
    const silent = source(`echo 'Total bytes expected: 1' >&2; echo 'container is gone' >&2; echo x`);
    await expect(repository.keep(OF, silent, () => {})).rejects.toThrow('after 2 bytes (container is gone)');
    expect(await repository.snapshots()).toHaveLength(1);
  });

  test('gives what it holds to a command', async () => {
    const { repository, snapshot } = await kept();
    const command = ['sh', '-c', 'echo "records $(wc -c)" >&2'] as const;
    const heard: string[] = [];
    await repository.give(snapshot, command, { first: 'token\n', onError: (line) => heard.push(line) });
    expect(heard).toEqual([`records ${BYTES + 'token\n'.length}`]);
  });

  test.each([
    ['is damaged', truncate, /snapshot \w+ is damaged: .*verification failed/],
    [
      'has another password',
      () => writeFileSync(join(home, 'password'), 'wrong'),
      /has another password: nothing is changed/,
    ],
    ['is none', () => rmSync(folder, { recursive: true }), /holds no backups: give where they are/],
  ])('that %s is told by backups --verify, which names it', async (_, spoil, expected) => {
    await kept();
    (spoil as () => void)();
    await expect(sandboxctl('backups', '--from', folder, '--verify', '--json')).rejects.toThrow(expected as RegExp);
  });

  test('of which no backup needs what is damaged is told of by backups --verify, too', async () => {
    const { snapshot } = await kept();
    writeFileSync(join(folder, 'unneeded'), 'damaged');
    await expect(sandboxctl('backups', '--from', folder, '--verify')).rejects.toThrow(
      /^no backup needs what is damaged, .*: Fatal: repository contains errors$/,
    );
    expect(await (await Repository.at(folder)).snapshots()).toMatchObject([{ id: snapshot.id }]);
  });

  test('that a killed run left locked is open again, one that somebody works with is not', async () => {
    const { repository } = await kept();
    writeFileSync(join(folder, 'lock'), 'dead');
    expect(await repository.snapshots()).toHaveLength(1);
    writeFileSync(join(folder, 'lock'), 'alive');
    await expect(repository.snapshots()).rejects.toThrow(`${folder} is in use: run the same again once that is over`);
  });

  test('is read by backups --verify, which lists what is whole', async () => {
    const { snapshot } = await kept();
    const listed = JSON.parse(await sandboxctl('backups', '--from', folder, '--verify', '--json'));
    expect(listed).toMatchObject([{ id: snapshot.id, kind: 'environment', name: 'devenv-0', bytes: BYTES }]);
  });
});

describe('old backups', () => {
  const keep = async (repository: Repository, of: Subject): Promise<string> =>
    (await repository.keep({ cluster: 'here', ...of }, WHOLE, () => {})).id;
  const FILES = { kind: 'environment', name: 'devenv-0' } as const;
  const VAULT = { kind: 'vault', name: 'vault' } as const;

  async function several(): Promise<string[]> {
    const repository = await Repository.at(folder);
    await repository.prepare();
    const ids = [await keep(repository, FILES), await keep(repository, VAULT), await keep(repository, FILES)];
    const members = (await repository.snapshots()).filter(({ id }) => ids.slice(0, 2).includes(id));
    const of = { cluster: 'here', kind: 'platform', name: 'platform' } as const;
    const { id } = await repository.keepText(of, JSON.stringify({ format: 1, members, secrets: [] }));
    return [...ids, id, await keep(repository, FILES), await keep(repository, VAULT)];
  }
  const left = async () => (await (await Repository.at(folder)).snapshots()).map(({ id }) => id);

  test('are listed, and with --yes removed, but for what a whole platform needs', async () => {
    const ids = await several();
    const forget = (...args: string[]) => sandboxctl('forget', '--from', folder, '--keep-last', '1', ...args);
    expect(JSON.parse(await forget('--dry-run', '--json'))).toMatchObject([{ id: ids[2], name: 'devenv-0' }]);
    await expect(forget()).rejects.toThrow(/^this removes 1 backups .*give --yes/);
    expect(await left()).toEqual(ids);
    await forget('--yes');
    expect(await left()).toEqual(ids.filter((id) => id !== ids[2]));
  });

  test('are none where nothing is kept yet', async () => {
    await (await Repository.at(folder)).prepare();
    expect(JSON.parse(await sandboxctl('forget', '--from', folder, '--keep-last', '1', '--yes', '--json'))).toEqual([]);
  });

  test('are nowhere where a variable with their place is not set', async () => {
    await expect(sandboxctl('backups', '--from', '')).rejects.toThrow('the place of the backups is empty');
  });

  test('stay where it is not said which', async () => {
    const ids = await several();
    await expect(sandboxctl('forget', '--from', folder, '--yes')).rejects.toThrow(/say what stays.*nothing is removed/);
    expect(await left()).toEqual(ids);
  });

  test.each(['', '7', '7w', '1d2', '-1d'])('are not kept by a time that is none: %j', async (time) => {
    const keeps = sandboxctl('forget', '--from', folder, '--keep-within', time, '--yes');
    await expect(keeps).rejects.toThrow(/--keep-within <time>.*is invalid. give years, months, days or hours/);
  });

  test('are overdue where an environment has none that is young enough', () => {
    const snapshot = (name: string, time: string, cluster = 'here'): Snapshot => ({
      id: name,
      kind: 'environment',
      name,
      time,
      cluster,
      bytes: 1,
    });
    const workspaces = ['devenv-0', 'devenv-1', 'devenv-2'].map((name) => ({ name }) as Workspace);
    const snapshots = [
      snapshot('devenv-0', '2026-01-02T03:00:00Z'),
      snapshot('devenv-1', '2026-01-01T03:00:00Z'),
      snapshot('devenv-2', '2026-01-02T03:00:00Z', 'elsewhere'),
    ];
    const wanted = { cluster: 'here', maxAgeSec: 26 * 3600, now: Date.parse('2026-01-02T06:00:00Z') };
    expect(overdue(snapshots, workspaces, wanted)).toEqual([
      'the newest backup of devenv-1 is of 2026-01-01 03:00:00',
      'devenv-2 has no backup',
    ]);
  });
});
