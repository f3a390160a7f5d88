import type { CopyShape } from '@app/sql';
import { MaskingError } from '../masking.error.js';
import { BinaryScan } from './binary-scan.js';
import { LineScan } from './line-scan.js';
import type { CopyPiece, PieceScan } from './piece-scan.js';

/** What becomes of a piece that is longer than the bound. */
export type Oversize = 'refuse' | 'drop';

const EMPTY = Buffer.alloc(0);

/**
 * Takes the bytes of a COPY stream, cut anywhere, and gives its pieces whole. A piece that lies in one chunk is a view of it.
 * @see PostgreSQL manual, COPY, "File Formats"
 */
export class CopyRows {
  readonly #scan: PieceScan;
  readonly #most: number;
  readonly #oversize: Oversize;
  #kept: Buffer[] = [];
  #pending = 0;

  /**
   * @param most bytes of a piece that are kept together
   * @param oversize `refuse`: a longer one is a MaskingError; `drop`: only its size is told
   */
  constructor(shape: CopyShape, does: 'in' | 'out', most: number, oversize: Oversize) {
    this.#scan = shape.format === 'binary' ? new BinaryScan() : new LineScan(shape, does === 'in');
    this.#most = most;
    this.#oversize = oversize;
  }

  /** Bytes of a piece that has not ended. */
  get pending(): number {
    return this.#pending;
  }

  /** @throws MaskingError for bytes that are no such stream, and for pieces above the bound */
  push(chunk: Buffer): CopyPiece[] {
    const pieces: CopyPiece[] = [];
    let from = 0;
    for (let end = this.#scan.end(chunk, 0); end >= 0; end = this.#scan.end(chunk, from)) {
      pieces.push(this.#piece(chunk.subarray(from, end), this.#scan.kind));
      from = end;
      if (from === chunk.length) return pieces;
    }
    this.#keep(chunk.subarray(from));
    return pieces;
  }

  /** The stream is over. @returns a last row without a line end; null: nothing is left */
  finish(): CopyPiece | null {
    return this.#pending === 0 ? null : this.#piece(EMPTY, 'row');
  }

  #piece(last: Buffer, kind: CopyPiece['kind']): CopyPiece {
    const size = this.#pending + last.length;
    this.#bound(size);
    const bytes = size > this.#most ? EMPTY : this.#pending === 0 ? last : Buffer.concat([...this.#kept, last]);
    this.#kept = [];
    this.#pending = 0;
    return { kind, bytes, size };
  }

  #keep(part: Buffer): void {
    this.#pending += part.length;
    this.#bound(this.#pending);
    if (this.#pending > this.#most) this.#kept = [];
    else if (part.length > 0) this.#kept.push(part);
  }

  #bound(size: number): void {
    if (size > this.#most && this.#oversize === 'refuse')
      throw new MaskingError('row-size', 'a row of a COPY is longer than a message can be');
  }
}
