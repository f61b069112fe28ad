import type { ChildProcess } from 'node:child_process';
import { eventually } from './eventually';
import type { Person } from './person';

const TICK_SEC = 0.2;

/** An ssh session through Boundary that stays open, and what its user sees of it. */
export class OpenSession {
  private readonly child: ChildProcess;
  private lastMs = 0;
  private longestMs = 0;
  private said = '';
  /** Time at which it ended, if it did. */
  endedMs?: number;

  private constructor(person: Person, environment: string) {
    this.child = person.start('ssh', environment, `while echo tick; do sleep ${TICK_SEC}; done`);
    this.child.stdout?.on('data', () => {
      const now = Date.now();
      if (this.lastMs > 0) this.longestMs = Math.max(this.longestMs, now - this.lastMs);
      this.lastMs = now;
    });
    this.child.stderr?.on('data', (data) => {
      this.said += data;
    });
    this.child.once('exit', () => {
      this.endedMs = Date.now();
    });
  }

  /** Opens one, and waits until it is there. */
  static async of(person: Person, environment: string, seconds = 30): Promise<OpenSession> {
    const session = new OpenSession(person, environment);
    await eventually(() => session.answers(), seconds);
    return session;
  }

  /** @throws unless it is open and said something within the last three seconds */
  answers(): void {
    if (this.endedMs) throw new Error(`the session ended: ${this.said}`);
    if (!this.isAlive) throw new Error('the session says nothing');
  }

  /** Whether it is open and said something within the last three seconds. */
  get isAlive(): boolean {
    return this.isOpen && Date.now() - this.lastMs <= 3000;
  }

  get isOpen(): boolean {
    return this.endedMs === undefined;
  }

  /** The longest time in which its user saw nothing happen, in seconds. */
  get longestSec(): number {
    return Math.max(this.longestMs, (this.endedMs ?? Date.now()) - this.lastMs) / 1000;
  }

  /** What ssh said. */
  get words(): string {
    return this.said.trim();
  }

  close(): void {
    this.child.kill();
  }
}
