import { InvalidArgumentError } from 'commander';

/** Reads a whole number from `least` to `most`. An empty text, as of a variable that is not set, is none. */
export const wholeNumber = (least: number, most: number) => (text: string) => {
  if (!/^\d+$/.test(text) || Number(text) < least || Number(text) > most)
    throw new InvalidArgumentError(`give a whole number from ${least} to ${most}`);
  return Number(text);
};

/** A length of time as people write it, in seconds. */
export const seconds = (text: string): number => {
  const found = /^(\d+)(s|m|h)$/.exec(text);
  if (!found) throw new InvalidArgumentError('give seconds, minutes or hours, such as 90s or 15m');
  return Number(found[1]) * { s: 1, m: 60, h: 3600 }[found[2] as 's' | 'm' | 'h'];
};

/** A name or place. An empty one, of a variable that is not set, would mean something else: what counts without the option. */
export const nonEmpty = (text: string): string => {
  if (text === '') throw new InvalidArgumentError('it is empty');
  return text;
};
