const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
const TRAILER = Buffer.from([0xff, 0xff]);
/** ms from 1970-01-01 to PostgreSQL's epoch 2000-01-01 */
const POSTGRES_EPOCH = 946_684_800_000;
const TEXT_OID = 25;

/**
 * Writes rows in the format of COPY … (FORMAT binary): each method adds one field, `row` starts the next one.
 * @see PostgreSQL manual, COPY, "Binary Format"
 */
export class CopyEncoder {
  #buffer: Buffer;
  #length = 0;

  /** @param size bytes expected; grows as needed */
  constructor(size = 64 * 1024) {
    this.#buffer = Buffer.allocUnsafe(size);
    this.#raw(SIGNATURE);
  }

  row(fields: number): this {
    this.#room(2);
    this.#length = this.#buffer.writeInt16BE(fields, this.#length);
    return this;
  }

  bytes(value: Uint8Array | null): this {
    if (value === null) return this.#size(-1);
    this.#size(value.length);
    this.#raw(value);
    return this;
  }

  /** NUL cannot stand in a text of PostgreSQL: it becomes U+FFFD; a lone surrogate likewise. */
  text(value: string | null): this {
    if (value === null) return this.#size(-1);
    const clean = withoutNul(value);
    const length = Buffer.byteLength(clean);
    this.#size(length);
    this.#room(length);
    this.#length += this.#buffer.write(clean, this.#length);
    return this;
  }

  int8(value: number): this {
    this.#size(8);
    this.#room(8);
    this.#length = this.#buffer.writeBigInt64BE(BigInt(value), this.#length);
    return this;
  }

  /** @param ms since 1970, whole */
  timestamp(ms: number): this {
    return this.int8((ms - POSTGRES_EPOCH) * 1000);
  }

  texts(values: readonly string[]): this {
    this.#room(24);
    const start = this.#length;
    this.#length += 4;
    this.#int4(values.length === 0 ? 0 : 1);
    this.#int4(0);
    this.#int4(TEXT_OID);
    if (values.length > 0) {
      this.#int4(values.length);
      this.#int4(1);
      for (const value of values) this.text(value);
    }
    this.#buffer.writeInt32BE(this.#length - start - 4, start);
    return this;
  }

  /** The whole stream; the encoder is not used afterwards. */
  finish(): Buffer {
    this.#raw(TRAILER);
    return this.#buffer.subarray(0, this.#length);
  }

  #size(length: number): this {
    this.#room(4);
    this.#int4(length);
    return this;
  }

  #int4(value: number): void {
    this.#room(4);
    this.#length = this.#buffer.writeInt32BE(value, this.#length);
  }

  #raw(value: Uint8Array): void {
    this.#room(value.length);
    this.#buffer.set(value, this.#length);
    this.#length += value.length;
  }

  #room(more: number): void {
    if (this.#length + more <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + more));
    this.#buffer.copy(grown, 0, 0, this.#length);
    this.#buffer = grown;
  }
}

/** A text PostgreSQL takes: NUL and lone surrogates replaced by U+FFFD. */
export function withoutNul(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', '\ufffd') : text;
}
