import { spawnSync } from 'node:child_process';
import { BUSY, extract, PACK, PREPARE, replace, STAGE, stage, swap } from '../../lib/operate/backup/files';
import {
  described,
  folders,
  instead,
  left,
  make,
  OTHER,
  onLinux,
  pack,
  place,
  prepare,
  receive,
  take,
  useFiles,
} from '../helpers/files-scripts';

useFiles();

onLinux('files that somebody is at work in', () => {
  /** Runs a script while another process has a lock, whose end it does not wait for. */
  function beside(how: string, of: string, script: string, args: readonly string[], flock = FLOCK) {
    const env = { ...process.env, PATH: instead(['flock'], flock), TMPDIR: place() };
    const { status, stderr } = spawnSync('flock', [how, place(of), 'sh', '-c', script, 'sh', ...args], { env });
    return { status, said: stderr.toString() };
  }
  const FLOCK =
    '#!/bin/sh\n[ "$2" != --timeout ] || set -- "$1" --timeout 0 "$4" "$5" "$6"\nexec /usr/bin/flock "$@"\n';
  /** Of a file system that locks no folders. */
  const FILES_ONLY = FLOCK.replace('exec', '[ ! -d "/proc/self/fd/$6" ] || exit 65\nexec');
  const SCRIPTS: Readonly<Record<string, [script: () => string, args: readonly string[]]>> = {
    'a restore, before anything comes': [() => PREPARE, [OTHER, '0']],
    'what comes for one': [() => stage(extract, true, folders(), OTHER), []],
    'what takes their place': [() => swap(true), [OTHER]],
    'a restore without room beside them': [() => replace(extract, true, folders(), OTHER), []],
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
