import type { StatementRun } from './statement-run.js';
import type { NameChange, Portal, Prepared } from './prepared-names.js';

/** What a forwarded message makes the target answer; `change` and `changes` become true when it is acknowledged. */
export type Expected =
  | { readonly kind: 'parse'; readonly change: NameChange; readonly prepared: Prepared }
  | { readonly kind: 'bind'; readonly change: NameChange; readonly portal: Portal }
  /** `own`: inserted by the gateway, its answer is swallowed; neither statement nor portal: a cursor of SQL, of this query where it matters */
  | {
      readonly kind: 'describe';
      readonly prepared: Prepared | null;
      readonly portal: Portal | null;
      readonly cursor?: StatementRun['statement'] | null;
      readonly own: boolean;
    }
  | { readonly kind: 'execute'; readonly run: StatementRun | null; readonly portal: Portal }
  | { readonly kind: 'close'; readonly change: NameChange }
  /** `own`: inserted by the gateway, the client is not told */
  | { readonly kind: 'sync'; readonly own: OwnSync | null }
  /** runs of a simple query in order; an empty text has none */
  | {
      readonly kind: 'query';
      readonly runs: readonly StatementRun[];
      at: number;
      readonly changes: readonly NameChange[];
    }
  /** a call of the protocol: a cycle of its own */
  | { readonly kind: 'function'; readonly run: StatementRun }
  /** a statement that cannot succeed stands in place of a refused message: its error is swapped */
  | { readonly kind: 'refusal'; readonly answer: Buffer }
  | { readonly kind: 'refusal-query'; readonly answer: Buffer; readonly changes: readonly NameChange[] };

/** A Sync of the gateway's own, before a statement waits for people. */
export interface OwnSync {
  /** the target skipped what came before it */
  failed: boolean;
}

/** Messages looked back at for a description. */
const LOOK_BACK = 8;

/** Answers that are still to come, oldest first. */
export class ReplyQueue {
  #items: Expected[] = [];
  #head = 0;
  #closed = 0;
  #answered = 0;

  get empty(): boolean {
    return this.#head === this.#items.length;
  }

  get length(): number {
    return this.#items.length - this.#head;
  }

  /** number of the cycle that is open for further messages: each Sync or simple query ends one */
  get cycle(): number {
    return this.#closed;
  }

  /** cycles below this number are answered, or were skipped by the target */
  get answered(): number {
    return this.#answered;
  }

  /** everything sent ends in a Sync or a simple query, so a ReadyForQuery is on its way */
  get closed(): boolean {
    const last = this.#items[this.#items.length - 1];
    return this.empty || last === undefined || endsCycle(last);
  }

  /**
   * Whether the open cycle has asked just now what columns this portal, or its statement, has. A cycle before it may have been
   * skipped, and further back is not looked: asking twice costs less than the search.
   */
  describes(portal: Portal): boolean {
    const oldest = Math.max(this.#head, this.#items.length - LOOK_BACK);
    for (let i = this.#items.length - 1; i >= oldest; i--) {
      const item = this.#items[i]!;
      if (endsCycle(item)) return false;
      if (item.kind === 'describe' && (item.portal === portal || item.prepared === portal.prepared)) return true;
    }
    return false;
  }

  /** Whether nothing is under way but what makes, describes and runs this portal. */
  only(portal: Portal): boolean {
    for (let i = this.#head; i < this.#items.length; i++) {
      const item = this.#items[i]!;
      const about = item.kind === 'parse' || item.kind === 'describe' ? item.prepared === portal.prepared : false;
      const same = (item.kind === 'bind' || item.kind === 'describe') && item.portal === portal;
      // a Close runs nothing and changes nothing that others could wait for
      if (!about && !same && item.kind !== 'close') return false;
    }
    return true;
  }

  push(expected: Expected): void {
    if (endsCycle(expected)) this.#closed += 1;
    this.#items.push(expected);
  }

  head(): Expected | undefined {
    return this.#items[this.#head];
  }

  shift(): Expected | undefined {
    const item = this.#items[this.#head];
    if (item === undefined) return undefined;
    this.#head += 1;
    if (endsCycle(item)) this.#answered += 1;
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
    this.#answered = this.#closed;
    return rest;
  }
}

/** Whether a ReadyForQuery ends it. */
export function endsCycle(expected: Expected): boolean {
  const { kind } = expected;
  return kind === 'sync' || kind === 'query' || kind === 'function' || kind === 'refusal-query';
}

/** Runs whose results this answer holds. */
export function runsOf(expected: Expected): readonly StatementRun[] {
  if (expected.kind === 'query') return expected.runs;
  if (expected.kind === 'function') return [expected.run];
  return expected.kind === 'execute' && expected.run ? [expected.run] : [];
}

/** The one statement this answer belongs to; null: none, or several. */
export function statementOf(expected: Expected | undefined): StatementRun['statement'] | null {
  switch (expected?.kind) {
    case 'parse':
      return expected.prepared.statement;
    case 'bind':
      return expected.portal.statement;
    case 'describe':
      return (expected.portal ?? expected.prepared)?.statement ?? expected.cursor ?? null;
    case 'execute':
      return expected.portal.statement;
    case 'function':
    case 'close':
    case 'sync':
    case 'query':
    case 'refusal':
    case 'refusal-query':
    case undefined:
      return null;
  }
}

/** Whether a failing message is one that an Execute of this portal needed: the error is the one of its operation. */
export function prepares(failing: Expected, portal: Portal): boolean {
  switch (failing.kind) {
    case 'parse':
      return failing.prepared === portal.prepared;
    case 'bind':
    case 'describe':
    case 'execute':
      return failing.portal === portal;
    case 'function':
    case 'close':
    case 'sync':
    case 'query':
    case 'refusal':
    case 'refusal-query':
      return false;
  }
}
