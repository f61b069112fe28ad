import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DROP, extract, replace } from '../../lib/operate/backup/files';
import {
  described,
  folders,
  instead,
  left,
  make,
  NAME,
  OTHER,
  onLinux,
  pack,
  place,
  prepare,
  receive,
  run,
  shell,
  take,
  useFiles,
} from '../helpers/files-scripts';

/** What scripts change files with. */
const CHANGING = ['mkdir', 'mv', 'rm', 'rmdir'];
/** Ends all that runs with it, before the command whose turn it is. */
const KILLER = `#!/bin/sh
count=$(($(cat "$KILL_COUNT") + 1)); echo "$count" >"$KILL_COUNT"
[ "$count" -ne "$KILL_AT" ] || kill -9 0
exec "/usr/bin/$(basename "$0")" "$@"
`;

useFiles();

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
    const count = place('count');
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
make() { mkdir -p "${place()}/workspace/kept" "${place()}/workspace/a"; echo x >"${place()}/workspace/kept/new"; }
case $PWD:$* in
  *.before*) /usr/bin/mv "$@"; [ -e "${place()}/once" ] || make; touch "${place()}/once"; exit ;;
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
    expect(run(replace(extract, true, folders(), NAME), folders(), { input: archive }).status).toBe(0);
    expect([described(), left()]).toEqual([kept, '']);
  });

  test('half of them by an archive that ends too early, are in no backup until a restore came to its end', () => {
    const { stdout: archive } = pack();
    const cut = archive.subarray(0, 3000);
    expect(run(replace(extract, true, folders(), OTHER), folders(), { input: cut }).status).not.toBe(0);
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
    const { status, said } = pack({ PATH: path });
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
    const other = place('elsewhere');
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
    run(replace(extract, true, folders(), NAME), folders(), { input: archive });
    expect([existsSync(other), left()]).toEqual([false, '']);
    expect(readFileSync(place('workspace', 'a'), 'utf8')).toBe('kept\n');
  });
});
