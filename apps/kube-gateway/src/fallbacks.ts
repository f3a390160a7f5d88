import type { Principal } from '@app/identity';

/** A fallback to another protocol follows within this. */
const FALLBACK_MS = 5_000;
const MOST = 1_000;

/** What was answered instead of an upgrade: a Status. */
export interface RefusedUpgrade {
  readonly code: number;
  /** JSON of the Status */
  readonly body: string;
  /** id of the operation in the record */
  readonly operation: string;
}

interface Remembered {
  readonly refused: RefusedUpgrade;
  readonly at: number;
}

/**
 * Refusals of a moment ago, by who asked for what in which invocation: kubectl repeats over SPDY what was refused over WebSocket, on a
 * new connection that may lead to another worker, and prints the second answer only. It is one refusal, recorded once.
 */
export class Fallbacks {
  readonly #tellOthers: (word: string) => void;
  readonly #known = new Map<string, Remembered>();

  /** @param tellOthers tells the other workers of this gateway a word */
  constructor(tellOthers: (word: string) => void) {
    this.#tellOthers = tellOthers;
  }

  /** Keeps a refusal. @param invocation `Kubectl-Session`; without one nothing is repeated @param hmac of the operation */
  refused(principal: Principal, invocation: string | null, hmac: string, refused: RefusedUpgrade, now: number): void {
    if (invocation === null) return;
    const key = keyOf(principal, invocation, hmac);
    this.#keep(key, { refused, at: now });
    this.#tellOthers(JSON.stringify({ key, refused, at: now }));
  }

  /** @returns what was answered to the same operation a moment ago, once; null: nothing */
  take(principal: Principal, invocation: string | null, hmac: string, now: number): RefusedUpgrade | null {
    if (invocation === null) return null;
    const key = keyOf(principal, invocation, hmac);
    const found = this.#known.get(key);
    this.#known.delete(key);
    return found !== undefined && now - found.at <= FALLBACK_MS ? found.refused : null;
  }

  /** A word of another worker. */
  told(word: string): void {
    const { key, refused, at } = JSON.parse(word) as Remembered & { readonly key: string };
    this.#keep(key, { refused, at });
  }

  #keep(key: string, remembered: Remembered): void {
    if (this.#known.size >= MOST) this.#known.delete(this.#known.keys().next().value ?? '');
    this.#known.set(key, remembered);
  }
}

function keyOf({ iss, sub, act }: Principal, invocation: string, hmac: string): string {
  return JSON.stringify([iss, sub, act, invocation, hmac]);
}
