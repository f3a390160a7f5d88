/** Why a text could not be described. `parser-died`: the parser's memory is in an unknown state, its thread must be replaced. */
export type SqlErrorCode = 'parser-died' | 'unknown-knowledge';

/** The one error of this room; a text that merely does not parse is not an error but a description. */
export class SqlRoomError extends Error {
  override readonly name = 'SqlRoomError';

  constructor(
    readonly code: SqlErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
