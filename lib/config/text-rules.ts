import { clash, type Rule } from './contradiction';
import type { Path } from './words';

/** What no text may hold, as a value or as a key, since it would arrive as something else or not at all. */
const REFUSED: readonly (readonly [pattern: RegExp, message: string])[] = [
  [/[$#&]\{TfToken\[/, 'must not hold "{TfToken[" after $, # or &: CDKTF would put something else in its place'],
  [
    // Kubernetes reads what is applied on its side as YAML, where these are refused, and U+0085 is a space.
    /[^\t\n\r\P{Cc}]|[\ufffe\uffff]/u,
    'must not hold control characters but tabs and line ends: they do not get through a server-side apply',
  ],
  [/\p{Surrogate}/u, 'must not hold half a character: no reader of YAML takes it'],
];

/** Where a tree holds texts of a pattern. */
function textsLike(pattern: RegExp, value: unknown, at: Path = []): Path[] {
  if (typeof value === 'string') return pattern.test(value) ? [at] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    const path = [...at, Array.isArray(value) ? Number(key) : key];
    return pattern.test(key) ? [path] : textsLike(pattern, item, path);
  });
}

export const textRules: Rule[] = [
  (_, { all }) => REFUSED.flatMap(([pattern, message]) => textsLike(pattern, all).map((at) => clash(message, at))),
];
