import { forgetOldest } from '@app/platform';

const SECOND_MS = 1_000;
/** Parties remembered at once; a flood of addresses forgets the oldest, not the memory of the machine. */
const PARTIES = 10_000;

/** How often each party may ask: so many at once, and as many again per second. */
export class RequestRate {
  readonly #perSecond: number;
  readonly #now: () => number;
  /** in order of their last request */
  readonly #parties = new Map<string, { left: number; at: number }>();

  /** @param perSecond requests of one party @param now ms */
  constructor(perSecond: number, now: () => number) {
    this.#perSecond = perSecond;
    this.#now = now;
  }

  /** @returns false: one too many, it is not to be listened to */
  allows(party: string): boolean {
    const now = this.#now();
    const known = this.#parties.get(party);
    const since = known === undefined ? SECOND_MS : Math.max(0, now - known.at);
    const left = Math.min(this.#perSecond, (known?.left ?? 0) + (since * this.#perSecond) / SECOND_MS);
    this.#parties.delete(party);
    this.#parties.set(party, { left: left >= 1 ? left - 1 : left, at: now });
    forgetOldest(this.#parties, PARTIES);
    return left >= 1;
  }
}
