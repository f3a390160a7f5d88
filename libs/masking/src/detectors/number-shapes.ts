/** Groups longer than any that is looked for are alike. */
const LONGEST = 20;
const SIZES = LONGEST + 1;
const BEHIND_LETTER = SIZES * SIZES;

/** How the digits of a number may stand: sizes of its first groups, of which the first two tell it from most others. */
export type Shape = readonly number[];

/** What is looked for at a number, by the sizes of its first two groups: one look-up, and nothing more for most numbers. */
export class NumberShapes<T> {
  readonly #looks: (readonly T[])[] = Array.from({ length: 2 * BEHIND_LETTER }, () => []);

  /** @param behindLetter it is looked for only behind a letter */
  add(look: T, shapes: readonly Shape[], behindLetter: boolean): void {
    const places = new Set<number>();
    for (const [first = 0, second] of shapes)
      for (let other = 0; other < SIZES; other++)
        if (second === undefined || second === other) places.add(first * SIZES + other);
    for (const place of places) {
      this.#looks[BEHIND_LETTER + place] = [...(this.#looks[BEHIND_LETTER + place] as T[]), look];
      if (!behindLetter) this.#looks[place] = [...(this.#looks[place] as T[]), look];
    }
  }

  /** @param second size of the second group, 0: there is none */
  at(first: number, second: number, behindLetter: boolean): readonly T[] {
    const place = Math.min(first, LONGEST) * SIZES + Math.min(second, LONGEST);
    return this.#looks[behindLetter ? BEHIND_LETTER + place : place] as readonly T[];
  }
}
