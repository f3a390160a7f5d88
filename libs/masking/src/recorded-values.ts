import { TYPE } from './built-in-types.js';
import { renderBinary } from './recorded-binary.js';

/** Bytes of one value that the record keeps. */
const VALUE_BYTES = 4096;

/** Binary values are only decoded up to here: beyond, their hexadecimal head says as much. */
const DECODED_BYTES = 65_536;

/**
 * One value of a (masked) row as text for the record's body, as the server prints it in ISO style and UTC; null is NULL. Text format stays
 * as it is, invalid UTF-8 replaced. Binary of a type not known, or of a length that does not fit its type, is `\x` and hexadecimal.
 * Longer than `maxBytes` (default 4096) it is cut and ends in `… [N bytes]`, N being the length on the wire or, decoded, of the text.
 */
export const decodeForRecord = (
  typeOid: number,
  format: 0 | 1,
  bytes: Buffer | null,
  maxBytes: number = VALUE_BYTES,
): string | null => {
  if (bytes === null) return null;
  if (format === 0) return cutText(bytes, maxBytes);
  if (typeOid !== TYPE.bytea && bytes.length <= DECODED_BYTES) {
    const text = renderBinary(typeOid, bytes);
    if (text !== null) return cutText(Buffer.from(text), maxBytes);
  }
  const kept = bytes.subarray(0, Math.floor(maxBytes / 2));
  return `\\x${kept.toString('hex')}${kept.length < bytes.length ? mark(bytes.length) : ''}`;
};

/** Says that something is missing, and how much there was. */
const mark = (length: number): string => `… [${length} bytes]`;

const cutText = (bytes: Buffer, maxBytes: number): string => {
  if (bytes.length <= maxBytes) return bytes.toString('utf8');
  let end = maxBytes;
  // Not in the middle of a character.
  while (end > 0 && ((bytes[end] as number) & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end) + mark(bytes.length);
};
