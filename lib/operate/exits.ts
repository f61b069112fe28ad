/** A command line that was not understood. */
export const MISUSE = 2;
export const FAULT = 70;
export const INTERRUPTED = 130;

/** What the program ends with, and what that means. */
export const EXITS: readonly (readonly [status: number, means: string])[] = [
  [0, 'done; check, status and doctor found nothing wrong'],
  [1, 'there is something to mend, which is said'],
  [MISUSE, 'the command line was not understood'],
  [FAULT, 'a fault of the program'],
  [INTERRUPTED, 'interrupted; the same again goes on'],
];

export const exitsText = (): string =>
  ['Exit status:', ...EXITS.map(([status, means]) => `  ${String(status).padEnd(4)} ${means}`)].join('\n');
