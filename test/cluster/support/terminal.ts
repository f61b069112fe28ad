import { spawn } from 'node:child_process';
import { eventually } from './eventually';
import { clientOptions, type Tunnel } from './ssh';

/** A shell at a terminal over ssh, as a person has it open for days. */
export class Terminal {
  private readonly child;
  private output = '';
  private asked = 0;

  constructor({ port }: Tunnel) {
    this.child = spawn('ssh', [...clientOptions(), '-tt', '-p', String(port), 'node@127.0.0.1'], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    this.child.stdout.on('data', (data) => {
      this.output += data;
    });
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
