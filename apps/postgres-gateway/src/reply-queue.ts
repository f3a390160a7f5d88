import type { StatementRun } from './statement-run.js';
import type { Portal, Prepared, Undo } from './prepared-names.js';

/** What a forwarded message makes the target answer. */
export type Expected =
  | { readonly kind: 'parse'; readonly undo: Undo; readonly prepared: Prepared }
  | { readonly kind: 'bind'; readonly undo: Undo; readonly portal: Portal }
  /** `own`: inserted by the gateway, its answer is swallowed */
  | {
      readonly kind: 'describe';
      readonly prepared: Prepared | null;
      readonly portal: Portal | null;
      readonly own: boolean;
    }
  | { readonly kind: 'execute'; readonly run: StatementRun | null; readonly portal: Portal }
  | { readonly kind: 'close'; readonly undo: Undo }
  | { readonly kind: 'sync' }
  /** runs of a simple query in order; an empty text has none */
  | { readonly kind: 'query'; readonly runs: readonly StatementRun[]; at: number }
  /** a statement that cannot succeed stands in place of a refused message: its error is swapped */
  | { readonly kind: 'refusal'; readonly answer: Buffer }
  | { readonly kind: 'refusal-query'; readonly answer: Buffer };

/** Answers that are still to come, oldest first. */
export class ReplyQueue {
  #items: Expected[] = [];
  #head = 0;
  #syncs = 0;

  get empty(): boolean {
    return this.#head === this.#items.length;
  }

  get length(): number {
    return this.#items.length - this.#head;
  }

  /** cycles (Sync or simple query) that the target has not answered with ReadyForQuery */
  get cycles(): number {
    return this.#syncs;
  }

  /** everything sent ends in a Sync or a simple query, so a ReadyForQuery is on its way */
  get closed(): boolean {
    const last = this.#items[this.#items.length - 1];
    return this.empty || last === undefined || endsCycle(last);
  }

  push(expected: Expected): void {
    if (endsCycle(expected)) this.#syncs += 1;
    this.#items.push(expected);
  }

  head(): Expected | undefined {
    return this.#items[this.#head];
  }

  shift(): Expected | undefined {
    const item = this.#items[this.#head];
    if (item === undefined) return undefined;
    this.#head += 1;
    if (endsCycle(item)) this.#syncs -= 1;
    if (this.#head === this.#items.length) {
      this.#items = [];
      this.#head = 0;
    } else if (this.#head > 1024) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  /** After an error in the extended protocol: everything up to the next Sync, which the target skips. Sync itself stays. */
  skipped(): Expected[] {
    const skipped: Expected[] = [];
    for (let next = this.head(); next !== undefined && next.kind !== 'sync'; next = this.head()) {
      skipped.push(next);
      this.shift();
    }
    return skipped;
  }

  /** All that is left, when the target is gone. */
  rest(): Expected[] {
    const rest = this.#items.slice(this.#head);
    this.#items = [];
    this.#head = 0;
    this.#syncs = 0;
    return rest;
  }
}

function endsCycle(expected: Expected): boolean {
  return expected.kind === 'sync' || expected.kind === 'query' || expected.kind === 'refusal-query';
}
