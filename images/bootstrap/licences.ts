import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The licences of other people's packages that a bundle holds, as they ask for.
 * @param inputs files that esbuild's metafile names
 * @throws if a package says none
 */
export function licences(root: string, inputs: readonly string[]): string[] {
  const folders = inputs.flatMap((file) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0] ?? []);
  return [...new Set(folders)].map((folder) => {
    const { name, license, author } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    const file = readdirSync(join(root, folder)).find((one) => /^licen[cs]e/i.test(one));
    if (file) return `${name}\n\n${readFileSync(join(root, folder, file), 'utf8').trim()}`;
    if (!license) throw new Error(`${folder} says no licence`);
    return `${name}\n\n${license}, ${author?.name ?? author ?? 'by its authors'}`;
  });
}
