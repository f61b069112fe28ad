import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { askSecret } from '../confirm';
import { Failure } from '../failure';

const KEY = /^[A-Za-z0-9._-]{1,100}$/;

/** @throws Failure - where a key cannot be that of a file in an environment */
export function expectKey(key: string): void {
  if (!KEY.test(key) || /^\.\.?$/.test(key))
    throw new Failure(`"${key}" is no key: give letters, digits, "-", "_" and ".", at most 100, such as github_token`);
}

/** A value from a file, from what is piped in, or from somebody who is asked; never from the command line. */
export async function givenValue(key: string, { fromFile }: { fromFile?: string }): Promise<string> {
  const value = fromFile
    ? read(fromFile)
    : process.stdin.isTTY
      ? await askSecret(`Value of ${key}`)
      : await text(process.stdin);
  // Editors and echo put one at the end, which belongs to nobody's token.
  const given = value.replace(/\r?\n$/, '');
  if (given === '') throw new Failure(`the value of ${key} is empty: nothing is changed`);
  return given;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new Failure(`${path} cannot be read: ${(error as Error).message}`);
  }
}
