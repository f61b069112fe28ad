import { type ChildProcess, spawn } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { eventually } from './eventually';
import { workFile } from './platform';
import { hasProgram, must, run } from './run';

/** What a shell shows once a command has ended, with its exit status. */
const PROMPT = '[after $?] ';
const PROMPTED = /\[after (\d+)\] /;
// biome-ignore lint/suspicious/noControlCharactersInRegex: what moves a terminal's cursor, colours it and gives it a title
const LOOKS = /\u001b\[[0-9;?]*[A-Za-z]|\u001b\][^\u0007]*\u0007|\r/g;

/** What systems come with, as far as a clone's own scripts and Git go, each with its pager. */
const SYSTEM =
  'sh bash cat chmod cp cut dirname env grep head id less ls mkdir mv pager rm sed sleep sort stty tail tr uname'.split(
    ' ',
  );

/** It has a list of users and processes of its own, which end with it, those in the background too. */
const OWN = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
/**
 * A shell at a terminal: with this list of users, in this home, with these variables and no others. What stays to the end
 * is sh, which takes in orphans; script takes the end of one for the end of its shell.
 */
const TERMINAL = `mount --bind "$1" /etc/passwd && cd "$2" && shift 2 && terminal=$(command -v script) &&
  env -i "$@" "$terminal" --quiet --flush --command 'stty rows 40 cols 160; exec bash --noprofile --rcfile ../bashrc' /dev/null
  exit`;

/** What somebody types where a command asks. */
export interface Reply {
  readonly asked: RegExp;
  readonly typed: string;
}

/** A machine as it comes, with an empty home and the programs that are named, and somebody at its terminal. */
export class NewMachine {
  /** Whether there can be one: ssh finds a home by the list of users, so this takes one of its own. */
  static async isPossible(): Promise<boolean> {
    return (await run('sh', ['-c', `unshare ${OWN.join(' ')} true && command -v script`])).code === 0;
  }

  /** @param variables what its environment says besides */
  static async make(programs: readonly string[], variables: Readonly<Record<string, string>>): Promise<NewMachine> {
    const folder = mkdtempSync(workFile('machine-'));
    const machine = new NewMachine(folder, variables);
    for (const part of ['bin', 'home', 'node/bin', 'node/lib/node_modules'])
      mkdirSync(join(folder, part), { recursive: true });
    const users = readFileSync('/etc/passwd', 'utf8').replace(
      /^(root:.*:)[^:]*:[^:]*$/m,
      `$1${machine.home}:/bin/bash`,
    );
    writeFileSync(join(folder, 'passwd'), users);
    writeFileSync(join(folder, 'bashrc'), `PS1='${PROMPT}'`);
    const own = programs.filter((name) => !['node', 'npm', 'npx'].includes(name));
    const system = await Promise.all(SYSTEM.map(async (name) => ((await hasProgram(name)) ? [name] : [])));
    await Promise.all([...system.flat(), ...own].map((name) => machine.install(name)));
    if (programs.includes('node')) await machine.installNode();
    return machine;
  }

  readonly home: string;
  private shell?: ChildProcess;
  private output = '';

  private constructor(
    private readonly folder: string,
    private readonly variables: Readonly<Record<string, string>>,
  ) {
    this.home = join(folder, 'home');
  }

  /** Types a line, and each reply once it is asked for. @returns all that is shown @throws unless it ends well, in time */
  async type(line: string, seconds: number, replies: readonly Reply[] = []): Promise<string> {
    this.shell ??= await this.open();
    const begin = this.output.length;
    const left = new Set(replies);
    this.shell.stdin?.write(`${line}\r`);
    const { status, all } = await eventually(() => {
      const shown = this.since(begin);
      for (const reply of left)
        if (reply.asked.test(shown) && left.delete(reply)) this.shell?.stdin?.write(`${reply.typed}\r`);
      return this.ended(line, begin);
    }, seconds);
    if (status !== '0') throw new Error(`${line}: exit ${status}\n${all.slice(-4000)}`);
    return all;
  }

  /** Ends all that runs there; the next line is typed at another terminal. */
  close(): void {
    this.shell?.kill('SIGKILL');
    this.shell = undefined;
  }

  /** What was shown since, without its looks: an escape sequence may come in two pieces. */
  private since(begin: number): string {
    return this.output.slice(begin).replace(LOOKS, '');
  }

  /** How a command ended, and all that was shown since. @throws while it runs */
  private ended(command: string, begin: number): { status: string; all: string } {
    const all = this.since(begin);
    const [, status] = PROMPTED.exec(all) ?? [];
    if (status === undefined) throw new Error(`${command}: has not ended\n${all.slice(-4000)}`);
    return { status, all };
  }

  private async open(): Promise<ChildProcess> {
    const begin = this.output.length;
    const [users, ...variables] = [
      join(this.folder, 'passwd'),
      ...Object.entries(this.env).map((pair) => pair.join('=')),
    ];
    const shell = spawn('unshare', [...OWN, 'sh', '-c', TERMINAL, 'sh', users, this.home, ...variables]);
    const read = (data: Buffer) => {
      this.output += data;
    };
    shell.stdout.on('data', read);
    shell.stderr.on('data', read);
    await eventually(() => this.ended('a shell', begin), 30);
    return shell;
  }

  private get env(): Record<string, string> {
    return {
      HOME: this.home,
      USER: 'root',
      SHELL: '/bin/bash',
      LANG: 'C.UTF-8',
      TERM: 'xterm',
      PATH: `${join(this.folder, 'node/bin')}:${join(this.folder, 'bin')}`,
      ...this.variables,
    };
  }

  private async install(name: string): Promise<void> {
    const path = (await must('sh', ['-c', 'command -v "$1"', 'sh', name])).trim();
    symlinkSync(path, join(this.folder, 'bin', name));
  }

  /** As people have it who installed it for themselves: what is linked globally comes beside it. */
  private async installNode(): Promise<void> {
    const node = join(this.folder, 'node');
    try {
      linkSync(process.execPath, join(node, 'bin/node'));
    } catch {
      copyFileSync(process.execPath, join(node, 'bin/node'));
    }
    const npm = dirname(dirname((await must('sh', ['-c', 'readlink -f "$(command -v npm)"'])).trim()));
    cpSync(npm, join(node, 'lib/node_modules/npm'), { recursive: true });
    for (const name of ['npm', 'npx'])
      symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, join(node, 'bin', name));
  }
}
