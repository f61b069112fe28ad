import * as z from 'zod';

interface Def {
  type: string;
  innerType?: z.core.$ZodType;
  in?: z.core.$ZodType;
  shape?: Record<string, z.core.$ZodType>;
  valueType?: z.core.$ZodType;
  element?: z.core.$ZodType;
  options?: readonly z.core.$ZodType[];
  discriminator?: string;
  values?: readonly unknown[];
}

export const defOf = (schema: z.core.$ZodType) => schema._zod.def as unknown as Def;

/** The schema behind defaults, optionals and transforms. */
export function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  const inner = defOf(schema).innerType ?? defOf(schema).in;
  return inner ? unwrap(inner) : schema;
}

/** A union's alternative that the value asks for by its discriminator, or by being a map. */
function chosen(schema: z.core.$ZodType, value: unknown): z.core.$ZodType {
  const { options, discriminator } = defOf(schema);
  if (!discriminator) return options?.find((option) => defOf(unwrap(option)).shape) ?? schema;
  const kind = (value as Record<string, unknown> | undefined)?.[discriminator];
  const matches = (option: z.core.$ZodType) => {
    const literal = defOf(unwrap(option)).shape?.[discriminator];
    return literal !== undefined && defOf(literal).values?.includes(kind);
  };
  return options?.find(matches) ?? schema;
}

/** The schema of a path, where the value chooses between alternatives; undefined for a path that there is not. */
function schemaAt(root: z.core.$ZodType, path: readonly PropertyKey[], tree: unknown): z.core.$ZodType | undefined {
  let schema = unwrap(root);
  let value = tree;
  for (const part of path) {
    const { shape, valueType, element } = defOf(chosen(schema, value));
    const next = shape?.[part as string] ?? valueType ?? element;
    if (!next) return undefined;
    schema = unwrap(next);
    value = (value as Record<PropertyKey, unknown> | undefined)?.[part];
  }
  return chosen(schema, value);
}

/** The keys that a map may have at a path, as far as the schema names them. */
export function keysAt(root: z.core.$ZodType, path: readonly PropertyKey[], tree: unknown): string[] {
  const schema = schemaAt(root, path, tree);
  return Object.keys((schema && defOf(schema).shape) ?? {});
}

/** What a map at a path may be: what tells its kinds apart, and for each kind the keys that it needs. */
export function kindsAt(
  root: z.core.$ZodType,
  path: readonly PropertyKey[],
  tree: unknown,
): { key: string; kinds: ReadonlyMap<string, readonly string[]> } {
  const schema = schemaAt(root, path, tree);
  const { options = [], discriminator: key = '' } = (schema && defOf(schema)) ?? ({} as Def);
  const kinds = options.flatMap((option): [string, string[]][] => {
    const { [key]: kind, ...others } = defOf(unwrap(option)).shape ?? {};
    const needed = Object.keys(others).filter((name) => !z.safeParse(others[name], undefined).success);
    return kind ? (defOf(kind).values ?? []).map((value) => [String(value), needed]) : [];
  });
  return { key, kinds: new Map(kinds) };
}
