import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const ROOT = resolve(__dirname, '../..');

/** Documents whose commands people copy; those that are generated show help, and no commands. */
const GENERATED = ['API.md', 'COMMANDS.md', 'REACH.md', 'REFERENCE.md'];
const DOCUMENTS = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((file) => file.endsWith('.md') && !GENERATED.includes(file))
    .map((file) => `docs/${file}`),
];

/** A text of a document, and the line that it begins in. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

const lineOf = (text: string, offset: number) => text.slice(0, offset).split('\n').length;

/** A fenced block, and the language that it says it is in. */
export interface Block extends Place {
  readonly language: string;
}

const blocksIn = (file: string): Block[] => {
  const text = readFileSync(join(ROOT, file), 'utf8');
  // One in a list is indented as its item is.
  return [...text.matchAll(/^( *)```(\w*)\n([\s\S]*?)^\1```$/gm)].map(
    ({ 1: indent, 2: language, 3: block, index }) => ({
      file,
      line: lineOf(text, index) + 1,
      text: block.replace(new RegExp(`^${indent}`, 'gm'), ''),
      language,
    }),
  );
};

/** Every fenced block of a language. */
export const blocksOf = (language: string): Place[] =>
  DOCUMENTS.flatMap(blocksIn).filter((block) => block.language === language);

/** A part of a document below a heading of the second level; what comes before the first has no title. */
export interface Section {
  readonly title: string;
  readonly text: string;
  readonly blocks: readonly Block[];
}

/** The sections of a document, in their order. */
export function sectionsOf(file: string): Section[] {
  const blocks = blocksIn(file);
  let first = 1;
  return readFileSync(join(ROOT, file), 'utf8')
    .split(/^(?=## )/m)
    .map((text) => {
      const [from, to] = [first, first + text.split('\n').length - 1];
      first = to;
      const [, title = ''] = /^## (.*)/.exec(text) ?? [];
      return { title, text, blocks: blocks.filter(({ line }) => line >= from && line < to) };
    });
}

/** The lines of a block of commands, those that go on in the next one together. */
export const linesOf = ({ text }: Place): string[] => text.split(/(?<![\\|]\s*)\n/).filter(Boolean);

/** Every command of those programs that stands in a sentence, between backticks. */
const inSentences = (programs: readonly string[]): Place[] =>
  DOCUMENTS.flatMap((file) => {
    const text = readFileSync(join(ROOT, file), 'utf8').replace(/^( *)```[\s\S]*?^\1```$/gm, (block) =>
      block.replace(/[^\n]/g, ''),
    );
    return [...text.matchAll(/`([^`]+)`/g)]
      .map(({ 1: code, index }) => ({ file, line: lineOf(text, index), text: code.replace(/\s+/g, ' ') }))
      .filter(({ text: code }) => programs.includes(code.split(' ')[0]));
  });

/** The words of a line of shell, command by command: quotes are taken off, comments left out. */
export function commandsIn(text: string): string[][] {
  const commands: string[][] = [[]];
  const token = /\\\n|#[^\n]*|\n|&&|\|\||[|;&()]|(?:"(?:\\.|[^"])*"|'[^']*'|\\[^\n]|[^\s"'|;&()])+|\s/g;
  for (const [word] of text.matchAll(token)) {
    if (/^[\n|;&()]|^&&$|^\|\|$/.test(word)) commands.push([]);
    else if (!/^\s$|^\\\n$|^#/.test(word)) commands.at(-1)?.push(word.replace(/^(["'])([\s\S]*)\1$/, '$2'));
  }
  return commands.map((words) => words.slice(words.findIndex((word) => !/^\w+=/.test(word)))).filter((w) => w.length);
}

/** Every use of a program in the documents, as its arguments. */
export function usesOf(program: string): (Place & { readonly words: string[] })[] {
  return [...blocksOf('sh'), ...inSentences([program])].flatMap((place) =>
    commandsIn(place.text)
      .filter(([first]) => first === program)
      .map(([, ...words]) => ({ ...place, words })),
  );
}
