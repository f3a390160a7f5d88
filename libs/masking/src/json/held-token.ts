import { JsonError } from './json.error.js';

/** The beginning of a key or string whose end has not come yet. None of it is released. */
export class HeldToken {
  bytes: Buffer = Buffer.alloc(0);
  length = 0;

  constructor(private readonly limit: number) {}

  append(source: Buffer, start: number, end: number): void {
    const length = this.length + end - start;
    // two quotes
    if (length > this.limit + 2) throw new JsonError('size', `a string is longer than ${this.limit} bytes`);
    if (length > this.bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(1024, length * 2));
      this.bytes.copy(larger, 0, 0, this.length);
      this.bytes = larger;
    }
    source.copy(this.bytes, this.length, start, end);
    this.length = length;
  }

  clear(): void {
    this.length = 0;
    if (this.bytes.length > 64 * 1024) this.bytes = Buffer.alloc(0);
  }
}
