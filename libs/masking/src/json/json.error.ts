/** `syntax`: not JSON as RFC 8259 says it, or cut off. `depth`, `size`: beyond the limits given. */
export type JsonErrorCode = 'syntax' | 'depth' | 'size';

/** JSON that cannot be rewritten with certainty. Nothing of it may be released any further. Never quotes data. */
export class JsonError extends Error {
  override readonly name = 'JsonError';

  constructor(
    readonly code: JsonErrorCode,
    message: string,
  ) {
    super(message);
  }
}
