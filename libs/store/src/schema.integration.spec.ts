import { Client } from 'pg';
import { execute, startPostgres, type TestPostgres } from '../../../test/support/postgres.js';
import { createDataSource, runMigrations, schemaState } from './data-source.js';
import { ensureLogins } from './logins.js';
import { PgAuditSink } from './pg-audit-sink.js';
import { batchOf, shippedEvent } from './testing/events.js';

let postgres: TestPostgres;

beforeAll(async () => {
  postgres = await startPostgres();
});

afterAll(async () => {
  await postgres.stop();
});

async function query<Row extends object>(url: string, sql: string): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('migrations', () => {
  it('go all up, all down and all up again, and leave nothing behind when down', async () => {
    const url = await postgres.createDatabase('up_and_down');
    const before = await schemaState(url);
    expect(before.pending.length).toBeGreaterThan(0);
    const up = await runMigrations(url);
    expect(up.applied).toEqual(before.pending);
    expect(await schemaState(url)).toEqual({ pending: [], unknown: [] });
    const down = await runMigrations(url, { revertAll: true });
    expect(down.reverted).toEqual([...up.applied].reverse());
    const left = await query(
      url,
      `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relname NOT IN ('schema_migration', 'typeorm_metadata')
       UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace`,
    );
    expect(left).toEqual([]);
    expect((await runMigrations(url)).applied).toEqual(up.applied);
  });

  it('undo one at a time when asked to', async () => {
    const url = await postgres.createDatabase('one_back');
    const { applied } = await runMigrations(url);
    expect((await runMigrations(url, { revert: true })).reverted).toEqual(applied.slice(-1));
    expect((await schemaState(url)).pending).toEqual(applied.slice(-1));
  });

  it('take turns when two processes start at once', async () => {
    const url = await postgres.createDatabase('at_once');
    const reports = await Promise.all([runMigrations(url), runMigrations(url), runMigrations(url)]);
    expect(reports.filter((report) => report.applied.length > 0)).toHaveLength(1);
  });

  it('leave no difference between entities and tables', async () => {
    await runMigrations(postgres.url);
    const dataSource = await createDataSource(postgres.url).initialize();
    const drift = await dataSource.driver.createSchemaBuilder().log();
    await dataSource.destroy();
    expect(drift.upQueries.map((one) => one.query)).toEqual([]);
  });

  it('name what is missing, and what a newer version left', async () => {
    const url = await postgres.createDatabase('newer');
    await runMigrations(url);
    await execute(url, `INSERT INTO schema_migration (timestamp, name) VALUES (1, 'FromTheFuture')`);
    expect(await schemaState(url)).toEqual({ pending: [], unknown: ['FromTheFuture'] });
  });
});

describe('rights', () => {
  const gateway = (): string => postgres.urlFor('gateway_login');
  const control = (): string => postgres.urlFor('control_login');
  const reader = (): string => postgres.urlFor('reader_login');

  beforeAll(async () => {
    await runMigrations(postgres.url);
    await ensureLogins(postgres.url, [
      { name: 'gateway_login', password: 'one', group: 'gateway' },
      { name: 'control_login', password: "t'wo", group: 'control' },
      { name: 'reader_login', password: 'three', group: 'reader' },
    ]);
    const sink = new PgAuditSink({ url: gateway() });
    await sink.ship(batchOf(shippedEvent(0, { body: { ct: Buffer.from('x'), dk: 'd/2026-11-22/s' } })));
    await sink.close();
  });

  it.each(['audit_event', 'audit_body', 'audit_event_20261122', 'audit_body_20261122'])(
    'nobody of ours may change or remove a row of %s, the owner included',
    async (table) => {
      for (const url of [gateway(), control(), reader(), postgres.url])
        for (const sql of [`UPDATE ${table} SET n = 7`, `DELETE FROM ${table}`, `TRUNCATE ${table}`])
          await expect(execute(url, sql)).rejects.toMatchObject({ code: '42501' });
    },
  );

  it('a gateway may not disable the trigger, drop or create a table, nor end sessions or change the deny list', async () => {
    for (const sql of [
      'ALTER TABLE audit_event DISABLE TRIGGER append_only',
      'DROP TABLE audit_event',
      'CREATE TABLE mine (a int)',
      `INSERT INTO session_termination (session, "by", reason) VALUES ('s', '{}', 'r')`,
      'DELETE FROM deny_entry',
      'UPDATE dek SET kek = kek',
      'DELETE FROM principal_map',
      'SET ROLE sallyport_owner',
    ])
      await expect(execute(gateway(), sql)).rejects.toMatchObject({ code: '42501' });
  });

  it('a reader may read the record and nothing else', async () => {
    await expect(
      execute(reader(), 'SELECT * FROM audit_event, audit_body, dek, principal_map'),
    ).resolves.toBeUndefined();
    await expect(execute(reader(), `SELECT audit_partition('2026-01-01')`)).rejects.toMatchObject({ code: '42501' });
  });

  it('a partition is refused for no day and for days that no event can have', async () => {
    for (const day of ['NULL', `'1999-12-31'`, `(now() + interval '3 years')::date`])
      await expect(execute(gateway(), `SELECT audit_partition(${day})`)).rejects.toMatchObject({ code: '22023' });
  });

  it('a gateway creates the partition of any past day, once, also when several do so at once', async () => {
    await Promise.all(Array.from({ length: 5 }, () => execute(gateway(), `SELECT audit_partition('2024-02-29')`)));
    const rows = await query<{ created: boolean }>(gateway(), `SELECT audit_partition('2024-02-29') AS created`);
    expect(rows).toEqual([{ created: false }]);
  });

  it('a login is a member of one group only, the one last asked for', async () => {
    await ensureLogins(postgres.url, [{ name: 'moved_login', password: 'x', group: 'control' }]);
    await ensureLogins(postgres.url, [{ name: 'moved_login', password: 'y', group: 'reader' }]);
    await expect(execute(postgres.urlFor('moved_login'), 'DELETE FROM deny_entry')).rejects.toMatchObject({
      code: '42501',
    });
  });
});
