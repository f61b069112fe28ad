import { readFileSync } from 'node:fs';
import { delimiter, resolve } from 'node:path';
import { type Env, readDotenv } from './dotenv';
import { SECRET_KEYS } from './environment';
import { type LoadedPlatform, parsePlatform } from './parse';
import { ConfigError, type Problem } from './problems';
import type { TextSource } from './yaml';

const DEFAULT_FILE = 'platform.yaml';

const REASONS: Record<string, string> = {
  ENOENT: 'there is no such file: name the right one in PLATFORM_FILE, or run where platform.yaml is',
  EISDIR: 'is a folder: name a file in it',
  EACCES: 'may not be read: change its permissions',
  EPERM: 'may not be read: change its permissions',
  ENOTDIR: 'lies below something that is no folder',
};

function readText(cwd: string, name: string): TextSource | Problem {
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

const isText = (read: TextSource | Problem): read is TextSource => 'text' in read;

/** `a.yaml,b.yaml`, or separated as in PATH; a drive's colon is no separator where PATH uses another. */
const namesIn = (value: string) =>
  value
    .split(new RegExp(`[,${delimiter}]`))
    .map((name) => name.trim())
    .filter(Boolean);

/**
 * Reads .env and the files that PLATFORM_FILE names (platform.yaml by default), relative to `cwd`.
 * @throws ConfigError with everything that is wrong
 */
export function loadPlatform({ cwd, env }: { cwd: string; env: Env }): LoadedPlatform {
  const dotenv = readText(cwd, '.env');
  const hasDotenv = isText(dotenv);
  const chosen = hasDotenv ? readDotenv(dotenv.text, env, SECRET_KEYS).get('PLATFORM_FILE')?.value : undefined;
  const names = namesIn(env.PLATFORM_FILE || chosen || DEFAULT_FILE);
  const files = names.map((name) => readText(cwd, name));
  const unreadable = [dotenv, ...files].filter((read): read is Problem => !isText(read));
  const problems = unreadable.filter((problem) => problem.where !== '.env' || problem.message !== REASONS.ENOENT);
  if (problems.length > 0) throw new ConfigError(problems);
  return parsePlatform(files.filter(isText), env, hasDotenv ? dotenv : undefined);
}
