import { code, codes, isOf, SETS } from './characters.js';

/** Digits that are read from one place on: more than the longest number that is looked for. */
const MOST_DIGITS = 20;
const MOST_GROUPS = 8;
const FEWEST_DIGITS = 6;

const BACKSLASH = code('\\');
const DASH = code('-');
const DOT = code('.');
const SPACE = code(' ');
const BRACKET = code('(');
const ZERO = code('0');

/** letters that stand for a character behind a backslash, in JSON and in COPY: `\n4539…` begins with the 4 */
const ESCAPED = codes('nrtbfv');

/** A text under examination: where it is looked at, the digits there, and what was found. Reused for all texts of a thread. */
export class TextScan {
  bytes: Uint8Array = new Uint8Array(0);
  /** where the text begins and ends in `bytes` */
  from = 0;
  to = 0;
  /** what was found */
  start = 0;
  end = 0;
  /** where the parts of a connection string were last seen; -1: not yet */
  hostAt = -1;
  passwordAt = -1;
  passwordEnd = -1;

  /** groups of digits from the current place on, one blank or dash between each two */
  groups = 0;
  readonly sizes = new Uint8Array(MOST_GROUPS);
  readonly ends = new Int32Array(MOST_GROUPS);
  readonly separators = new Uint8Array(MOST_GROUPS);
  readonly digits = new Uint8Array(MOST_DIGITS);
  /** digits read in all */
  count = 0;

  begin(bytes: Uint8Array, from: number, to: number): void {
    this.bytes = bytes;
    this.from = from;
    this.to = to;
    this.start = this.end = from;
    this.hostAt = this.passwordAt = this.passwordEnd = -1;
  }

  /** The byte at a place; undefined outside of the text. */
  at(place: number): number | undefined {
    return place >= this.from && place < this.to ? this.bytes[place] : undefined;
  }

  /** Whether this ASCII text stands there. */
  has(text: string, place: number): boolean {
    if (place < this.from || place + text.length > this.to) return false;
    for (let i = 0; i < text.length; i++) if (this.bytes[place + i] !== text.charCodeAt(i)) return false;
    return true;
  }

  /** The same in letters of any case. @param text in lower case */
  hasAnyCase(text: string, place: number): boolean {
    if (place < this.from || place + text.length > this.to) return false;
    for (let i = 0; i < text.length; i++) {
      const byte = this.bytes[place + i] as number;
      const lower = isOf(byte, SETS.upper) ? byte | 0x20 : byte;
      if (lower !== text.charCodeAt(i)) return false;
    }
    return true;
  }

  /** How many bytes of a set follow each other from a place on, `most` at most. */
  run(place: number, set: number, most: number): number {
    const last = Math.min(this.to, place + most);
    let at = place;
    while (at < last && isOf(this.bytes[at], set)) at += 1;
    return at - place;
  }

  /** Keeps what was found. */
  found(start: number, end: number): true {
    this.start = start;
    this.end = end;
    return true;
  }

  /** No letter or digit stands before it, unless it is the second half of an escape sequence. */
  beginsWord(place: number, set: number = SETS.alphanumeric): boolean {
    const before = this.at(place - 1);
    return !isOf(before, set) || (this.at(place - 2) === BACKSLASH && ESCAPED.has(before as number));
  }

  /** A number begins there: it is neither the end of a longer one nor of a word, nor the fraction of a decimal one. */
  beginsNumber(place: number): boolean {
    if (!this.beginsWord(place)) return false;
    const before = this.at(place - 1);
    return (before !== DASH && before !== DOT) || !isOf(this.at(place - 2), SETS.digit);
  }

  /** A number (or a code that ends in a letter) ends there. */
  endsNumber(place: number): boolean {
    const next = this.at(place);
    if (isOf(next, SETS.alphanumeric)) return false;
    return (next !== DASH && next !== DOT) || !isOf(this.at(place + 1), SETS.digit);
  }

  /** Whether a value can begin with the digits read here, or with the letters or the bracket before them. */
  mayBegin(place: number): boolean {
    const before = this.at(place - 1);
    return this.count >= FEWEST_DIGITS || isOf(before, SETS.letter) || before === BRACKET;
  }

  /** Reads digits and single separators. @returns where the first group ends, however long it is */
  readGroups(place: number): number {
    this.groups = this.count = 0;
    let at = place;
    for (;;) {
      const start = at;
      while (at < this.to && this.count < MOST_DIGITS && isOf(this.bytes[at], SETS.digit)) {
        this.digits[this.count++] = (this.bytes[at] as number) - ZERO;
        at += 1;
      }
      if (this.count === MOST_DIGITS && isOf(this.at(at), SETS.digit)) return this.cut(place, start, at);
      this.sizes[this.groups] = at - start;
      this.ends[this.groups] = at;
      this.groups += 1;
      const separator = this.at(at);
      if (separator !== SPACE && separator !== DASH) break;
      if (this.groups === MOST_GROUPS || this.count === MOST_DIGITS || !isOf(this.at(at + 1), SETS.digit)) break;
      this.separators[this.groups - 1] = separator;
      at += 1;
    }
    return this.ends[0] as number;
  }

  /** The last group is longer than any that is looked for: it is none, and if it was the first nothing is here. */
  private cut(place: number, start: number, at: number): number {
    this.count -= at - start;
    if (start !== place) return this.ends[0] as number;
    let end = at;
    while (end < this.to && isOf(this.bytes[end], SETS.digit)) end += 1;
    return end;
  }

  /**
   * Whether the digits here stand in groups of these sizes, the same separator between each two.
   * @returns where they end; -1: they do not
   */
  grouped(sizes: readonly number[], separator?: string): number {
    if (this.groups < sizes.length) return -1;
    for (let i = 0; i < sizes.length; i++) if (this.sizes[i] !== sizes[i]) return -1;
    const wanted = separator === undefined ? this.separators[0] : code(separator);
    for (let i = 0; i < sizes.length - 1; i++) if (this.separators[i] !== wanted) return -1;
    return this.ends[sizes.length - 1] as number;
  }

  /** The number that digits `from` to `to` (excluded) of those read here make. */
  number(from: number, to: number): number {
    let value = 0;
    for (let i = from; i < to; i++) value = value * 10 + (this.digits[i] as number);
    return value;
  }
}
