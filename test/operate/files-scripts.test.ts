import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DROP, PACK, PREPARE, replace, STAGE, stage, swap } from '../../lib/operate/backup/files';

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
