import { readFileSync } from 'node:fs';
import { delimiter, resolve } from 'node:path';
import { type Assignment, type Env, readDotenv } from './dotenv';
import { SECRET_KEYS } from './environment';
import type { Problem } from './problems';
import type { TextSource } from './yaml';

export const DEFAULT_FILE = 'platform.yaml';

/** What to do where a file cannot be read, by the system's code. */
export const REASONS: Record<string, string> = {
  ENOENT: 'there is no such file: name the right one in PLATFORM_FILE, or run where platform.yaml is',
  EISDIR: 'is a folder: name a file in it',
  EACCES: 'may not be read: change its permissions',
  EPERM: 'may not be read: change its permissions',
  ENOTDIR: 'lies below something that is no folder',
};

/** A file's text, or why there is none. */
export function readText(cwd: string, name: string): TextSource | Problem {
  try {
    return { name, text: new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(resolve(cwd, name))) };
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    const encoding = code === 'ERR_ENCODING_INVALID_ENCODED_DATA' && 'is not UTF-8: save it in that encoding';
    return {
      where: name,
      key: '',
      message: encoding || REASONS[code] || `cannot be read (${code || 'unknown reason'})`,
    };
  }
}

export const isText = (read: TextSource | Problem): read is TextSource => 'text' in read;

/** `a.yaml,b.yaml`, or separated as in PATH; a drive's colon is no separator where PATH uses another. */
const namesIn = (value: string) =>
  value
    .split(new RegExp(`[,${delimiter}]`))
    .map((name) => name.trim())
    .filter(Boolean);

interface Place {
  readonly cwd: string;
  readonly env: Env;
}

/** What .env assigns, if there is one; no value of a secret. */
export const dotenvOf = ({ cwd, env }: Place, dotenv = readText(cwd, '.env')): ReadonlyMap<string, Assignment> =>
  readDotenv(isText(dotenv) ? dotenv.text : '', env, SECRET_KEYS);

/** Names of the files that say what a platform is like, each over those before it. */
export function platformFiles(place: Place, dotenv?: TextSource | Problem): string[] {
  const chosen = dotenvOf(place, dotenv).get('PLATFORM_FILE')?.value;
  return namesIn(place.env.PLATFORM_FILE || chosen || DEFAULT_FILE);
}
