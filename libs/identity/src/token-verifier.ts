import type { Principal } from './principal.js';

/** Turns a token into a principal, or refuses it. */
export abstract class TokenVerifier {
  /**
   * @param token as the client sent it
   * @param now ms since the epoch
   * @returns the same object for the same token while it is cached, so that decisions can be cached by identity
   * @throws IdentityError for every token that is not wholly in order; its message is for the log, the client is told one text for all
   */
  abstract verify(token: string, now: number): Promise<Principal>;

  /**
   * Whether a principal verified earlier may still act: its token has not expired and, where keys are known, the key that signed it
   * is still one of the issuer's. O(1), for a session's timer.
   */
  stillGood(principal: Principal, now: number): boolean {
    return now < principal.expiresAt;
  }
}
