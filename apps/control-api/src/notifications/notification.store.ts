import { Injectable } from '@nestjs/common';
import { ulid } from '@app/platform';
import { AuditDatabase, CursorError } from '@app/store';
import type { Notice, Notification, NotificationBody, NotificationState } from './notification.js';

const COLUMNS = `id, kind, approval, webhook, state, attempts, next_at AS "nextAt", last_error AS "lastError",
  created_at AS "createdAt", payload`;
/** the clock of this process may be a little ahead of the database's */
const SKEW = `interval '1 second'`;
/** so long what was sent is shown */
const KEPT = `interval '30 days'`;

/**
 * The outbox. A row without a webhook is something that happened; the rows with one are its copies, one for each that is told. Both are
 * the truth; jobs are only reminders to look at them.
 */
@Injectable()
export class NotificationStore {
  constructor(private readonly database: AuditDatabase) {}

  /** Notes something that only time brings about; once for each approval. */
  async raise(kind: 'reminder' | 'overdue', approval: string, payload: Notice['payload']): Promise<void> {
    await this.database.query(
      `INSERT INTO notification (id, kind, approval, payload) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING`,
      [`${kind}-${approval}`, kind, approval, JSON.stringify(payload)],
    );
  }

  /** What happened and was told to nobody yet, oldest first. */
  async notices(limit: number): Promise<Notice[]> {
    return this.database.query<Notice>(
      `SELECT id, kind, approval, payload FROM notification WHERE webhook IS NULL AND state = 'pending'
       ORDER BY created_at, id LIMIT $1`,
      [limit],
    );
  }

  /** Writes the copies of a notice, all or none, once. */
  async address(notice: Notice, webhooks: readonly string[], payload: NotificationBody): Promise<void> {
    await this.database.query(
      `WITH notice AS (
         UPDATE notification SET state = 'sent' WHERE id = $1 AND webhook IS NULL AND state = 'pending' RETURNING kind, approval
       )
       INSERT INTO notification (id, kind, approval, payload, webhook)
       SELECT copy.id, notice.kind, notice.approval, $2, copy.webhook
       FROM notice, unnest($3::text[], $4::text[]) AS copy (id, webhook)`,
      [notice.id, JSON.stringify(payload), webhooks.map(() => ulid(notice.payload.at)), webhooks],
    );
  }

  /** What is to be sent within `withinMs`, in the order of its time: `at` in ms since 1970. */
  async due(withinMs: number, limit: number): Promise<{ id: string; at: number }[]> {
    return this.database.query(
      `SELECT id, round(extract(epoch FROM next_at) * 1000)::float8 AS at FROM notification
       WHERE state = 'pending' AND webhook IS NOT NULL AND next_at <= clock_timestamp() + make_interval(secs => $1::float8 / 1000)
       ORDER BY next_at LIMIT $2`,
      [withinMs, limit],
    );
  }

  /**
   * Takes one whose time has come, for as long as an attempt may last: of several who try, one gets it.
   * @returns null: it is not due, or somebody else has it
   */
  async claim(id: string, forMs: number): Promise<Notification | null> {
    const [row] = await this.database.query<Notification>(
      `WITH claimed AS (
         UPDATE notification SET attempts = attempts + 1, next_at = clock_timestamp() + make_interval(secs => $2::float8 / 1000)
         WHERE id = $1 AND webhook IS NOT NULL AND state = 'pending' AND next_at <= clock_timestamp() + ${SKEW} RETURNING *
       ) SELECT ${COLUMNS} FROM claimed`,
      [id, forMs],
    );
    return row ?? null;
  }

  async sent(id: string): Promise<void> {
    await this.database.query(`UPDATE notification SET state = 'sent', last_error = NULL WHERE id = $1`, [id]);
  }

  /** @param retryInMs null: never again, until somebody asks for it */
  async failed(id: string, problem: string, retryInMs: number | null): Promise<void> {
    await this.database.query(
      `UPDATE notification SET state = CASE WHEN $3::float8 IS NULL THEN 'dead' ELSE state END, last_error = $2,
         next_at = clock_timestamp() + make_interval(secs => coalesce($3::float8, 0) / 1000)
       WHERE id = $1 AND state = 'pending'`,
      [id, problem, retryInMs],
    );
  }

  /** Newest first. @throws CursorError */
  async list(filter: {
    readonly state?: NotificationState | undefined;
    readonly cursor?: string | undefined;
    readonly limit: number;
  }): Promise<{ items: Notification[]; next: string | null }> {
    const before = filter.cursor === undefined ? null : decoded(filter.cursor);
    const rows = await this.database.query<Notification>(
      `SELECT ${COLUMNS} FROM notification WHERE webhook IS NOT NULL AND ($1::text IS NULL OR state = $1) AND ($2::text IS NULL OR id < $2)
       ORDER BY id DESC LIMIT $3`,
      [filter.state ?? null, before, filter.limit + 1],
    );
    const items = rows.slice(0, filter.limit);
    const last = items.at(-1);
    return { items, next: rows.length > filter.limit && last ? Buffer.from(last.id).toString('base64url') : null };
  }

  async get(id: string): Promise<Notification | null> {
    const [row] = await this.database.query<Notification>(
      `SELECT ${COLUMNS} FROM notification WHERE id = $1 AND webhook IS NOT NULL`,
      [id],
    );
    return row ?? null;
  }

  /** Gives a dead letter all its attempts again. @returns null: it is not dead */
  async retry(id: string): Promise<Notification | null> {
    const [row] = await this.database.query<Notification>(
      `WITH again AS (
         UPDATE notification SET state = 'pending', attempts = 0, next_at = clock_timestamp()
         WHERE id = $1 AND webhook IS NOT NULL AND state = 'dead' RETURNING *
       ) SELECT ${COLUMNS} FROM again`,
      [id],
    );
    return row ?? null;
  }

  async counts(): Promise<Record<NotificationState, number>> {
    const rows = await this.database.query<{ state: NotificationState; count: number }>(
      'SELECT state, count(*)::int AS count FROM notification WHERE webhook IS NOT NULL GROUP BY state',
    );
    const of = (state: NotificationState): number => rows.find((row) => row.state === state)?.count ?? 0;
    return { pending: of('pending'), sent: of('sent'), dead: of('dead') };
  }

  /** Removes what was sent long ago. Reminders stay, so that they are not raised again. */
  async forget(): Promise<void> {
    await this.database.query(
      `DELETE FROM notification WHERE state = 'sent' AND created_at < clock_timestamp() - ${KEPT}
       AND (webhook IS NOT NULL OR kind NOT IN ('reminder', 'overdue'))`,
    );
  }
}

/** @throws CursorError */
function decoded(cursor: string): string {
  const id = Buffer.from(cursor, 'base64url').toString('latin1');
  if (!/^[0-9A-HJKMNP-TV-Z]{26}$/.test(id)) throw new CursorError();
  return id;
}
