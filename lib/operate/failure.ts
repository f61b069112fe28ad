/** Something that the person at the command line can mend. Its message is one line, and says how unless `mend` does. */
export class Failure extends Error {
  /**
   * @param status that the program ends with
   * @param mend what to do about it, where the message does not say
   */
  constructor(
    message: string,
    readonly status = 1,
    readonly mend?: string,
  ) {
    super(message);
  }
}

/** What the system says of a file or folder, by its codes, that people can mend. */
const REFUSALS: Readonly<Record<string, string>> = {
  EACCES: 'you may not use it',
  EPERM: 'you may not use it',
  EROFS: 'nothing can be written there',
  ENOSPC: 'its disk is full',
  EDQUOT: 'your share of its disk is used up',
  ENOTDIR: 'something in its path is no folder',
  EEXIST: 'what is there is no folder',
  EISDIR: 'what is there is a folder',
};

/** Why a file or folder cannot be had; undefined for what is no such error, or a fault of the program. */
export function placeRefused(error: unknown): Failure | undefined {
  const { code = '', path } = error as NodeJS.ErrnoException;
  const why = REFUSALS[code];
  // While it is written to, the system names none.
  const place = path ?? (/^(ENOSPC|EDQUOT)$/.test(code) ? 'a file' : undefined);
  return why && place ? new Failure(`${place} cannot be had: ${why} (${code})`) : undefined;
}
