import { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { AuditSink, type ShippedBatch, type ShippedEvent, SinkError } from '@app/audit';
import { CopyEncoder, withoutNul } from './copy-encoder.js';
import { type DatabaseUrl, revealUrl } from './data-source.js';

const STAGING = `
  CREATE TEMPORARY TABLE IF NOT EXISTS staging_event (
    epoch text COLLATE "C", n bigint, ts timestamptz, line bytea, leaf bytea, type text, session text, op text, pid text,
    target text, fp text, verb text, rel text[]
  ) ON COMMIT DELETE ROWS;
  CREATE TEMPORARY TABLE IF NOT EXISTS staging_body (
    epoch text COLLATE "C", n bigint, ts timestamptz, ct bytea, dk text
  ) ON COMMIT DELETE ROWS`;

const EVENT_COLUMNS = 'epoch, n, ts, line, leaf, type, session, op, pid, target, fp, verb, rel';
const BODY_COLUMNS = 'epoch, n, ts, ct, dk';

const INSERT_EVENTS = `
  INSERT INTO audit_event (${EVENT_COLUMNS}) SELECT ${EVENT_COLUMNS} FROM staging_event ON CONFLICT DO NOTHING`;

const INSERT_BODIES = `
  INSERT INTO audit_body (${BODY_COLUMNS}) SELECT ${BODY_COLUMNS} FROM staging_body ON CONFLICT DO NOTHING`;

const ANYTHING_THERE = 'SELECT 1 FROM audit_event WHERE epoch = $1 AND n BETWEEN $2 AND $3 LIMIT 1';

/** Rows under one (epoch, n) that are not the staged one, whatever their `ts`. One index range per partition, not one look-up per row. */
const DIFFERENT = `
  SELECT e.n::int8 AS n
  FROM audit_event e JOIN staging_event s ON s.epoch = e.epoch AND s.n = e.n
  WHERE e.epoch = $1 AND e.n BETWEEN $2 AND $3 AND (e.leaf <> s.leaf OR e.ts <> s.ts)
  LIMIT 1`;

const INSERT_KEYS = `
  INSERT INTO dek (dk, kek, wrapped) SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[]) ON CONFLICT DO NOTHING`;

const DIFFERENT_KEY = `
  SELECT d.dk FROM dek d JOIN unnest($1::text[], $2::text[], $3::bytea[]) AS s (dk, kek, wrapped) ON s.dk = d.dk
  WHERE d.kek <> s.kek OR d.wrapped <> s.wrapped LIMIT 1`;

const INSERT_PRINCIPALS = `
  INSERT INTO principal_map (pid, principal) SELECT * FROM unnest($1::text[], $2::jsonb[]) ON CONFLICT DO NOTHING`;

/** SQLSTATE of a row whose day has no partition */
const NO_PARTITION = '23514';
const DAY = 86_400_000;

/** How a sink connects. */
export interface PgAuditSinkOptions {
  /** a login that is a member of `sallyport_gateway` or `sallyport_control` */
  readonly url: DatabaseUrl;
  /** ms; default 5 000 */
  readonly connectTimeout?: number;
  /** ms one statement may take; default 30 000 */
  readonly statementTimeout?: number;
}

/**
 * Ships batches to PostgreSQL over one connection of its own, made at the first batch and again after a failure. Events never seen
 * are copied straight in; a batch that comes again goes through temporary tables, from which is inserted what is not there yet. All of a
 * batch is one transaction. Nothing is ever updated.
 * @see docs/record.md, "Tables"
 */
export class PgAuditSink extends AuditSink {
  #client: Client | null = null;
  #last: Promise<unknown> = Promise.resolve();
  readonly #days = new Set<number>();

  constructor(private readonly options: PgAuditSinkOptions) {
    super();
  }

  /** Batches of several epochs may be shipped at once; they take turns on the connection. */
  override ship(batch: ShippedBatch): Promise<void> {
    const shipped = this.#last.then(() => this.#ship(batch));
    this.#last = shipped.catch(() => undefined);
    return shipped;
  }

  async #ship(batch: ShippedBatch): Promise<void> {
    if (batch.events.length === 0 && batch.keys.length === 0 && batch.principals.length === 0) return;
    try {
      const client = await this.#connect();
      try {
        await this.#transaction(client, batch);
      } catch (error) {
        if (sqlState(error) !== NO_PARTITION) throw error;
        // A day's partition was dropped meanwhile.
        await client.query('ROLLBACK');
        this.#days.clear();
        await this.#transaction(client, batch);
      }
    } catch (error) {
      await this.close();
      if (error instanceof SinkError) throw error;
      throw new SinkError('unavailable', `the audit database did not take a batch: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }

  /** Ends the connection; the next batch makes a new one. */
  async close(): Promise<void> {
    const client = this.#client;
    this.#client = null;
    await client?.end().catch(() => undefined);
  }

  async #connect(): Promise<Client> {
    if (this.#client) return this.#client;
    const client = new Client({
      connectionString: revealUrl(this.options.url),
      application_name: 'sallyport-shipper',
      connectionTimeoutMillis: this.options.connectTimeout ?? 5_000,
      statement_timeout: this.options.statementTimeout ?? 30_000,
      keepAlive: true,
    });
    // An idle connection that breaks must not end the process: the next batch meets the closed connection.
    client.on('error', () => {
      if (this.#client === client) this.#client = null;
    });
    await client.connect();
    await client.query(STAGING);
    this.#client = client;
    return client;
  }

  async #transaction(client: Client, batch: ShippedBatch): Promise<void> {
    await this.#ensureDays(client, batch.events);
    await client.query('BEGIN');
    if (batch.events.length > 0) await this.#events(client, batch.events);
    if (batch.keys.length > 0) {
      const values = [
        batch.keys.map((key) => key.dk),
        batch.keys.map((key) => key.kek),
        batch.keys.map((key) => key.wrapped),
      ];
      await client.query(INSERT_KEYS, values);
      const different = await client.query<{ dk: string }>(DIFFERENT_KEY, values);
      const row = different.rows[0];
      if (row) throw new SinkError('conflict', `another key is already stored as ${row.dk}`);
    }
    if (batch.principals.length > 0) {
      await client.query(INSERT_PRINCIPALS, [
        batch.principals.map((one) => one.pid),
        batch.principals.map((one) => storableJson(one.principal)),
      ]);
    }
    await client.query('COMMIT');
  }

  async #events(client: Client, events: readonly ShippedEvent[]): Promise<void> {
    const epochs = new Map<string, { from: number; to: number }>();
    for (const { epoch, n } of events) {
      const range = epochs.get(epoch);
      if (!range) epochs.set(epoch, { from: n, to: n });
      else if (n < range.from) range.from = n;
      else if (n > range.to) range.to = n;
    }
    // Two shippers of one epoch take turns, so that the comparison below sees what the other one inserted.
    for (const epoch of [...epochs.keys()].sort())
      await client.query(`SELECT pg_advisory_xact_lock(hashtextextended('sallyport:epoch:' || $1, 0))`, [epoch]);
    if (await isNew(client, epochs)) return this.#copyNew(client, events);
    await copy(client, 'COPY staging_event FROM STDIN (FORMAT binary)', encodeEvents(events));
    const bodies = encodeBodies(events);
    if (bodies) await copy(client, 'COPY staging_body FROM STDIN (FORMAT binary)', bodies);
    const inserted = await client.query(INSERT_EVENTS);
    if (bodies) await client.query(INSERT_BODIES);
    for (const [epoch, range] of epochs) {
      const different = await client.query<{ n: string }>(DIFFERENT, [epoch, range.from, range.to]);
      const row = different.rows[0];
      if (row)
        throw new SinkError(
          'conflict',
          `a different event is already stored as number ${row.n} of epoch ${epoch} (${inserted.rowCount ?? 0} new)`,
        );
    }
  }

  /** Half the work of the other way: nothing of these numbers is there, and nobody else may add them until the lock is given back. */
  async #copyNew(client: Client, events: readonly ShippedEvent[]): Promise<void> {
    await copy(client, `COPY audit_event (${EVENT_COLUMNS}) FROM STDIN (FORMAT binary)`, encodeEvents(events));
    const bodies = encodeBodies(events);
    if (bodies) await copy(client, `COPY audit_body (${BODY_COLUMNS}) FROM STDIN (FORMAT binary)`, bodies);
  }

  async #ensureDays(client: Client, events: readonly ShippedEvent[]): Promise<void> {
    for (const { ts } of events) {
      const day = Math.floor(ts / DAY);
      if (this.#days.has(day)) continue;
      await client.query('SELECT audit_partition($1::date)', [new Date(day * DAY).toISOString().slice(0, 10)]);
      this.#days.add(day);
    }
  }
}

type Ranges = ReadonlyMap<string, { readonly from: number; readonly to: number }>;

async function isNew(client: Client, epochs: Ranges): Promise<boolean> {
  for (const [epoch, { from, to }] of epochs) {
    const { rowCount } = await client.query(ANYTHING_THERE, [epoch, from, to]);
    if (rowCount !== 0) return false;
  }
  return true;
}

function encodeEvents(events: readonly ShippedEvent[]): Buffer {
  const rows = new CopyEncoder(events.length * 1024);
  for (const event of events) {
    rows
      .row(13)
      .text(event.epoch)
      .int8(event.n)
      .timestamp(event.ts)
      .bytes(event.line)
      .bytes(event.leaf)
      .text(event.type);
    rows.text(event.session).text(event.op).text(event.pid).text(event.target).text(event.fp).text(event.verb);
    if (event.rel.length > 0) rows.texts(event.rel);
    else rows.bytes(null);
  }
  return rows.finish();
}

function encodeBodies(events: readonly ShippedEvent[]): Buffer | null {
  const withBody = events.filter((event) => event.body !== null);
  if (withBody.length === 0) return null;
  const rows = new CopyEncoder(withBody.length * 1024);
  for (const { epoch, n, ts, body } of withBody)
    rows.row(5).text(epoch).int8(n).timestamp(ts).bytes(body!.ct).text(body!.dk);
  return rows.finish();
}

async function copy(client: Client, sql: string, data: Buffer): Promise<void> {
  const stream = client.query(copyFrom(sql));
  await new Promise<void>((resolve, reject) => {
    stream.once('error', reject);
    stream.once('finish', resolve);
    stream.end(data);
  });
}

/** JSON that jsonb takes: it refuses NUL and lone surrogates. */
function storableJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'string' ? withoutNul(Buffer.from(member).toString()) : member,
  );
}

function sqlState(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message || (sqlState(error) ?? error.name) : String(error);
}
