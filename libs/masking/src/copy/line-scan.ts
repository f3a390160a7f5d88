import type { CopyShape } from '@app/sql';
import type { CopyPiece, PieceScan } from './piece-scan.js';

const LF = 0x0a;
const CR = 0x0d;
const BACKSLASH = 0x5c;

/** Finds the line ends of text and CSV that are no part of a value, as the server's CopyReadLineText does. */
export class LineScan implements PieceScan {
  kind: CopyPiece['kind'] = 'row';
  readonly #csv: boolean;
  readonly #quote: number;
  /** 0 where it is the quote itself: that is a toggle */
  readonly #escape: number;
  /** lines of clients may end in CR or CR LF; the first one decides */
  readonly #anyEnd: boolean;
  #ends: 'unknown' | 'lf' | 'cr' = 'unknown';
  #header: boolean;
  /** text: the byte before was a backslash; CSV: it was an escape inside quotes */
  #escaped = false;
  #quoted = false;
  /** the byte before was a CR, and the first line may have ended with it */
  #afterCr = false;

  constructor(shape: CopyShape, anyEnd: boolean) {
    this.#csv = shape.format === 'csv';
    this.#quote = shape.quote.charCodeAt(0);
    this.#escape = shape.escape === shape.quote ? 0 : shape.escape.charCodeAt(0);
    this.#anyEnd = anyEnd;
    this.#header = shape.header;
    if (!anyEnd) this.#ends = 'lf';
  }

  end(chunk: Buffer, at: number): number {
    for (let i = at; i < chunk.length; i++) {
      const byte = chunk[i] as number;
      if (this.#afterCr) {
        this.#afterCr = false;
        // a CR that no LF follows ended the line before this byte
        if (byte !== LF) {
          this.#ends = 'cr';
          if (i > at) return this.#ended(i);
          // it was the last byte of the chunk before: the piece ends where this one begins
          return this.#ended(at);
        }
      }
      if (this.#csv ? this.#isCsvData(byte) : this.#isTextData(byte)) continue;
      if (byte === LF && this.#ends !== 'cr') {
        this.#ends = 'lf';
        return this.#ended(i + 1);
      }
      if (byte === CR && this.#ends === 'cr') return this.#ended(i + 1);
      if (byte === CR && this.#ends === 'unknown' && this.#anyEnd) this.#afterCr = true;
    }
    return -1;
  }

  #ended(at: number): number {
    this.kind = this.#header ? 'header' : 'row';
    this.#header = false;
    return at;
  }

  #isTextData(byte: number): boolean {
    if (this.#escaped) {
      this.#escaped = false;
      return true;
    }
    this.#escaped = byte === BACKSLASH;
    return this.#escaped;
  }

  /** Quotes count wherever they stand, an escape only inside them. */
  #isCsvData(byte: number): boolean {
    if (this.#quoted && this.#escape !== 0 && byte === this.#escape) this.#escaped = !this.#escaped;
    if (byte === this.#quote && !this.#escaped) this.#quoted = !this.#quoted;
    if (byte !== this.#escape || this.#escape === 0) this.#escaped = false;
    return this.#quoted;
  }
}
