/** Something that the person at the command line can mend. Its message is one line, and says how. */
export class Failure extends Error {
  /** @param status that the program ends with */
  constructor(
    message: string,
    readonly status = 1,
  ) {
    super(message);
  }
}
