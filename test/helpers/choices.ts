import type { z } from 'zod';
import { platformSchema } from '../../lib/config/schema';
import { defOf, kindsAt, unwrap } from '../../lib/config/schema/walk';

/** A setting that has a few values, such as access.mode. */
export interface Choice {
  readonly path: readonly string[];
  /** Each as it is written; kinds of a map with examples of what they need. */
  readonly values: readonly unknown[];
}

/** What kinds of maps need besides their type. */
const EXAMPLES: Readonly<Record<string, string>> = {
  address: 'https://vault.example.com',
  bucket: 'backups',
  cryptoKey: 'vault',
  endpoint: 'https://s3.example.com',
  keyId: 'alias/vault',
  keyName: 'unseal',
  keyRing: 'ring',
  project: 'sandbox',
  region: 'eu-west-1',
  tenantId: '11111111-2222-3333-4444-555555555555',
  tokenSecret: 'unseal-token',
  vaultName: 'sandbox-vault',
};

/** Where another kind takes another form of it. */
const OF_KIND: Readonly<Record<string, Readonly<Record<string, string>>>> = { gcpckms: { region: 'europe-west1' } };

function example(path: readonly string[], kind: string, name: string): string {
  const found = OF_KIND[kind]?.[name] ?? EXAMPLES[name];
  if (found) return found;
  throw new Error(`no example of ${path.join('.')}.${name}: add one to ${__filename}`);
}

function kindsOf(path: readonly string[]): unknown[] {
  const { key, kinds } = kindsAt(platformSchema, path, {});
  return [...kinds].map(([kind, needed]) => ({
    [key]: kind,
    ...Object.fromEntries(needed.map((name) => [name, example(path, kind, name)])),
  }));
}

/** Every choice of the schema, but for those inside of lists and of maps by name. */
export function choices(schema: z.core.$ZodType = platformSchema, path: readonly string[] = []): Choice[] {
  const inner = unwrap(schema);
  const { type, shape, discriminator } = defOf(inner);
  if (shape) return Object.entries(shape).flatMap(([key, below]) => choices(below, [...path, key]));
  if (discriminator) return [{ path, values: kindsOf(path) }];
  if (type === 'enum') return [{ path, values: (inner as z.ZodEnum).options }];
  return type === 'boolean' ? [{ path, values: [false, true] }] : [];
}

/** A configuration that says just this. */
export const saying = (path: readonly string[], value: unknown): object =>
  path.reduceRight<unknown>((below, key) => ({ [key]: below }), value) as object;
