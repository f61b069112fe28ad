import type { Env } from './dotenv';
import { isText, platformFiles, REASONS, readText } from './files';
import { type LoadedPlatform, parsePlatform } from './parse';
import { ConfigError, type Problem } from './problems';

/**
 * Reads .env and the files that PLATFORM_FILE names (platform.yaml by default), relative to `cwd`.
 * @throws ConfigError with everything that is wrong
 */
export function loadPlatform({ cwd, env }: { cwd: string; env: Env }): LoadedPlatform {
  const dotenv = readText(cwd, '.env');
  const files = platformFiles({ cwd, env }, dotenv).map((name) => readText(cwd, name));
  const unreadable = [dotenv, ...files].filter((read): read is Problem => !isText(read));
  const problems = unreadable.filter((problem) => problem.where !== '.env' || problem.message !== REASONS.ENOENT);
  if (problems.length > 0) throw new ConfigError(problems);
  return parsePlatform(files.filter(isText), env, isText(dotenv) ? dotenv : undefined);
}
