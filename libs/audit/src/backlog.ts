/** How far shipping may fall behind before new work is refused. */
export interface BehindLimits {
  /** bytes of the journal not yet in the audit database */
  readonly bytes: number;
  /** age of the oldest of them, ms */
  readonly forMs: number;
}

const MARK_EVERY_MS = 50;

/** What is in the journal and not yet in the audit database, by the writer's own account: it is right even when the shipper is dead. */
export class Backlog {
  private readonly marks: { lastN: number; bytes: number; readonly at: number }[] = [];
  private shippedN = -1;
  private total = 0;
  /** bytes of older epochs that wait as well */
  older = 0;

  constructor(private readonly limits: BehindLimits) {}

  /** Bytes not shipped. */
  get bytes(): number {
    return this.total;
  }

  /** When the oldest unshipped event was written, ms since 1970; null: all is shipped. */
  get oldestAt(): number | null {
    return this.marks[0]?.at ?? null;
  }

  /** `bytes` with events up to `lastN` went to the disk. */
  wrote(lastN: number, bytes: number, now: number): void {
    this.total += bytes;
    const last = this.marks.at(-1);
    // Few marks, whatever the rate: they only have to be right to the size of what 50 ms bring.
    if (last !== undefined && now - last.at < MARK_EVERY_MS) {
      last.lastN = lastN;
      last.bytes += bytes;
    } else {
      this.marks.push({ lastN, bytes, at: now });
    }
  }

  /** All events up to `n` are in the audit database. */
  shipped(n: number): void {
    if (n <= this.shippedN) return;
    this.shippedN = n;
    let done = 0;
    for (const mark of this.marks) {
      if (mark.lastN > n) break;
      this.total -= mark.bytes;
      done++;
    }
    this.marks.splice(0, done);
  }

  /**
   * Why new work must be refused, or null. Once refusing, it goes on until half of both limits is reached: a threshold alone
   * would open and close with each batch.
   */
  refusal(now: number, refusing: boolean): string | null {
    const share = refusing ? 0.5 : 1;
    const age = this.oldestAt === null ? 0 : now - this.oldestAt;
    if (this.total + this.older > this.limits.bytes * share) {
      return `the audit database is behind by ${this.total + this.older} bytes (limit ${this.limits.bytes})`;
    }
    if (age > this.limits.forMs * share) {
      return `the audit database is behind by ${Math.round(age / 1000)} s (limit ${Math.round(this.limits.forMs / 1000)} s)`;
    }
    return null;
  }
}
