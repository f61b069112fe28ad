import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError, parsePlatform } from '../../lib/config';

interface Node {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Node[];
  readonly oneOf?: readonly Node[];
  readonly properties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
}

const schema: Node = JSON.parse(readFileSync(join(__dirname, '../../platform.schema.json'), 'utf8'));

/** Whether editors leave a key without a value alone. */
const acceptsNothing = ({ type, enum: values, anyOf, oneOf }: Node): boolean =>
  (values?.includes(null) ?? true) &&
  ([type].flat().includes('null') || [...(anyOf ?? []), ...(oneOf ?? [])].some((one) => acceptsNothing(one)));

/** Every key of maps that need no other key, but for those inside of lists and of alternatives. */
const keysOf = (node: Node, path: readonly string[] = []): { path: readonly string[]; node: Node }[] =>
  node.required
    ? []
    : Object.entries(node.properties ?? {}).flatMap(([key, below]) => [
        { path: [...path, key], node: below },
        ...keysOf(below, [...path, key]),
      ]);

const KEYS = keysOf(schema);

function isAccepted(path: readonly string[]): boolean {
  const tree = path.reduceRight<unknown>((below, key) => ({ [key]: below }), null);
  try {
    parsePlatform([{ name: 'platform.yaml', text: JSON.stringify(tree) }], {});
    return true;
  } catch (error) {
    if (error instanceof ConfigError) return false;
    throw error;
  }
}

test('editors accept a key without a value wherever the program takes it for the default', () => {
  expect(KEYS.length).toBeGreaterThan(100);
  const said = (test: (key: (typeof KEYS)[number]) => boolean) => KEYS.filter(test).map(({ path }) => path.join('.'));
  expect(said(({ node }) => acceptsNothing(node))).toEqual(said(({ path }) => isAccepted(path)));
});

test('editors accept empty replicas and a user without settings, as the documents have them', () => {
  const { environments } = schema.properties ?? {};
  const { replicas, users } = environments.properties as Record<string, Node & { additionalProperties?: Node }>;
  expect(acceptsNothing(replicas)).toBe(true);
  expect(acceptsNothing(users.additionalProperties as Node)).toBe(true);
});

test('a choice that has to be made is not left empty, nor a key that a map needs', () => {
  const { from, timeZone } = schema.properties?.environments.properties?.schedule.properties ?? {};
  expect([from, timeZone].map(acceptsNothing)).toEqual([false, true]);
  const seals = schema.properties?.vault.properties?.seal;
  const kinds = (seals?.oneOf ?? seals?.anyOf ?? []).flatMap(({ properties }) => (properties ? [properties.type] : []));
  expect(kinds.length).toBeGreaterThan(3);
  expect(kinds.filter(acceptsNothing)).toEqual([]);
});
