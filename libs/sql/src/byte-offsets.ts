/**
 * Turns UTF-8 byte offsets of one well-formed text, as the parser counts, into UTF-16 indexes of it. Remembers the last place:
 * ascending questions cost one pass over the text in all.
 */
export class ByteOffsets {
  private byte = 0;
  private index = 0;
  private readonly ascii: boolean;

  /** @param bytes length of `text` in UTF-8 bytes */
  constructor(
    private readonly text: string,
    bytes: number,
  ) {
    this.ascii = bytes === text.length;
  }

  indexOf(byte: number): number {
    if (this.ascii) return Math.min(byte, this.text.length);
    if (byte < this.byte) this.byte = this.index = 0;
    while (this.byte < byte && this.index < this.text.length) {
      const code = this.text.charCodeAt(this.index);
      const pair = code >= 0xd800 && code <= 0xdbff;
      this.byte += code < 0x80 ? 1 : code < 0x800 ? 2 : pair ? 4 : 3;
      this.index += pair ? 2 : 1;
    }
    return this.index;
  }
}
