import { existsSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';

/** Reads a whole number from `least` to `most`. An empty text, as of a variable that is not set, is none. */
export const wholeNumber = (least: number, most: number) => (text: string) => {
  if (!/^\d+$/.test(text) || Number(text) < least || Number(text) > most)
    throw new InvalidArgumentError(`give a whole number from ${least} to ${most}`);
  return Number(text);
};

/** Units that make up a length of time, as people write them. */
interface Units {
  /** The letter of each, and its name. */
  readonly names: Readonly<Record<string, string>>;
  readonly example: string;
}

const CLOCK: Units = {
  names: { s: 'seconds', m: 'minutes', h: 'hours', d: 'days', w: 'weeks' },
  example: '90s, 15m or 1h30m',
};
/** What backups are kept by, in which m is none of a clock's. */
const CALENDAR: Units = { names: { y: 'years', m: 'months', d: 'days', h: 'hours' }, example: '14d or 1y5m7d2h' };

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
/** A timer that is longer ends at once. */
const LONGEST_WAIT = '24d';
/** Nothing is older, and a program that counts nanoseconds takes it. */
const LONGEST_AGE = '5200w';

/** How often each unit is meant; one that is written twice counts as the sum. */
function counts(text: string, { names, example }: Units): Record<string, number> {
  const letters = Object.keys(names);
  if (!new RegExp(`^(\\d{1,9}[${letters.join('')}])+$`).test(text)) {
    const words = Object.values(names);
    throw new InvalidArgumentError(`give ${words.slice(0, -1).join(', ')} or ${words.at(-1)}, such as ${example}`);
  }
  const found: Record<string, number> = {};
  for (const [, count, unit] of text.matchAll(/(\d+)(\D)/g)) found[unit] = (found[unit] ?? 0) + Number(count);
  return found;
}

const inSeconds = (text: string): number =>
  Object.entries(counts(text, CLOCK)).reduce((sum, [unit, count]) => sum + count * SECONDS[unit], 0);

const length = (longest: string) => (text: string) => {
  const given = inSeconds(text);
  if (given > inSeconds(longest)) throw new InvalidArgumentError(`give ${longest} at most`);
  return given;
};

/** A length of time that somebody waits for, in seconds. */
export const seconds = length(LONGEST_WAIT);

/** How old something may be, in seconds. */
export const age = length(LONGEST_AGE);

/** The same in the words of programs that know neither days nor weeks. */
export function clock(text: string): string {
  const given = age(text);
  const unit = ['h', 'm', 's'].find((one) => given % SECONDS[one] === 0) as string;
  return `${given / SECONDS[unit]}${unit}`;
}

/** A length of time in restic's words, of which each unit counts once. */
export const span = (text: string): string =>
  Object.entries(counts(text, CALENDAR))
    .map(([unit, count]) => `${count}${unit}`)
    .join('');

/** A name or place. An empty one, of a variable that is not set, would mean something else: what counts without the option. */
export const nonEmpty = (text: string): string => {
  if (text === '') throw new InvalidArgumentError('it is empty');
  return text;
};

/** One more of what may be given several times. */
export const another = (text: string, before: readonly string[] = []): string[] => [...before, nonEmpty(text)];

/** Names with commas between. */
export const list = (text: string): string[] => {
  const names = text.split(',').filter(Boolean);
  if (names.length === 0) throw new InvalidArgumentError('it is empty');
  return names;
};

/** A file that is read later, when somebody may have been asked something already. */
export const existing = (path: string): string => {
  if (!existsSync(nonEmpty(path))) throw new InvalidArgumentError('there is no such file');
  return path;
};
