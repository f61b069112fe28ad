import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SOURCE = join(__dirname, '../../images/devenv/secrets');
const INSTALLED = '/usr/local/lib/devenv';

/** Secrets in a folder as the kubelet fills it, and the image's scripts that read them there. */
export class Delivered {
  private readonly root = mkdtempSync(join(tmpdir(), 'delivered-'));
  readonly scripts = join(this.root, 'lib');
  readonly folder = join(this.root, 'secrets');
  private generation = 0;

  constructor(secrets: Readonly<Record<string, string>> = {}) {
    mkdirSync(this.folder);
    cpSync(SOURCE, this.scripts, { recursive: true });
    for (const name of readdirSync(this.scripts)) {
      const file = join(this.scripts, name);
      writeFileSync(file, readFileSync(file, 'utf8').replaceAll(INSTALLED, this.scripts));
    }
    // Read by zsh, as the image's /etc/zsh/zshenv is.
    writeFileSync(join(this.scripts, '.zshenv'), `. ${this.scripts}/shell.sh\n`);
    chmodSync(this.root, 0o755);
    this.put(secrets);
  }

  /** All secrets anew, with one rename as the kubelet does it. */
  put(secrets: Readonly<Record<string, string>>): void {
    const current = join(this.folder, '..data');
    const before = this.generation > 0 ? readlinkSync(current) : undefined;
    const next = `..2026_11_25_10_00_00.${++this.generation}`;
    mkdirSync(join(this.folder, next));
    for (const [key, value] of Object.entries(secrets)) writeFileSync(join(this.folder, next, key), value);
    symlinkSync(next, `${current}_tmp`);
    renameSync(`${current}_tmp`, current);
    for (const key of readdirSync(this.folder).filter((name) => !name.startsWith('..') && !(name in secrets)))
      rmSync(join(this.folder, key));
    for (const key of Object.keys(secrets).filter((name) => !readdirSync(this.folder).includes(name)))
      symlinkSync(`..data/${key}`, join(this.folder, key));
    if (before) rmSync(join(this.folder, before), { recursive: true });
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  /** Environment of a process in which only the container's own variables are set. */
  env(more: Readonly<Record<string, string>> = {}): Record<string, string> {
    const start = join(this.scripts, 'shell.sh');
    const { PATH = '', MODULE_PATH } = process.env;
    return {
      PATH: `${this.scripts}:${PATH}`,
      HOME: this.root,
      DEVENV_SECRETS: this.folder,
      BASH_ENV: start,
      ENV: start,
      // As in a session: the outermost bash reads /etc/bash.bashrc instead if its input is a socket.
      SHLVL: '1',
      ZDOTDIR: this.scripts,
      ...(MODULE_PATH && { MODULE_PATH }),
      ...more,
    };
  }

  /** Runs a program of this machine or of the image's scripts; its output, or the end of its errors. */
  run(command: readonly string[], options: { input?: string; env?: Readonly<Record<string, string>> } = {}): string {
    const [program, ...args] = command;
    const { input = '', env } = options;
    return execFileSync(program, args, { encoding: 'utf8', input, env: this.env(env), stdio: 'pipe' });
  }
}

const made: Delivered[] = [];

/** A folder of secrets as the kubelet mounts it. */
export function delivered(secrets?: Readonly<Record<string, string>>): Delivered {
  const folder = new Delivered(secrets);
  made.push(folder);
  return folder;
}

/** Removes what the tests of a file made. */
export const removeDelivered = (): void => {
  for (const folder of made) folder.remove();
};
