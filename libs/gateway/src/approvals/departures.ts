import type { WaitEnd } from '@app/gate';

/** An operation that waits for an approval no more. */
export interface Departure {
  readonly approval: string;
  readonly operation: string;
  readonly why: WaitEnd;
}

/** Past it the oldest are forgotten: an approval that nobody waits for expires by itself. */
const KEPT = 10_000;

/** Tells the database who does not wait any more: nobody waits for that, and what cannot be told now is told later. */
export class Departures {
  readonly #tell: (departure: Departure) => Promise<void>;
  readonly #queue: Departure[] = [];
  #telling: Promise<void> | null = null;

  /** @param tell throws while the database is down */
  constructor(tell: (departure: Departure) => Promise<void>) {
    this.#tell = tell;
  }

  /** not told yet */
  get size(): number {
    return this.#queue.length;
  }

  add(departure: Departure): void {
    if (this.#queue.length >= KEPT) this.#queue.shift();
    this.#queue.push(departure);
    void this.flush();
  }

  /** Tells what is left, up to the first that cannot be told. Never throws. */
  flush(): Promise<void> {
    this.#telling ??= this.#work().finally(() => (this.#telling = null));
    return this.#telling;
  }

  async #work(): Promise<void> {
    for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
      this.#queue.shift();
      try {
        await this.#tell(next);
      } catch {
        // behind the others: one that is never taken must not hold them up
        this.#queue.push(next);
        return;
      }
    }
  }
}
