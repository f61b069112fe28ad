/** A line of a verb's log by which something begins, and when it came after the verb began. */
export interface Mark {
  readonly phase: string;
  readonly atMs: number;
}

/** Where a kill is to come: so long after a phase's begin. */
export interface Aim {
  readonly phase: string;
  readonly delayMs: number;
}

/** The phase that every verb begins with. */
export const BEGUN = 'begun';
/** A phase that is shorter is over before a kill arrives. */
const SHORTEST_MS = 100;
/** After so many aims in vain a phase is taken for one that cannot be hit. */
const IN_VAIN = 12;

/** Reads a verb's log: each step that is done, or part that is named, begins a phase. */
export class PhaseReader {
  private part = '';

  /** @returns the phase that a line begins, if it begins one; what differs from run to run is left out of its name */
  read(line: string): string | undefined {
    const [, part] = /^== (.*)$/.exec(line) ?? [];
    if (part !== undefined) {
      this.part = `${part}: `;
      return `${this.part}${BEGUN}`;
    }
    const [, title] = /^✔ (.*?)(: .*)?( \[[^\]]*\])?$/.exec(line) ?? [];
    return title === undefined ? undefined : this.part + nameOf(title);
  }
}

const nameOf = (title: string): string =>
  title
    .replace(/^\S+ runs in /, '… runs in ')
    .replace(/^\d+ (volumes?) /, '… volumes ')
    .replace(/\b[0-9a-f]{8}\b/g, '…');

/** What is known of a phase. */
interface Phase {
  lengthMs: number;
  hits: number;
  /** Kills that were aimed at it since the last one that hit it. */
  vain: number;
}

/** Kills of one verb: in which phase and when, how often each was hit, and whether that is enough. */
export class KillSeries {
  private readonly phases = new Map<string, Phase>();
  private total = 0;

  /**
   * @param random numbers from 0 to below 1, by which moments are chosen
   * @param assumed seconds that phases take, in their order, until some are seen
   */
  constructor(
    readonly verb: string,
    private readonly random: Iterator<number, never>,
    assumed: Readonly<Record<string, number>> = {},
  ) {
    for (const [phase, seconds] of Object.entries(assumed)) this.phaseOf(phase).lengthMs = seconds * 1000;
  }

  /** Takes in how long phases were; the last one counts where it is known when it ended. */
  learn(marks: readonly Mark[], endMs?: number): void {
    for (const [index, { phase, atMs }] of marks.entries()) {
      const until = marks[index + 1]?.atMs ?? endMs;
      const known = this.phaseOf(phase);
      if (until !== undefined) known.lengthMs = Math.max(known.lengthMs, until - atMs);
    }
  }

  /** Aims at each phase that can be hit, in their order, and at the longest twice. */
  round(): Aim[] {
    const longest = Math.max(...this.aimable.map(([, { lengthMs }]) => lengthMs));
    return this.aimable.flatMap(([phase, { lengthMs }]) =>
      Array.from({ length: lengthMs === longest ? 2 : 1 }, () => this.aimAt(phase, lengthMs)),
    );
  }

  /** Aims at so many phases, in their order. */
  some(count: number): Aim[] {
    const lots = this.aimable.map(([phase]) => ({ phase, lot: this.random.next().value }));
    const chosen = lots.sort((a, b) => a.lot - b.lot).slice(0, count);
    return this.aimable
      .filter(([phase]) => chosen.some((one) => one.phase === phase))
      .map(([phase, { lengthMs }]) => this.aimAt(phase, lengthMs));
  }

  /** Whether a kill ends Terraform and kubectl as well, and not the command line alone, after which those go on. */
  isWhole = (): boolean => this.random.next().value < 0.5;

  /** A kill that came, and the phase that the log had named last; none where the verb was over before. */
  note(aim: Aim, hit: string | undefined): void {
    this.phaseOf(aim.phase).vain++;
    if (hit === undefined) return;
    this.total++;
    const phase = this.phaseOf(hit);
    phase.hits++;
    phase.vain = 0;
  }

  /** Whether there were so many kills, and so many in each phase. @throws where a phase is aimed at in vain for ever */
  isDone(kills: number, each: number): boolean {
    const rare = this.aimable.filter(([, { hits }]) => hits < each);
    const [hopeless] = rare.find(([, { vain }]) => vain >= IN_VAIN) ?? [];
    if (hopeless) throw new Error(`no kill of ${this.verb} comes after "${hopeless}":\n${this}`);
    return this.total >= kills && rare.length === 0;
  }

  /** How often it was killed. */
  get count(): number {
    return this.total;
  }

  /** A table: the phase, how long it was at most, how often it was hit. */
  toString(): string {
    const rows = [...this.phases].map(([phase, { lengthMs, hits }]) => {
      const note = lengthMs < SHORTEST_MS ? 'too short to be hit' : `${(lengthMs / 1000).toFixed(1)} s`;
      return `| ${phase} | ${note} | ${hits} |`;
    });
    return [
      `| ${this.verb}, after | lasts | kills |`,
      '| --- | --- | --- |',
      ...rows,
      `| all | | ${this.total} |`,
    ].join('\n');
  }

  private get aimable(): [string, Phase][] {
    return [...this.phases].filter(([, { lengthMs }]) => lengthMs >= SHORTEST_MS);
  }

  private aimAt = (phase: string, lengthMs: number): Aim => ({ phase, delayMs: this.random.next().value * lengthMs });

  private phaseOf(name: string): Phase {
    const known = this.phases.get(name) ?? { lengthMs: 0, hits: 0, vain: 0 };
    this.phases.set(name, known);
    return known;
  }
}
