import { randomBytes, randomInt } from 'node:crypto';
import { Conflict, change, create, readVersioned } from './kubernetes';
import { configuration, log, untilDone } from './program';

interface GeneratedSecret {
  readonly secretName: string;
  readonly values: Record<string, string>;
}

interface Config {
  readonly namespace: string;
  readonly secrets: readonly GeneratedSecret[];
  /** Whether secrets that exist get other values. @default false */
  readonly anew?: boolean;
}

/** A Secret that only a person can mend. */
class Unclear extends Error {}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const PLACEHOLDER = /\{\{(random|password) (\S+) (\d+)\}\}/g;
/** Generated texts of each kind. Of what else may stand there nobody knows whether it goes into another key as it is. */
const TEXTS: Record<string, string> = { random: '[A-Za-z0-9+/=]+', password: '[A-Za-z0-9]+' };
const password = (length: number) => Array.from({ length }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');

/** Fills in the placeholders of a Secret's values; the same name gets the same value throughout, one that is known gets that. */
export function generate(
  values: Record<string, string>,
  known: ReadonlyMap<string, string> = new Map(),
): Record<string, string> {
  const made = new Map(known);
  const fill = (_: string, kind: string, name: string, size: string) => {
    const value =
      made.get(name) ?? (kind === 'random' ? randomBytes(Number(size)).toString('base64') : password(Number(size)));
    made.set(name, value);
    return value;
  };
  return Object.fromEntries(Object.entries(values).map(([key, text]) => [key, text.replace(PLACEHOLDER, fill)]));
}

const namesIn = (template: string): string[] => [...template.matchAll(PLACEHOLDER)].map(([, , name]) => name);

const literally = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** The value of a name in a text, if that was made of this template. */
function valueIn(text: string, template: string, name: string): string | undefined {
  const [first, ...parts] = template.split(PLACEHOLDER);
  let pattern = literally(first);
  for (let at = 0; at < parts.length; at += 4) {
    const [kind, named, , after] = parts.slice(at, at + 4);
    const again = pattern.includes('(?<value>');
    pattern += named !== name ? TEXTS[kind] : again ? '\\k<value>' : `(?<value>${TEXTS[kind]})`;
    pattern += literally(after);
  }
  return new RegExp(`^${pattern}$`).exec(text)?.groups?.value;
}

/** What a Secret lacks of its values. A name that a key tells already is the same in those that are added. @throws Unclear */
export function lacking(
  values: Record<string, string>,
  present: Record<string, string>,
  secret = 'the Secret',
): Record<string, string> {
  const there = Object.entries(values).filter(([key]) => Object.hasOwn(present, key));
  const lacks = Object.entries(values).filter(([key]) => !Object.hasOwn(present, key));
  const known = new Map<string, string>();
  for (const [key, text] of lacks) {
    for (const name of namesIn(text)) {
      const tells = there.filter(([, template]) => namesIn(template).includes(name));
      const [value, ...others] = new Set(tells.flatMap(([at, template]) => valueIn(present[at], template, name) ?? []));
      if (value !== undefined && others.length === 0) known.set(name, value);
      else if (tells.length > 0)
        throw new Unclear(
          `${secret} lacks ${key}, which has a value in common with ${tells.map(([at]) => at).join(' and ')}, and what stands there does not tell which: add ${key} by hand`,
        );
    }
  }
  return generate(Object.fromEntries(lacks), known);
}

/** Makes a Secret, or the keys that it lacks: what is there stays, whoever made it, and so do keys that nobody asks for any more. */
async function make(namespace: string, { secretName, values }: GeneratedSecret): Promise<void> {
  const present = await readVersioned('secrets', namespace, secretName);
  if (!present) {
    if (await create('secrets', namespace, secretName, generate(values))) return log(`${secretName}: created`);
    throw new Conflict(`secrets/${secretName} was made in between`);
  }
  const added = lacking(values, present.values, `Secret ${namespace}/${secretName}`);
  const keys = Object.keys(added);
  if (keys.length === 0) return log(`${secretName}: exists`);
  await change('secrets', namespace, secretName, added, present.version);
  log(`${secretName}: has ${keys.join(', ')}, too`);
}

export async function run({ namespace, secrets, anew }: Config): Promise<void> {
  const unclear: GeneratedSecret[] = [];
  for (const secret of secrets) {
    await untilDone(async () => {
      if (anew) {
        await change('secrets', namespace, secret.secretName, generate(secret.values));
        return log(`${secret.secretName}: has other values`);
      }
      await make(namespace, secret).catch((error) => {
        if (!(error instanceof Unclear)) throw error;
        unclear.push(secret);
      });
    });
  }
  // They wait for a person, and hold up no other.
  await Promise.all(unclear.map((secret) => untilDone(() => make(namespace, secret))));
}

if (process.argv[2]) run(configuration());
