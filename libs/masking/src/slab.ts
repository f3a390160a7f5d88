const PIECE_BYTES = 256 * 1024;

/** Below this a piece is not worth going on with after its content was taken. */
const WORTH_KEEPING_BYTES = 16 * 1024;

/**
 * Output that grows in large pieces. What `take` has given out is never written again; the memory belongs to whoever holds the views.
 * `buffer` and `at` are open to writers in loops: `reserve`, write from `at` on, set `at`.
 */
export class Slab {
  buffer: Buffer;
  at = 0;
  private from = 0;
  private full: Buffer[] = [];
  private fullBytes = 0;

  constructor(private readonly pieceBytes = PIECE_BYTES) {
    this.buffer = Buffer.allocUnsafeSlow(pieceBytes);
  }

  /** Bytes written since the last `take`. */
  size(): number {
    return this.fullBytes + this.at - this.from;
  }

  /** Makes `bytes` contiguous bytes free from `at` on; more than a piece get one of their own. */
  reserve(bytes: number): void {
    if (this.buffer.length - this.at >= bytes) return;
    this.closeRegion();
    this.startPiece(bytes);
  }

  append(source: Buffer, start: number, end: number): void {
    this.reserve(end - start);
    this.at += source.copy(this.buffer, this.at, start, end);
  }

  /** Views of what was written since the last call, in order; empty when nothing was. */
  take(): Buffer[] {
    this.closeRegion();
    const taken = this.full;
    this.full = [];
    this.fullBytes = 0;
    if (this.buffer.length - this.at < WORTH_KEEPING_BYTES) this.startPiece(0);
    return taken;
  }

  private closeRegion(): void {
    if (this.at === this.from) return;
    this.full.push(this.buffer.subarray(this.from, this.at));
    this.fullBytes += this.at - this.from;
    this.from = this.at;
  }

  private startPiece(bytes: number): void {
    this.buffer = Buffer.allocUnsafeSlow(Math.max(this.pieceBytes, bytes));
    this.at = 0;
    this.from = 0;
  }
}
