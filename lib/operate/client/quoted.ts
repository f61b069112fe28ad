import { Failure } from '../failure';

/** What ssh, its patterns of names, or the shell that it starts would not take as it is, quoted or not. */
const SPECIAL = /["'\\%$*?[\]\p{Cc}]/u;

function plain(text: string): string {
  const [character] = SPECIAL.exec(text) ?? [];
  if (character === undefined) return text;
  throw new Failure(
    `${JSON.stringify(text)}: ssh's configuration cannot name what has ${JSON.stringify(character)} in its path (spaces may be, but none of " ' \\ % $ * ? [ ]): have the program, your home folder and XDG_RUNTIME_DIR at paths without`,
  );
}

/**
 * A path in ssh's configuration.
 * @param pattern what follows it, as a pattern of names
 * @throws Failure if it cannot stand there
 */
export const quotedPath = (path: string, pattern = ''): string => `"${plain(path)}${pattern}"`;

/** Words of a command in ssh's configuration, which ssh hands to a shell. @throws Failure if one cannot stand there */
export const quotedCommand = (words: readonly string[]): string => words.map((word) => `'${plain(word)}'`).join(' ');
