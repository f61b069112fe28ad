import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './commands';

/** Words without Markdown's marks: a link is its text. */
export const plain = (text: string): string =>
  text
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/[*`]/g, '')
    .replace(/\s+/g, ' ')
    .trim();

const cellsOf = (row: string): string[] => row.split('|').slice(1, -1).map(plain);

/** What each cell of a table says of the first one of its row, as `row | column: cell`. */
function saidIn(table: string): string[] {
  const [[, ...columns], , ...rows] = table.split('\n').map(cellsOf);
  return rows.flatMap(([row, ...cells]) =>
    cells.flatMap((cell, index) => (cell ? [`${row} | ${columns[index]}: ${cell}`] : [])),
  );
}

/** Sentences, but those that are a link and no more. */
const sentencesOf = (text: string): string[] =>
  text
    .split(/(?<=\.\)?(?:\*\*)?)\s+/)
    .filter((sentence) => !/^\[[^\]]*\]\([^)]*\)\.$/.test(sentence))
    .map(plain);

/** A text's statements, from its first heading on: sentences, items of lists that end in none, and cells of tables. */
export function statementsOf(text: string): string[] {
  const [, ...sections] = text.split(/^## .*\n/m);
  const blocks = sections.flatMap((section) => section.split(/\n{2,}|\n(?=- |\d\. )/));
  return blocks
    .map((block) => block.trim().replace(/^(- |\d\. )/, ''))
    .filter((block) => block && !block.startsWith('#'))
    .flatMap((block) => (block.startsWith('|') ? saidIn(block) : sentencesOf(block)));
}

/** A comment that names a statement, by words of it, and the line of code below it. */
export interface Named {
  readonly place: string;
  readonly words: string;
  readonly below: string;
}

const namedIn = (file: string): Named[] => {
  const lines = readFileSync(join(ROOT, 'test', file), 'utf8').split('\n');
  return lines.flatMap((line, index) => {
    if (!/^\s*\/\/.*SECURITY\.md/.test(line)) return [];
    // In another form, a comment has no words.
    const [, words = ''] = /^\s*\/\/ SECURITY\.md: "(.+)"$/.exec(line) ?? [];
    const below = lines.slice(index).find((other) => !/^\s*\/\//.test(other)) ?? '';
    return [{ place: `${file}:${index + 1}`, words: plain(words), below: below.trim() }];
  });
};

/** Every comment of a test that names a statement of docs/SECURITY.md. */
export const namedInTests = (): Named[] =>
  readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .sort()
    .flatMap(namedIn);
