import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { extract, PACK, PREPARE, STAGE, stage, swap } from '../../lib/operate/backup/files';

// The scripts are for the environments' image, and so for GNU's tools.
export const onLinux = process.platform === 'linux' ? describe : describe.skip;

export const NAME = `${STAGE}0a1b2c3d`;
export const OTHER = `${STAGE}4e5f6a7b`;

let home: string;
/** A path in the folder that stands for the root of an environment's file system. */
export const place = (...names: readonly string[]): string => join(home, ...names);
export const folders = () => ['workspace', 'history'].map((name) => join(home, name).slice(1));
export const shell = (script: string) => execFileSync('sh', ['-euc', script], { cwd: home, encoding: 'utf8' });

export function run(
  script: string,
  args: readonly string[],
  { input, env = {} }: { input?: Buffer; env?: object } = {},
) {
  const options = { input, env: { ...process.env, ...env, TMPDIR: home }, maxBuffer: 2 ** 26 };
  const { status, stdout, stderr } = spawnSync('setsid', ['--wait', 'sh', '-c', script, 'sh', ...args], options);
  return { status, stdout, said: stderr.toString() };
}

export const pack = (env: object = {}) => run(PACK, folders(), { env });
export const prepare = (bytes: number, name = NAME) => run(PREPARE, [name, String(bytes), ...folders()]);
export const receive = (archive: Buffer, name = NAME) =>
  run(stage(extract, true, folders(), name), folders(), { input: archive });
export const take = (env: object = {}, name = NAME) => run(swap(true), [name, ...folders()], { env });
/** What environments see of their files. */
export const described = () =>
  shell(
    `find workspace history -mindepth 1 -path '*/${STAGE}*' -prune -o -printf '%p %y %m %l ' -type f -exec cat {} \\; -o -print | LC_ALL=C sort`,
  );
export const left = () => shell(`find workspace history -maxdepth 1 -name '${STAGE}*'`);

/** Programs that are found before those of this machine. */
export function instead(names: readonly string[], text: string): string {
  const bin = join(home, 'bin');
  mkdirSync(bin, { recursive: true });
  for (const name of names) writeFileSync(join(bin, name), text);
  for (const name of names) chmodSync(join(bin, name), 0o755);
  return `${bin}:${process.env.PATH}`;
}

export const make = (what: string) =>
  shell(`rm -rf workspace history; mkdir -p workspace/shut history; cd workspace
for name in a -b 'c
d'; do echo ${what} >"./$name"; done; echo ${what} >shut/in; chmod 555 shut; mkdir ${what}; echo ${what} >../history/lines`);

/** Has each test find such files anew. */
export function useFiles(): void {
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'scripts-'));
    make('kept');
  });

  afterEach(() => {
    spawnSync('chmod', ['-R', 'u+rwx', home]);
    rmSync(home, { recursive: true });
  });
}
