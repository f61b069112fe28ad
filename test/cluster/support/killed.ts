import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { startSandboxctl } from './stacks';

export type Verb = 'up' | 'down' | 'backup' | 'restore' | 'upgrade';

/** Steps of a verb, each of which begins when the one before is said to be done. */
export const PHASES: Readonly<Record<Verb, readonly string[]>> = {
  up: ['begun', 'operators', 'manifests', 'inside Vault', 'inside Boundary'],
  upgrade: ['begun', '2 volumes larger', 'environments Ready'],
  down: ['begun', 'sessions', 'inside Boundary', 'inside Vault', 'manifests'],
  backup: ['begun', 'vault', 'keycloak-database', 'devenv-0'],
  restore: ['begun', 'Secrets and empty volumes', 'vault from', 'operators', 'manifests', 'inside Boundary'],
};
/** A kill comes within so many milliseconds of the phase's begin. */
const SPAN_MS = 6000;

/** Which of a verb's phases were hit how often. */
export class Hits {
  private readonly hits = new Map<string, number>();

  constructor(private readonly random: Generator<number, never>) {}

  /**
   * Runs a verb and kills it within a phase, with Terraform and kubectl or, as often, without them: then those go on.
   * @returns whether it was killed, and not over before
   */
  async kill(verb: Verb, args: readonly string[], phase: string): Promise<boolean> {
    const child = startSandboxctl([verb, ...args]);
    const ended = once(child, 'exit');
    let isOver = false;
    ended.then(() => {
      isOver = true;
    });
    if (phase !== 'begun')
      for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream }))
        if (line.startsWith(`✔ ${phase}`)) break;
    child.stdout?.resume();
    await Promise.race([pause(this.random.next().value * SPAN_MS), ended]);
    if (isOver) return false;
    const isWhole = this.random.next().value < 0.5;
    process.kill(isWhole ? -(child.pid as number) : (child.pid as number), 'SIGKILL');
    await ended;
    const what = `${verb}, ${phase}`;
    this.hits.set(what, (this.hits.get(what) ?? 0) + 1);
    return true;
  }

  /** How often a verb was killed. */
  total = (verb: Verb): number => PHASES[verb].reduce((sum, phase) => sum + this.of(verb, phase), 0);

  /** How often the phase was hit that was hit least. */
  rarest = (verb: Verb): number => Math.min(...PHASES[verb].map((phase) => this.of(verb, phase)));

  /** So many phases of a verb, in their order. */
  some(verb: Verb, count: number): string[] {
    const lots = new Map(PHASES[verb].map((phase) => [phase, this.random.next().value]));
    const chosen = [...PHASES[verb]].sort((a, b) => Number(lots.get(a)) - Number(lots.get(b))).slice(0, count);
    return PHASES[verb].filter((phase) => chosen.includes(phase));
  }

  private of = (verb: Verb, phase: string): number => this.hits.get(`${verb}, ${phase}`) ?? 0;

  toString(): string {
    return [...this.hits].map(([what, times]) => `${what} ${times}`).join('; ');
  }
}
