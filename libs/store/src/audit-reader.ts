import type { EventKind } from '@app/audit';
import type { AuditDatabase } from './audit-database.js';
import { EVENT_COLUMNS, type EventRow, type StoredEvent, toStoredEvent } from './stored-event.js';

/** A body as stored, with the row of its data key. */
export interface StoredBody {
  readonly epoch: string;
  readonly n: number;
  readonly ct: Buffer;
  /** null: the key's row is gone, the body is erased */
  readonly key: { readonly dk: string; readonly kek: string; readonly wrapped: Buffer } | null;
}

/** Whose a pseudonym is, as far as it is still known. */
export type StoredPrincipal = Readonly<Record<string, unknown>>;

interface BodyRow {
  readonly epoch: string;
  readonly n: string;
  readonly ct: Buffer;
  readonly dk: string;
  readonly kek: string | null;
  readonly wrapped: Buffer | null;
}

/** Reads lines, bodies and principals of the record by name. */
export class AuditReader {
  constructor(private readonly database: AuditDatabase) {}

  /** All lines of these operations, in the order of their writing. */
  async operations(ids: readonly string[]): Promise<readonly StoredEvent[]> {
    return this.#events('e.op = ANY ($1)', [ids]);
  }

  /** Lines of the given kinds of these sessions, in the order of their writing. */
  async sessions(ids: readonly string[], kinds: readonly EventKind[]): Promise<readonly StoredEvent[]> {
    return this.#events('e.session = ANY ($1) AND e.type = ANY ($2)', [ids, kinds]);
  }

  /**
   * Lines of any kind of one session, in the order of their writing.
   * @param after the last one that is known; null: from the first
   * @param limit at most so many
   */
  async sessionLines(
    session: string,
    after: Pick<StoredEvent, 'epoch' | 'n' | 'ts'> | null,
    limit: number,
  ): Promise<readonly StoredEvent[]> {
    const values: unknown[] = [session];
    if (after !== null) values.push(after.ts, after.epoch, after.n);
    const where =
      after === null
        ? 'e.session = $1'
        : 'e.session = $1 AND e.ts >= $2 AND (e.ts, e.epoch, e.n) > ($2::timestamptz, $3::text, $4::bigint)';
    return this.#events(where, values, limit);
  }

  /** The ends that settle this operation: of the COMMIT or ROLLBACK that came after it in its session. */
  async settling(session: string, operation: string): Promise<readonly StoredEvent[]> {
    return this.#events(
      `e.session = $1 AND e.type = 'op.end'
       AND position('"settles":[' IN convert_from(e.line, 'UTF8')) > 0 AND position($2 IN convert_from(e.line, 'UTF8')) > 0`,
      [session, JSON.stringify(operation)],
    );
  }

  /** Bodies of events; an event without one is left out. @param limitBytes larger bodies are left out */
  async bodies(
    events: readonly Pick<StoredEvent, 'epoch' | 'n' | 'ts'>[],
    limitBytes = Number.MAX_SAFE_INTEGER,
  ): Promise<readonly StoredBody[]> {
    if (events.length === 0) return [];
    const rows = await this.database.query<BodyRow>(
      `SELECT b.epoch, b.n, b.ct, b.dk, d.kek, d.wrapped
       FROM unnest($1::text[], $2::bigint[], $3::timestamptz[]) AS s (epoch, n, ts)
       JOIN audit_body b ON b.epoch = s.epoch AND b.n = s.n AND b.ts = s.ts AND length(b.ct)::bigint <= $4::bigint
       LEFT JOIN dek d ON d.dk = b.dk`,
      [events.map((one) => one.epoch), events.map((one) => one.n), events.map((one) => one.ts), limitBytes],
    );
    return rows.map(({ epoch, n, ct, dk, kek, wrapped }) => ({
      epoch,
      n: Number(n),
      ct,
      key: kek === null || wrapped === null ? null : { dk, kek, wrapped },
    }));
  }

  /** Principals by pseudonym; erased ones are absent. */
  async principals(pids: readonly string[]): Promise<ReadonlyMap<string, StoredPrincipal>> {
    if (pids.length === 0) return new Map();
    const rows = await this.database.query<{ pid: string; principal: StoredPrincipal }>(
      'SELECT pid, principal FROM principal_map WHERE pid = ANY ($1)',
      [[...new Set(pids)]],
    );
    return new Map(rows.map((row) => [row.pid, row.principal]));
  }

  async #events(
    where: string,
    values: readonly unknown[],
    limit: number | null = null,
  ): Promise<readonly StoredEvent[]> {
    const rows = await this.database.query<EventRow>(
      `SELECT ${EVENT_COLUMNS} FROM audit_event e WHERE ${where} ORDER BY e.ts, e.epoch, e.n${limit === null ? '' : ` LIMIT ${limit}`}`,
      values,
    );
    return rows.map(toStoredEvent);
  }
}
