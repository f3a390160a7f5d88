/** One thing that is wrong in a configuration file. */
export interface ConfigProblem {
  readonly file: string;
  /** 1-based */
  readonly line: number;
  /** dotted path, `targets[0].postgres.port`; empty for the file as a whole */
  readonly key: string;
  /** what is wrong and what to do; never a secret's value */
  readonly message: string;
}

/**
 * Thrown when a configuration cannot be used. It lists every problem found, not only the first; `message` has one line
 * per problem: `file:line: key: what is wrong, what to do`.
 */
export class ConfigError extends Error {
  static readonly code = 'config-invalid';
  readonly code = ConfigError.code;

  constructor(readonly problems: readonly ConfigProblem[]) {
    super(problems.map(problemLine).join('\n'));
    this.name = 'ConfigError';
  }
}

function problemLine(problem: ConfigProblem): string {
  const place = `${problem.file}:${problem.line}: `;
  return problem.key === '' ? place + problem.message : `${place}${problem.key}: ${problem.message}`;
}
