import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** Where Markdown says `[text](target)`, `[name]: target` or has an HTML attribute. */
const TARGETS = [
  /\]\(<?([^)\s>]+)/g,
  /^ {0,3}\[[^\]]+\]: *(\S+)/gm,
  /<(?:img|a|source)\b[^>]*?\b(?:src|href)="([^"]+)"/g,
];

const withoutCode = (text: string): string =>
  text.replace(/^ *(```|~~~)[\s\S]*?^ *\1 *$/gm, '').replace(/(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)/g, 'code');

/** What GitHub and npm call the headings of a text. */
function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading] of text.replace(/^ *(```|~~~)[\s\S]*?^ *\1 *$/gm, '').matchAll(/^#{1,6} +(.+?) *#*$/gm)) {
    const words = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const name = words.replace(/[^\p{L}\p{N}_ -]/gu, '').replaceAll(' ', '-');
    let unique = name;
    for (let count = 1; anchors.has(unique); count++) unique = `${name}-${count}`;
    anchors.add(unique);
  }
  return anchors;
}

function broken(root: string, file: string, target: string): boolean {
  if (/^([a-z][a-z+.-]*:|\/\/)/i.test(target)) return false;
  const [path, anchor] = target.split('#');
  const found = path ? join(root, dirname(file), decodeURIComponent(path)) : join(root, file);
  // A link that leaves the package ends nowhere, whatever happens to be there.
  if (relative(root, found).startsWith('..') || !existsSync(found)) return true;
  if (!anchor || !found.endsWith('.md') || !statSync(found).isFile()) return false;
  return !anchorsOf(readFileSync(found, 'utf8')).has(anchor);
}

/** Relative links, pictures and anchors of a folder's Markdown that lead nowhere, as `file: target`. */
export function brokenLinks(root: string): { readonly checked: number; readonly broken: string[] } {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.md'));
  const links = files.flatMap((file) => {
    const text = withoutCode(readFileSync(join(root, file), 'utf8'));
    return TARGETS.flatMap((pattern) => [...text.matchAll(pattern)].map(([, target]) => ({ file, target })));
  });
  const lost = links.filter(({ file, target }) => broken(root, file, target));
  return { checked: links.length, broken: lost.map(({ file, target }) => `${file}: ${target}`) };
}
