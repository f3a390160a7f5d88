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

/** A write that was admitted in a block whose end is not known. */
interface Admitted {
  readonly admission: Admission;
  /** number of the cycle it was sent in */
  readonly cycle: number;
}

/** What the record is told once the target says in which state a cycle left it. */
export interface Settlement {
  readonly admission: Admission;
  readonly end: ResultEnd;
  readonly settles: readonly string[];
}

/**
 * Follows what a transaction block wrote, so that each write's end says what the target said: CommandComplete precedes the commit,
 * and a later error of the same cycle undoes it (evidence §4.1). Cycles may be sent long before earlier ones are answered.
 */
export class TransactionLedger {
  #block: Admitted[] = [];
  #pending: Pending[] = [];
  #failed = false;

  /** objects written in the transaction that is open or about to be */
  get written(): ReadonlySet<string> {
    return new Set(
      this.#block.flatMap(({ admission: { operation } }) =>
        operation.objects.filter((name) => operation.onlyReads?.includes(name) !== true),
      ),
    );
  }

  /** a write was admitted in it */
  get wrote(): boolean {
    return this.#block.length > 0;
  }

  /** @param cycle number of the cycle it is sent in */
  admitted(admission: Admission, cycle: number): void {
    // a read that people agreed to has its intent before it, and still writes nothing
    if (admission.mode !== 'after-intent' || admission.described.harmless) return;
    if (this.#block.length < SETTLED_IDS) this.#block.push({ admission, cycle });
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

  /**
   * ReadyForQuery: ends of all writes of the cycle.
   * @param cycle number of the cycle that is answered; what was sent in later ones stays open
   */
  ready(status: 'I' | 'T' | 'E', cycle: number): Settlement[] {
    const settlements: Settlement[] = [];
    const pending = this.#pending;
    // what a COMMIT or ROLLBACK of this cycle closed, no later error undoes
    let closed = -1;
    pending.forEach(({ end, closes }, i) => {
      if (closes && end.status === 'ok') closed = i;
    });
    pending.forEach(({ admission, end, closes }, i) => {
      const undone = this.#failed && status === 'I' && end.status === 'ok' && !closes && i > closed;
      const own: ResultEnd = undone
        ? { status: 'error', code: end.code, message: 'rolled back by a later error', tag: end.tag }
        : end;
      settlements.push({ admission, end: own, settles: closes && end.status === 'ok' ? this.#close(admission) : [] });
    });
    this.#pending = [];
    this.#failed = false;
    if (status === 'I') this.#block = this.#block.filter((admitted) => admitted.cycle > cycle);
    return settlements;
  }

  /** Everything admitted before `closing` is settled by it; COMMIT AND CHAIN begins the next block without an idle moment. */
  #close(closing: Admission): string[] {
    const at = this.#block.findIndex(({ admission }) => admission === closing);
    const settled = this.#block.splice(0, at < 0 ? this.#block.length : at + 1);
    return settled.filter(({ admission }) => admission !== closing).map(({ admission }) => admission.id);
  }
}
