import type { EventKind } from '@app/audit';

/** A row of the record as readers get it. */
export interface StoredEvent {
  readonly epoch: string;
  readonly n: number;
  readonly ts: Date;
  /** exact bytes of the JSON line */
  readonly line: Buffer;
  readonly type: EventKind;
  readonly session: string | null;
  readonly op: string | null;
  readonly pid: string | null;
}

/** Row as the driver gives it: `bigint` is a string. */
export interface EventRow extends Omit<StoredEvent, 'n'> {
  readonly n: string;
}

/** Columns of {@link EventRow}, of table alias `e`. */
export const EVENT_COLUMNS = 'e.epoch, e.n, e.ts, e.line, e.type, e.session, e.op, e.pid';

export function toStoredEvent(row: EventRow): StoredEvent {
  return { ...row, n: Number(row.n) };
}
