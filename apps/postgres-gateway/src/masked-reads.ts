import type { Principal } from '@app/identity';
import { forgetOldest } from '@app/platform';

/** So long after somebody was last given masked values of a column, a value like them may be one of them, ms. */
const REMEMBERED_MS = 12 * 3_600_000;
/** How often the same is told to the other workers again, ms. */
const AGAIN_MS = REMEMBERED_MS / 4;
/** People by target remembered at once; the least recently used are forgotten. */
const PEOPLE = 5_000;
/** Columns of one of them; of whoever read more, all are taken for read. */
const COLUMNS = 2_000;

/** What one person was given masked at one target: by place, when, ms. */
type Given = Map<string, number>;

/** A word between workers. */
type Word = readonly [who: string, places: readonly string[]];

/** A column by its relation, or, where nothing tells the relation, all columns of a class. */
export type MaskedPlace = { readonly relationOid: number; readonly attnum: number } | { readonly class: string };

/**
 * Who was given masked values of which columns, in this process and its siblings: a program may read by one connection and write by
 * another. No value is kept.
 */
export class MaskedReads {
  readonly #say: (word: string) => void;
  readonly #now: () => number;
  readonly #given = new Map<string, Given>();
  readonly #names = new WeakMap<Principal, string>();

  /** @param say tells the other workers a word @param now ms */
  constructor(say: (word: string) => void, now: () => number) {
    this.#say = say;
    this.#now = now;
  }

  /** Masked values of these places leave for a person. */
  give(principal: Principal, target: string, places: readonly MaskedPlace[]): void {
    if (places.length === 0) return;
    const who = this.#nameOf(principal, target);
    const given = this.#of(who);
    const now = this.#now();
    const news = places.map(keyOf).filter((key) => now - (given.get(key) ?? -Infinity) > AGAIN_MS);
    if (news.length === 0) return;
    this.#note(given, news, now);
    const word: Word = [who, news];
    this.#say(JSON.stringify(word));
  }

  /** Another worker gave them. */
  told(word: string): void {
    const [who, places] = JSON.parse(word) as Word;
    this.#note(this.#of(who), places, this.#now());
  }

  /** Whether a person was given masked values of the column. */
  gave(principal: Principal, target: string, place: { relationOid: number; attnum: number; class: string }): boolean {
    const given = this.#given.get(this.#nameOf(principal, target));
    if (given === undefined) return false;
    if (given.size >= COLUMNS) return true;
    const now = this.#now();
    return [keyOf(place), keyOf({ class: place.class })].some(
      (key) => now - (given.get(key) ?? -Infinity) <= REMEMBERED_MS,
    );
  }

  #note(given: Given, keys: readonly string[], now: number): void {
    for (const key of keys) if (given.size < COLUMNS || given.has(key)) given.set(key, now);
  }

  #of(who: string): Given {
    const given = this.#given.get(who) ?? new Map<string, number>();
    this.#given.delete(who);
    this.#given.set(who, given);
    forgetOldest(this.#given, PEOPLE);
    return given;
  }

  #nameOf(principal: Principal, target: string): string {
    let name = this.#names.get(principal);
    if (name === undefined) this.#names.set(principal, (name = JSON.stringify([principal.iss, principal.sub])));
    return `${target} ${name}`;
  }
}

function keyOf(place: MaskedPlace): string {
  return 'relationOid' in place ? `${place.relationOid}.${place.attnum}` : `class ${place.class}`;
}
