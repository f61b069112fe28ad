import type { z } from 'zod';
import { isSecret } from './formats/secrets';
import { type Layer, type Tree, valueAt, whereIs, without } from './layers';
import type { Problem } from './problems';
import { type PlatformConfig, platformSchema } from './schema';
import { keysAt, kindsAt } from './schema/walk';
import { didYouMean, formatPath, neighbour, oneOf, type Path, show } from './words';

type RawIssue = z.core.$ZodRawIssue;
type Issue = z.core.$ZodIssue;

const KINDS: Record<string, string> = {
  string: 'text',
  number: 'a number',
  null: 'nothing',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
};

const BARE: Readonly<Record<string, RegExp>> = { boolean: /^(true|false)$/, number: /^-?\d+$/, int: /^-?\d+$/ };

/** A scalar in quotes that would do without them, or the other way round. */
function unquoted(expected: string, input: unknown): string {
  if (expected === 'string' && ['number', 'boolean'].includes(typeof input)) return ': put it in quotes';
  return typeof input === 'string' && BARE[expected]?.test(input) ? ': leave out the quotes' : '';
}

const limit = (issue: { origin?: string }, bound: unknown, side: 'least' | 'most') =>
  issue.origin === 'number' || issue.origin === 'int'
    ? `must be at ${side} ${bound}`
    : `must have at ${side} ${bound} item${bound === 1 ? '' : 's'}`;

/** The fields that zod's issues have, each by its code. */
interface Fields {
  expected: string;
  input: unknown;
  values: readonly unknown[];
  options?: readonly unknown[];
  discriminator: string;
  origin?: string;
  minimum: unknown;
  maximum: unknown;
}

const choose = (given: unknown, choices: readonly unknown[]) =>
  `${given === undefined ? 'is missing: ' : ''}must be ${oneOf(choices)}${didYouMean(given, choices.map(String))}`;

/** What a schema without words of its own says. */
const WORDS: Readonly<Record<string, (issue: Fields) => string>> = {
  invalid_type: ({ expected, input }) => {
    const kind = KINDS[expected] ?? expected;
    return input === undefined ? `is missing: must be ${kind}` : `must be ${kind}${unquoted(expected, input)}`;
  },
  invalid_value: ({ values, input }) => choose(input, values),
  invalid_union: ({ options, discriminator, input }) =>
    options ? choose((input as Tree)?.[discriminator], options) : 'must be of another form',
  too_small: (issue) => limit(issue, issue.minimum, 'least'),
  too_big: (issue) => limit(issue, issue.maximum, 'most'),
};

const words = (issue: RawIssue) => WORDS[issue.code]?.(issue as unknown as Fields) ?? 'is not valid';

interface Finding {
  path: Path;
  message: string;
  /** Whether the message speaks of the key, and not of its value. */
  ofKey?: boolean;
}

/** What is wrong in the one alternative of a union that has the value's shape. */
function inAlternative(issue: Issue): Issue[] {
  if (issue.code !== 'invalid_union') return [];
  const deeper = ({ code, path }: Issue) => path.length > 0 || code === 'unrecognized_keys';
  const close = issue.errors.filter((errors) => errors.length > 0 && errors.every(deeper));
  return close.length === 1 ? close[0].map((one) => ({ ...one, path: [...issue.path, ...one.path] })) : [];
}

/** How a map is written where somebody gave its kind alone, or anything else that is none. */
function asMap({ expected, path }: z.core.$ZodIssueInvalidType, tree: Tree): string {
  const given = valueAt(tree, path);
  if (!['object', 'record'].includes(expected) || given === undefined) return '';
  const { key, kinds } = kindsAt(platformSchema, path, tree);
  const kind = neighbour(String(given), [...kinds.keys()]);
  if (kind)
    return `: write {${[`${key}: ${kind}`, ...(kinds.get(kind) ?? []).map((name) => `${name}: …`)].join(', ')}}`;
  const allowed = keysAt(platformSchema, path, tree);
  return allowed.length > 0 ? ` (its keys: ${allowed.join(', ')})` : '';
}

function findingsOf(issue: Issue, tree: Tree): Finding[] {
  const { path, message } = issue;
  const inner = inAlternative(issue);
  if (inner.length > 0) return inner.flatMap((one) => findingsOf(one, tree));
  if (issue.code === 'invalid_key') return [{ path, message: issue.issues[0].message, ofKey: true }];
  if (issue.code === 'invalid_type') return [{ path, message: message + asMap(issue, tree) }];
  if (issue.code !== 'unrecognized_keys') return [{ path, message }];
  const allowed = keysAt(platformSchema, path, tree);
  const ofUsers = formatPath(path) === 'environments' ? keysAt(platformSchema, [...path, 'users', 'NAME'], tree) : [];
  return issue.keys.map((key) => ({
    path: [...path, key],
    message: ofUsers.includes(key)
      ? `is a single user's: give it as environments.users.NAME.${key}`
      : `unknown key${didYouMean(key, allowed)}${allowed.length ? ` (allowed: ${allowed.join(', ')})` : ''}`,
    ofKey: true,
  }));
}

function problemOf({ path, message, ofKey }: Finding, tree: Tree, layers: readonly Layer[]): Problem {
  const value = valueAt(tree, path);
  const said = value !== undefined && !ofKey && message.startsWith('must') ? `given ${show(path, value)}, ` : '';
  const kept = !ofKey && isSecret(path, value) ? message.replace(/: did you mean .*/s, '') : message;
  return { where: whereIs(layers, path), key: formatPath(path), message: said + kept };
}

/** What has to go for the rest to be judged: a value that is wrong, or the map that lacks one. */
const culprit = (tree: Tree, path: Path) => (valueAt(tree, path) === undefined ? path.slice(0, -1) : path);

export interface Validated {
  /** The platform without what is wrong; absent when nothing can be made of the rest. */
  config?: PlatformConfig;
  problems: Problem[];
  /** Paths left out for that. */
  pruned: Path[];
}

const MOST_ROUNDS = 8;

/** Validates a tree; prunes what is wrong and tries again, so that one mistake hides no other. */
export function validate(tree: Tree, layers: readonly Layer[]): Validated {
  const problems: Problem[] = [];
  const pruned: Path[] = [];
  let rest = tree;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const result = platformSchema.safeParse(rest, { error: words });
    if (result.success) return { config: result.data, problems, pruned };
    const findings = result.error.issues.flatMap((issue) => findingsOf(issue, rest));
    // What lacks something only since it was pruned has been reported.
    const own = findings.filter(({ path }) => valueAt(rest, path) !== undefined || valueAt(tree, path) === undefined);
    problems.push(...own.map((finding) => problemOf(finding, tree, layers)));
    const culprits = findings.map(({ path }) => culprit(rest, path));
    if (culprits.some((path) => path.length === 0)) break;
    pruned.push(...culprits);
    rest = without(rest, culprits);
  }
  return { problems, pruned };
}
