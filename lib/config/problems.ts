import { printable } from './words';

/** One thing that is wrong, said in one line. */
export interface Problem {
  /** FILE:LINE:COLUMN, ".env:LINE (KEY)" or "environment (KEY)"; empty when nobody wrote it. */
  readonly where: string;
  /** The key, such as environments.users.alice; empty for a whole file. */
  readonly key: string;
  /** What is wrong, what is allowed, and the mend. */
  readonly message: string;
}

export const formatProblem = ({ where, key, message }: Problem) => [where, key, message].filter(Boolean).join(': ');

const tidy = ({ where, key, message }: Problem): Problem => ({
  where: printable(where),
  key: printable(key),
  message: printable(message),
});

/** Everything that is wrong with a configuration, at once. */
export class ConfigError extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const tidied = problems.map(tidy);
    super(tidied.map(formatProblem).join('\n'));
    this.name = 'ConfigError';
    this.problems = tidied;
  }
}
