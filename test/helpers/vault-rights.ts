/** What a policy lets do at paths that fit a pattern. */
export interface Rule {
  readonly pattern: string;
  readonly verbs: readonly string[];
}

const RULE = /path "([^"]+)" \{\s*capabilities = \[([^\]]*)\]/g;

/** A policy as Vault has it, for one whose login gave this name; without what it makes of a token's own entity. */
export const rulesIn = (text: string, name = ''): Rule[] =>
  [...text.matchAll(RULE)]
    .map(([, pattern, verbs]) => ({
      pattern: pattern.replace(/\{\{identity\.entity\.aliases\.[^}]+\}\}/, name),
      verbs: [...verbs.matchAll(/"(\w+)"/g)].map(([, verb]) => verb),
    }))
    .filter(({ pattern }) => !pattern.includes('{{'));

/** A path that a pattern stands for. */
export const example = (pattern: string): string => pattern.replaceAll('+', 'x').replace(/\*$/, 'x');

const fits = (pattern: string, path: string): boolean => {
  const source = pattern
    .replace(/[.^$()|[\]{}\\?]/g, '\\$&')
    .replaceAll('+', '[^/]+')
    .replace(/\*$/, '.*');
  return new RegExp(`^${source}$`).test(path);
};

/** Of two patterns that fit, the one that Vault goes by comes first: that which is named further, without an end left open. */
const closer = ({ pattern: a }: Rule, { pattern: b }: Rule): number => {
  const named = (pattern: string) => `${pattern}+`.search(/[+*]/) + (/[+*]/.test(pattern) ? 0 : 1);
  const isOpen = (pattern: string) => Number(pattern.endsWith('*'));
  const gaps = (pattern: string) => pattern.split('+').length;
  return named(b) - named(a) || isOpen(a) - isOpen(b) || gaps(a) - gaps(b) || b.length - a.length;
};

/** What a login with these rules may do at a path, as Vault's documentation has it: the closest pattern decides alone. */
export function verbsAt(rules: readonly Rule[], path: string): string[] {
  const [first] = rules.filter(({ pattern }) => fits(pattern, path)).sort(closer);
  const same = rules.filter(({ pattern }) => pattern === first?.pattern);
  return [...new Set(same.flatMap(({ verbs }) => verbs))].sort();
}
