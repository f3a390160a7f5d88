/** Conditions of a WHERE clause with their values numbered as they come. */
export class Conditions {
  readonly #parts: string[] = [];
  readonly values: unknown[] = [];

  /** @param render gets the placeholders of `values`, in order */
  add(values: readonly unknown[], render: (...placeholders: string[]) => string): this {
    this.#parts.push(`(${render(...values.map((value) => `$${this.values.push(value)}`))})`);
    return this;
  }

  toString(): string {
    return this.#parts.length === 0 ? 'true' : this.#parts.join(' AND ');
  }
}

/** A LIKE pattern that matches `text` itself. */
export function likeLiteral(text: string): string {
  return text.replace(/[\\%_]/g, (character) => `\\${character}`);
}
