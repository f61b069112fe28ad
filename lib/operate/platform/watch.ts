import { setTimeout as pause } from 'node:timers/promises';
import type { Kubectl } from '../cluster/kubectl';
import { LastWords } from '../cluster/last-words';
import { isWorkload, type Late, type Lost, lateOf, look, lostOf, type Seen } from '../cluster/readiness';
import { Failure } from '../failure';
import type { Part } from './project';

const INTERVAL_MS = 1000;
/** While nothing can be Ready yet, others need the processors more. */
const EARLY_MS = 3000;
const STEP_MS = INTERVAL_MS / 4;

interface Waiting {
  /** Gets what is still waited for and what was before, each time that there is another look. */
  readonly tell?: (now: Late, before: Late) => void;
  /** Ends the wait. */
  readonly signal: AbortSignal;
  /** Whether what is waited for can be there already. @default - it can */
  readonly isDeployed?: () => boolean;
}

/** What was waited for has not come in time. */
export class NotReady extends Failure {}

/** Looks at the cluster for all who wait for a part of it, once for all of them. */
export class Watch {
  private late = new Map<string, Late>();
  private lost = new Map<string, readonly Lost[]>();
  /** What had failed before this began, and may be made anew by what is deployed. */
  private before?: ReadonlySet<string>;
  private readonly words: LastWords;
  private rounds = 0;
  private stale = 0;
  private running?: Promise<void>;
  private waiting = 0;
  private isDeployed = false;
  private failure?: Error;

  /** @param act does something about what was seen, before the next look */
  constructor(
    private readonly kubectl: Kubectl,
    private readonly parts: readonly Part[],
    private readonly act: (seen: Seen) => Promise<void> = async () => {},
  ) {
    this.words = new LastWords(kubectl);
  }

  /** Has nothing count that was seen before now. */
  renew(): void {
    this.stale = this.rounds;
  }

  /** Waits until a part is Ready. @throws NotReady - where it is not within so many seconds, or never will be, with what it waits for */
  async becomesReady(part: Part, seconds: number, { tell = () => {}, signal, isDeployed }: Waiting): Promise<void> {
    let late: Late = [];
    const limit = AbortSignal.timeout(seconds * 1000);
    const hear = (now: Late) => {
      tell(now, late);
      late = now;
    };
    try {
      await this.until(part, hear, AbortSignal.any([limit, signal]), isDeployed);
    } catch (error) {
      if (!limit.aborted) throw error === signal.reason ? withReasons(signal.reason, late) : error;
      const why = late.join('; ') || 'its manifests are not deployed yet';
      throw new NotReady(`${part.name} is not Ready after ${seconds} s: ${why}`);
    }
  }

  private async until(
    part: Part,
    hear: (late: Late) => void,
    signal: AbortSignal,
    isDeployed: () => boolean = () => true,
  ): Promise<void> {
    this.waiting++;
    this.running ??= this.look();
    const begun = this.rounds;
    try {
      for (;;) {
        signal.throwIfAborted();
        await pause(STEP_MS);
        if (this.failure) throw this.failure;
        this.isDeployed ||= isDeployed();
        const late = this.late.get(part.name) ?? [];
        // What was seen before this began may be of an earlier state.
        const isNew = this.rounds > Math.max(begun, this.stale) + 1;
        this.expectNotLost(part, isNew && isDeployed());
        if (isNew && late.length === 0 && isDeployed()) return;
        hear(late);
      }
    } finally {
      this.waiting--;
    }
  }

  /** @throws NotReady - where a Job failed for good */
  private expectNotLost({ name }: Part, isLast: boolean): void {
    const lost = (this.lost.get(name) ?? []).filter(({ uid }) => isLast || !this.before?.has(uid));
    if (lost.length === 0) return;
    const lines = lost.map(({ line }) => line);
    throw new NotReady(`${name} does not become Ready: ${lines.join('; ')}`, 1, lost[0].mend);
  }

  private async look(): Promise<void> {
    const wanted = new Map(this.parts.map(({ name, objects }) => [name, objects.filter(isWorkload)]));
    try {
      while (this.waiting > 0) {
        const seen = await look(this.kubectl, this.words);
        this.late = new Map([...wanted].map(([name, objects]) => [name, lateOf(objects, seen)]));
        this.lost = new Map([...wanted].map(([name, objects]) => [name, lostOf(objects, seen)]));
        this.before ??= new Set([...this.lost.values()].flat().map(({ uid }) => uid));
        this.rounds++;
        await this.act(seen);
        for (let ms = 0; ms < (this.isDeployed ? INTERVAL_MS : EARLY_MS); ms += STEP_MS) await pause(STEP_MS);
      }
    } catch (error) {
      this.failure = error as Error;
    } finally {
      this.running = undefined;
    }
  }
}

/** What ends a wait, with what was waited for: where it is why the other one failed, nobody else says. */
const withReasons = (error: unknown, late: Late): unknown =>
  error instanceof Failure && error.status === 1 && late.length > 0
    ? new Failure(`${error.message}; it waited for ${late.join('; ')}`)
    : error;
