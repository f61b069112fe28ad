import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BUSY } from '../../lib/operate/backup/files';
import { inPlace } from '../../lib/operate/backup/place';
import type { Repository } from '../../lib/operate/backup/repository';
import { restore } from '../../lib/operate/backup/restore';
import type { Snapshot } from '../../lib/operate/backup/snapshot';
import { whoNow } from '../../lib/operate/backup/who';
import { WorkspaceFiles } from '../../lib/operate/backup/workspace-files';
import type { Kubectl } from '../../lib/operate/cluster/kubectl';
import type { Workspace } from '../../lib/operate/cluster/workspace';
import { Failure } from '../../lib/operate/failure';

// The scripts are for the environments' image, and so for GNU's tools.
const onLinux = process.platform === 'linux' ? describe : describe.skip;

const UNUSUAL = `mkdir -p 'a b/ä' empty shut; echo one >'a b/ä/x'; printf line >'new
line'; chmod 400 'a b/ä/x'; ln -s ../nowhere broken; ln 'a b/ä/x' hard; chmod 700 empty; echo in >shut/in
touch -d 2020-01-02T03:04:05Z old; touch -d 2021-01-02T03:04:05Z shut; chmod 555 shut`;

let home: string;
const deleted: string[] = [];

const shell = (folder: string, script: string) =>
  execFileSync('sh', ['-euc', script], { cwd: folder, encoding: 'utf8' });
/** Names, kinds, modes, times, targets and contents. */
const described = (name: string) =>
  shell(
    join(home, name),
    "find . -mindepth 1 -printf '%p %y %m %n %l %s ' \\( -type d -printf '%TY\\n' -o -printf '%T@\\n' \\) | LC_ALL=C sort; find . -type f -print0 | sort -z | xargs -0r sha256sum",
  );

const workspace = (name: string): Workspace => ({
  name,
  namespace: 'devenv',
  set: {},
  volumes: ['workspace', 'history'].map((folder) => ({ claim: folder, path: join(home, name, folder) })),
});

/** Environments are folders of this machine. */
const kubectl = {
  find: async () => ({ metadata: {}, status: { conditions: [{ type: 'Ready', status: 'True' }] } }),
  answer: async (args: readonly string[]) => {
    deleted.push(args[2]);
    return '';
  },
  run: async (args: readonly string[]) => ran(args),
} as unknown as Kubectl;

function ran(args: readonly string[], input?: Buffer) {
  const [program, ...rest] = args.slice(args.indexOf('--') + 1);
  const { status, stdout, stderr } = spawnSync(program, rest, { input, maxBuffer: 2 ** 26 });
  return { exitCode: status, stdout, stderr: stderr.toString() };
}

/** A repository that keeps what comes as it is. */
class Kept {
  readonly archives = new Map<string, Buffer>();
  readonly verified: string[] = [];

  async keep({ name }: { name: string }, { command }: { command: readonly string[] }): Promise<Snapshot> {
    const { exitCode, stdout, stderr } = ran(command);
    if (exitCode !== 0) throw new Failure(stderr);
    const id = `${name}-${this.archives.size}`;
    this.archives.set(id, stdout as Buffer);
    return { id, kind: 'environment', name, time: '', cluster: '', bytes: Number(/written: (\d+)/.exec(stderr)?.[1]) };
  }

  async give({ id }: Snapshot, command: readonly string[], { onError }: { onError: (line: string) => void }) {
    const { exitCode, stderr } = ran(command, this.archives.get(id));
    for (const line of stderr.split('\n')) onError(line);
    if (exitCode !== 0) throw new Failure(stderr);
    return { said: stderr };
  }

  async verify({ id }: Snapshot): Promise<void> {
    this.verified.push(id);
  }
}

/** An archive that is whole, of less than there was. */
const firstFile = (): Buffer => {
  const file = join(home, 'devenv-0', 'workspace', 'old').slice(1);
  return execFileSync('tar', ['--create', '--file=-', '--format=posix', '--directory=/', file]);
};

let kept: Kept;
const options = () => ({ kubectl, repository: kept as unknown as Repository, json: true });
const keep = (name: string) => WorkspaceFiles.with(options(), workspace(name), (files) => files.keep('here', () => {}));
const arriving = (snapshot: Snapshot) =>
  WorkspaceFiles.with(options(), workspace('devenv-0'), (files) => files.receive(snapshot, () => {}));
const left = (name: string) =>
  readdirSync(join(home, name, 'workspace')).filter((entry) => entry.startsWith('.sandboxctl'));

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'workspace-'));
  kept = new Kept();
  deleted.length = 0;
  for (const name of ['devenv-0', 'devenv-1']) {
    for (const folder of ['workspace', 'history']) mkdirSync(join(home, name, folder), { recursive: true });
    shell(join(home, name, 'workspace'), UNUSUAL);
    writeFileSync(join(home, name, 'workspace', 'longer'), 'x'.repeat(20_000));
    writeFileSync(join(home, name, 'history', 'lines'), 'history\n');
  }
});

afterEach(() => {
  jest.restoreAllMocks();
  spawnSync('chmod', ['-R', 'u+rwx', home]);
  rmSync(home, { recursive: true });
});

describe('a pod with the files of a stopped environment', () => {
  const work = async (by: string, status: number): Promise<string[]> => {
    const told: string[] = [];
    const found = { metadata: { annotations: { 'agent-sandbox.dev/made-by': by } }, status: { phase: 'Running' } };
    const stub = {
      find: async (_: string, name: string) => (name === 'devenv-0-files' ? found : undefined),
      answer: async ([verb]: readonly string[]) => void told.push(verb),
      run: async ([verb]: readonly string[]) => {
        told.push(verb);
        return { exitCode: verb === 'exec' ? status : 0, stderr: 'a restore or a backup is at work' };
      },
    } as unknown as Kubectl;
    const set = { metadata: {}, spec: { template: { spec: { containers: [{}] } } } };
    await inPlace(stub, { ...workspace('devenv-0'), set }, async () => {}).catch(({ message }) => told.push(message));
    return told;
  };
  const USED = ['delete', 'create', 'wait', 'delete'];

  test('goes where nobody is at work in it, and stays where somebody is', async () => {
    expect(await work('alice@laptop/7', 0)).toEqual(['exec', ...USED]);
    expect(await work('alice@laptop/7', BUSY)).toEqual(['exec', 'a restore or a backup is at work']);
    expect(await work(whoNow(), BUSY)).toEqual(['exec', 'a restore or a backup is at work']);
  });

  test('goes with what is at work in it where its command line was killed on this machine', async () => {
    const { pid } = spawnSync('true');
    expect(await work(whoNow().replace(/\d+$/, String(pid)), BUSY)).toEqual(USED);
  });
});

onLinux('files of an environment', () => {
  test('are as they were after a restore, and nothing else is there', async () => {
    const before = described('devenv-0');
    const snapshot = await keep('devenv-0');
    shell(
      join(home, 'devenv-0'),
      'echo later >workspace/later; echo more >history/lines; mkdir workspace/new; chmod 555 workspace/new',
    );
    const ends = await restore(new Map([[workspace('devenv-0'), snapshot]]), options());
    expect(ends).toMatchObject([{ title: `devenv-0 from ${snapshot.id}` }]);
    expect(ends[0].failure).toBeUndefined();
    expect(described('devenv-0')).toBe(before);
    expect(deleted).toEqual(['devenv-0']);
    expect(kept.verified).toEqual([]);
  });

  test('are read, and then replaced, where those that come have no room beside them', async () => {
    const before = described('devenv-0');
    const snapshot = await keep('devenv-0');
    jest.spyOn(kept, 'give').mockImplementationOnce(async () => {
      throw new Failure('tar: x: Cannot write: No space left on device');
    });
    writeFileSync(join(home, 'devenv-0', 'workspace', 'later'), '');
    await restore(new Map([[workspace('devenv-0'), snapshot]]), options());
    expect(kept.verified).toEqual([snapshot.id]);
    expect(described('devenv-0')).toBe(before);

    const { bavail, bsize } = statfsSync(home);
    expect(await arriving({ ...snapshot, bytes: bavail * bsize })).toBeUndefined();
    expect(kept.verified).toEqual([snapshot.id, snapshot.id]);
  });

  test('are left alone where those that come have no room even in their place', async () => {
    const snapshot = await keep('devenv-0');
    const before = described('devenv-0');
    await expect(arriving({ ...snapshot, bytes: 2 ** 60 })).rejects.toThrow(
      /^the backup has \d+ bytes, and its volumes only \d+: make them larger .* nothing is changed$/,
    );
    expect([described('devenv-0'), kept.verified]).toEqual([before, []]);
  });

  test.each([
    ['ends too early', (archive: Buffer) => archive.subarray(0, 2048), /Unexpected EOF|of \d+ bytes came/],
    ['ends after a file as if nothing more were to come', firstFile, /was cut: 10240 of \d+ bytes came/],
    ['is no archive', () => Buffer.from('something else\n'.repeat(2000)), /does not look like a tar archive/],
  ])('are untouched where what comes %s', async (_, damage, expected) => {
    const snapshot = await keep('devenv-0');
    kept.archives.set(snapshot.id, (damage as (archive: Buffer) => Buffer)(kept.archives.get(snapshot.id) as Buffer));
    writeFileSync(join(home, 'devenv-0', 'workspace', 'later'), 'later');
    const before = described('devenv-0');
    await expect(restore(new Map([[workspace('devenv-0'), snapshot]]), options())).rejects.toThrow(expected as RegExp);
    expect(described('devenv-0')).toBe(before);
    expect(deleted).toEqual([]);
  });

  test('are untouched in all environments where what comes for one is damaged', async () => {
    const [first, second] = [await keep('devenv-0'), await keep('devenv-1')];
    const whole = kept.archives.get(second.id) as Buffer;
    kept.archives.set(second.id, Buffer.from('something else\n'.repeat(2000)));
    writeFileSync(join(home, 'devenv-0', 'workspace', 'later'), 'later');
    const before = described('devenv-0');
    const chosen = new Map([
      [workspace('devenv-0'), first],
      [workspace('devenv-1'), second],
    ]);
    await expect(restore(chosen, options())).rejects.toThrow(/devenv-1.*not look like a tar archive/s);
    expect(described('devenv-0')).toBe(before);
    expect(left('devenv-1')).toEqual([]);
    kept.archives.set(second.id, whole);
    await restore(chosen, options());
    expect(existsSync(join(home, 'devenv-0', 'workspace', 'later'))).toBe(false);
    expect(deleted).toEqual(['devenv-0', 'devenv-1']);
  });

  test('of a restore that was killed are in no backup, and go with the next restore', async () => {
    const before = described('devenv-0');
    const snapshot = await keep('devenv-0');
    await WorkspaceFiles.with(options(), workspace('devenv-0'), (files) => files.receive(snapshot, () => {}));
    expect(left('devenv-0')).toHaveLength(1);
    const next = await keep('devenv-0');
    expect(next.bytes).toBe(snapshot.bytes);
    await restore(new Map([[workspace('devenv-0'), next]]), options());
    expect(described('devenv-0')).toBe(before);
  });

  test('are reckoned before they are read, and told of while they come', async () => {
    writeFileSync(join(home, 'devenv-0', 'workspace', 'large'), Buffer.alloc(20 * 2 ** 20));
    const snapshot = await keep('devenv-0');
    const told: [number, number | undefined][] = [];
    await WorkspaceFiles.with(options(), workspace('devenv-0'), (files) =>
      files.receive(snapshot, (bytes, total) => void told.push([bytes, total])),
    );
    expect(told).toEqual([800, 1600].map((records) => [records * 10_240, snapshot.bytes]));
  });
});
