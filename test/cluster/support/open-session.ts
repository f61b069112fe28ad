import { type ChildProcess, spawn } from 'node:child_process';
import { eventually } from './eventually';
import type { Person } from './person';

const TICK_SEC = 0.2;
/** What goes on inside, by which it is seen that it does. */
const TICKS = `while echo tick; do sleep ${TICK_SEC}; done`;

/** A session that stays open, by ssh through Boundary as a rule, and what its user sees of it. */
export class OpenSession {
  private lastMs = 0;
  private longestMs = 0;
  private said = '';
  /** Time at which it ended, if it did. */
  endedMs?: number;

  private constructor(private readonly child: ChildProcess) {
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
  static of(person: Person, environment: string, seconds = 30): Promise<OpenSession> {
    return OpenSession.begun(person.start('ssh', environment, TICKS), seconds);
  }

  /** The same by another program, which gets the command as its last argument. */
  static by(program: string, args: readonly string[], seconds = 30): Promise<OpenSession> {
    return OpenSession.begun(spawn(program, [...args, TICKS]), seconds);
  }

  private static async begun(child: ChildProcess, seconds: number): Promise<OpenSession> {
    const session = new OpenSession(child);
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
