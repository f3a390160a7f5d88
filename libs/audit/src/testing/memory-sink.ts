import type { ShippedBatch, ShippedEvent, ShippedKey } from '../audit-sink.js';
import { AuditSink } from '../audit-sink.js';
import { SinkError } from '../audit.error.js';

/** An audit database in memory that keeps the port's promises: all or nothing, idempotent, a different row is a conflict. */
export class MemorySink extends AuditSink {
  readonly events = new Map<string, ShippedEvent>();
  readonly keys = new Map<string, ShippedKey>();
  readonly principals = new Map<string, Readonly<Record<string, unknown>>>();
  /** while not null every `ship` fails with it as `unavailable` */
  away: string | null = null;
  batches = 0;

  override async ship(batch: ShippedBatch): Promise<void> {
    await Promise.resolve();
    if (this.away !== null) throw new SinkError('unavailable', this.away);
    for (const event of batch.events) {
      const there = this.events.get(`${event.epoch}:${event.n}`);
      if (there !== undefined && !there.leaf.equals(event.leaf)) {
        throw new SinkError('conflict', `a different event is stored as ${event.n}`);
      }
    }
    for (const key of batch.keys) {
      const there = this.keys.get(key.dk);
      if (there !== undefined && !there.wrapped.equals(key.wrapped)) {
        throw new SinkError('conflict', `another key is stored as ${key.dk}`);
      }
    }
    for (const event of batch.events) {
      const id = `${event.epoch}:${event.n}`;
      if (!this.events.has(id)) this.events.set(id, event);
    }
    for (const key of batch.keys) this.keys.set(key.dk, key);
    for (const { pid, principal } of batch.principals)
      if (!this.principals.has(pid)) this.principals.set(pid, principal);
    this.batches++;
  }

  /** lines of one epoch in order of n */
  lines(epoch: string): string[] {
    const own = [...this.events.values()].filter((event) => event.epoch === epoch).toSorted((a, b) => a.n - b.n);
    return own.map((event) => event.line.toString());
  }
}
