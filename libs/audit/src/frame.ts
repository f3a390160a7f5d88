import { hash } from 'node:crypto';
import { crc32c } from './crc32c.js';
import { LINE_BYTES } from './line.js';

/*
 * frame = length (4) ‖ crc32c (4) ‖ seq (8) ‖ prev (32) ‖ 0x00 ‖ line
 *
 * The zero byte is the domain byte of the leaf hash, so that leaf = SHA-256 over one view of the frame. The crc covers
 * length, seq, prev and the leaf instead of the line: the leaf has to be computed anyway, by writer and reader, and a table-driven
 * crc over each byte of a line would cost as much as all the rest of an append.
 */

/** Bytes in front of a frame's line. */
export const FRAME_BYTES = 49;
const SEQ = 8;
const PREVIOUS = 16;
const LEAF_INPUT = 48;

const leafBytes = Buffer.alloc(32);
/** the leaf that stands in `leafBytes`: the next line's predecessor, as a rule, so that it need not be decoded again */
let leafInBytes = '';

function frameCrc(bytes: Buffer, start: number, leaf: string): number {
  leafBytes.write(leaf, 0, 'hex');
  leafInBytes = leaf;
  const header = crc32c(bytes, start + SEQ, start + LEAF_INPUT, crc32c(bytes, start, start + 4));
  return crc32c(leafBytes, 0, 32, header);
}

/**
 * Puts the frame around a line that already stands at `start + FRAME_BYTES`.
 * @param previous leaf hash of the line before, 64 hex digits @returns leaf hash of this line, 64 hex digits
 */
export function encloseLine(bytes: Buffer, start: number, lineBytes: number, n: number, previous: string): string {
  bytes.writeUInt32BE(lineBytes, start);
  bytes.writeUInt32BE(Math.floor(n / 0x1_0000_0000), start + SEQ);
  bytes.writeUInt32BE(n >>> 0, start + SEQ + 4);
  if (previous === leafInBytes) leafBytes.copy(bytes, start + PREVIOUS);
  else bytes.write(previous, start + PREVIOUS, 32, 'hex');
  bytes[start + LEAF_INPUT] = 0;
  const leaf = hash('sha256', bytes.subarray(start + LEAF_INPUT, start + FRAME_BYTES + lineBytes), 'hex');
  bytes.writeUInt32BE(frameCrc(bytes, start, leaf), start + 4);
  return leaf;
}

/** One frame read back; `line` is a view of the input. */
export interface Frame {
  readonly n: number;
  readonly previous: string;
  readonly line: Buffer;
  /** leaf hash, 64 hex digits */
  readonly leaf: string;
  /** offset behind the frame */
  readonly end: number;
}

/** @returns null when no whole frame with the right crc stands at `start` */
export function readFrame(bytes: Buffer, start: number, end: number): Frame | null {
  if (end - start < FRAME_BYTES) return null;
  const lineBytes = bytes.readUInt32BE(start);
  const next = start + FRAME_BYTES + lineBytes;
  if (lineBytes === 0 || lineBytes > LINE_BYTES || next > end || bytes[start + LEAF_INPUT] !== 0) return null;
  const leaf = hash('sha256', bytes.subarray(start + LEAF_INPUT, next), 'hex');
  if (bytes.readUInt32BE(start + 4) !== frameCrc(bytes, start, leaf)) return null;
  return {
    n: bytes.readUInt32BE(start + SEQ) * 0x1_0000_0000 + bytes.readUInt32BE(start + SEQ + 4),
    previous: bytes.toString('hex', start + PREVIOUS, start + LEAF_INPUT),
    line: bytes.subarray(start + FRAME_BYTES, next),
    leaf,
    end: next,
  };
}
