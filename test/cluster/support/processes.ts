import { readdirSync, readFileSync } from 'node:fs';

const INTERVAL_MS = 50;

/** Command lines that a list of processes shows while it watches; none where there is no /proc. */
export class Processes {
  private readonly seen = new Set<string>();
  private readonly timer = setInterval(() => this.look(), INTERVAL_MS);

  /** Stops watching. @returns every different command line */
  end(): string[] {
    clearInterval(this.timer);
    return [...this.seen];
  }

  private look(): void {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      try {
        this.seen.add(readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '));
      } catch {
        // It ended in between.
      }
    }
  }
}
