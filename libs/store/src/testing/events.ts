import { createHash } from 'node:crypto';
import type { ShippedBatch, ShippedEvent } from '@app/audit';

/** An event of the record as the shipper would derive it from its line; members given in `over` win. */
export function shippedEvent(
  n: number,
  over: Partial<ShippedEvent> & { readonly members?: object } = {},
): ShippedEvent {
  const epoch = over.epoch ?? 'a'.repeat(32);
  const ts = over.ts ?? Date.UTC(2026, 10, 22, 12, 0, 0, n % 1000);
  const type = over.type ?? 'op';
  const { members, ...columns } = over;
  const line = Buffer.from(
    JSON.stringify({ v: 1, e: epoch, n, p: '0'.repeat(64), t: new Date(ts).toISOString(), k: type, ...members }),
  );
  const leaf = createHash('sha256')
    .update(Buffer.from([0]))
    .update(line)
    .digest();
  return {
    epoch,
    n,
    ts,
    line,
    leaf,
    type,
    session: null,
    op: null,
    pid: null,
    target: null,
    fp: null,
    verb: null,
    rel: [],
    body: null,
    ...columns,
  };
}

/** A batch of events without keys and principals. */
export function batchOf(...events: ShippedEvent[]): ShippedBatch {
  return { events, keys: [], principals: [] };
}
