import { setTimeout as pause } from 'node:timers/promises';
import { run } from './run';

const INTERVAL_MS = 200;

export interface Answered {
  /** The longest time between two answers. */
  readonly longestSec: number;
  /** When that began, and what the client got instead of answers. */
  readonly longest: string;
  readonly answers: number;
}

/** A client that asks again and again, and keeps in mind for how long it got no answer. */
export class Outage {
  private stopped = false;
  private lastMs = Date.now();
  private longestMs = 0;
  private longest = 'none';
  private readonly refusals = new Set<string>();
  private answers = 0;
  private readonly asking: Promise<void>;

  /** @param question a command of the shell that ends well when it is answered */
  constructor(private readonly question: string) {
    this.asking = this.ask();
  }

  async end(): Promise<Answered> {
    this.stopped = true;
    await this.asking;
    this.note();
    return { longestSec: this.longestMs / 1000, longest: this.longest, answers: this.answers };
  }

  private async ask(): Promise<void> {
    while (!this.stopped) {
      const { code, stderr } = await run('timeout', ['2', 'bash', '-c', this.question]);
      if (code === 0) {
        this.note();
        this.lastMs = Date.now();
        this.refusals.clear();
        this.answers++;
      } else {
        this.refusals.add(code === 124 ? 'no answer in 2 s' : stderr.trim());
      }
      await pause(INTERVAL_MS);
    }
  }

  private note(): void {
    const sinceMs = Date.now() - this.lastMs;
    if (sinceMs <= this.longestMs) return;
    this.longestMs = sinceMs;
    this.longest = `from ${new Date(this.lastMs).toISOString()}: ${[...this.refusals].join('; ')}`;
  }
}
