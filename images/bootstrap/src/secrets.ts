import { randomBytes, randomInt } from 'node:crypto';
import { change, create, read } from './kubernetes';
import { configuration, log, untilDone } from './program';

interface Config {
  readonly namespace: string;
  readonly secrets: readonly { readonly secretName: string; readonly values: Record<string, string> }[];
  /** Whether secrets that exist get other values. @default false */
  readonly anew?: boolean;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const password = (length: number) => Array.from({ length }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');

/** Fills in the placeholders of a Secret's values; the same name gets the same value throughout. */
export function generate(values: Record<string, string>): Record<string, string> {
  const made = new Map<string, string>();
  const fill = (_: string, kind: string, name: string, size: string) => {
    const value =
      made.get(name) ?? (kind === 'random' ? randomBytes(Number(size)).toString('base64') : password(Number(size)));
    made.set(name, value);
    return value;
  };
  return Object.fromEntries(
    Object.entries(values).map(([key, text]) => [key, text.replace(/\{\{(random|password) (\S+) (\d+)\}\}/g, fill)]),
  );
}

export async function run(config: Config): Promise<void> {
  for (const { secretName, values } of config.secrets) {
    await untilDone(async () => {
      if (config.anew) {
        await change('secrets', config.namespace, secretName, generate(values));
        return log(`${secretName}: has other values`);
      }
      if (await read('secrets', config.namespace, secretName)) return log(`${secretName}: exists`);
      const made = await create('secrets', config.namespace, secretName, generate(values));
      log(`${secretName}: ${made ? 'created' : 'exists'}`);
    });
  }
}

if (process.argv[2]) run(configuration());
