import { createCipheriv, hash, randomFillSync } from 'node:crypto';
import { BATCH_BYTES, batchNonce, writeBatchHeader } from './batch-header.js';
import { SALT_BYTES } from './chain.js';
import { FRAME_BYTES, encloseLine } from './frame.js';
import { LINE_BYTES } from './line.js';

const FIRST_BYTES = 16 * 1024;
// What a burst made the buffers grow to is given back, else each worker keeps its worst moment for ever.
const KEEP_BYTES = 8 * 1024 * 1024;
const TAG_BYTES = 16;
/** In front of each body within the sealed block: index of its event in the batch (4) ‖ bytes of the body (4) ‖ salt (32). */
export const BODY_HEAD_BYTES = 8 + SALT_BYTES;

const salts = Buffer.alloc(SALT_BYTES * 512);
let nextSalt = salts.length;

function grown(bytes: Buffer, used: number, needed: number): Buffer {
  const bigger = Buffer.allocUnsafeSlow(Math.max(bytes.length * 2, needed));
  bytes.copy(bigger, 0, 0, used);
  return bigger;
}

/** Events rendered and framed, waiting for their one write. Reused after `reset`. */
export class Batch {
  private bytes: Buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  private end = BATCH_BYTES;
  private bodies: Buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  private bodiesEnd = 0;
  private first = 0;
  /** events in it */
  count = 0;

  /** n of its last event; meaningless while it is empty */
  get lastN(): number {
    return this.first + this.count - 1;
  }

  /** bytes that the write will have */
  get byteLength(): number {
    return this.end + (this.bodiesEnd === 0 ? 0 : this.bodiesEnd + TAG_BYTES);
  }

  /** Adds the body of the event whose line comes next. @returns `bh`: SHA-256 (hex) of salt ‖ body */
  addBody(body: Uint8Array): string {
    const start = this.bodiesEnd;
    const end = start + BODY_HEAD_BYTES + body.length;
    if (end > this.bodies.length) this.bodies = grown(this.bodies, start, end);
    if (nextSalt === salts.length) {
      randomFillSync(salts);
      nextSalt = 0;
    }
    const bytes = this.bodies;
    bytes.writeUInt32BE(this.count, start);
    bytes.writeUInt32BE(body.length, start + 4);
    salts.copy(bytes, start + 8, nextSalt, nextSalt + SALT_BYTES);
    nextSalt += SALT_BYTES;
    bytes.set(body, start + BODY_HEAD_BYTES);
    this.bodiesEnd = end;
    return hash('sha256', bytes.subarray(start + 8, end), 'hex');
  }

  /** Takes back the body just added: its line was refused. */
  dropBody(body: Uint8Array): void {
    this.bodiesEnd -= BODY_HEAD_BYTES + body.length;
  }

  /** @returns leaf hash of the line, 64 hex digits; null: longer than a line may be, nothing was added */
  addLine(n: number, previous: string, text: string): string | null {
    const start = this.end;
    // UTF-8 has at most three bytes per UTF-16 unit; measuring first would read the text twice.
    const needed = start + FRAME_BYTES + text.length * 3;
    if (needed > this.bytes.length) this.bytes = grown(this.bytes, start, needed);
    const length = this.bytes.write(text, start + FRAME_BYTES, 'utf8');
    if (length > LINE_BYTES) return null;
    if (this.count === 0) this.first = n;
    this.count++;
    this.end = start + FRAME_BYTES + length;
    return encloseLine(this.bytes, start, length, n, previous);
  }

  /**
   * Closes the batch for its write: header in front, bodies sealed behind.
   * @param number dense in the epoch @param durable highest n known to be durable @returns view, valid until `reset`
   */
  seal(epoch: string, number: number, durable: number, key: Uint8Array): Buffer {
    const frameBytes = this.end - BATCH_BYTES;
    const total = this.byteLength;
    if (total > this.bytes.length) this.bytes = grown(this.bytes, this.end, total);
    const bodyBytes = total - this.end;
    writeBatchHeader(this.bytes, epoch, {
      number,
      firstN: this.first,
      count: this.count,
      durable,
      frameBytes,
      bodyBytes,
    });
    if (bodyBytes > 0) {
      const cipher = createCipheriv('aes-256-gcm', key, batchNonce(number));
      cipher.setAAD(this.bytes.subarray(8, BATCH_BYTES));
      cipher.update(this.bodies.subarray(0, this.bodiesEnd)).copy(this.bytes, this.end);
      cipher.final();
      cipher.getAuthTag().copy(this.bytes, total - TAG_BYTES);
    }
    return this.bytes.subarray(0, total);
  }

  reset(): void {
    this.end = BATCH_BYTES;
    this.bodiesEnd = 0;
    this.count = 0;
    if (this.bytes.length > KEEP_BYTES) this.bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
    if (this.bodies.length > KEEP_BYTES) this.bodies = Buffer.allocUnsafeSlow(FIRST_BYTES);
  }
}
