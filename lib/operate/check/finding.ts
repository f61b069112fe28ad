import { Failure } from '../failure';
import { lastLines } from '../run';

/** What was looked at, and what to do where it is not as it has to be. */
export interface Finding {
  readonly what: string;
  readonly ok: boolean;
  /** What was seen. */
  readonly seen: string;
  /** How it is mended, where it has to be. */
  readonly mend?: string;
}

export const good = (what: string, seen: string): Finding => ({ what, ok: true, seen });
export const bad = (what: string, seen: string, mend: string): Finding => ({ what, ok: false, seen, mend });

/** What is not as it has to be, for the end of a run. @throws Failure */
export function expectGood(findings: readonly Finding[]): void {
  const count = findings.filter(({ ok }) => !ok).length;
  if (count > 0) throw new Failure(`${count} of ${findings.length} checks failed`);
}

export const lineOf = ({ ok, what, seen, mend }: Finding): string =>
  `${ok ? 'ok  ' : 'FAIL'} ${what}: ${lastLines(seen, 3)}${mend ? `\n     mend: ${mend}` : ''}`;
