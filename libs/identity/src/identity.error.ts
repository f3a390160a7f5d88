/** Why a token, or a configuration of issuers, is not accepted. */
export type IdentityErrorCode =
  | 'malformed'
  | 'too-large'
  | 'header'
  | 'algorithm'
  | 'duplicate-member'
  | 'issuer'
  | 'audience'
  | 'expired'
  | 'not-yet-valid'
  | 'claims'
  | 'user'
  | 'key'
  | 'signature'
  | 'issuer-unavailable'
  | 'sign-in'
  | 'configuration';

/**
 * Thrown by every check of a token. The message is safe for logs and the record: it names checks, and the issuers and claims of the
 * configuration, never bytes of the token.
 */
export class IdentityError extends Error {
  constructor(
    readonly code: IdentityErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'IdentityError';
  }
}
