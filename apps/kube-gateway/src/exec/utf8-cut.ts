/**
 * Where `bytes` may be cut so that no UTF-8 sequence is torn: everything before `at`, less the beginning of a sequence that needs
 * more bytes than there are before it. Bytes that are no UTF-8 are not held back.
 * @returns a length from `at - 3` to `at`
 */
export function utf8Cut(bytes: Uint8Array, at: number = bytes.length): number {
  for (let back = 1; back <= 3 && back <= at; back++) {
    const byte = bytes[at - back]!;
    if (byte < 0x80) return at;
    if (byte >= 0xc0) {
      const needs = byte >= 0xf8 ? 1 : byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return needs > back ? at - back : at;
    }
  }
  return at;
}
