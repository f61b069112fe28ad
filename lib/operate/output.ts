import { stripVTControlCharacters } from 'node:util';

export const say = (text: string): void => void process.stdout.write(`${text}\n`);

let answered = false;

/** The one line of JSON that a command line prints. */
export function answerJson(value: unknown): void {
  answered = true;
  say(JSON.stringify(value));
}

/** Whether it was printed. */
export const hasAnswered = (): boolean => answered;

/** A list for people, a line each, or for programs. */
export function show<T>(items: readonly T[], json: boolean | undefined, line: (item: T) => string): void {
  if (json) answerJson(items);
  else for (const item of items) say(line(item));
}

/** Lines whose first columns stand below each other. */
export function table(rows: readonly (readonly string[])[], columns = 3): string[] {
  const widths = Array.from({ length: columns }, (_, column) => Math.max(0, ...rows.map((row) => row[column].length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** A text without what makes a terminal do anything else than show it: people in environments write some of what is shown. */
export const shownOnly = (text: string): string => stripVTControlCharacters(text).replace(/(?![\n\t])\p{Cc}/gu, '');
