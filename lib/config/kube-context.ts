import { parse, parseDocument } from 'yaml';
import type { Env } from './dotenv';
import { DEFAULT_FILE, dotenvOf, isText, platformFiles, REASONS, readText } from './files';
import { ConfigError, type Problem } from './problems';

/**
 * `terraform.kubeContext` as the settings of a folder say it, whatever else there is in them: a command that only looks
 * at a cluster needs to know which, and no more.
 * @throws ConfigError - for a file that may name one and cannot be read: the current context may be another cluster
 */
export function kubeContextOf(place: { readonly cwd: string; readonly env: Env }): string | undefined {
  const assigned = place.env.KUBE_CONTEXT?.trim() || dotenvOf(place).get('KUBE_CONTEXT')?.value.trim();
  if (assigned) return assigned;
  return platformFiles(place)
    .map((name) => contextIn(readText(place.cwd, name)))
    .filter((context) => context !== undefined)
    .at(-1);
}

function contextIn(read: ReturnType<typeof readText>): string | undefined {
  if (!isText(read)) {
    if (read.where === DEFAULT_FILE && read.message === REASONS.ENOENT) return undefined;
    throw new ConfigError([read]);
  }
  // Most files name none, and some are long.
  if (!read.text.includes('kubeContext')) return undefined;
  const context = valueIn(read.text);
  if (context === undefined || context === null) return undefined;
  if (typeof context === 'string' && context !== '') return context;
  const problem: Problem = {
    where: read.name,
    key: 'terraform.kubeContext',
    message: 'cannot be read: give the name of a context as text, and mend what is wrong before it',
  };
  throw new ConfigError([problem]);
}

/** What a text says of it; something that is no name where that cannot be told. */
function valueIn(text: string): unknown {
  try {
    return parse(text)?.terraform?.kubeContext;
  } catch {
    // What is wrong elsewhere is said where all of it is read.
    return parseDocument(text).getIn(['terraform', 'kubeContext']) ?? '';
  }
}
