const POLYNOMIAL = 0x82f63b78;

const table = new Int32Array(256);
for (let byte = 0; byte < 256; byte++) {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  table[byte] = crc;
}

/**
 * CRC-32C (Castagnoli) of `bytes[start, end)`, unsigned; `seed` is the crc of what stands before. Table-driven, one byte a
 * step: it is only run over headers and hashes, never over whole lines (frame.ts says why).
 * @see RFC 3720 appendix B.4
 */
export function crc32c(bytes: Uint8Array, start: number, end: number, seed = 0): number {
  let crc = ~seed;
  for (let at = start; at < end; at++) {
    crc = (table[(crc ^ (bytes[at] as number)) & 0xff] as number) ^ (crc >>> 8);
  }
  return ~crc >>> 0;
}
