import type { Seen } from './seen';

/** Something that is wrong, why, and what to do. */
export interface Diagnosis {
  /** What it is about, such as `pod devenv/devenv-0`. */
  readonly what: string;
  readonly cause: string;
  readonly mend: string;
}

export type Rule = (seen: Seen) => Diagnosis[];

/** Seconds that something may take before it counts as stuck. */
export const STUCK_SEC = 60;

export const secondsSince = (time: string, { now }: Seen): number => (now - Date.parse(time)) / 1000;
