import { isSecret } from './formats/secrets';

export type Path = readonly PropertyKey[];

const LONGEST = 80;

/** One line, whatever the text holds. */
export const printable = (text: string) => text.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, '?');

const oneLine = (text: string) => {
  const line = printable(text);
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
};

/** A path as people write it: environments.users.alice.sshKeys[0]. */
export const formatPath = (path: Path) =>
  path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    const name = String(part);
    if (!/^[\w-]+$/.test(name)) return `${text}[${oneLine(JSON.stringify(name))}]`;
    return text ? `${text}.${oneLine(name)}` : oneLine(name);
  }, '');

/** A value as it may be repeated to the user: short, on one line, no secret. */
export function show(path: Path, value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (value !== null && typeof value === 'object') return 'a map';
  return isSecret(path, value) ? '(hidden)' : oneLine(JSON.stringify(value) ?? String(value));
}

/** Edits (insert, delete, replace, swap neighbours) between two words. */
function distance(a: string, b: string): number {
  const rows = Array.from({ length: a.length + 1 }, (_, i) => [i, ...Array<number>(b.length).fill(0)]);
  for (let j = 1; j <= b.length; j++) rows[0][j] = j;
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const replace = rows[i - 1][j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      rows[i][j] = Math.min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, replace);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) rows[i][j] = Math.min(rows[i][j], rows[i - 2][j - 2] + 1);
    }
  }
  return rows[a.length][b.length];
}

/** The word most likely meant; undefined when none is near. */
export function neighbour(word: string, known: readonly string[]): string | undefined {
  if (word.length > LONGEST) return undefined;
  const near = known
    .map((other) => ({ other, edits: distance(word.toLowerCase(), other.toLowerCase()) }))
    .filter(({ other, edits }) => edits <= Math.max(1, Math.floor(Math.min(word.length, other.length) / 3)));
  return near.sort((a, b) => a.edits - b.edits)[0]?.other;
}

/** ": did you mean X?", when something is near. */
export function didYouMean(word: unknown, known: readonly string[]): string {
  const near = typeof word === 'string' ? neighbour(word, known) : undefined;
  return near ? `: did you mean ${near}?` : '';
}

const FEW = 30;

/** "a, b or c", at most as many as a line holds. */
export function oneOf(choices: readonly unknown[]): string {
  const words = choices.map(String);
  if (words.length > FEW) return `${words.slice(0, FEW).join(', ')} or ${words.length - FEW} others`;
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} or ${words[words.length - 1]}`;
}
