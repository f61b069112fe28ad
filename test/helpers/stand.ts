import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { KubeObject } from '../../lib/operate/cluster/kubectl';

export interface Ended {
  /** Its exit status, or the signal that it ended by. */
  readonly code: number | string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A stack in which Terraform has something to do. */
const STACK = { name: 'workloads', dependencies: [], workingDirectory: 'stacks/workloads' };

/** A folder with a platform, and the programs that a command line finds there instead of the real ones. */
export class Stand {
  readonly folder = mkdtempSync(join(tmpdir(), 'stand-'));
  private readonly children: ChildProcess[] = [];

  /** @param cli the command line in one file */
  constructor(private readonly cli: string) {
    for (const name of ['bin', 'made', 'project']) mkdirSync(join(this.folder, name));
    afterAll(() => {
      for (const child of this.children) child.kill('SIGKILL');
      rmSync(this.folder, { recursive: true, force: true });
    });
  }

  /** What its program makes: manifests by their files, and one stack of these releases. */
  platform(manifests: Readonly<Record<string, readonly KubeObject[]>>, resource: object = {}): this {
    const made = join(this.folder, 'made');
    for (const [file, objects] of Object.entries(manifests)) {
      const lines = objects.map((object) => JSON.stringify(object));
      this.write(`made/dist/${file}`, lines.join('\n---\n'));
    }
    this.write('made/cdktf.out/manifest.json', JSON.stringify({ stacks: { workloads: STACK } }));
    this.write('made/cdktf.out/stacks/workloads/cdk.tf.json', JSON.stringify({ resource }));
    this.write('project/cdktf.json', JSON.stringify({ app: `cp -R "${made}/." .` }));
    return this;
  }

  /** A program by its script, which finds the folder in $STAND. */
  program(name: string, script: string): this {
    this.write(`bin/${name}`, `#!/bin/sh\n${script}\n`, 0o755);
    return this;
  }

  /** Starts the command line in the platform's folder, in a group of its own as a terminal starts it. */
  start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
    return this.begin(process.execPath, [this.cli, ...args], env);
  }

  private begin(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
    const { PATH } = process.env;
    const files = ['stdout', 'stderr'].map((name) => `${name}-${this.children.length}`);
    const child = spawn(program, [...args], {
      cwd: join(this.folder, 'project'),
      env: { HOME: this.folder, STAND: this.folder, ...env, PATH: `${join(this.folder, 'bin')}${delimiter}${PATH}` },
      // Files, because what it leaves at work would keep pipes open.
      stdio: ['ignore', ...files.map((file) => openSync(join(this.folder, file), 'w'))],
      detached: true,
    });
    this.children.push(child);
    const [stdout, stderr] = files;
    return new Running(child, () => ({ stdout: this.read(stdout), stderr: this.read(stderr) }));
  }

  /** The same with a shell's script reading what it says, who may have enough of it. */
  pipe(args: readonly string[], reader: string): Running {
    const cli = [process.execPath, this.cli, ...args].map((one) => `'${one}'`).join(' ');
    this.program(
      'piped',
      `{ ${cli} 2>"$STAND/complained"; echo $? >"$STAND/code"; } | { ${reader}; }
while [ ! -e "$STAND/code" ]; do sleep 0.05; done
exit "$(cat "$STAND/code")"`,
    );
    return this.begin(join(this.folder, 'bin/piped'), []);
  }

  run = (args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended> =>
    this.start(args, env).ended;

  write(file: string, content = '', mode = 0o644): void {
    const path = join(this.folder, file);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, content, { mode });
  }

  remove = (file: string): void => rmSync(join(this.folder, file));
  has = (file: string): boolean => existsSync(join(this.folder, file));
  read = (file: string): string => (this.has(file) ? readFileSync(join(this.folder, file), 'utf8') : '');

  /** However long it takes, of what is left at work by a command line that ended. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await pause(20);
  }
}

/** A command line that runs. */
export class Running {
  readonly ended: Promise<Ended>;

  constructor(
    private readonly child: ChildProcess,
    private readonly said: () => Omit<Ended, 'code'>,
  ) {
    this.ended = once(child, 'exit').then(([code, signal]) => ({ code: code ?? signal, ...said() }));
  }

  /** However long it takes, unless it ends before: an error, that has what it said. */
  async until(isSo: () => boolean): Promise<void> {
    let end: Ended | undefined;
    this.ended.then((ended) => (end = ended));
    while (!isSo()) {
      if (end && !isSo()) throw new Error(`it ended with ${end.code}:\n${end.stdout}${end.stderr}`);
      await pause(20);
    }
  }

  /** What it has said until now. */
  get stdout(): string {
    return this.said().stdout;
  }

  /** As a terminal does, where those that it started get the same, or as who knows its process id alone. */
  interrupt(whom: 'terminal' | 'process', signal: NodeJS.Signals = 'SIGINT'): void {
    const pid = this.child.pid as number;
    if (this.child.exitCode === null) process.kill(whom === 'terminal' ? -pid : pid, signal);
  }
}
