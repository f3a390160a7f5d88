/** An answer that cannot be masked with certainty: nothing more of it may be released. Never quotes data. */
export class RedactionError extends Error {
  override readonly name = 'RedactionError';
}
