import { JsonError } from './json.error.js';
import type { JsonPlace } from './json-visitor.js';

/** More of a key is not kept for paths. */
const KEY_BYTES = 1024;

/** The containers around the current value, their states, and the way to it. */
export class JsonStack implements JsonPlace {
  depth = 0;
  private readonly states: Int32Array;
  private readonly arrays: Uint8Array;
  private readonly indexes: Int32Array;
  private readonly keyEnds: Int32Array;
  private keys = Buffer.allocUnsafe(1024);

  constructor(private readonly limit: number) {
    this.states = new Int32Array(limit);
    this.arrays = new Uint8Array(limit);
    this.indexes = new Int32Array(limit);
    this.keyEnds = new Int32Array(limit);
  }

  push(state: number, array: boolean): void {
    const level = this.depth;
    if (level === this.limit) throw new JsonError('depth', `JSON is nested deeper than ${this.limit}`);
    this.states[level] = state;
    this.arrays[level] = array ? 1 : 0;
    this.indexes[level] = 0;
    this.keyEnds[level] = this.keysBefore(level);
    this.depth = level + 1;
  }

  stateAt(level: number): number {
    return this.states[level] ?? 0;
  }

  isArray(level: number): boolean {
    return this.arrays[level] === 1;
  }

  /** Index of the current element of the innermost array. */
  index(): number {
    return this.indexes[this.depth - 1] ?? 0;
  }

  nextElement(): void {
    this.indexes[this.depth - 1] = this.index() + 1;
  }

  /** The innermost object's current key. */
  key(bytes: Buffer, start: number, end: number): void {
    const from = this.keysBefore(this.depth - 1);
    const length = Math.min(end - start, KEY_BYTES);
    if (from + length > this.keys.length) {
      const larger = Buffer.allocUnsafe((from + length) * 2);
      this.keys.copy(larger, 0, 0, from);
      this.keys = larger;
    }
    // most keys are short: a loop is quicker than a call into the runtime
    for (let at = 0; at < length; at++) this.keys[from + at] = bytes[start + at] as number;
    this.keyEnds[this.depth - 1] = from + length;
  }

  path(level: number): string {
    let path = '';
    for (let at = level; at < this.depth; at++) {
      if (this.isArray(at)) path += `[${this.indexes[at]}]`;
      else path += `${path === '' ? '' : '.'}${this.keys.toString('utf8', this.keysBefore(at), this.keyEnds[at])}`;
    }
    return path;
  }

  private keysBefore(level: number): number {
    return level === 0 ? 0 : (this.keyEnds[level - 1] as number);
  }
}
