/** Values longer than this are not kept: a few of them would be as much as all others. */
const LONGEST = 256;

/** What was computed for values seen before, in two generations: when the younger is full the older goes. */
export class Remembered<T> {
  #young = new Map<string, T>();
  #old = new Map<string, T>();

  /** @param size values of one generation */
  constructor(private readonly size: number) {}

  get(value: string): T | undefined {
    const found = this.#young.get(value);
    if (found !== undefined) return found;
    const before = this.#old.get(value);
    if (before !== undefined) this.set(value, before);
    return before;
  }

  set(value: string, result: T): void {
    if (value.length > LONGEST) return;
    if (this.#young.size >= this.size) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(value, result);
  }

  /** Values kept at the moment; at most two generations. */
  get kept(): number {
    return this.#young.size + this.#old.size;
  }
}
