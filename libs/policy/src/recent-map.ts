/**
 * A map that forgets what has not been used lately: two generations, of which the older is dropped when the younger is full. A hit
 * in the younger costs one look-up and moves nothing. It holds between `most / 2` and `most` entries once it was filled.
 */
export class RecentMap<K, V extends object> {
  readonly #half: number;
  #young = new Map<K, V>();
  #old = new Map<K, V>();

  constructor(most: number) {
    this.#half = Math.max(1, Math.floor(most / 2));
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** the sum of `count` over all entries */
  total(count: (value: V) => number): number {
    let sum = 0;
    for (const generation of [this.#young, this.#old]) for (const value of generation.values()) sum += count(value);
    return sum;
  }

  get(key: K): V | undefined {
    const value = this.#young.get(key);
    return value === undefined ? this.#revive(key) : value;
  }

  set(key: K, value: V): void {
    this.#old.delete(key);
    this.#young.set(key, value);
    if (this.#young.size < this.#half) return;
    this.#old = this.#young;
    this.#young = new Map();
  }

  delete(key: K): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }

  clear(): void {
    this.#young = new Map();
    this.#old = new Map();
  }

  #revive(key: K): V | undefined {
    const value = this.#old.get(key);
    if (value !== undefined) this.set(key, value);
    return value;
  }
}
