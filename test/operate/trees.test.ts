import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Repository } from '../../lib/operate/backup/repository';
import { resticFailure } from '../../lib/operate/backup/restic-failure';
import type { Snapshot } from '../../lib/operate/backup/snapshot';
import { restoreTrees, roomOf } from '../../lib/operate/backup/trees';
import { WorkspaceFiles } from '../../lib/operate/backup/workspace-files';
import { Cluster, keep, location, place, told, useBucket, workspace } from '../helpers/bucket';

// The scripts are for the environments' image, and so for GNU's tools.
const onLinux = process.platform === 'linux' ? describe : describe.skip;

useBucket();

const content = (...names: readonly string[]): string => readFileSync(place(...names), 'utf8');

async function putBack(
  snapshot: Snapshot,
  repository: Repository,
  { isIndirect = false, into = workspace() } = {},
): Promise<void> {
  const options = { kubectl: new Cluster(), repository, isIndirect };
  await WorkspaceFiles.with(options, into, async (files) => {
    await files.take(snapshot, await files.receive(snapshot, () => {}), () => {});
  });
}

onLinux('files that restic keeps each by itself', () => {
  test('and as an archive are backups of the same environment: of both together so many stay', async () => {
    const kept = [await keep(true), await keep(), await keep(true), await keep()].map(({ snapshot: { id } }) => id);
    const repository = await Repository.at(location());
    expect(await repository.removable({ last: '1' })).toEqual(kept.slice(0, 3));
  });

  test('are known by their folders and the room that they take, and are looked for among those of the same environment', async () => {
    const { snapshot, repository } = await keep();
    expect(snapshot).toMatchObject({ folders: [place('workspace')], room: 1792 + 'as it was'.length });
    expect(await repository.snapshots()).toEqual([{ ...snapshot, time: expect.any(String) }]);
    expect(told()).toMatch(/ backup '--json' '--group-by' 'host,tags' .* '--tag' 'environment=devenv-0' /);
  });

  test('are an archive where they go through this machine, which comes back straight', async () => {
    const { snapshot, repository } = await keep(true);
    expect(snapshot).not.toHaveProperty('folders');
    writeFileSync(place('workspace', 'file'), 'changed');
    await putBack(snapshot, repository);
    expect(content('workspace', 'file')).toBe('as it was');
  });

  test('come back through this machine, too', async () => {
    mkdirSync(place('workspace', 'shut'));
    writeFileSync(place('workspace', 'shut', 'in'), 'inside');
    chmodSync(place('workspace', 'shut'), 0o555);
    const { snapshot, repository } = await keep();
    writeFileSync(place('workspace', 'file'), 'changed');
    writeFileSync(place('workspace', 'later'), '');
    await putBack(snapshot, repository, { isIndirect: true });
    expect([content('workspace', 'file'), content('workspace', 'shut', 'in')]).toEqual(['as it was', 'inside']);
    expect(existsSync(place('workspace', 'later'))).toBe(false);
    chmodSync(place('workspace', 'shut'), 0o755);
  });

  test('are refused where they are of folders that an environment has not, and nothing is changed', async () => {
    mkdirSync(place('data'));
    writeFileSync(place('data', 'more'), 'of another layout');
    const { snapshot, repository } = await keep(false, workspace('devenv-0', ['workspace', 'data']));
    writeFileSync(place('workspace', 'file'), 'changed');
    for (const isIndirect of [false, true])
      await expect(putBack(snapshot, repository, { isIndirect })).rejects.toThrow(/files that are in none of/);
    expect(content('workspace', 'file')).toBe('changed');
  });

  test('come into the folders that there are, where others of the backup are empty', async () => {
    mkdirSync(place('data'));
    const { snapshot, repository } = await keep(false, workspace('devenv-0', ['workspace', 'data']));
    writeFileSync(place('workspace', 'file'), 'changed');
    await putBack(snapshot, repository);
    expect(content('workspace', 'file')).toBe('as it was');
  });

  test('are not kept where one of them cannot be read, which is named', async () => {
    writeFileSync(place('workspace', 'unreadable'), '');
    await expect(keep()).rejects.toThrow(/workspace\/unreadable: permission denied$/);
    const repository = await Repository.at(location());
    expect(await repository.snapshots()).toEqual([]);
  });
});

describe('what restic is told to put back', () => {
  const arrival = {
    folders: ['workspace', 'home/dev'],
    isOwn: true,
    below: '.stage',
    elsewhere: 'workspace/.elsewhere',
  };
  const kept = ['/home/dev', "/it's", '/workspace'];

  test('is each folder into its own, and apart what is of none', () => {
    expect(restoreTrees('0a1b2c3d', kept)(arrival).split('\n')).toEqual([
      `"$SANDBOXCTL_RESTIC" restore '--json' '--sparse' '--include-xattr' 'user.*' '--target' '/home/dev/.stage' '0a1b2c3d:/home/dev'`,
      `"$SANDBOXCTL_RESTIC" restore '--json' '--sparse' '--include-xattr' 'user.*' '--target' '/workspace/.stage' '0a1b2c3d:/workspace'`,
      `"$SANDBOXCTL_RESTIC" restore '--json' '--sparse' '--include-xattr' 'user.*' '--target' '/workspace/.elsewhere' '0a1b2c3d:/it'\\''s'`,
    ]);
  });

  test('is nothing but these folders, where they are in their place', () => {
    const { below, ...inPlace } = arrival;
    const said = restoreTrees('0a1b2c3d', kept)(inPlace);
    expect(said.match(/'--target' '[^']+'/g)).toEqual(["'--target' '/home/dev'", "'--target' '/workspace'"]);
  });

  test('is not the key that another environment is known by', () => {
    const [home, files] = restoreTrees('0a1b2c3d', kept)({ ...arrival, isOwn: false }).split('\n');
    expect([home.includes('--exclude'), files.includes("'--exclude' '/.ssh-host'")]).toEqual([false, true]);
  });
});

describe('what restic says', () => {
  const TAR = 'tar: workspace/shut: Cannot open: Permission denied';
  const RETRY = 'Load(<data/0a1b>, 0, 0) returned error, retrying after 1s: connection refused';
  const FILE = JSON.stringify({
    message_type: 'error',
    error: { message: 'no such blob' },
    item: '/a',
    during: 'restore',
  });
  const LAST = JSON.stringify({ message_type: 'exit_error', code: 1, message: 'Fatal: There were 1 errors' });
  const END = 'command terminated with exit code 1';

  test.each([
    ['a command', [RETRY, TAR, FILE, LAST, END], TAR],
    ['a file', [RETRY, FILE, LAST, END], '/a: no such blob'],
    ['words', [RETRY, LAST, END], RETRY],
    ['the end alone', [LAST, END], 'Fatal: There were 1 errors'],
  ])('is told by %s', (_, lines, expected) =>
    expect(resticFailure('here', { text: lines.join('\n'), status: 1 }).message).toBe(`here: ${expected}`),
  );

  test('of room is none where another program kept the files, or nobody could reckon it', () => {
    const said = [['/x', '/.sandboxctl-room-42'], ['/x'], ['/.sandboxctl-room-']].map(roomOf);
    expect(said).toEqual([42, undefined, undefined]);
  });
});
