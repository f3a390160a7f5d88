import type { Admission, ResultEnd } from '@app/gate';

/** Ids kept per block; a block with more writes settles by its first ones and says how many there were in its own line. */
const SETTLED_IDS = 500;

/** A write whose statement ended and whose cycle has not. */
interface Pending {
  readonly admission: Admission;
  readonly end: ResultEnd;
  /** COMMIT or ROLLBACK: it settles the block */
  readonly closes: boolean;
}

/** What the record is told once the target says in which state a cycle left it. */
export interface Settlement {
  readonly admission: Admission;
  readonly end: ResultEnd;
  readonly settles: readonly string[];
}

/**
 * Follows what a transaction block wrote, so that each write's end says what the target said: CommandComplete precedes the commit,
 * and a later error of the same cycle undoes it (evidence §4.1).
 */
export class TransactionLedger {
  #block: string[] = [];
  #objects = new Set<string>();
  #pending: Pending[] = [];
  #failed = false;
  /** a write was admitted in the transaction that is open or about to be */
  get written(): ReadonlySet<string> {
    return this.#objects;
  }

  get wrote(): boolean {
    return this.#block.length > 0;
  }

  admitted(admission: Admission): void {
    if (admission.mode !== 'after-intent') return;
    if (this.#block.length < SETTLED_IDS) this.#block.push(admission.id);
    for (const object of admission.operation.objects) this.#objects.add(object);
  }

  /** The statement of a write ended. */
  ended(admission: Admission, end: ResultEnd, closes: boolean): void {
    this.#pending.push({ admission, end, closes });
    if (end.status === 'error') this.#failed = true;
  }

  /** An error ended the cycle, whoever caused it. */
  failed(): void {
    this.#failed = true;
  }

  /** ReadyForQuery: ends of all writes of the cycle. */
  ready(status: 'I' | 'T' | 'E'): Settlement[] {
    const settlements: Settlement[] = [];
    // COMMIT AND CHAIN ends one block and begins the next without an idle moment
    const over = status === 'I' || this.#pending.some((pending) => pending.closes && pending.end.status === 'ok');
    for (const { admission, end, closes } of this.#pending) {
      const undone = this.#failed && over && end.status === 'ok' && !closes;
      const own: ResultEnd = undone
        ? { status: 'error', code: end.code, message: 'rolled back by a later error', tag: end.tag }
        : end;
      const settles = closes ? this.#block.filter((id) => id !== admission.id) : [];
      settlements.push({ admission, end: own, settles });
    }
    this.#pending = [];
    this.#failed = false;
    if (over) {
      this.#block = [];
      this.#objects = new Set();
    }
    return settlements;
  }
}
