import { Slab } from '../slab.js';

const PIECE_BYTES = 64 * 1024;

/** A run of untouched bytes from here on is given out as a view of the chunk, not copied. */
const VIEW_BYTES = 8 * 1024;

/** What a rewriter gives out: small pieces side by side in one slab, long untouched runs as views. */
export class JsonOutput {
  /** bytes given out since the beginning */
  total = 0;
  private slab: Slab | null = null;
  private pieces: Uint8Array[] = [];

  /** The bytes `[start, end)` of a chunk of the caller's. */
  verbatim(chunk: Buffer, start: number, end: number): void {
    if (start === end) return;
    this.total += end - start;
    if (end - start < VIEW_BYTES && (this.slab !== null || start > 0)) {
      this.copy(chunk, start, end);
      return;
    }
    this.closeSlab();
    this.pieces.push(start === 0 && end === chunk.length ? chunk : chunk.subarray(start, end));
  }

  /** Bytes that the caller will use again. */
  copied(source: Buffer, start: number, end: number): void {
    this.total += end - start;
    this.copy(source, start, end);
  }

  take(): Uint8Array[] {
    this.closeSlab();
    const taken = this.pieces;
    this.pieces = [];
    return taken;
  }

  private copy(source: Buffer, start: number, end: number): void {
    this.slab ??= new Slab(PIECE_BYTES);
    this.slab.append(source, start, end);
  }

  private closeSlab(): void {
    if (this.slab !== null && this.slab.size() > 0) this.pieces.push(...this.slab.take());
  }
}
