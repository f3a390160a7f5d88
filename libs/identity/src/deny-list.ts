import type { Principal } from './principal.js';

/** What an entry of the deny-list names. */
export type DenyKind = 'sub' | 'sid' | 'jti';

/** One person, login session or token of an issuer that is accepted no more. */
export interface DenyEntry {
  readonly iss: string;
  readonly kind: DenyKind;
  readonly value: string;
  /** ms since the epoch from which it counts no more; null: for good */
  readonly expires: number | null;
}

type EntriesOfIssuer = Readonly<Record<DenyKind, Map<string, DenyEntry>>>;

/**
 * The deny-list as last loaded: pure, one look-up costs three map reads. It stays in force while its source is unreachable; before it
 * was ever loaded nobody may be accepted (`loaded`).
 */
export class DenyList {
  #byIssuer = new Map<string, EntriesOfIssuer>();
  #loadedAt: number | null = null;

  /** false until the first {@link replace}: until then accept nobody */
  get loaded(): boolean {
    return this.#loadedAt !== null;
  }

  /** ms since the epoch of the last {@link replace}; null: never */
  get loadedAt(): number | null {
    return this.#loadedAt;
  }

  /** Puts a whole new list in force. Of two entries for the same thing the longer one counts. */
  replace(entries: Iterable<DenyEntry>, loadedAt: number): void {
    const next = new Map<string, EntriesOfIssuer>();
    for (const entry of entries) {
      let issuer = next.get(entry.iss);
      if (!issuer) next.set(entry.iss, (issuer = { sub: new Map(), sid: new Map(), jti: new Map() }));
      const known = issuer[entry.kind].get(entry.value);
      if (!known || outlives(entry, known)) issuer[entry.kind].set(entry.value, entry);
    }
    this.#byIssuer = next;
    this.#loadedAt = loadedAt;
  }

  /**
   * @param now ms since the epoch; left out, entries past their expiry still deny
   * @returns the entry that denies this principal, or null. Ask {@link loaded} as well: an empty list denies nobody
   */
  isDenied(principal: Principal, now = Number.NEGATIVE_INFINITY): DenyEntry | null {
    const issuer = this.#byIssuer.get(principal.iss);
    if (!issuer) return null;
    return (
      inForce(issuer.sub.get(principal.sub), now) ??
      (principal.sid === null ? null : inForce(issuer.sid.get(principal.sid), now)) ??
      (principal.jti === null ? null : inForce(issuer.jti.get(principal.jti), now))
    );
  }
}

function inForce(entry: DenyEntry | undefined, now: number): DenyEntry | null {
  return entry && (entry.expires === null || now < entry.expires) ? entry : null;
}

function outlives(one: DenyEntry, other: DenyEntry): boolean {
  if (other.expires === null) return false;
  return one.expires === null || one.expires > other.expires;
}
