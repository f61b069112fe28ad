import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { reference } from './reference';
import { platformSchema } from './schema';

type Node = z.core.JSONSchema.BaseSchema;

/** A schema that accepts nothing, too. */
function orNothing({ const: value, ...rest }: Node): Node {
  const { type, enum: values, anyOf, oneOf } = rest;
  return {
    ...rest,
    ...(type && { type: [type, 'null'].flat() as unknown as typeof type }),
    ...(value !== undefined && { enum: [value, null] }),
    ...(values && { enum: [...values, null] }),
    ...(anyOf && { anyOf: [...anyOf, { type: 'null' }] }),
    ...(oneOf && { oneOf: [...oneOf, { type: 'null' }] }),
  };
}

/** A key without a value goes back to its default: in every map, though not in the maps of a list. */
function withEmptyKeys(node: Node): Node {
  const { properties, additionalProperties: values, required = [], anyOf, oneOf } = node;
  const inner = (below: z.core.JSONSchema._JSONSchema) =>
    typeof below === 'boolean' ? below : orNothing(withEmptyKeys(below));
  const alternatives = (nodes: Node['anyOf']) =>
    nodes?.map((below) => (typeof below === 'boolean' ? below : withEmptyKeys(below)));
  return {
    ...node,
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([key, below]) => [
          key,
          required.includes(key) && typeof below === 'object' ? withEmptyKeys(below) : inner(below),
        ]),
      ),
    }),
    ...(typeof values === 'object' && { additionalProperties: inner(values) }),
    ...(anyOf && { anyOf: alternatives(anyOf) }),
    ...(oneOf && { oneOf: alternatives(oneOf) }),
  };
}

/** The JSON Schema that editors complete platform.yaml by. */
const jsonSchema = () => ({
  title: 'Agent Sandbox Platform',
  ...withEmptyKeys(z.toJSONSchema(platformSchema, { io: 'input', unrepresentable: 'any' })),
});

/** The generated files by their path in the repository. */
export const generated = (): Record<string, string> => ({
  'platform.schema.json': `${JSON.stringify(jsonSchema(), null, 2)}\n`,
  'docs/REFERENCE.md': reference(),
});

if (require.main === module) {
  const root = join(__dirname, '..', '..');
  for (const [path, text] of Object.entries(generated())) writeFileSync(join(root, path), text);
}
