import { Client } from 'pg';
import { startPostgres, type TestPostgres } from '../../../test/support/postgres.js';
import { runMigrations } from './data-source.js';
import { ensureLogins } from './logins.js';
import { PgAuditSink } from './pg-audit-sink.js';
import { batchOf, shippedEvent } from './testing/events.js';

let postgres: TestPostgres;
let sink: PgAuditSink;
let reader: Client;

beforeAll(async () => {
  postgres = await startPostgres();
  await runMigrations(postgres.url);
  await ensureLogins(postgres.url, [{ name: 'gateway_login', password: 'x', group: 'gateway' }]);
});

beforeEach(async () => {
  sink = new PgAuditSink({ url: postgres.urlFor('gateway_login') });
  reader = new Client({ connectionString: postgres.superuserUrl });
  reader.on('error', () => undefined);
  await reader.connect();
});

afterEach(async () => {
  await sink.close();
  await reader.end();
});

afterAll(async () => {
  await postgres.stop();
});

async function count(table: string, epoch: string): Promise<number> {
  const result = await reader.query<{ n: string }>(`SELECT count(*) AS n FROM ${table} WHERE epoch = $1`, [epoch]);
  return Number(result.rows[0]?.n);
}

describe('shipping', () => {
  it('is refused as a conflict when another event stands under the number, and stores nothing of the batch', async () => {
    const epoch = '1'.repeat(32);
    await sink.ship(batchOf(shippedEvent(0, { epoch })));
    const forged = batchOf(shippedEvent(0, { epoch, members: { verb: 'forged' } }), shippedEvent(1, { epoch }));
    await expect(sink.ship(forged)).rejects.toMatchObject({ name: 'SinkError', code: 'conflict' });
    expect(await count('audit_event', epoch)).toBe(1);
  });

  it('is refused as a conflict when the other event has another time, in another partition', async () => {
    const epoch = '2'.repeat(32);
    const event = shippedEvent(0, { epoch });
    await sink.ship(batchOf(event));
    await expect(sink.ship(batchOf({ ...event, ts: event.ts - 5 * 86_400_000 }))).rejects.toMatchObject({
      code: 'conflict',
    });
    expect(await count('audit_event', epoch)).toBe(1);
  });

  it('is refused as a conflict when a data key of that name is another one', async () => {
    const key = { dk: 'd/2026-11-22/k', kek: 'a', wrapped: Buffer.from('one') };
    await sink.ship({ events: [], keys: [key], principals: [] });
    await sink.ship({ events: [], keys: [key], principals: [] });
    const other = { events: [], keys: [{ ...key, wrapped: Buffer.from('two') }], principals: [] };
    await expect(sink.ship(other)).rejects.toMatchObject({ code: 'conflict' });
  });

  it('adds nothing when a batch comes again, whole or overlapping', async () => {
    const epoch = '3'.repeat(32);
    const events = Array.from({ length: 50 }, (_, n) =>
      shippedEvent(n, { epoch, body: n % 2 ? { ct: Buffer.from([n]), dk: 'd' } : null }),
    );
    const principals = [{ pid: 'u_1', principal: { iss: 'i', sub: 's', user: 'a' } }];
    await sink.ship({ events: events.slice(0, 30), keys: [], principals });
    await sink.ship({ events: events.slice(0, 30), keys: [], principals });
    await sink.ship({ events: events.slice(20), keys: [], principals });
    expect(await count('audit_event', epoch)).toBe(50);
    expect(await count('audit_body', epoch)).toBe(25);
  });

  it('adds nothing when two ship the same events at once', async () => {
    const epoch = '4'.repeat(32);
    const events = Array.from({ length: 400 }, (_, n) => shippedEvent(n, { epoch }));
    const other = new PgAuditSink({ url: postgres.urlFor('gateway_login') });
    await Promise.all([sink.ship(batchOf(...events)), other.ship(batchOf(...events))]);
    await other.close();
    expect(await count('audit_event', epoch)).toBe(400);
  });

  it('keeps every byte and every column, of any day', async () => {
    const epoch = '5'.repeat(32);
    const ct = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    const event = shippedEvent(0, {
      epoch,
      ts: Date.UTC(2025, 1, 3, 23, 59, 59, 999),
      type: 'op.intent',
      session: 's',
      op: 'o',
      pid: 'p',
      target: 'crm',
      fp: 'SELECT ? "é\n	\\',
      verb: 'SELECT',
      rel: ['public.a', 'public."b,{}"'],
      body: {
        ct,
        dk: 'd/2025-02-03/s',
      },
    });
    await sink.ship(batchOf(event));
    const stored = await reader.query('SELECT * FROM audit_event WHERE epoch = $1', [epoch]);
    const { body, ...columns } = event;
    expect(stored.rows[0]).toEqual({ ...columns, n: '0', ts: new Date(event.ts) });
    const bodies = await reader.query('SELECT ct, dk FROM audit_body WHERE epoch = $1', [epoch]);
    expect(bodies.rows[0]).toEqual(body);
  });

  it('takes texts that PostgreSQL cannot store, replaced in the index only', async () => {
    const epoch = '6'.repeat(32);
    await sink.ship({
      events: [shippedEvent(0, { epoch, fp: 'a\0b\ud800' })],
      keys: [],
      principals: [{ pid: 'u_nul', principal: { user: 'x\0y\ud800' } }],
    });
    const stored = await reader.query<{ fp: string }>('SELECT fp FROM audit_event WHERE epoch = $1', [epoch]);
    expect(stored.rows[0]?.fp).toBe('a\ufffdb\ufffd');
  });

  it('goes on after a partition was dropped', async () => {
    const epoch = '7'.repeat(32);
    const ts = Date.UTC(2025, 5, 1);
    await sink.ship(batchOf(shippedEvent(0, { epoch, ts })));
    await reader.query('DROP TABLE audit_event_20250601, audit_body_20250601');
    await sink.ship(batchOf(shippedEvent(1, { epoch, ts })));
    expect(await count('audit_event', epoch)).toBe(1);
  });

  it('is unavailable while the server is down and goes on when it is back', async () => {
    const epoch = '8'.repeat(32);
    await sink.ship(batchOf(shippedEvent(0, { epoch })));
    await reader.end();
    await postgres.crash();
    await expect(sink.ship(batchOf(shippedEvent(1, { epoch })))).rejects.toMatchObject({ code: 'unavailable' });
    await expect(sink.ship(batchOf(shippedEvent(1, { epoch })))).rejects.toMatchObject({ code: 'unavailable' });
    await postgres.start();
    await sink.ship(batchOf(shippedEvent(0, { epoch }), shippedEvent(1, { epoch })));
    reader = new Client({ connectionString: postgres.superuserUrl });
    await reader.connect();
    expect(await count('audit_event', epoch)).toBe(2);
  });
});
