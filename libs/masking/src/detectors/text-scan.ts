import { code, codes, isOf, SETS } from './characters.js';
import { DigitGroups } from './digit-groups.js';

const BACKSLASH = code('\\');
const DASH = code('-');
const DOT = code('.');

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
  /** where the last value of a name ends, whatever is in it */
  valueEnd = -1;

  /** the number at the current place */
  readonly groups = new DigitGroups();

  begin(bytes: Uint8Array, from: number, to: number): void {
    this.bytes = bytes;
    this.from = from;
    this.to = to;
    this.start = this.end = from;
    this.hostAt = this.passwordAt = this.passwordEnd = this.valueEnd = -1;
    this.groups.begin(bytes, to);
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
    return !isOf(before, set) || (this.at(place - 2) === BACKSLASH && ESCAPED.has(before));
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
}
