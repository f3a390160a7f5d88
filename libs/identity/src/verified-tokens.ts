import type { Issuer } from './issuer-settings.js';
import type { Principal } from './principal.js';
import type { SigningKey } from './signing-key.js';

/** What is known of a token that was verified. */
export interface VerifiedToken {
  readonly principal: Principal;
  readonly issuer: Issuer;
  readonly key: SigningKey;
}

/** Verified tokens by the digest of their bytes: the tokens themselves are never kept. The least recently used go first. */
export class VerifiedTokens {
  readonly #most: number;
  readonly #byDigest = new Map<string, VerifiedToken>();
  readonly #keys = new WeakMap<Principal, SigningKey>();

  constructor(most: number) {
    this.#most = most;
  }

  /** @returns undefined also for a token that expired or whose key was withdrawn */
  get(digest: string, now: number): VerifiedToken | undefined {
    const token = this.#byDigest.get(digest);
    if (!token) return undefined;
    this.#byDigest.delete(digest);
    if (now >= token.principal.expiresAt || !token.key.alive) return undefined;
    this.#byDigest.set(digest, token);
    return token;
  }

  /** @returns what is kept: of two that verified the same token at the same time the first */
  add(digest: string, token: VerifiedToken): VerifiedToken {
    const kept = this.#byDigest.get(digest);
    if (kept?.key === token.key) return kept;
    this.#byDigest.set(digest, token);
    this.#keys.set(token.principal, token.key);
    const [oldest] = this.#byDigest.keys();
    if (this.#byDigest.size > this.#most && oldest !== undefined) this.#byDigest.delete(oldest);
    return token;
  }

  delete(digest: string): void {
    this.#byDigest.delete(digest);
  }

  /** the key that signed the token of a principal made here */
  keyOf(principal: Principal): SigningKey | undefined {
    return this.#keys.get(principal);
  }
}
