import type { MintedCredential, MintedCredentials } from '@app/identity';
import { within } from '../approvals/within.js';

/** What {@link KnownCredentials} is made of. */
export interface KnownCredentialsParts {
  readonly source: MintedCredentials;
  /** issuers of the configuration: what somebody of another one minted opens nothing any more */
  readonly issuers: ReadonlySet<string>;
  /** monotonic clock, ms */
  readonly clock: () => number;
}

/** ms an answer counts as if it had just been given */
const FRESH_MS = 5_000;
/** the same for "there is none", so that what was minted a moment ago is found */
const FRESH_NONE_MS = 1_000;
/** ms a credential found earlier may be used while the database is down, since it was last found */
const STALE_MS = 60_000;
/** credentials kept; the least recently asked for go first */
const MOST = 10_000;
/** names asked about at one time: invented ones must not queue without end before the few connections there are */
const MOST_ASKING = 64;
/** ms a client that logs in waits for the database */
const ANSWER_MS = 5_000;

const shape = /^sp_[0-9A-Za-z]{22}$/u;

interface Known {
  readonly credential: MintedCredential | null;
  readonly at: number;
}

/**
 * Minted credentials as a gateway knows them: asked of the database, remembered for seconds, so that a pool that opens fifty connections asks
 * once. A revocation comes by the deny-list as well, whatever is remembered here. While the database is down only what was found less than
 * a minute ago is known; of everything else it cannot be known, and nobody is let in.
 */
export class KnownCredentials implements MintedCredentials {
  readonly #parts: KnownCredentialsParts;
  readonly #known = new Map<string, Known>();
  readonly #asking = new Map<string, Promise<MintedCredential | null>>();

  constructor(parts: KnownCredentialsParts) {
    this.#parts = parts;
  }

  async find(name: string): Promise<MintedCredential | null> {
    // costs a stranger nothing, and the database neither
    if (!shape.test(name)) return null;
    const known = this.#known.get(name);
    if (known && this.#age(known) < (known.credential ? FRESH_MS : FRESH_NONE_MS)) return known.credential;
    try {
      return await this.#ask(name);
    } catch (error) {
      const last = this.#known.get(name);
      if (last?.credential && this.#age(last) < STALE_MS) return last.credential;
      throw error;
    }
  }

  #age({ at }: Known): number {
    return this.#parts.clock() - at;
  }

  /** One question for all who ask for the same at once. */
  #ask(name: string): Promise<MintedCredential | null> {
    const asked = this.#asking.get(name);
    if (asked) return asked;
    if (this.#asking.size >= MOST_ASKING)
      return Promise.reject(new Error(`${MOST_ASKING} credentials are being looked up already`));
    const asking = this.#look(name).finally(() => this.#asking.delete(name));
    this.#asking.set(name, asking);
    return asking;
  }

  async #look(name: string): Promise<MintedCredential | null> {
    const at = this.#parts.clock();
    const found = await within(ANSWER_MS, 'say what a credential is', this.#parts.source.find(name));
    const credential = found && this.#parts.issuers.has(found.principal.iss) ? found : null;
    this.#known.delete(name);
    this.#known.set(name, { credential, at });
    const [oldest] = this.#known.keys();
    if (this.#known.size > MOST && oldest !== undefined) this.#known.delete(oldest);
    return credential;
  }
}
