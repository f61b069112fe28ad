import { parse } from 'yaml';
import type { Env } from './dotenv';
import { dotenvOf, isText, platformFiles, readText } from './files';

/**
 * `terraform.kubeContext` as the settings of a folder say it, whatever else there is in them: a command that only looks
 * at a cluster needs to know which, and no more.
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
  // Most files name none, and some are long.
  if (!isText(read) || !read.text.includes('kubeContext')) return undefined;
  try {
    const context = parse(read.text)?.terraform?.kubeContext;
    return typeof context === 'string' && context !== '' ? context : undefined;
  } catch {
    // What is wrong in it is said where all of it is read.
    return undefined;
  }
}
