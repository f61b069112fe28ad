import {
  Composer,
  type CST,
  type Document,
  isPair,
  isScalar,
  isSeq,
  isMap as isYamlMap,
  LineCounter,
  type Node,
  Parser,
  visit,
  type YAMLMap,
  YAMLParseError,
} from 'yaml';
import { insteadOf, looksSecret } from './formats/secrets';
import { isMap, type Layer, type Tree } from './layers';
import type { Problem } from './problems';
import { formatPath, type Path } from './words';

/** A text to read, and the name that problems call it by. */
export interface TextSource {
  readonly name: string;
  readonly text: string;
}

type Report = (problem: Problem) => void;
type Position = (offset: number) => string;

/** Expansions that 10,000 users with a few aliases each need; a bomb has billions. */
const MOST_ALIASES = 50_000;
const MOST_VALUES = 2_000_000;
const DEEPEST = 64;

const SYNTAX: Record<string, string> = {
  BAD_INDENT: 'is indented wrongly here (keys of one map start in one column), or a bracket before is not closed',
  BLOCK_AS_IMPLICIT_KEY: 'has a map on one line with its key here: put it on the next line, indented',
  BAD_SCALAR_START: 'has a text here that starts with a reserved character: put it in quotes',
  MISSING_CHAR: 'lacks a character here: a quote, a bracket, a comma or a colon',
  MULTIPLE_DOCS: 'holds several documents: keep one (no line ---), or name several files in PLATFORM_FILE',
  NON_STRING_KEY: 'has a key here that is no text',
  TAB_AS_INDENT: 'is indented with a tab here: use spaces',
  TAG_RESOLVE_FAILED: 'has a tag here (!…), which is not supported',
  MULTILINE_IMPLICIT_KEY: 'has a key over several lines here: is there a colon missing, or a quote?',
  UNEXPECTED_TOKEN: 'cannot be read from here on: is something before it not closed or not quoted?',
};

/** A key below one that has a value of its own already, which YAML takes for more of that value. */
function overIndented(text: string, offset: number, position: Position): Problem | undefined {
  const lines = text.slice(0, offset).split('\n');
  // A parser complains at the value, or at the line after it.
  while (lines.length > 1 && lines.at(-1)?.trim() === '') lines.pop();
  const start = lines.slice(0, -1).join('\n').length + (lines.length > 1 ? 1 : 0);
  const [whole, first, blank, indent, key] =
    /^([^\n]*)\n((?:[^\S\n]*\n)*)([ ]*)([^\s:]+):(?:\s|$)/.exec(text.slice(start)) ?? [];
  const [, before, above, value] = /^([ ]*(?:- +)*)([^\s:]+): +([^\s|>[{&*#].*)$/.exec(first ?? '') ?? [];
  if (whole === undefined || above === undefined || indent.length <= before.length) return undefined;
  // A map that stands on one line is another fault.
  if (/^[^"'].*:(\s|$)/.test(value.replace(/ #.*/, ''))) return undefined;
  const [name, column] = [formatPath([above]), before.length + 1];
  return {
    where: position(start + first.length + 1 + blank.length + indent.length),
    key: formatPath([key]),
    message: `is indented too deep: ${name} above it has a value already, so begin it in column ${column}, below ${name}`,
  };
}

function syntaxProblem(document: Document.Parsed, text: string, position: Position): Problem | undefined {
  const error = document.errors[0] ?? document.warnings[0];
  if (!error) return undefined;
  const deep =
    ['BLOCK_AS_IMPLICIT_KEY', 'BAD_INDENT'].includes(error.code) && overIndented(text, error.pos[0], position);
  if (deep) return deep;
  const message = SYNTAX[error.code] ?? `is not valid YAML here (${error.code.toLowerCase().replaceAll('_', ' ')})`;
  return { where: position(error.pos[0]), key: '', message };
}

/** yaml's own check compares every key with every other. */
function reportDuplicates(document: Document.Parsed, position: Position, report: Report): void {
  visit(document, {
    Map: (_, map, ancestors) => {
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value) && key.value !== '<<') {
          const names = [...ancestors.flatMap((node) => (isPair(node) && isScalar(node.key) ? [node.key] : [])), key];
          const path = formatPath(names.map(({ value }) => String(value)));
          report({ where: position(key.range?.[0] ?? 0), key: path, message: 'is given twice: keep one of them' });
        }
        seen.add(key.value);
      }
    },
  });
}

function aliasProblem(error: unknown, where: string): Problem {
  const text = String(error);
  const message = /Excessive alias/.test(text)
    ? `expands to far too much: its aliases stand for more than ${MOST_ALIASES} others`
    : /Unresolved alias/.test(text)
      ? 'has an alias (*…) whose anchor (&…) is not set before it'
      : /RangeError/.test(text)
        ? 'is nested far too deeply'
        : 'is not valid YAML';
  return { where, key: '', message };
}

/** Refuses what no schema sees: keys of the language itself, endless trees, secrets. */
function reportUnsound(tree: unknown, report: (path: Path, message: string) => void): boolean {
  let left = MOST_VALUES;
  const path: PropertyKey[] = [];
  const walk = (node: unknown): boolean => {
    if (typeof node === 'string' && looksSecret(node)) {
      report(path, `is a secret by its looks and has no place here: ${insteadOf(path)}`);
    }
    if (typeof node !== 'object' || node === null) return true;
    for (const key of Array.isArray(node) ? node.keys() : Object.keys(node)) {
      path.push(key);
      if (key === '__proto__') report(path, 'is no name that can be used');
      const sound = --left > 0 && path.length < DEEPEST && walk((node as Tree)[key]);
      path.pop();
      if (!sound) return false;
    }
    return true;
  };
  return walk(tree);
}

/** Finds the key (or item) of a path; big maps are indexed once. */
function locator(document: Document.Parsed, position: Position): Layer['locate'] {
  const indices = new WeakMap<YAMLMap, Map<string, { at: Node; value: unknown }>>();
  const indexOf = (map: YAMLMap) => {
    const known = indices.get(map);
    if (known) return known;
    const index = new Map(
      map.items.map(({ key, value }) => [String(isScalar(key) ? key.value : key), { at: key as Node, value }]),
    );
    indices.set(map, index);
    return index;
  };
  return (path) => {
    let node: unknown = document.contents;
    let at = document.contents as Node;
    for (const part of path) {
      if (isYamlMap(node)) {
        const entry = indexOf(node).get(String(part));
        if (!entry) return undefined;
        ({ at, value: node } = entry);
      } else if (isSeq(node) && node.items[Number(part)]) at = node = node.items[Number(part)] as Node;
      else return undefined;
    }
    return position(at.range?.[0] ?? 0);
  };
}

function rootProblem(tree: unknown, name: string): Problem | undefined {
  if (tree === null || tree === undefined) {
    return { where: name, key: '', message: 'is empty: write at least "profile: kind"' };
  }
  if (isMap(tree)) return undefined;
  const kind = Array.isArray(tree) ? 'a list' : 'a single value';
  return { where: name, key: '', message: `must be a map of keys such as "profile: kind", not ${kind}` };
}

/** Composing recurses; a stack that runs out inside of it can end the process, so depth is measured first. */
function isTooDeep(tokens: readonly CST.Token[]): boolean {
  const left = tokens.map((token) => ({ token, depth: 0 }));
  for (let next = left.pop(); next; next = left.pop()) {
    const depth = next.depth + 1;
    if (depth > DEEPEST) return true;
    const { value, items } = next.token as { value?: unknown; items?: CST.CollectionItem[] };
    const children = [value, ...(items ?? []).flatMap((item) => [item.key, item.value])];
    for (const token of children)
      if (token && typeof token === 'object') left.push({ token: token as CST.Token, depth });
  }
  return false;
}

function compose(text: string, lineCounter: LineCounter): Document.Parsed {
  const tokens = [...new Parser(lineCounter.addNewLine).parse(text)];
  if (isTooDeep(tokens)) throw new RangeError('depth');
  const composer = new Composer({ prettyErrors: false, uniqueKeys: false, stringKeys: true, merge: true });
  const [first, second] = composer.compose(tokens, true, text.length);
  if (second) first.errors.push(new YAMLParseError([second.range[0], second.range[1]], 'MULTIPLE_DOCS', ''));
  return first as Document.Parsed;
}

function readDocument({ name, text }: TextSource, report: Report): Layer | undefined {
  const lineCounter = new LineCounter();
  const plain = text.replace(/^\uFEFF/, '');
  const document = compose(plain, lineCounter);
  const position: Position = (offset) => {
    const { line, col } = lineCounter.linePos(offset);
    return `${name}:${Math.max(line, 1)}:${Math.max(col, 1)}`;
  };
  const broken = syntaxProblem(document, plain, position);
  if (broken) return void report(broken);
  reportDuplicates(document, position, report);
  const tree: unknown = document.toJS({ maxAliasCount: MOST_ALIASES });
  const problem = rootProblem(tree, name);
  if (problem) return void report(problem);
  const locate = locator(document, position);
  const sound = reportUnsound(tree, (path, message) => {
    report({ where: locate(path) ?? name, key: formatPath(path), message });
  });
  if (!sound) return void report({ where: name, key: '', message: 'is nested too deeply, or expands to far too much' });
  return { tree: tree as Tree, locate };
}

/** Reads one file's text; what is wrong with it is reported, and then there is no layer. */
export function readYaml(source: TextSource, report: Report): Layer | undefined {
  try {
    return readDocument(source, report);
  } catch (error) {
    return void report(aliasProblem(error, source.name));
  }
}
