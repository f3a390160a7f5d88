import { isOf, SETS } from './characters.js';

/** More digits than the longest number that is looked for has. */
const MOST_DIGITS = 20;
const MOST_GROUPS = 8;
/** a power of two, more than twice `MOST_GROUPS` */
const RING = 32;
const SLOT = RING - 1;

const DASH = 0x2d;
const SPACE = 0x20;
const ZERO = 0x30;

/**
 * Groups of digits from a place of a text on, one blank or dash between each two. Going through a text each group is read once, and kept
 * while it can be part of a number that began before it.
 */
export class DigitGroups {
  #bytes: Uint8Array = new Uint8Array(0);
  #to = 0;
  readonly #starts = new Int32Array(RING);
  readonly #ends = new Int32Array(RING);
  #first = 0;
  #filled = 0;
  readonly #digits = new Uint8Array(MOST_DIGITS);

  /** A text, up to `to`. */
  begin(bytes: Uint8Array, to: number): void {
    this.#bytes = bytes;
    this.#to = to;
    this.#first = this.#filled = 0;
  }

  /** Goes to the digit at a place, behind all places so far. @returns where its group ends */
  moveTo(place: number): number {
    while (this.#first < this.#filled && (this.#starts[this.#first & SLOT] as number) < place) this.#first += 1;
    if (this.#first === this.#filled || this.#starts[this.#first & SLOT] !== place) {
      this.#first = this.#filled = 0;
      this.#read(place);
    }
    while (this.#filled - this.#first < MOST_GROUPS) {
      const end = this.#ends[(this.#filled - 1) & SLOT] as number;
      if (end + 1 >= this.#to || !isSeparator(this.#bytes[end] as number)) break;
      if (!isOf(this.#bytes[end + 1], SETS.digit)) break;
      this.#read(end + 1);
    }
    return this.#ends[this.#first & SLOT] as number;
  }

  #read(start: number): void {
    let at = start + 1;
    while (at < this.#to && isOf(this.#bytes[at], SETS.digit)) at += 1;
    this.#starts[this.#filled & SLOT] = start;
    this.#ends[this.#filled & SLOT] = at;
    this.#filled += 1;
  }

  /** how many there are, 8 at most */
  get count(): number {
    return Math.min(MOST_GROUPS, this.#filled - this.#first);
  }

  /** Digits of a group, 0 where there is none. @param group 0 is the one at the place */
  size(group: number): number {
    const slot = (this.#first + group) & SLOT;
    return this.#first + group < this.#filled ? (this.#ends[slot] as number) - (this.#starts[slot] as number) : 0;
  }

  /** Where a group ends. */
  end(group: number): number {
    return this.#ends[(this.#first + group) & SLOT] as number;
  }

  /**
   * Whether the digits here stand in groups of these sizes, the same separator between each two.
   * @returns where they end; -1: they do not
   */
  match(sizes: readonly number[], separator?: number): number {
    for (let i = 0; i < sizes.length; i++) if (this.size(i) !== sizes[i]) return -1;
    const wanted = separator ?? this.#bytes[this.end(0)];
    for (let i = 0; i < sizes.length - 1; i++) if (this.#bytes[this.end(i)] !== wanted) return -1;
    return this.end(sizes.length - 1);
  }

  /** The digits of the first groups, 20 at most; the array is that of the next call too. @param most groups */
  digits(most = MOST_GROUPS): Uint8Array {
    const end = this.end(Math.min(most, this.count) - 1);
    let count = 0;
    for (let at = this.#starts[this.#first & SLOT] as number; at < end && count < MOST_DIGITS; at++) {
      const digit = (this.#bytes[at] as number) - ZERO;
      if (digit >= 0) this.#digits[count++] = digit;
    }
    return this.#digits;
  }
}

const isSeparator = (byte: number): boolean => byte === SPACE || byte === DASH;

/** The number that digits `from` to `to` (excluded) make. */
export function numberOf(digits: Uint8Array, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i++) value = value * 10 + (digits[i] as number);
  return value;
}
