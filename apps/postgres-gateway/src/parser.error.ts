/**
 * Why a text has no description: `timeout` it took too long · `died` the parser did not survive it · `too-large` ·
 * `busy` too many wait · `unknown-knowledge` the catalog it asks for is not known any more · `closed` the gateway stops.
 */
export type ParserErrorCode = 'timeout' | 'died' | 'too-large' | 'busy' | 'unknown-knowledge' | 'closed';

/** A text that could not be described; it must not be forwarded. */
export class ParserError extends Error {
  override readonly name = 'ParserError';

  constructor(
    readonly code: ParserErrorCode,
    message: string,
  ) {
    super(message);
  }
}
