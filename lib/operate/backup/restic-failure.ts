import { Failure } from '../failure';
import { lastLines } from '../run';

/** Exit statuses of restic. */
export const INCOMPLETE = 3;
export const NO_REPOSITORY = 10;
export const LOCKED = 11;
const WRONG_PASSWORD = 12;
/** What is for this program, and not for people. */
const FIGURES = /Total bytes (written|read|expected): |records \d+$|^command terminated with exit code \d+$/;
/** What restic says of single calls to where the repository is. */
const CALLS = /^(Load|Save|Stat|List|Remove)\(/;

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

/** What a command says in words, or else what is wrong with single files; or else what restic says of its way there, or last. */
function reasons(text: string): string {
  const lines = text.split('\n').filter(Boolean);
  const own = lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
  const ofFiles = own.filter(({ item }) => item).map(({ item, error }) => `${item}: ${error?.message}`);
  const others = lines.filter((line) => !line.startsWith('{')).map((line) => line.replace(/^subprocess \w+: /, ''));
  const said = (all: readonly string[]) => wordsOf(all.join('\n'));
  const byCommand = said(others.filter((line) => !CALLS.test(line)));
  return byCommand || ofFiles.join('\n') || said(others) || own.map(({ message }) => message).join('\n');
}

/** A text without what no person is to read. */
export const wordsOf = (text: string): string =>
  text
    .split('\n')
    .filter((line) => !FIGURES.test(line))
    .join('\n');
