import { Failure } from '../failure';
import { lastLines } from '../run';

/** Exit statuses of restic. */
export const NO_REPOSITORY = 10;
export const LOCKED = 11;
const WRONG_PASSWORD = 12;
/** What is for this program, and not for people. */
const FIGURES = /Total bytes (written|read|expected): |records \d+$/;

/** Why restic failed, in words. @param location of the repository. @param what cannot be had; the repository, as a rule */
export function resticFailure(
  location: string,
  { text, status, what = location }: { readonly text: string; readonly status?: number; readonly what?: string },
): Failure {
  if (status === NO_REPOSITORY) return new Failure(`${location} holds no backups: give where they are`);
  if (status === LOCKED)
    return new Failure(`${location} is in use: run the same again once that is over (restic unlock, if nothing is)`);
  if (status === WRONG_PASSWORD) return new Failure(`${location} has another password: nothing is changed`);
  // What a command said comes before restic's own words, which are JSON.
  const lines = text.split('\n').filter((line) => line && !line.startsWith('{'));
  const said = lines.map((line) => line.replace(/^subprocess \w+: /, '')).join('\n');
  return new Failure(`${what}: ${lastLines(wordsOf(said || text), 6)}`);
}

/** A text without what no person is to read. */
export const wordsOf = (text: string): string =>
  text
    .split('\n')
    .filter((line) => !FIGURES.test(line))
    .join('\n');
