import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Browser } from './browser';
import { CLI, workFile } from './platform';
import { type Outcome, run } from './run';

/** Goes where a login asks for, and gives name and password there. @returns what the last page says */
export type LogIn = (url: string, name: string, password: string) => Promise<string>;

/**
 * By the pages alone, without their scripts and their looks. @throws where Boundary says that it was in vain
 * @param authorities that the browser believes besides the platform's, in PEM
 */
export const byFormsOf =
  (authorities: string): LogIn =>
  async (url, name, password) => {
    const ca = readFileSync(workFile('ca.crt'), 'utf8') + authorities;
    const last = await new Browser(ca).logIn(url, name, password);
    if (last.url.includes('/authentication-error')) throw new Error(decodeURIComponent(last.url));
    return last.text;
  };

export const byForms = byFormsOf('');

/** The machine of a person or a program, as far as the client sees it; a new one each time. */
export class Person {
  private readonly home: string;

  /**
   * @param variables what the environment says besides
   * @param cli arguments of Node.js that run the command line
   */
  constructor(
    readonly name: string,
    private readonly variables: Readonly<Record<string, string>> = {},
    private readonly cli: readonly string[] = CLI,
  ) {
    this.home = mkdtempSync(workFile(`home-${name}-`));
  }

  get env(): Record<string, string> {
    const folders = { XDG_CONFIG_HOME: join(this.home, '.config'), XDG_RUNTIME_DIR: join(this.home, 'run') };
    return { HOME: this.home, ...folders, ...this.variables };
  }

  get sshConfig(): string {
    return join(this.home, '.ssh/sandboxctl.conf');
  }

  get connections(): string {
    return join(this.env.XDG_RUNTIME_DIR, 'sandboxctl/connections');
  }

  get loginFile(): string {
    return join(this.env.XDG_CONFIG_HOME, 'sandboxctl/login.json');
  }

  sandboxctl(...args: string[]): Promise<Outcome> {
    return run('node', [...this.cli, ...args], { env: this.env, seconds: 60 });
  }

  /** A command that goes on. */
  begin(...args: string[]): ChildProcess {
    return spawn('node', [...this.cli, ...args], { env: { ...process.env, ...this.env } });
  }

  ssh(...args: string[]): Promise<Outcome> {
    return run('ssh', ['-F', this.sshConfig, ...args], { env: this.env, seconds: 120 });
  }

  /** A program of ssh's that goes on. */
  start(program: string, ...args: string[]): ChildProcess {
    return spawn(program, ['-F', this.sshConfig, ...args], { env: { ...process.env, ...this.env } });
  }

  /** Logs in at Boundary. @throws unless that is done, with what the last page said */
  async logIn(boundary: string, password: string, go: LogIn = byForms): Promise<void> {
    const child = this.begin('login', boundary, '--ca', workFile('ca.crt'), '--no-browser');
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    let said = '';
    child.stderr?.on('data', (chunk) => {
      said += chunk;
    });
    try {
      const text = await go(await printedUrl(child), this.name, password);
      if (/invalid username or password/i.test(text)) throw new Error(text);
      const code = await ended;
      if (code !== 0) throw new Error(`login ended with ${code}: ${said}\nthe last page: ${text}`);
    } finally {
      child.kill();
    }
  }
}

const printedUrl = (child: ChildProcess): Promise<string> =>
  new Promise((resolve, reject) => {
    let said = '';
    const read = (chunk: Buffer) => {
      said += chunk;
      const url = /log in here: (\S+)/.exec(said)?.[1];
      if (url) resolve(url);
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('exit', () => reject(new Error(`sandboxctl login: ${said}`)));
  });
