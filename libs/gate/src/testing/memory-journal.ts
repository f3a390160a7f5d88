import { Journal, type JournalEntry, JournalError } from '@app/audit';

/** An event as it was appended, its members read back from their text. */
export interface RecordedEvent {
  readonly n: number;
  readonly kind: string;
  readonly entry: JournalEntry;
  readonly members: Readonly<Record<string, unknown>>;
}

/** A journal in memory that is exactly as far as it is told to be. */
export class MemoryJournal extends Journal {
  override readonly epoch = '0'.repeat(32);
  override durable = -1;
  override written = -1;
  override state: Journal['state'] = 'open';
  /** all that was appended, in order */
  readonly events: RecordedEvent[] = [];
  readonly #listeners = new Set<() => void>();

  override get stateReason(): string | null {
    return this.state === 'open' ? null : `the record is ${this.state}`;
  }

  override append(entry: JournalEntry): number {
    if (this.state === 'poisoned' || this.state === 'closed') throw new JournalError(this.state, 'nothing is accepted');
    const members = JSON.parse(`{${entry.members}}`) as Record<string, unknown>;
    return this.events.push({ n: this.events.length, kind: entry.kind, entry, members }) - 1;
  }

  override onAdvance(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Tells everybody that a watermark or the state changed. */
  tell(): void {
    for (const listener of this.#listeners) listener();
  }

  /** Everything appended so far is durable, and everybody is told. */
  flush(): void {
    this.written = this.events.length - 1;
    this.durable = this.written;
    this.tell();
  }

  /** A write or sync failed. */
  poison(): void {
    if (this.state === 'poisoned') return;
    this.state = 'poisoned';
    this.tell();
  }
}

/** The body of an event, read back. */
export function bodyOf(event: RecordedEvent | undefined): Record<string, unknown> | null {
  const body = event?.entry.body ?? null;
  return body === null ? null : (JSON.parse(new TextDecoder().decode(body)) as Record<string, unknown>);
}
