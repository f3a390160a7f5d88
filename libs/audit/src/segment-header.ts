import { crc32c } from './crc32c.js';

/** Bytes in front of a segment's first batch. */
export const SEGMENT_HEAD_BYTES = 4096;

const MAGIC = Buffer.from('SPJSEG1\n', 'latin1');
const JSON_AT = 16;

/** What stands at the start of a segment. */
export interface SegmentHeader {
  readonly epoch: string;
  /** dense within the epoch, from 0 */
  readonly index: number;
  /** id of the day key that wraps the segment's key */
  readonly kek: string;
  /** key of the segment's bodies, wrapped for context `<epoch>/<index>` */
  readonly wrapped: Buffer;
}

/** File name of a segment, sorting by index. */
export function segmentName(index: number): string {
  return `${String(index).padStart(8, '0')}.seg`;
}

/** @returns index of the segment, or null if the name is another file's (a draft, the position, …) */
export function segmentIndex(name: string): number | null {
  return /^\d{8}\.seg$/.test(name) ? Number(name.slice(0, 8)) : null;
}

export function encodeSegmentHeader(header: SegmentHeader): Buffer {
  const json = JSON.stringify({
    v: 1,
    e: header.epoch,
    i: header.index,
    kek: header.kek,
    key: header.wrapped.toString('base64'),
  });
  const bytes = Buffer.alloc(SEGMENT_HEAD_BYTES);
  MAGIC.copy(bytes, 0);
  const length = bytes.write(json, JSON_AT, 'utf8');
  bytes.writeUInt32BE(length, 8);
  bytes.writeUInt32BE(crc32c(bytes, JSON_AT, JSON_AT + length, crc32c(bytes, 8, 12)), 12);
  return bytes;
}

/** @returns null when the bytes are not the head of a segment */
export function decodeSegmentHeader(bytes: Buffer): SegmentHeader | null {
  if (bytes.length < SEGMENT_HEAD_BYTES || bytes.compare(MAGIC, 0, MAGIC.length, 0, MAGIC.length) !== 0) return null;
  const end = JSON_AT + bytes.readUInt32BE(8);
  if (end > SEGMENT_HEAD_BYTES) return null;
  if (bytes.readUInt32BE(12) !== crc32c(bytes, JSON_AT, end, crc32c(bytes, 8, 12))) return null;
  const { e, i, kek, key } = JSON.parse(bytes.toString('utf8', JSON_AT, end)) as Record<string, unknown>;
  if (typeof e !== 'string' || typeof i !== 'number' || typeof kek !== 'string' || typeof key !== 'string') return null;
  return { epoch: e, index: i, kek, wrapped: Buffer.from(key, 'base64') };
}
