import type { MintedCredential } from './minted-credential.js';
import type { Principal } from './principal.js';

/**
 * Principals of minted credentials: whoever minted one acts through it, until it ends. The credential's name is the principal's `jti`,
 * so that an entry of the deny-list ends it as it ends a token. Keeps the principals it made, the least recently used go first: decisions
 * are cached by their identity.
 */
export class MintedPrincipals {
  readonly #most: number;
  readonly #known = new Map<string, Principal>();

  constructor(most = 1_000) {
    this.#most = most;
  }

  /** @returns the same object for the same credential while it is kept */
  of(credential: MintedCredential): Principal {
    const { name, principal, notAfter } = credential;
    const key = JSON.stringify([name, notAfter, principal]);
    const made = this.#known.get(key) ?? principalOf(credential);
    this.#known.delete(key);
    this.#known.set(key, made);
    const [oldest] = this.#known.keys();
    if (this.#known.size > this.#most && oldest !== undefined) this.#known.delete(oldest);
    return made;
  }
}

function principalOf({ name, principal, notAfter }: MintedCredential): Principal {
  const { iss, sub, user, groups, act, azp, purpose, claims, acr, authTime } = principal;
  return Object.freeze({
    iss,
    sub,
    user,
    groups: Object.freeze([...groups]),
    act: Object.freeze([...act]),
    azp,
    purpose,
    method: 'minted',
    acr,
    authTime,
    claims: Object.freeze({ ...claims }),
    jti: name,
    sid: null,
    expiresAt: notAfter,
  });
}
