import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BUSY, DROP, PACK, PREPARE, replace, STAGE, stage, swap } from '../../lib/operate/backup/files';

// The scripts are for the environments' image, and so for GNU's tools.
const onLinux = process.platform === 'linux' ? describe : describe.skip;

const NAME = `${STAGE}0a1b2c3d`;
const OTHER = `${STAGE}4e5f6a7b`;
/** What scripts change files with. */
const CHANGING = ['mkdir', 'mv', 'rm', 'rmdir'];
/** Ends all that runs with it, before the command whose turn it is. */
const KILLER = `#!/bin/sh
count=$(($(cat "$KILL_COUNT") + 1)); echo "$count" >"$KILL_COUNT"
[ "$count" -ne "$KILL_AT" ] || kill -9 0
exec "/usr/bin/$(basename "$0")" "$@"
`;

let home: string;
const folders = () => ['workspace', 'history'].map((name) => join(home, name).slice(1));
const shell = (script: string) => execFileSync('sh', ['-euc', script], { cwd: home, encoding: 'utf8' });

function run(script: string, args: readonly string[], { input, env = {} }: { input?: Buffer; env?: object } = {}) {
  const options = { input, env: { ...process.env, ...env, TMPDIR: home }, maxBuffer: 2 ** 26 };
  const { status, stdout, stderr } = spawnSync('setsid', ['--wait', 'sh', '-c', script, 'sh', ...args], options);
  return { status, stdout, said: stderr.toString() };
}

const pack = () => run(PACK, folders());
const prepare = (bytes: number, name = NAME) => run(PREPARE, [name, String(bytes), ...folders()]);
const receive = (archive: Buffer, name = NAME) => run(stage(true, folders(), name), folders(), { input: archive });
const take = (env: object = {}, name = NAME) => run(swap(true), [name, ...folders()], { env });
/** What environments see of their files. */
const described = () =>
  shell(
    `find workspace history -mindepth 1 -path '*/${STAGE}*' -prune -o -printf '%p %y %m %l ' -type f -exec cat {} \\; -o -print | LC_ALL=C sort`,
  );
const left = () => shell(`find workspace history -maxdepth 1 -name '${STAGE}*'`);

/** Programs that are found before those of this machine. */
function instead(names: readonly string[], text: string): string {
  const bin = join(home, 'bin');
  mkdirSync(bin, { recursive: true });
  for (const name of names) writeFileSync(join(bin, name), text);
  for (const name of names) chmodSync(join(bin, name), 0o755);
  return `${bin}:${process.env.PATH}`;
}

const make = (what: string) =>
  shell(`rm -rf workspace history; mkdir -p workspace/shut history; cd workspace
for name in a -b 'c
d'; do echo ${what} >"./$name"; done; echo ${what} >shut/in; chmod 555 shut; mkdir ${what}; echo ${what} >../history/lines`);

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'scripts-'));
  make('kept');
});

afterEach(() => {
  spawnSync('chmod', ['-R', 'u+rwx', home]);
  rmSync(home, { recursive: true });
});

onLinux('files that are replaced', () => {
  test('are all there, wherever a restore is killed: none is lost, no backup has half of them, and the same again ends it', () => {
    const { stdout: archive } = pack();
    const kept = described();
    make('later');
    prepare(0);
    receive(archive);
    // Folders that are read-only become writable first.
    const later = described().replace('shut d 555', 'shut d 755');
    shell('mkdir before; cp -a workspace history before');
    const PATH = instead(CHANGING, KILLER);
    const count = join(home, 'count');
    let killed = 0;
    for (let isOver = false; !isOver; killed++) {
      shell('rm -rf workspace history; cp -a before/. .; chmod 755 workspace/shut');
      writeFileSync(count, '0');
      isOver = take({ PATH, KILL_COUNT: count, KILL_AT: String(killed + 1) }).status === 0;
      const now = described();
      if (now !== kept) expect(shell('cat $(find . -path ./before -prune -o -name lines -print)')).toContain('later');
      const { status, said } = pack();
      if (status === 0) expect([kept, later]).toContain(now);
      else expect(said).toMatch(/a restore is at work there or was broken off.*run sandboxctl restore/);
      if (killed % 4 !== 0) continue;
      expect(prepare(0, OTHER)).toMatchObject({ status: 0 });
      receive(archive, OTHER);
      expect(take({}, OTHER)).toMatchObject({ status: 0, said: '' });
      expect([described(), left()]).toEqual([kept, '']);
    }
    expect(killed).toBeGreaterThan(10);
  });

  test('come into their place also where a program makes the same ones meanwhile, which goes with them', () => {
    const { stdout: archive } = pack();
    const kept = described();
    make('later');
    prepare(0);
    receive(archive);
    const busy = `#!/bin/sh
make() { mkdir -p "${home}/workspace/kept" "${home}/workspace/a"; echo x >"${home}/workspace/kept/new"; }
case $PWD:$* in
  *.before*) /usr/bin/mv "$@"; [ -e "${home}/once" ] || make; touch "${home}/once"; exit ;;
  */workspace/*:*target-directory*) make ;;
esac
exec /usr/bin/mv "$@"
`;
    const { status, said } = take({ PATH: instead(['mv'], busy) });
    expect([status, said]).toEqual([0, '']);
    expect([described(), left()]).toEqual([kept, '']);
  });

  test('are those of before where one of them cannot be moved', () => {
    const { stdout: archive } = pack();
    make('later');
    const later = described();
    prepare(0);
    receive(archive);
    const refusing = '#!/bin/sh\ncase $* in *.before*/history/lines) exit 1 ;; esac\nexec /usr/bin/mv "$@"\n';
    const { status, said } = take({ PATH: instead(['mv'], refusing) });
    expect([status, said]).toEqual([1, expect.stringMatching(/lines cannot be moved; nothing is changed/)]);
    expect(described()).toBe(later.replace('shut d 555', 'shut d 755'));
    expect(pack().status).toBe(0);
  });

  test('of no room beside others are in their place at the end, and nothing else', () => {
    const { stdout: archive } = pack();
    const kept = described();
    make('later');
    expect(run(replace(true, folders(), NAME), folders(), { input: archive }).status).toBe(0);
    expect([described(), left()]).toEqual([kept, '']);
  });

  test('half of them by an archive that ends too early, are in no backup until a restore came to its end', () => {
    const { stdout: archive } = pack();
    const cut = archive.subarray(0, 3000);
    expect(run(replace(true, folders(), OTHER), folders(), { input: cut }).status).not.toBe(0);
    expect(pack()).toMatchObject({ status: 1, said: expect.stringContaining('nothing is kept') });
    prepare(0);
    receive(archive);
    expect(take().status).toBe(0);
    expect(pack().status).toBe(0);
  });

  test('are untouched where a backup has more than their volumes can hold', () => {
    const before = described();
    const { status, said } = prepare(2 ** 60);
    expect([status, said]).toEqual([1, expect.stringMatching(/volumes only \d+: make them larger.*nothing is chan/)]);
    expect([described(), left()]).toEqual([before, '']);
  });

  test('keep what the file system has for itself, and a folder that is only named like one of a restore’s', () => {
    shell('mkdir workspace/lost+found workspace/.before; echo x >workspace/.before/x; chmod 0 workspace/lost+found');
    const { stdout: archive } = pack();
    prepare(0);
    receive(archive);
    expect(take().status).toBe(0);
    expect(shell('cat workspace/.before/x; stat -c %a workspace/lost+found')).toBe('x\n0\n');
  });
});

onLinux('files that somebody is at work in', () => {
  /** Runs a script while another process has a lock, whose end it does not wait for. */
  function beside(how: string, of: string, script: string, args: readonly string[], flock = FLOCK) {
    const env = { ...process.env, PATH: instead(['flock'], flock), TMPDIR: home };
    const { status, stderr } = spawnSync('flock', [how, join(home, of), 'sh', '-c', script, 'sh', ...args], { env });
    return { status, said: stderr.toString() };
  }
  const FLOCK =
    '#!/bin/sh\n[ "$2" != --timeout ] || set -- "$1" --timeout 0 "$4" "$5" "$6"\nexec /usr/bin/flock "$@"\n';
  /** Of a file system that locks no folders. */
  const FILES_ONLY = FLOCK.replace('exec', '[ ! -d "/proc/self/fd/$6" ] || exit 65\nexec');
  const SCRIPTS: Readonly<Record<string, [script: () => string, args: readonly string[]]>> = {
    'a restore, before anything comes': [() => PREPARE, [OTHER, '0']],
    'what comes for one': [() => stage(true, folders(), OTHER), []],
    'what takes their place': [() => swap(true), [OTHER]],
    'a restore without room beside them': [() => replace(true, folders(), OTHER), []],
  };

  test.each(Object.entries(SCRIPTS))('refuse %s, during a restore and a backup', (_, [script, args]) => {
    const before = described();
    for (const how of ['--exclusive', '--shared'])
      expect(beside(how, 'workspace', script(), [...args, ...folders()])).toEqual({
        status: BUSY,
        said: expect.stringMatching(
          /^a restore or a backup is at work in \S+: wait until .* same again; .* nothing is changed$/m,
        ),
      });
    expect(described()).toBe(before);
  });

  test('refuse a backup during a restore, which says whose that is, and none during another backup', () => {
    prepare(0, `${STAGE}alice@laptop-0a1b2c3d`);
    expect(beside('--exclusive', 'workspace', PACK, folders())).toEqual({
      status: BUSY,
      said: expect.stringMatching(/^a restore of alice@laptop or a backup is at work/),
    });
    expect(beside('--shared', 'workspace', PACK, folders()).status).toBe(0);
  });

  test('are kept for one at a time also where folders cannot be locked', () => {
    const args = [OTHER, '0', ...folders()];
    expect(beside('--exclusive', '.restore', PREPARE, args, FILES_ONLY).status).toBe(BUSY);
    expect(beside('--exclusive', 'another', PREPARE, args, FILES_ONLY)).toEqual({ status: 0, said: '' });
  });

  test('are those of the restore that was through first, of two that have come', () => {
    const { stdout: first } = pack();
    const kept = described();
    prepare(0);
    receive(first);
    make('later');
    prepare(0, OTHER);
    receive(pack().stdout, OTHER);
    prepare(0);
    receive(first);
    expect(take().status).toBe(0);
    expect(take({}, OTHER)).toMatchObject({
      status: 1,
      said: expect.stringMatching(/came between.*nothing is changed/),
    });
    expect([described(), left(), pack().status]).toEqual([kept, '', 0]);
  });
});

onLinux('a backup', () => {
  test('of files with holes takes what they hold, also when it comes back', () => {
    shell('truncate -s 8G workspace/holes; echo end >>workspace/holes; ln workspace/holes workspace/same');
    const { stdout: archive, said } = pack();
    expect(archive.length).toBeLessThan(100_000);
    expect(Number(/expected: (\d+)/.exec(said)?.[1])).toBeLessThan(100_000);
    prepare(archive.length);
    receive(archive);
    expect(take().status).toBe(0);
    const [size, links, blocks] = shell('stat -c "%s %h %b" workspace/holes').trim().split(' ').map(Number);
    expect([size, links, blocks < 100]).toEqual([8 * 2 ** 30 + 4, 2, true]);
  });

  test('says how much it wrote in one line, whatever is said meanwhile', () => {
    const path = instead(
      ['tar', 'awk'],
      `#!/bin/sh
case $(basename "$0") in
awk) while [ ! -e "$TMPDIR/begun" ]; do sleep 0.01; done; /usr/bin/awk "$@"; : >"$TMPDIR/reckoned" ;;
tar) printf 'Total bytes written: ' >&2; : >"$TMPDIR/begun"; while [ ! -e "$TMPDIR/reckoned" ]; do sleep 0.01; done; echo '10 (x)' >&2 ;;
esac
`,
    );
    const { status, said } = run(PACK, folders(), { env: { PATH: path } });
    expect([status, said]).toEqual([
      0,
      expect.stringMatching(/^Total bytes expected: \d+\nTotal bytes written: 10 \(x\)\n$/),
    ]);
  });

  test('keeps names that are no text in any language', () => {
    shell('touch "workspace/$(printf "\\377\\n\\tx")"');
    const names = () => shell('find workspace -mindepth 1 -printf "%P\\0" | sort -z | od -c');
    const before = names();
    const { stdout: archive } = pack();
    prepare(0);
    receive(archive);
    take({ LC_ALL: 'C.UTF-8' });
    expect(names()).toBe(before);
  });

  test('with files of other folders is refused, and none of them lands there', () => {
    const other = join(home, 'elsewhere');
    mkdirSync(other);
    writeFileSync(join(other, 'file'), 'of the archive');
    const tar = ['--create', '--file=-', '--directory=/', other.slice(1), ...folders()];
    const archive = execFileSync('tar', tar, { stdio: 'pipe' });
    rmSync(other, { recursive: true });
    prepare(0);
    const { status, said } = receive(archive);
    expect([status, said]).toEqual([
      1,
      expect.stringMatching(/files that are in none of .*history: nothing is changed/),
    ]);
    run(DROP, [NAME, ...folders()]);
    run(replace(true, folders(), NAME), folders(), { input: archive });
    expect([existsSync(other), left()]).toEqual([false, '']);
    expect(readFileSync(join(home, 'workspace', 'a'), 'utf8')).toBe('kept\n');
  });
});
