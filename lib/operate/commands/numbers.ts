import { InvalidArgumentError } from 'commander';

/** Reads a whole number from `least` to `most`. An empty text, as of a variable that is not set, is none. */
export const wholeNumber = (least: number, most: number) => (text: string) => {
  if (!/^\d+$/.test(text) || Number(text) < least || Number(text) > most)
    throw new InvalidArgumentError(`give a whole number from ${least} to ${most}`);
  return Number(text);
};
