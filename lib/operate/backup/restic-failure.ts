import { Failure } from '../failure';
import { lastLines } from '../run';

/** Exit statuses of restic. */
export const INCOMPLETE = 3;
export const NO_REPOSITORY = 10;
export const LOCKED = 11;
const WRONG_PASSWORD = 12;
/** What is for this program, and not for people. */
const FIGURES = /Total bytes (written|read|expected): |records \d+$|^command terminated with exit code \d+$/;

/** Why restic failed, in words. @param location of the repository. @param what cannot be had; the repository, as a rule */
export function resticFailure(
  location: string,
  { text, status, what = location }: { readonly text: string; readonly status?: number; readonly what?: string },
): Failure {
  if (status === NO_REPOSITORY) return new Failure(`${location} holds no backups: give where they are`);
  if (status === LOCKED)
    return new Failure(`${location} is in use: run the same again once that is over (restic unlock, if nothing is)`);
  if (status === WRONG_PASSWORD) return new Failure(`${location} has another password: nothing is changed`);
  return new Failure(`${what}: ${lastLines(reasons(text), 6)}`);
}

/** What is wrong with single files, or else what is said in words, such as by a command; or else restic's last ones. */
function reasons(text: string): string {
  const lines = text.split('\n').filter(Boolean);
  const own = lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
  const ofFiles = own.filter(({ item }) => item).map(({ item, error }) => `${item}: ${error?.message}`);
  const others = lines.filter((line) => !line.startsWith('{')).map((line) => line.replace(/^subprocess \w+: /, ''));
  return ofFiles.join('\n') || wordsOf(others.join('\n')) || own.map(({ message }) => message).join('\n');
}

/** A text without what no person is to read. */
export const wordsOf = (text: string): string =>
  text
    .split('\n')
    .filter((line) => !FIGURES.test(line))
    .join('\n');
