import type { Principal } from '@app/identity';
import { forgetOldest } from '@app/platform';
import type { OracleDemand } from './described.js';

/** Pieces of a window: what is older than the window by up to one of them still counts. */
const PIECES = 16;
/** Persons by class and kind remembered at once; the least recently used are forgotten. */
const KEYS = 10_000;

/** Uses of one person, class and kind, by piece of the window. */
interface Uses {
  /** ms of one piece */
  readonly piece: number;
  /** by number of the piece, modulo their number */
  readonly counts: Uint32Array;
  /** number of the newest piece */
  newest: number;
}

/** One use, as the workers of a gateway tell each other. */
type Word = readonly [key: string, per: number, times: number];

/**
 * How often each person learned of a class by a kind of use, over a sliding window. The workers of one gateway count together: each tells
 * the others what it let pass, so that between two of them a limit may be overrun by what passes in the milliseconds a word takes.
 * Nothing is kept across a restart, and replicas count on their own.
 */
export class UseCounts {
  readonly #say: (word: string) => void;
  /** in order of their last use */
  readonly #uses = new Map<string, Uses>();

  /** @param say tells the other workers a word */
  constructor(say: (word: string) => void) {
    this.#say = say;
  }

  /**
   * Counts the uses of one operation, all or none.
   * @param now ms
   * @returns the demand whose limit is reached; null: counted, the operation may go on
   */
  take(principal: Principal, demands: readonly OracleDemand[], now: number): OracleDemand | null {
    const counted = demands.flatMap((demand) =>
      demand.allows === 'nothing' ? [] : [{ demand, ...demand.allows, key: keyOf(principal, demand) }],
    );
    for (const { demand, count, per, key } of counted)
      if (this.#sum(key, per, now) + demand.times > count) return demand;
    for (const { demand, key, per } of counted) {
      this.#add(key, per, now, demand.times);
      const word: Word = [key, per, demand.times];
      this.#say(JSON.stringify(word));
    }
    return null;
  }

  /** Another worker let one pass. */
  told(word: string, now: number): void {
    const [key, per, times] = JSON.parse(word) as Word;
    this.#add(key, per, now, times);
  }

  #sum(key: string, per: number, now: number): number {
    const uses = this.#of(key, per, now);
    return uses.counts.reduce((sum, count) => sum + count, 0);
  }

  #add(key: string, per: number, now: number, times: number): void {
    const { counts, newest } = this.#of(key, per, now);
    const at = newest % counts.length;
    counts[at] = (counts[at] ?? 0) + times;
  }

  /** Moved on to `now`: what is older than the window is gone. */
  #of(key: string, per: number, now: number): Uses {
    const piece = per / PIECES;
    const known = this.#uses.get(key);
    const current = Math.floor(now / piece);
    const uses = known?.piece === piece ? known : { piece, counts: new Uint32Array(PIECES + 1), newest: current };
    const { counts } = uses;
    for (let step = Math.min(current - uses.newest, counts.length); step > 0; step--)
      counts[(current - step + 1) % counts.length] = 0;
    uses.newest = Math.max(uses.newest, current);
    this.#uses.delete(key);
    this.#uses.set(key, uses);
    forgetOldest(this.#uses, KEYS);
    return uses;
  }
}

function keyOf({ iss, sub }: Principal, { kind, class: name }: OracleDemand): string {
  return JSON.stringify([iss, sub, name, kind]);
}
