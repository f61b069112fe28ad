import { parse } from 'dotenv';

export type Env = Readonly<Record<string, string | undefined>>;

/** One assignment of a .env file, as the shell would see it. */
export interface Assignment {
  readonly value: string;
  readonly line: number;
}

const INNERMOST = /\$\{(\w+)(?::?-([^${}]*(?:\$(?!\{)[^${}]*)*))?\}/g;
const LONGEST = 65_536;
/** Stands for "${" in a value that has been put in, which is not expanded again. */
const LITERAL = '\u0000{';

/** Expands ${KEY} and ${KEY:-text}, from the innermost outwards. */
function expand(value: string, lookup: (key: string) => string | undefined): string {
  let text = value;
  for (let previous = ''; previous !== text && text.length <= LONGEST; ) {
    previous = text;
    text = text.replace(INNERMOST, (_, key: string, fallback = '') =>
      (lookup(key) || fallback).replaceAll('${', LITERAL),
    );
  }
  return text.slice(0, LONGEST).replaceAll(LITERAL, '${');
}

function linesOf(text: string): Map<string, number> {
  const keys = text.split(/\r?\n/).map((line) => /^\s*(?:export\s+)?([\w.-]+)\s*=/.exec(line)?.[1]);
  return new Map(keys.flatMap((key, index) => (key ? [[key, index + 1] as const] : [])));
}

/**
 * The assignments of a .env file, expanded against the environment and earlier lines.
 * Keys in `unread` appear with an empty value: nothing keeps what they hold.
 */
export function readDotenv(text: string, env: Env, unread: ReadonlySet<string>): Map<string, Assignment> {
  const lines = linesOf(text);
  const result = new Map<string, Assignment>();
  const lookup = (key: string) => (unread.has(key) ? undefined : env[key] || result.get(key)?.value);
  for (const [key, raw] of Object.entries(parse(text.replace(/^\uFEFF/, '')))) {
    result.set(key, { value: unread.has(key) ? '' : expand(raw, lookup), line: lines.get(key) ?? 1 });
  }
  return result;
}
