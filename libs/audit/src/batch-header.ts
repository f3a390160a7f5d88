import { crc32c } from './crc32c.js';

/*
 * batch = header (48) ‖ frames ‖ sealed bodies; one batch is one write.
 * header = magic (4) ‖ crc32c of the rest (4) ‖ batch number (4) ‖ epoch's first 4 bytes (4) ‖ first n (8) ‖ durable n + 1 (8)
 *          ‖ count (4) ‖ frames' bytes (4) ‖ bodies' bytes (4) ‖ reserved (4)
 *
 * `durable` is what makes a torn tail and damage distinguishable: a batch that says "all up to n is durable" proves that a bad
 * batch with numbers up to n was whole once.
 */

/** Bytes of the header of a batch. */
export const BATCH_BYTES = 48;

// 0xff never stands in UTF-8, so no line can contain this; in ciphertext crc and epoch would have to fit as well.
const MAGIC = Buffer.from([0xff, 0x53, 0x50, 0x42]);

/** What the header of a batch says. */
export interface BatchHeader {
  /** dense within the epoch, from 0 */
  readonly number: number;
  readonly firstN: number;
  /** number of events, at least 1 */
  readonly count: number;
  /** highest n known to be durable when the batch was written; -1: none */
  readonly durable: number;
  readonly frameBytes: number;
  /** with the tag; 0: no bodies */
  readonly bodyBytes: number;
}

function writeLong(bytes: Buffer, at: number, value: number): void {
  bytes.writeUInt32BE(Math.floor(value / 0x1_0000_0000), at);
  bytes.writeUInt32BE(value >>> 0, at + 4);
}

function readLong(bytes: Buffer, at: number): number {
  return bytes.readUInt32BE(at) * 0x1_0000_0000 + bytes.readUInt32BE(at + 4);
}

/** Writes the header to the first 48 bytes. @param epoch 32 hex digits */
export function writeBatchHeader(bytes: Buffer, epoch: string, header: BatchHeader): void {
  MAGIC.copy(bytes, 0);
  bytes.writeUInt32BE(header.number, 8);
  bytes.write(epoch, 12, 4, 'hex');
  writeLong(bytes, 16, header.firstN);
  writeLong(bytes, 24, header.durable + 1);
  bytes.writeUInt32BE(header.count, 32);
  bytes.writeUInt32BE(header.frameBytes, 36);
  bytes.writeUInt32BE(header.bodyBytes, 40);
  bytes.writeUInt32BE(0, 44);
  bytes.writeUInt32BE(crc32c(bytes, 8, BATCH_BYTES), 4);
}

/** @returns null when no header of this epoch stands at `at` */
export function readBatchHeader(bytes: Buffer, at: number, epoch: string): BatchHeader | null {
  if (bytes.length - at < BATCH_BYTES || bytes.compare(MAGIC, 0, 4, at, at + 4) !== 0) return null;
  if (bytes.readUInt32BE(at + 4) !== crc32c(bytes, at + 8, at + BATCH_BYTES)) return null;
  if (bytes.toString('hex', at + 12, at + 16) !== epoch.slice(0, 8)) return null;
  return {
    number: bytes.readUInt32BE(at + 8),
    firstN: readLong(bytes, at + 16),
    durable: readLong(bytes, at + 24) - 1,
    count: bytes.readUInt32BE(at + 32),
    frameBytes: bytes.readUInt32BE(at + 36),
    bodyBytes: bytes.readUInt32BE(at + 40),
  };
}

/** The next place at or behind `from` where a header of this epoch stands, or null. */
export function findBatchHeader(
  bytes: Buffer,
  from: number,
  epoch: string,
): { at: number; header: BatchHeader } | null {
  for (let at = bytes.indexOf(MAGIC, from); at !== -1; at = bytes.indexOf(MAGIC, at + 1)) {
    const header = readBatchHeader(bytes, at, epoch);
    if (header !== null) return { at, header };
  }
  return null;
}

/** Nonce of a batch's bodies: unique under a segment's key, since batch numbers never repeat within an epoch. */
export function batchNonce(number: number): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(number, 8);
  return nonce;
}
