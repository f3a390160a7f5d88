import type { LengthTable } from './limits.js';
import { ProtocolError } from './protocol.error.js';
import { SQLSTATE } from './sqlstate.js';

/** Type byte and the int32 length, which counts itself. */
export const HEADER_LENGTH = 5;

/** Called once per whole frame: `start..end` of `buffer` includes the header. */
export type OnFrame = (type: number, buffer: Buffer, start: number, end: number) => void;

/** A carried frame is allocated at once up to here; beyond, it grows with what has really arrived. */
const PRESIZED_BYTES = 1024 * 1024;

/**
 * Cuts a byte stream into frames. A frame that is whole inside a chunk is reported in place; one split over chunks is assembled in a
 * buffer of its own, which is never touched again after it was reported.
 */
export class FrameSplitter {
  private readonly header = Buffer.alloc(HEADER_LENGTH);
  private carried: Buffer | null = null;
  private filled = 0;
  private size = 0;
  private broken = false;

  constructor(
    private lengths: LengthTable,
    private readonly peer: 'frontend' | 'backend',
  ) {}

  useLengths(lengths: LengthTable): void {
    this.lengths = lengths;
  }

  /** Bytes kept of an unfinished frame. */
  pending(): number {
    return this.filled;
  }

  /** Bytes allocated for the unfinished frame. */
  reserved(): number {
    return this.carried?.length ?? 0;
  }

  push(chunk: Buffer, onFrame: OnFrame): void {
    if (this.broken) throw new ProtocolError(SQLSTATE.protocolViolation, `the ${this.peer} stream is already broken`);
    // Stays true if anything below throws: after a violation there is no way to find the next frame.
    this.broken = true;
    let at = this.filled > 0 ? this.complete(chunk, onFrame) : 0;
    while (chunk.length - at >= HEADER_LENGTH) {
      const end = at + this.frameSize(chunk, at);
      if (end > chunk.length) break;
      onFrame(chunk[at] as number, chunk, at, end);
      at = end;
    }
    if (at < chunk.length) this.carry(chunk, at);
    this.broken = false;
  }

  /** Size of the frame whose header stands at `at`, header included; throws before anything is buffered for it. */
  private frameSize(buffer: Buffer, at: number): number {
    const type = buffer[at] as number;
    const length = buffer.readUInt32BE(at + 1);
    const limit = this.lengths[type] as number;
    if (limit === 0) {
      throw new ProtocolError(SQLSTATE.protocolViolation, `invalid ${this.peer} message type ${type}`);
    }
    if (length < 4 || length > limit) {
      throw new ProtocolError(
        SQLSTATE.protocolViolation,
        `invalid length ${length} of ${this.peer} message "${String.fromCharCode(type)}" (4 to ${limit} bytes)`,
      );
    }
    return length + 1;
  }

  private carry(chunk: Buffer, at: number): void {
    const available = chunk.length - at;
    if (available < HEADER_LENGTH) {
      this.filled = chunk.copy(this.header, 0, at);
      return;
    }
    this.size = this.frameSize(chunk, at);
    this.carried = Buffer.allocUnsafeSlow(Math.min(this.size, Math.max(PRESIZED_BYTES, available)));
    this.filled = chunk.copy(this.carried, 0, at);
  }

  /** Adds the head of `chunk` to the carried frame; returns where the next frame begins. */
  private complete(chunk: Buffer, onFrame: OnFrame): number {
    let at = 0;
    if (this.carried === null) {
      at = chunk.copy(this.header, this.filled, 0, Math.min(chunk.length, HEADER_LENGTH - this.filled));
      this.filled += at;
      if (this.filled < HEADER_LENGTH) return at;
      this.size = this.frameSize(this.header, 0);
      this.carried = Buffer.allocUnsafeSlow(Math.min(this.size, PRESIZED_BYTES));
      this.header.copy(this.carried);
    }
    const wanted = Math.min(this.size - this.filled, chunk.length - at);
    const frame = this.roomFor(this.carried, this.filled + wanted);
    chunk.copy(frame, this.filled, at, at + wanted);
    this.filled += wanted;
    if (this.filled === this.size) {
      this.carried = null;
      this.filled = 0;
      onFrame(frame[0] as number, frame, 0, this.size);
    }
    return at + wanted;
  }

  /** Growing by four keeps the copying linear and the memory within a small multiple of what the peer really sent. */
  private roomFor(carried: Buffer, bytes: number): Buffer {
    if (bytes <= carried.length) return carried;
    const grown = Buffer.allocUnsafeSlow(Math.min(this.size, Math.max(bytes, carried.length * 4)));
    carried.copy(grown, 0, 0, this.filled);
    this.carried = grown;
    return grown;
  }
}
