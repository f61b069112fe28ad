import { createHash } from 'node:crypto';

const PLAIN = /^[A-Za-z0-9_-]{1,255}$/;
const MARKED = /__[0-9a-f]{16}$/;

/**
 * The address of an object, different for each id: a plain id stays what it is, others end in a digest of what was
 * written. @param thinned the id without the characters that no address may have
 */
export function addressOf(id: string, thinned: string): string {
  if (PLAIN.test(id) && !MARKED.test(id)) return thinned;
  return `${thinned.slice(0, 230)}__${createHash('sha256').update(id).digest('hex').slice(0, 16)}`;
}
