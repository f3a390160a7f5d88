import { IdentityError } from './identity.error.js';
import type { IssuerDocuments } from './issuer-documents.js';
import type { SigningKey } from './signing-key.js';

/** Times of key handling; ms. */
export interface KeyTimes {
  /** keys are fetched again when they are this old */
  readonly refreshAfter: number;
  /** with keys this old nobody is let in without an attempt to fetch them: what the issuer withdrew is dead by then */
  readonly staleAfter: number;
  /** between two fetches because of unknown key ids, and between two attempts that fail */
  readonly unknownKeyPause: number;
  /** between two attempts while there are no keys at all */
  readonly firstLoadPause: number;
  /** the discovery document is read again when it is this old */
  readonly discoverAfter: number;
}

/** The times of the design: a withdrawn key is dead within ten minutes, a flood of unknown keys costs one fetch in 30 s. */
export const defaultKeyTimes: KeyTimes = {
  refreshAfter: 240_000,
  staleAfter: 570_000,
  unknownKeyPause: 30_000,
  firstLoadPause: 5_000,
  discoverAfter: 3_600_000,
};

const never = Number.NEGATIVE_INFINITY;

/**
 * The keys of one issuer. They are fetched again in the background, and served on while the issuer cannot be reached; a key that a
 * later set no longer lists dies at once. All callers share one fetch.
 */
export class IssuerKeys {
  readonly #documents: IssuerDocuments;
  readonly #times: KeyTimes;
  readonly #clock: () => number;
  #keys: readonly SigningKey[] = [];
  #url: URL | null = null;
  #discoveredAt = never;
  #loadedAt = never;
  #attemptedAt = never;
  #unknownAt = never;
  #running: Promise<void> | null = null;
  #problem: IdentityError | null = null;

  /** @param clock monotonic, ms */
  constructor(documents: IssuerDocuments, times: KeyTimes, clock: () => number) {
    this.#documents = documents;
    this.#times = times;
    this.#clock = clock;
  }

  get count(): number {
    return this.#keys.length;
  }

  /** keys were fetched at least once */
  get loaded(): boolean {
    return this.#loadedAt !== never;
  }

  /** why the last attempt failed; null when it did not */
  get problem(): IdentityError | null {
    return this.#problem;
  }

  /** Fetches the keys if it is time to. Never throws: see {@link problem}. */
  async refreshIfDue(): Promise<void> {
    const age = this.#clock() - this.#loadedAt;
    if (age >= this.#times.refreshAfter && this.#mayAttempt()) await this.#refresh().catch(() => undefined);
  }

  /**
   * Before keys as they are may be relied on; resolves at once while they are young, and also while the issuer does not answer: a
   * login waits only where nobody tried since the keys got old (the process slept).
   */
  async fresh(): Promise<void> {
    const age = this.#clock() - this.#loadedAt;
    if (age < this.#times.refreshAfter) return;
    const tried = this.#attemptedAt >= this.#loadedAt + this.#times.refreshAfter;
    if (age >= this.#times.staleAfter && !(this.loaded && tried)) await this.refreshIfDue();
    else void this.refreshIfDue();
    if (!this.loaded)
      throw this.#problem ?? new IdentityError('issuer-unavailable', 'the keys of the issuer are not loaded yet');
  }

  /**
   * @returns the keys that can have made a signature, most often one; never empty
   * @throws IdentityError `key` when there is none, `issuer-unavailable` when no keys were ever fetched
   */
  async find(kid: string | null, algorithm: string): Promise<readonly SigningKey[]> {
    await this.fresh();
    let found = this.#candidates(kid, algorithm);
    if (found.length === 0) {
      await this.#lookAgain();
      found = this.#candidates(kid, algorithm);
    }
    if (found.length === 0) throw new IdentityError('key', 'the issuer has no key of that kid and alg');
    if (kid === null && found.length > 1)
      throw new IdentityError('key', 'the token has no kid, and several keys of the issuer fit');
    return found;
  }

  #candidates(kid: string | null, algorithm: string): readonly SigningKey[] {
    return this.#keys.filter((key) => (kid === null || key.kid === kid) && key.algorithms.includes(algorithm));
  }

  /** An unknown key id may be a new key. It may also be invented: one fetch in a while serves all who ask. */
  async #lookAgain(): Promise<void> {
    if (this.#running) return this.#running.catch(() => undefined);
    if (this.#clock() - this.#unknownAt < this.#times.unknownKeyPause) return;
    this.#unknownAt = this.#clock();
    await this.#refresh().catch(() => undefined);
  }

  #mayAttempt(): boolean {
    if (this.#running) return true;
    const pause = this.loaded ? this.#times.unknownKeyPause : this.#times.firstLoadPause;
    return this.#clock() - Math.max(this.#attemptedAt, this.#unknownAt) >= pause;
  }

  #refresh(): Promise<void> {
    this.#running ??= this.#fetch().finally(() => (this.#running = null));
    return this.#running;
  }

  async #fetch(): Promise<void> {
    this.#attemptedAt = this.#clock();
    try {
      const url = await this.#discover();
      this.#adopt(await this.#documents.keys(url));
      this.#loadedAt = this.#clock();
      this.#problem = null;
    } catch (error) {
      this.#problem =
        error instanceof IdentityError
          ? error
          : new IdentityError('issuer-unavailable', 'the keys of the issuer cannot be fetched', { cause: error });
      // the keys may have moved: ask where they are before the next attempt
      this.#discoveredAt = never;
      throw this.#problem;
    }
  }

  async #discover(): Promise<URL> {
    if (this.#url && this.#clock() - this.#discoveredAt < this.#times.discoverAfter) return this.#url;
    this.#url = await this.#documents.keysUrl();
    this.#discoveredAt = this.#clock();
    return this.#url;
  }

  #adopt(listed: readonly SigningKey[]): void {
    const known = new Map(this.#keys.map((key) => [key.identity, key]));
    // a key that stays remains the same object: what was verified with it stays verified
    this.#keys = listed.map((key) => known.get(key.identity) ?? key);
    const kept = new Set(this.#keys);
    for (const key of known.values()) if (!kept.has(key)) key.alive = false;
  }
}
