import { Journal, type JournalEntry, JournalError } from '@app/audit';
import type { Random } from './random.js';

/** An event as the simulated disk knows it, its members read back from the text that was appended. */
export interface RecordedEvent {
  readonly n: number;
  readonly kind: string;
  readonly members: Readonly<Record<string, unknown>>;
}

/** How likely each fault is, per step of the disk. */
export interface JournalFaults {
  readonly poison: number;
  readonly refuse: number;
}

/**
 * A journal whose disk moves only when told to: group commit with writes that take any part of what waits, syncs that begin and end
 * whenever they like, listeners told late, a record that refuses for a while, a disk that fails for good.
 */
export class FaultyJournal extends Journal {
  override readonly epoch = '0'.repeat(32);
  /** all that was appended, in order */
  readonly events: RecordedEvent[] = [];
  readonly #random: Random;
  readonly #twoSteps: boolean;
  readonly #faults: JournalFaults;
  readonly #listeners = new Set<() => void>();
  #durable = -1;
  #written = -1;
  #writing = -1;
  #syncing = -1;
  #state: 'open' | 'refusing' | 'poisoned' = 'open';
  #untold = false;

  constructor(random: Random, faults: JournalFaults) {
    super();
    this.#random = random;
    this.#faults = faults;
    this.#twoSteps = random.chance(0.6);
  }

  override get durable(): number {
    return this.#durable;
  }

  override get written(): number {
    return this.#written;
  }

  override get state(): 'open' | 'refusing' | 'poisoned' {
    return this.#state;
  }

  override get stateReason(): string | null {
    return this.#state === 'open' ? null : `the simulated disk is ${this.#state}`;
  }

  /** nothing is left to be made durable, or nothing will be any more */
  get settled(): boolean {
    return this.#state === 'poisoned' || (this.#durable === this.events.length - 1 && !this.#untold);
  }

  override append(entry: JournalEntry): number {
    if (this.#state === 'poisoned') throw new JournalError('poisoned', 'the simulated disk failed');
    const members = JSON.parse(`{${entry.members}}`) as Record<string, unknown>;
    return this.events.push({ n: this.events.length, kind: entry.kind, members }) - 1;
  }

  override onAdvance(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Lets one thing happen on the disk. */
  step(): void {
    if (this.#state === 'poisoned') return;
    if (this.#random.chance(this.#faults.refuse)) return this.#toggleRefusal();
    const choices = [this.#tell, this.#write, this.#write];
    if (this.#twoSteps) choices.push(this.#sync, this.#sync);
    this.#random.pick(choices).call(this);
  }

  /** Poisons the record now. What was synced a moment ago may not have been told yet. */
  poison(): void {
    if (this.#state === 'poisoned') return;
    this.#state = 'poisoned';
    this.#notify();
  }

  /** The record is open again, nothing fails any more, and all that waits becomes durable. */
  flush(): void {
    if (this.#state === 'poisoned') return;
    this.#state = 'open';
    this.#writing = -1;
    this.#syncing = -1;
    this.#written = this.events.length - 1;
    this.#durable = this.#written;
    this.#notify();
  }

  #write(): void {
    if (this.#writing < 0) {
      const waiting = this.events.length - 1 - this.#written;
      if (waiting > 0) this.#writing = this.#written + 1 + this.#random.below(waiting);
      return;
    }
    if (this.#fails()) return;
    this.#written = this.#writing;
    this.#writing = -1;
    if (!this.#twoSteps) this.#durable = this.#written;
    this.#advanced();
  }

  #sync(): void {
    if (this.#syncing < 0) {
      if (this.#written > this.#durable) this.#syncing = this.#written;
      return;
    }
    if (this.#fails()) return;
    this.#durable = this.#syncing;
    this.#syncing = -1;
    this.#advanced();
  }

  #tell(): void {
    if (this.#untold) this.#notify();
  }

  #fails(): boolean {
    if (!this.#random.chance(this.#faults.poison)) return false;
    this.poison();
    return true;
  }

  #toggleRefusal(): void {
    this.#state = this.#state === 'open' ? 'refusing' : 'open';
    this.#notify();
  }

  #advanced(): void {
    this.#untold = true;
    if (this.#random.chance(0.7)) this.#notify();
  }

  #notify(): void {
    this.#untold = false;
    for (const listener of this.#listeners) listener();
  }
}
