import { MemoryJournal } from './memory-journal.js';
import type { Random } from './random.js';

/** How likely each fault is, per step of the disk. */
export interface JournalFaults {
  readonly poison: number;
  readonly refuse: number;
}

/**
 * A journal whose disk moves only when told to: group commit with writes that take any part of what waits, syncs that begin and end
 * whenever they like, listeners told late, a record that refuses for a while, a disk that fails for good.
 */
export class FaultyJournal extends MemoryJournal {
  readonly #random: Random;
  readonly #twoSteps: boolean;
  readonly #faults: JournalFaults;
  /** up to which event a write, or a sync, is under way; -1: none is */
  #writing = -1;
  #syncing = -1;
  #untold = false;

  constructor(random: Random, faults: JournalFaults) {
    super();
    this.#random = random;
    this.#faults = faults;
    this.#twoSteps = random.chance(0.6);
  }

  /** Lets one thing happen on the disk. */
  step(): void {
    if (this.state === 'poisoned') return;
    if (this.#random.chance(this.#faults.refuse)) return this.#toggleRefusal();
    const what = this.#random.below(this.#twoSteps ? 5 : 3);
    if (what === 0) this.#tellLate();
    else if (what < 3) this.#write();
    else this.#sync();
  }

  override tell(): void {
    this.#untold = false;
    super.tell();
  }

  /** The disk works again, the record is open, and all that waits becomes durable; a poisoned one stays poisoned. */
  override flush(): void {
    if (this.state === 'poisoned') return;
    this.state = 'open';
    this.#writing = -1;
    this.#syncing = -1;
    super.flush();
  }

  #write(): void {
    if (this.#writing < 0) {
      const waiting = this.events.length - 1 - this.written;
      if (waiting > 0) this.#writing = this.written + 1 + this.#random.below(waiting);
      return;
    }
    if (this.#fails()) return;
    this.written = this.#writing;
    this.#writing = -1;
    if (!this.#twoSteps) this.durable = this.written;
    this.#advanced();
  }

  #sync(): void {
    if (this.#syncing < 0) {
      if (this.written > this.durable) this.#syncing = this.written;
      return;
    }
    if (this.#fails()) return;
    this.durable = this.#syncing;
    this.#syncing = -1;
    this.#advanced();
  }

  #fails(): boolean {
    if (!this.#random.chance(this.#faults.poison)) return false;
    this.poison();
    return true;
  }

  #toggleRefusal(): void {
    this.state = this.state === 'open' ? 'refusing' : 'open';
    this.tell();
  }

  #advanced(): void {
    this.#untold = true;
    if (this.#random.chance(0.7)) this.tell();
  }

  #tellLate(): void {
    if (this.#untold) this.tell();
  }
}
