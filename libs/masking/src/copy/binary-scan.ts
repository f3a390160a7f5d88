import { MaskingError } from '../masking.error.js';
import type { CopyPiece, PieceScan } from './piece-scan.js';

const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');
const FLAGS_BYTES = 4;
const INT16 = 2;
const INT32 = 4;

type Step = 'signature' | 'flags' | 'extension-length' | 'extension' | 'count' | 'length' | 'value' | 'over';

/** Walks the binary format: signature, flags, extension, then rows of (count, (length, value)*), then -1. */
export class BinaryScan implements PieceScan {
  kind: CopyPiece['kind'] = 'header';
  #step: Step = 'signature';
  /** bytes left of the part that is being read */
  #left = SIGNATURE.length;
  #number = 0;
  /** values left of the row */
  #values = 0;

  end(chunk: Buffer, at: number): number {
    for (let i = at; i < chunk.length;) {
      if (this.#step === 'over') throw new MaskingError('row-bytes', 'a COPY stream goes on after its end');
      if (this.#step === 'value' || this.#step === 'extension' || this.#step === 'flags') {
        const taken = Math.min(this.#left, chunk.length - i);
        i += taken;
        this.#left -= taken;
      } else {
        const byte = chunk[i] as number;
        if (this.#step === 'signature' && byte !== SIGNATURE[SIGNATURE.length - this.#left])
          throw new MaskingError('row-bytes', 'a COPY stream does not begin as the binary format does');
        this.#number = (this.#number << 8) | byte;
        i++;
        this.#left--;
      }
      if (this.#left === 0 && this.#next()) return i;
    }
    return -1;
  }

  /** A part was read. @returns whether a piece ended with it */
  #next(): boolean {
    const number = this.#number;
    this.#number = 0;
    switch (this.#step) {
      case 'signature':
        return this.#expect('flags', FLAGS_BYTES);
      case 'flags':
        return this.#expect('extension-length', INT32);
      case 'extension-length':
        if (number < 0) throw outOfRow();
        return number === 0 ? this.#pieceEnds('header') : this.#expect('extension', number);
      case 'extension':
        return this.#pieceEnds('header');
      case 'count':
        if (number === 0xffff) return this.#pieceEnds('trailer');
        this.#values = number;
        return this.#value();
      case 'length': {
        this.#values -= 1;
        if (number < -1) throw outOfRow();
        return number <= 0 ? this.#value() : this.#expect('value', number);
      }
      case 'value':
        return this.#value();
      case 'over':
        return false;
      default:
        return this.#step satisfies never;
    }
  }

  #value(): boolean {
    return this.#values === 0 ? this.#pieceEnds('row') : this.#expect('length', INT32);
  }

  #expect(step: Step, bytes: number): boolean {
    this.#step = step;
    this.#left = bytes;
    return false;
  }

  #pieceEnds(kind: CopyPiece['kind']): boolean {
    this.kind = kind;
    this.#expect(kind === 'trailer' ? 'over' : 'count', INT16);
    return true;
  }
}

const outOfRow = (): MaskingError => new MaskingError('row-bytes', 'a row of a COPY does not match its own lengths');
