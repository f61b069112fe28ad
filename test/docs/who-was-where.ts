import { blocksOf } from './commands';

/** The query of docs/ACCESS.md that ties logins to sessions, as a line of shell. */
export function whoWasWhere(): string {
  const [query, ...others] = blocksOf('sh').filter(({ text }) => text.includes('Accepted publickey'));
  if (!query || others.length > 0) throw new Error('docs/ACCESS.md has no query for who was where, or more than one');
  return query.text;
}
