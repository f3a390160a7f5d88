/**
 * Builds frames byte by byte for specs, independent of the serializers under test and free to lie: lengths, counts and terminators
 * are what the caller says.
 */
export class Bytes {
  private readonly bytes: number[] = [];

  static of(...values: readonly number[]): Bytes {
    return new Bytes().raw(Buffer.from(values));
  }

  raw(bytes: Uint8Array): this {
    for (const byte of bytes) this.bytes.push(byte);
    return this;
  }

  ascii(text: string): this {
    for (let i = 0; i < text.length; i++) this.bytes.push(text.charCodeAt(i));
    return this;
  }

  utf8(text: string): this {
    return this.raw(new TextEncoder().encode(text));
  }

  cstring(text: string): this {
    return this.utf8(text).int8(0);
  }

  int8(value: number): this {
    this.bytes.push(value & 255);
    return this;
  }

  int16(value: number): this {
    return this.int8(value >>> 8).int8(value);
  }

  int32(value: number): this {
    return this.int16(value >>> 16).int16(value);
  }

  body(): Buffer {
    return Buffer.from(this.bytes);
  }

  /** Type byte and length before the body; `length` overrides the truth. */
  frame(letter: string, length: number = this.bytes.length + 4): Buffer {
    return Buffer.concat([new Bytes().ascii(letter).int32(length).body(), this.body()]);
  }

  /** A frame without type byte, as startup packets are. */
  packet(length: number = this.bytes.length + 4): Buffer {
    return Buffer.concat([new Bytes().int32(length).body(), this.body()]);
  }
}

export const bytes = (): Bytes => new Bytes();
