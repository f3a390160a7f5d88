import { detectText, type TargetSuggestions } from '@app/masking';
import { Secret } from '@app/platform';
import { ConfiguredCredentials, type PostgresTarget } from '@app/targets';
import { execute, startPostgres, type TestPostgres } from '../../../../test/support/postgres.js';
import { suggestForTarget } from './suggest-target.js';

const CANARY = 'canary-5u';
let postgres: TestPostgres;
let found: TargetSuggestions;
let progress: string[];

beforeAll(async () => {
  postgres = await startPostgres();
  await execute(
    postgres.superuserUrl,
    `CREATE TABLE customers (
       id bigint PRIMARY KEY, full_name text, email varchar(200), "Notes on people" text, k1 text, city text, born date,
       email_verified boolean, amount numeric(10, 2), last_ip inet, protected_already text);
     COMMENT ON COLUMN customers.k1 IS 'Phone number of the customer';
     INSERT INTO customers SELECT i, '${CANARY} ' || i, '${CANARY}' || i || '@example.org', 'call ${CANARY}' || i || '@example.com',
       '+49 30 ' || 1000000 + i, (ARRAY['Berlin', 'Wien'])[1 + i % 2], '1980-01-01', true, i, '10.0.0.1', '4111 1111 1111 1111'
       FROM generate_series(1, 60) i;
     CREATE TABLE parted (id int, iban text) PARTITION BY RANGE (id);
     CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (1000);
     INSERT INTO parted SELECT i, 'DE89 3704 0044 0532 0130 00' FROM generate_series(1, 20) i;
     CREATE TABLE written (id int);
     CREATE FUNCTION writes() RETURNS bool LANGUAGE sql AS 'INSERT INTO public.written VALUES (1) RETURNING true';
     CREATE FUNCTION sleeps() RETURNS bool LANGUAGE sql AS 'SELECT pg_sleep(600) IS NULL';
     CREATE TABLE watched (note text); INSERT INTO watched VALUES ('a');
     CREATE TABLE slow (note text); INSERT INTO slow VALUES ('a');
     ALTER TABLE watched ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON watched USING (writes());
     ALTER TABLE slow ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON slow USING (sleeps());
     CREATE TABLE locked_away (ssn text);
     CREATE TABLE large (id int, contact text);
     INSERT INTO large SELECT i, '${CANARY}' || i || '@example.org' FROM generate_series(1, 20000) i;
     ANALYZE;
     CREATE ROLE app LOGIN; GRANT SELECT ON customers, parted, large, watched, slow TO app; GRANT ALL ON written TO app`,
  );
  const target: PostgresTarget = {
    kind: 'postgres',
    name: 'crm',
    postgres: { host: '127.0.0.1', port: postgres.port, database: 'sallyport_test', tls: 'disable' },
    credential: { user: 'app', password: new Secret('irrelevant') },
    release: 'durable',
    record: 'none',
  };
  progress = [];
  found = await suggestForTarget(target, {
    vault: new ConfiguredCredentials([target]),
    protect: [{ class: 'kept', columns: ['crm.public.customers.protected_already'] }],
    limits: { messageBytes: 1 << 20, backendMessageBytes: 1 << 26 },
    timeoutMs: 10_000,
    bounds: { rows: 50, timeoutMs: 2_000 },
    wanted: () => true,
    detect: detectText,
    onProgress: ({ table }) => progress.push(table),
  });
});
afterAll(() => postgres?.stop());

const of = (column: string) => found.suggestions.find((one) => one.column === column);

describe('a search for columns to protect', () => {
  it('finds them by name, values, comment and type', () => {
    expect(of('email')).toMatchObject({ class: 'email', confidence: 0.99, protectedAs: null });
    expect(of('Notes on people')).toMatchObject({ class: 'email' });
    expect(of('k1')?.class).toBe('phone');
    expect(of('full_name')?.class).toBe('person-name');
    expect(of('born')?.class).toBe('birth-date');
    expect(of('last_ip')?.class).toBe('network-address');
    expect(of('iban')).toMatchObject({ class: 'bank-account', table: 'parted' });
    expect(of('contact')).toMatchObject({ class: 'email', table: 'large' });
  });

  it('leaves out what holds nothing of anybody', () => {
    for (const column of ['id', 'city', 'email_verified', 'amount']) expect(of(column)).toBeUndefined();
  });

  it('says which columns are protected already', () => {
    expect(of('protected_already')).toMatchObject({ class: 'card', protectedAs: 'kept' });
  });

  it('goes by names where the role may not read, and says so', () => {
    expect(of('ssn')).toMatchObject({ class: 'national-id', confidence: 0.7 });
    expect(found.unread).toContainEqual({ table: 'public.locked_away', why: 'the role may not read it' });
  });

  it('writes nothing and waits for nothing, whatever reading a table runs', () => {
    expect(found.unread).toContainEqual({ table: 'public.slow', why: 'it took too long' });
    expect(found.unread).toContainEqual({
      table: 'public.watched',
      why: 'the server refused it (SQLSTATE 25006)',
    });
  });

  it('counts partitions as the table they belong to, and reports each table', () => {
    expect(progress).toEqual(
      'customers large locked_away parted slow watched written'.split(' ').map((table) => `public.${table}`),
    );
    expect(found.tables).toBe(7);
  });

  it('carries no value of the target', () => {
    expect(JSON.stringify(found)).not.toContain(CANARY);
    expect(JSON.stringify(found)).not.toContain('4111');
  });
});
