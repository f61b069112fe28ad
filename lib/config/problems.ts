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

/** Everything that is wrong with a configuration, at once. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly Problem[]) {
    super(problems.map(formatProblem).join('\n'));
    this.name = 'ConfigError';
  }
}
