import { isUtf8 } from 'node:buffer';
import { ProtocolError, type ProtocolErrorOptions } from './protocol.error.js';
import { SQLSTATE } from './sqlstate.js';

/** Reads the body of one frame front to back; every read is checked against the end of the frame. */
export class FrameCursor {
  constructor(
    private readonly buffer: Buffer,
    private at: number,
    private readonly end: number,
    private readonly onViolation: ProtocolErrorOptions = {},
  ) {}

  left(): number {
    return this.end - this.at;
  }

  byte(): number {
    return this.buffer[this.advance(1)] as number;
  }

  uint16(): number {
    return this.buffer.readUInt16BE(this.advance(2));
  }

  int16(): number {
    return this.buffer.readInt16BE(this.advance(2));
  }

  int32(): number {
    return this.buffer.readInt32BE(this.advance(4));
  }

  uint32(): number {
    return this.buffer.readUInt32BE(this.advance(4));
  }

  /** A view of the next `length` bytes. */
  bytes(length: number): Buffer {
    const from = this.advance(length);
    return this.buffer.subarray(from, from + length);
  }

  rest(): Buffer {
    return this.bytes(this.left());
  }

  /** A view of the bytes up to the next NUL, which is consumed. */
  cstringBytes(): Buffer {
    const nul = this.buffer.indexOf(0, this.at);
    if (nul < 0 || nul >= this.end) throw this.violation('a string has no terminator inside its message');
    const view = this.buffer.subarray(this.at, nul);
    this.at = nul + 1;
    return view;
  }

  /** Text of a peer that may send anything: invalid UTF-8 is refused, never repaired (what we judge is what is forwarded). */
  text(bytes: Buffer): string {
    if (isUtf8(bytes)) return bytes.toString('utf8');
    throw new ProtocolError(
      SQLSTATE.characterNotInRepertoire,
      'invalid byte sequence for encoding "UTF8"',
      this.onViolation,
    );
  }

  /** Text of the target, only displayed or compared: invalid UTF-8 becomes U+FFFD. */
  cstring(): string {
    return this.cstringBytes().toString('utf8');
  }

  finish(): void {
    if (this.at !== this.end) throw this.violation(`${this.left()} bytes too many in a message`);
  }

  violation(message: string): ProtocolError {
    return new ProtocolError(SQLSTATE.protocolViolation, message, this.onViolation);
  }

  private advance(length: number): number {
    const from = this.at;
    if (length < 0 || length > this.end - from) throw this.violation('a message is shorter than its content says');
    this.at = from + length;
    return from;
  }
}
