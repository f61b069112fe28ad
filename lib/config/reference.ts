import type { z } from 'zod';
import { ENVIRONMENT_KEYS, OTHER_KEYS, SECRET_KEYS } from './environment';
import { merge, type Tree, valueAt } from './layers';
import { PROFILE_DEFAULTS, type Profile } from './profiles';
import { PROFILES, platformSchema } from './schema';
import { defOf, unwrap } from './schema/walk';

type Schema = z.core.$ZodType;

interface Row {
  readonly key: string;
  readonly schema: Schema;
}

const cell = (text: string) => text.replaceAll('|', '\\|');
const code = (text: string) => `\`${cell(text)}\``;

/** A wrapper without a description has the one of what it wraps. */
function describe(schema: Schema): string {
  const inner = defOf(schema).innerType ?? defOf(schema).in;
  return (schema as z.ZodType).description ?? (inner ? describe(inner) : '');
}

/** What a person writes, in a word or in its choices. */
function typeOf(schema: Schema): string {
  const { type, values, options, element } = defOf(unwrap(schema));
  const { entries } = defOf(unwrap(schema)) as { entries?: Record<string, string> };
  if (entries) return Object.keys(entries).map(code).join(', ');
  if (values) return values.map(String).map(code).join(', ');
  if (element) return `list of ${typeOf(element)}`;
  if (options) return [...new Set(options.map(typeOf))].join(' or ');
  const { format } = defOf(unwrap(schema)) as { format?: string };
  if (type === 'number') return format ? 'whole number' : 'number';
  return { string: 'text', boolean: 'true or false', record: 'map', object: 'map' }[type] ?? type;
}

const childrenOf = (key: string, schema: Schema): Row[] => {
  const { shape, valueType, element, options, discriminator } = defOf(unwrap(schema));
  if (shape)
    return Object.entries(shape).map(([name, child]) => ({ key: key ? `${key}.${name}` : name, schema: child }));
  if (valueType && hasKeys(valueType)) return childrenOf(`${key}.NAME`, valueType);
  if (element && hasKeys(element)) return childrenOf(`${key}[]`, element);
  if (discriminator) return variantsOf(key, options ?? [], discriminator);
  return (options ?? []).flatMap((option) => childrenOf(key, option));
};

const hasKeys = (schema: Schema) => defOf(unwrap(schema)).shape !== undefined;

/** The keys of each alternative, marked with what chooses it. */
function variantsOf(key: string, options: readonly Schema[], discriminator: string): Row[] {
  return options.flatMap((option) => {
    const shape = defOf(unwrap(option)).shape ?? {};
    const kind = String(defOf(shape[discriminator]).values?.[0]);
    return Object.entries(shape).map(([name, schema]) => ({ key: `${key}(${kind}).${name}`, schema }));
  });
}

const rowsOf = (key: string, schema: Schema): Row[] =>
  childrenOf(key, schema).flatMap((row) => [row, ...rowsOf(row.key, row.schema)]);

const isRequired = (schema: Schema): boolean => !['default', 'prefault', 'optional'].includes(defOf(schema).type);

/** A default as it would be written in the file; undefined where there is none, or it is only that of its keys. */
function schemaDefault(schema: Schema): unknown {
  const { type } = defOf(schema);
  return type === 'default' ? (defOf(schema) as unknown as { defaultValue: unknown }).defaultValue : undefined;
}

function defaultOf({ key, schema }: Row): string {
  const own = schemaDefault(schema);
  const values = PROFILES.map((profile: Profile) => {
    const given = valueAt(merge({}, PROFILE_DEFAULTS[profile] as Tree), key.split('.'));
    return given === undefined || hasKeys(schema) ? own : given;
  });
  if (values.every((value) => value === undefined)) return isRequired(schema) ? 'required' : '';
  const texts = values.map((value) => code(JSON.stringify(value).replace(/^"(.*)"$/, '$1') || '""'));
  if (new Set(texts).size === 1) return texts[0];
  return texts.map((text, index) => `${PROFILES[index]}: ${text}`).join('<br>');
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

function section(key: string, schema: Schema): string {
  const rows = rowsOf(key, schema).map((row) => [
    code(row.key),
    hasKeys(row.schema) ? 'map' : typeOf(row.schema),
    defaultOf(row),
    cell(describe(row.schema)),
  ]);
  return `## ${key}\n\n${describe(schema)}.\n\n${table(['Key', 'Type', 'Default', 'Meaning'], rows)}\n`;
}

function environmentTable(): string {
  const settings = Object.entries(ENVIRONMENT_KEYS).map(([key, { path }]) => [code(key), code(path)]);
  const others = Object.entries(OTHER_KEYS).map(([key, use]) => [code(key), use]);
  const secrets = [...SECRET_KEYS].map((key) => [code(key), 'a secret, never read: put it into Vault']);
  return table(['Key', 'Sets'], [...settings, ...others, ...secrets]);
}

const INTRODUCTION = `# Reference of platform.yaml

<!-- Generated from lib/config by \`npm run generate\`. -->

A setting is taken from the first of: the environment, \`.env\`, the files that \`PLATFORM_FILE\` names (later over earlier;
\`platform.yaml\` when it names none), the profile's default, the default. Maps of several files are merged, lists are
replaced, and an empty value (\`key:\`) takes a setting back to its default. Where the profile matters, the default is given for each.
`;

const KEYS = `## Environment and .env

\`KEY="\${KEY:-value}"\` in \`.env\` is understood as a shell does. Booleans are true, false, 1, 0, yes or no; an empty value counts
as none. A key of \`.env\` that is nearly one of these is refused, with a value or without; others are other programs'.
\`DEPLOY_X=false\` and \`SKIP_X=true\` leave a part out, with all that only it needs.
`;

/** docs/REFERENCE.md: every key, its type, its default for each profile, and the environment's keys. */
export function reference(): string {
  const top = childrenOf('', platformSchema);
  const plain = top.filter(({ schema }) => rowsOf('', schema).length === 0);
  const rows = plain.map((row) => [code(row.key), typeOf(row.schema), defaultOf(row), cell(describe(row.schema))]);
  const sections = top.filter((row) => !plain.includes(row)).map(({ key, schema }) => section(key, schema));
  return [
    INTRODUCTION,
    `## Top level\n\n${table(['Key', 'Type', 'Default', 'Meaning'], rows)}\n`,
    ...sections,
    `${KEYS}\n${environmentTable()}\n`,
  ].join('\n');
}
