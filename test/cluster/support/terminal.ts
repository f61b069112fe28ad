import { spawn } from 'node:child_process';
import { eventually } from './eventually';
import type { Person } from './person';
import { clientOptions, type Tunnel } from './ssh';

/** A shell at a terminal over ssh, as a person has it open for days. */
export class Terminal {
  private readonly child;
  private output = '';
  private asked = 0;

  private constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.child = spawn('ssh', ['-tt', ...args], {
      env: { ...process.env, ...env },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    this.child.stdout.on('data', (data) => {
      this.output += data;
    });
  }

  /** By a tunnel, with the run's key. */
  static at({ port }: Tunnel): Terminal {
    return new Terminal([...clientOptions(), '-p', String(port), 'node@127.0.0.1']);
  }

  /** Through Boundary, as a person who has an ssh-config. */
  static of({ sshConfig, env }: Person, environment: string): Terminal {
    return new Terminal(['-F', sshConfig, environment], env);
  }

  /** What a typed line prints. @throws if the session ends, or after half a minute */
  async type(line: string): Promise<string> {
    const mark = ++this.asked;
    // The terminal shows what is typed, so the marks stand there in another spelling.
    this.child.stdin.write(`printf '<%s>' begin${mark}; ${line}; printf '<%s>' end${mark}\n`);
    const answer = new RegExp(`<begin${mark}>([^]*)<end${mark}>`);
    return eventually(() => {
      const found = answer.exec(this.output);
      if (!found) throw new Error(`${line}: ${this.child.exitCode ?? 'no answer yet'}\n${this.output}`);
      return found[1].trim();
    }, 30);
  }

  /** What it shows without being asked. @throws if that does not come in time */
  shows(pattern: RegExp, seconds: number): Promise<string> {
    return eventually(() => {
      const [found] = pattern.exec(this.output) ?? [];
      if (!found) throw new Error(`${pattern} is not shown\n${this.output}`);
      return found;
    }, seconds);
  }

  close(): void {
    this.child.kill();
  }
}
