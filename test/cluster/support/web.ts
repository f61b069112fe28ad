import type { ChildProcess } from 'node:child_process';
import { eventually } from './eventually';
import type { Person } from './person';
import { type Outcome, run } from './run';

/** `sandboxctl web` of a person, from its start until it is interrupted, and what it says meanwhile. */
export class Web {
  private readonly child: ChildProcess;
  private readonly ended: Promise<number | null>;
  private said = '';
  /** What it says of troubles. */
  words = '';

  private constructor(person: Person, environment: string) {
    this.child = person.begin('web', environment, '--no-browser', '--local-port', '0');
    this.child.stdout?.on('data', (data) => {
      this.said += data;
    });
    this.child.stderr?.on('data', (data) => {
      this.words += data;
    });
    this.ended = new Promise((resolve) => this.child.once('close', resolve));
  }

  /** Opens it, and waits until it says where. */
  static async of(person: Person, environment: string): Promise<Web> {
    const web = new Web(person, environment);
    await eventually(() => web.address(), 60);
    return web;
  }

  /** What the environment's server answers to a browser. */
  read(): Promise<Outcome> {
    return run('curl', ['-sS', '--max-time', '10', this.address()]);
  }

  /** Interrupts it, as Ctrl-C does. @returns its status */
  interrupt(): Promise<number | null> {
    this.child.kill('SIGINT');
    return this.ended;
  }

  private address(): string {
    const address = /(http:\/\/127\.0\.0\.1:\d+)\n/.exec(this.said)?.[1];
    if (!address) throw new Error(`no address: ${this.said}${this.words}`);
    return address;
  }
}
