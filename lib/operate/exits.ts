/** What the program ends with, and what that means. */
export const EXITS: readonly (readonly [status: number, means: string])[] = [
  [0, 'done; check, status and doctor found nothing wrong'],
  [1, 'there is something to mend, which is said'],
  [2, 'the command line was not understood'],
  [70, 'a fault of the program'],
  [130, 'interrupted; the same again goes on'],
];

export const exitsText = (): string =>
  ['Exit status:', ...EXITS.map(([status, means]) => `  ${String(status).padEnd(4)} ${means}`)].join('\n');
