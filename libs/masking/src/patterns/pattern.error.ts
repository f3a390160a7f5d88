/** A pattern that cannot be compiled. The message names class, pattern, place (0-based, in UTF-16 units) and what is wrong. */
export class PatternError extends Error {
  override readonly name = 'PatternError';

  constructor(
    readonly pattern: string,
    readonly position: number,
    readonly reason: string,
    readonly patternClass: string | null = null,
  ) {
    const of = patternClass === null ? '' : `class ${patternClass}: `;
    super(`${of}pattern ${JSON.stringify(pattern)}, at ${position}: ${reason}`);
  }

  inClass(name: string): PatternError {
    return new PatternError(this.pattern, this.position, this.reason, name);
  }
}
