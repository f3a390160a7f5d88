/** Seeded chance: the same seed gives the same choices. */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
    // the first numbers of near seeds are alike
    for (let round = 0; round < 4; round += 1) this.below(2);
  }

  /** a whole number from 0, below `limit` */
  below(limit: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * limit);
  }

  /** true once in `times` */
  one(times: number): boolean {
    return this.below(times) === 0;
  }

  pick<T>(choices: readonly [T, ...T[]]): T {
    return choices[this.below(choices.length)] ?? choices[0];
  }

  /** one of possibly none */
  any<T>(choices: readonly T[]): T | undefined {
    return choices[this.below(choices.length)];
  }

  many<T>(least: number, most: number, make: (position: number) => T): T[] {
    return Array.from({ length: least + this.below(most - least + 1) }, (_, position) => make(position));
  }
}
