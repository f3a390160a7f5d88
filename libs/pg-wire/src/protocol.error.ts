import type { SQLSTATE } from './sqlstate.js';

/** The SQLSTATEs a codec error can carry. */
export type ProtocolErrorCode = (typeof SQLSTATE)[
  'protocolViolation' | 'featureNotSupported' | 'characterNotInRepertoire' | 'nameTooLong' | 'syntaxError'];

/** How a ProtocolError is to be answered; by default fatal and not silent. */
export interface ProtocolErrorOptions {
  /** false: the framing is intact, the session answers an ERROR and lives on */
  readonly fatal?: boolean;
  /** true: close without an answer, as the server does */
  readonly silent?: boolean;
  readonly cause?: unknown;
}

/**
 * Bytes that break the protocol. The message names the violation and never quotes the peer's bytes.
 * `code` is the SQLSTATE to answer with; `fatal` tells whether the connection can go on (false only where the frame itself was
 * sound); `silent` tells to close without any answer.
 */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly fatal: boolean;
  readonly silent: boolean;

  constructor(
    readonly code: ProtocolErrorCode,
    message: string,
    options: ProtocolErrorOptions = {},
  ) {
    super(message, { cause: options.cause });
    this.fatal = options.fatal ?? true;
    this.silent = options.silent ?? false;
  }
}
