import { DatabaseError } from 'pg';
import { TestGateway } from '../support/gateway.js';
import type { ServerError, WireClient } from '../support/wire-client.js';
import { summary } from '../support/wire-client.js';
import { client } from '../support/wire-frames.js';

const config = 'limits: { statementBytes: 64KiB, messageBytes: 1MiB }\n';

/** Another session's change of the catalog is seen after this long at the latest (docs/limits.md), ms. */
const catalogFreshMs = 5_500;
const int4 = 23;
const int8 = 20;
const destructive = 'Destructive statements go through the migration pipeline.';

let gateway: TestGateway;
let wire: WireClient;

beforeAll(async () => {
  gateway = await TestGateway.start({ config });
  await gateway.direct(`
    CREATE TABLE shelves (id int PRIMARY KEY, label text NOT NULL UNIQUE, stock int CHECK (stock >= 0));
    INSERT INTO shelves VALUES (1, 'left', 10), (2, 'right', 20);
    GRANT SELECT ON shelves TO sallyport_crm;
    CREATE FUNCTION shelved(int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN $1; END';
    CREATE VIEW counted_shelves AS SELECT shelved(stock) AS stock FROM shelves;
    GRANT SELECT ON counted_shelves TO sallyport_crm;
    CREATE SCHEMA side CREATE TABLE labels (label text);
    CREATE SCHEMA other CREATE TABLE labels (label text);
    INSERT INTO side.labels VALUES ('aside');
    GRANT USAGE ON SCHEMA side, other TO sallyport_crm;
    GRANT SELECT ON side.labels, other.labels TO sallyport_crm`);
  await new Promise((resolve) => setTimeout(resolve, catalogFreshMs));
});
beforeEach(async () => {
  wire = await gateway.wire();
});
afterEach(() => gateway?.closeClients());
afterAll(() => gateway?.stop());

/** What an agent reads in DETAIL, without the id of the operation, which is checked for its form. */
function detailOf(error: ServerError | undefined): unknown {
  const { operation, ...rest } = JSON.parse(error?.detail ?? '{}') as { operation?: string };
  expect(operation).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/);
  return rest;
}

async function refusalOf(sql: string): Promise<ServerError> {
  const { types, errors, status } = await wire.query(sql);
  expect({ types, status }).toEqual({ types: 'EZ', status: 'I' });
  return errors[0] as ServerError;
}

const statusOf = async (order: number) => (await gateway.direct(`SELECT status FROM orders WHERE id = ${order}`))[0];

describe('a statement is refused', () => {
  it('by a rule, with what a person and an agent need to know', async () => {
    const error = await refusalOf('DROP TABLE customers');
    expect(error).toMatchObject({ severity: 'ERROR', code: '42501', message: destructive, hint: null });
    expect(detailOf(error)).toEqual({ rule: 'no destructive statements', reason: 'rule', retry: 'never' });
    expect((await refusalOf('TRUNCATE orders, tickets')).message).toBe(destructive);
    expect((await wire.query('SELECT 1')).rows).toEqual([['1']]);
    expect(await gateway.direct('SELECT count(*)::int AS n FROM customers')).toEqual([{ n: 12_000 }]);
  });

  it('when no rule allows it', async () => {
    const error = await refusalOf("UPDATE customers SET city = 'Atlantis' WHERE id = 1");
    expect(error).toMatchObject({
      code: '42501',
      message:
        'No rule allows you UPDATE (effect class write) on target crm. Ask for something the rules allow, or ask the owner of the policy for a rule.',
    });
    expect(detailOf(error)).toEqual({ rule: null, reason: 'default-deny', retry: 'never' });
    // what looks like a read and is not says why
    expect(await refusalOf('SELECT * FROM counted_shelves')).toMatchObject({
      message: expect.stringContaining('No rule allows you SELECT (effect class write)'),
      hint: 'What reading the view or foreign table "public.counted_shelves" runs is not known, so it counts as a write: read the tables.',
    });
    const carol = await gateway.wire('carol');
    expect((await carol.query('SELECT 1')).errors).toMatchObject([
      { code: '42501', message: expect.stringContaining('No rule allows you SELECT (effect class read)') },
    ]);
    expect(await gateway.direct("SELECT count(*)::int AS n FROM customers WHERE city = 'Atlantis'")).toEqual([
      { n: 0 },
    ]);
  });

  it.each([
    [
      'SELECT email::inet FROM customers WHERE id = 7',
      'A cast uses the protected column public.customers.email',
      'Select the column itself; it arrives masked.',
    ],
    [
      'SELECT id FROM customers ORDER BY email LIMIT 1',
      'ORDER BY uses the protected column public.customers.email',
      'Select the column itself; it arrives masked.',
    ],
    [
      "SELECT id FROM customers WHERE email LIKE 'a%'",
      'A condition uses the protected column public.customers.email in another way than "column = $n"',
      'A protected column may be selected as it is, counted, tested with IS NULL, or compared with a bound parameter: column = $1.',
    ],
    [
      'SELECT email FROM customers UNION SELECT city FROM customers',
      'UNION, INTERSECT or EXCEPT would mix the protected column public.customers.email with other values',
      'Select the protected column in a statement of its own.',
    ],
    [
      'EXPLAIN ANALYZE SELECT email FROM customers',
      'EXPLAIN ANALYZE uses the protected column public.customers.email',
      'Select the column itself; it arrives masked.',
    ],
    [
      'FETCH ALL FROM never',
      '"never" is no cursor that was declared through this session and is known to be open.',
      'Declare the cursor with DECLARE in this session and this transaction, then fetch from it;',
    ],
    [
      'PREPARE p AS SELECT id FROM customers ORDER BY email',
      'ORDER BY uses the protected column public.customers.email',
      'Select the column itself; it arrives masked.',
    ],
  ])('because a protected value could leave: %s', async (sql, message, hint) => {
    const error = await refusalOf(sql);
    expect(error).toMatchObject({ code: '42501', message });
    // what is a setting of the class names that too
    expect(error.hint?.slice(0, hint.length)).toBe(hint);
    expect(error.hint?.slice(hint.length)).toMatch(
      /^( protected columns arrive masked\.| \(The setting oracles\.[a-z]+ of the protected class "email" says .+\))?$/,
    );
    expect(detailOf(error)).toEqual({ rule: null, reason: 'masking', retry: 'after-change' });
  });

  it.each([
    [
      "COPY orders TO STDOUT (ENCODING 'LATIN1')",
      'COPY in another encoding than UTF8 is not supported by the gateway.',
    ],
  ])('as not supported: %s', async (sql, message) => {
    const error = await refusalOf(sql);
    expect([error.code, error.message]).toEqual(['0A000', message]);
  });

  it('as not supported: a function call of the protocol', async () => {
    expect(await wire.exchange(client.functionCall(1_598))).toMatchObject({
      types: 'EZ',
      errors: [
        {
          code: '0A000',
          message: 'function calls of the protocol are not supported by this version of the gateway',
          hint: 'Call the function in a SELECT statement.',
        },
      ],
      status: 'I',
    });
  });

  it.each([
    ["SET client_encoding TO 'LATIN1'", 'The gateway reads statements as UTF8, so client_encoding stays UTF8.'],
    ["SELECT set_config('client_encoding', 'LATIN1', false)", ''],
    [
      'SET standard_conforming_strings = off',
      'The gateway reads string literals in the standard way, so standard_conforming_strings stays on.',
    ],
    ['SET ROLE postgres', ''],
    ['SET SESSION AUTHORIZATION postgres', ''],
  ])('before it changes what the gateway reads or who one is: %s', async (sql, message) => {
    const error = await refusalOf(sql);
    expect(error.code).toBe('42501');
    expect(error.message).toContain(message);
    expect((await wire.query('SHOW client_encoding')).rows).toEqual([['UTF8']]);
    expect((await wire.query('SELECT current_user')).rows).toEqual([['sallyport_crm']]);
  });

  it('when it is not SQL, not UTF-8, or too long, and the session goes on', async () => {
    expect(await refusalOf('SELEC 1')).toMatchObject({ code: '42601', message: 'syntax error at or near "SELEC"' });
    const broken = client.query(Buffer.from('SELECT \xff\xfe', 'latin1'));
    expect(await wire.exchange(broken)).toMatchObject({
      types: 'EZ',
      errors: [{ code: '22021', message: 'invalid byte sequence for encoding "UTF8"' }],
    });
    expect(await refusalOf(`SELECT '${'x'.repeat(65_536)}'`)).toMatchObject({
      code: '42601',
      message: 'the statement is longer than 65536 bytes',
    });
    expect((await wire.query('SELECT 1')).rows).toEqual([['1']]);
  });

  it('when it would take the parser down, while another session works on', async () => {
    const other = await gateway.wire('bob');
    const hostile = [
      [
        `SELECT ${'(SELECT '.repeat(2_000)}1${')'.repeat(2_000)}`,
        '42501',
        'The statement is nested too deeply to be traced',
      ],
      [`SELECT ${'('.repeat(30_000)}1${')'.repeat(30_000)}`, '42601', 'memory exhausted at or near "("'],
      [`SELECT ${'NOT '.repeat(14_000)}true`, '42601', 'memory exhausted at or near "NOT"'],
    ] as const;
    for (const [sql, code, message] of hostile) {
      const answer = wire.query(sql);
      for (let i = 0; i < 10; i++)
        expect((await other.query(`SELECT ${i} AS "${sql.length}"`)).rows).toEqual([[String(i)]]);
      expect((await answer).errors).toMatchObject([{ code, message }]);
    }
    expect((await wire.query('SELECT 2')).rows).toEqual([['2']]);
  });
});

describe('a write that reads other tables', () => {
  it('wants a rule for each, as what it does to them is another thing', async () => {
    const [before] = await gateway.direct('SELECT total FROM orders WHERE id = 13');
    await wire.query('BEGIN');
    const update = 'UPDATE orders o SET total = o.total FROM customers c WHERE c.id = o.customer_id AND o.id = 13';
    expect(await wire.query(update)).toMatchObject({ tags: ['UPDATE 1'], errors: [] });
    const unpaid = 'NOT EXISTS (SELECT FROM payments p WHERE p.order_id = o.id)';
    expect((await wire.query(`DELETE FROM orders o WHERE o.id < 0 AND ${unpaid}`)).tags).toEqual(['DELETE 0']);
    // a block is a write over what it wrote, not over what it read
    expect(await wire.query('COMMIT')).toMatchObject({ tags: ['COMMIT'], status: 'I' });
    expect(await gateway.direct('SELECT total FROM orders WHERE id = 13')).toEqual([before]);
    const turned = await refusalOf('UPDATE customers c SET city = city FROM orders o WHERE o.customer_id = c.id');
    expect(turned.message).toContain('No rule allows you UPDATE (effect class write) of crm.public.customers.');
    const locks = await refusalOf('DELETE FROM orders WHERE customer_id IN (SELECT id FROM customers FOR UPDATE)');
    expect(locks.message).toContain('No rule allows you DELETE (effect class write) on target crm.');
  });
});

describe('a refusal inside a transaction', () => {
  it('aborts the block at the target too, so that COMMIT rolls back', async () => {
    const before = await statusOf(11);
    expect(await wire.query('BEGIN')).toMatchObject({ types: 'CZ', status: 'T' });
    expect(await wire.query("UPDATE orders SET status = 'returned' WHERE id = 11")).toMatchObject({
      tags: ['UPDATE 1'],
      status: 'T',
    });
    expect(await wire.query('DROP TABLE customers')).toMatchObject({
      types: 'EZ',
      errors: [{ code: '42501', message: destructive }],
      status: 'E',
    });
    expect(await wire.query("UPDATE orders SET status = 'paid' WHERE id = 11")).toMatchObject({
      types: 'EZ',
      errors: [{ code: '25P02' }],
      status: 'E',
    });
    expect(await wire.query('COMMIT')).toMatchObject({ tags: ['ROLLBACK'], status: 'I' });
    expect(await statusOf(11)).toEqual(before);
  });

  it('goes back to a savepoint like an error of the server', async () => {
    await wire.query('BEGIN');
    await wire.query("UPDATE orders SET status = 'returned' WHERE id = 12");
    await wire.query('SAVEPOINT s');
    expect((await wire.query('DROP TABLE customers')).status).toBe('E');
    expect(await wire.query('ROLLBACK TO SAVEPOINT s')).toMatchObject({ tags: ['ROLLBACK'], status: 'T' });
    expect(await wire.query('COMMIT')).toMatchObject({ tags: ['COMMIT'], status: 'I' });
    expect(await statusOf(12)).toEqual({ status: 'returned' });
  });

  it('in a pipeline undoes what ran earlier in it and skips the rest up to Sync', async () => {
    const before = await statusOf(13);
    const update = "UPDATE orders SET status = 'returned' WHERE id = 13";
    const run = (sql: string) => [client.parse('', sql), client.bind(''), client.execute()];
    const reply = await wire.exchange(
      ...run(update),
      ...run('DROP TABLE customers'),
      ...run('SELECT 1'),
      client.sync(),
    );
    expect(reply).toMatchObject({
      types: '12CEZ',
      tags: ['UPDATE 1'],
      errors: [{ message: destructive }],
      status: 'I',
    });
    expect(await statusOf(13)).toEqual(before);
    expect(await wire.exchange(...run(update), client.sync())).toMatchObject({ types: '12CZ', status: 'I' });
    expect(await statusOf(13)).toEqual({ status: 'returned' });
  });

  it('in one message of several statements lets none of them run', async () => {
    const before = await statusOf(14);
    const sql = "UPDATE orders SET status = 'returned' WHERE id = 14; DROP TABLE customers";
    expect((await refusalOf(sql)).message).toBe(destructive);
    expect(await statusOf(14)).toEqual(before);
  });

  it('of a prepared statement leaves the block aborted, and the name unused', async () => {
    await wire.query('BEGIN');
    expect(await wire.exchange(client.parse('bad', 'SELECT email::inet FROM customers'), client.sync())).toMatchObject({
      types: 'EZ',
      errors: [{ code: '42501' }],
      status: 'E',
    });
    await wire.query('ROLLBACK');
    expect(await wire.exchange(client.bind('bad'), client.execute(), client.sync())).toMatchObject({
      types: 'EZ',
      errors: [{ code: '26000', message: 'prepared statement "bad" does not exist' }],
      status: 'I',
    });
  });
});

describe('protected columns are masked', () => {
  const masked = ['7', 'H. H.', '****@example.org', '****5433', '****', '2000-01-01'];

  it('in text and binary, with the types of the column', async () => {
    const sql = 'SELECT id, full_name, email, phone, national_id, date_of_birth FROM customers WHERE id = $1';
    const text = await wire.exchange(
      client.parse('', sql, [int8]),
      client.bind('', { values: ['7'] }),
      client.describePortal(),
      client.execute(),
      client.sync(),
    );
    expect(text).toMatchObject({ types: '12TDCZ', rows: [masked] });
    const seven = Buffer.alloc(8);
    seven.writeBigInt64BE(7n);
    const binary = await wire.exchange(
      client.bind('', { values: [seven], results: 1 }),
      client.execute(),
      client.sync(),
    );
    const [row = []] = binary.raw;
    expect(binary.types).toBe('2DCZ');
    expect(row[0]).toEqual(seven);
    expect(row.slice(1, 5).map(String)).toEqual(masked.slice(1, 5));
    // days since 2000-01-01
    expect(row[5]).toEqual(Buffer.alloc(4));
  });

  it.each([
    ['SELECT email AS x, id FROM customers WHERE id = 7', [['****@example.org', '7']]],
    ['SELECT c.email "E" FROM customers c WHERE c.id = 7', [['****@example.org']]],
    ['WITH a AS (SELECT id, email AS e FROM customers) SELECT e FROM a WHERE id = 7', [['****@example.org']]],
    ['SELECT s.m FROM (SELECT email AS m, id FROM customers) s WHERE s.id = 7', [['****@example.org']]],
    [
      'SELECT o.id, c.email FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.id = 1',
      [['1', '****@example.net']],
    ],
    ['SELECT email, email FROM customers WHERE id = 7', [['****@example.org', '****@example.org']]],
    ['SELECT body FROM tickets WHERE id = 1', [['****']]],
    ['SELECT * FROM customers WHERE id = 7', [[...masked, 'Porto', 'PT', 'private', 'f', '2021-01-10 09:00:00+00']]],
    ['TABLE payments LIMIT 0', []],
    ['SELECT count(email) FROM customers', [['12000']]],
  ])('%s', async (sql, rows) => {
    const { rows: got, errors } = await wire.query(sql);
    expect({ got, errors }).toEqual({ got: rows, errors: [] });
  });

  it('through node-postgres, in its prepared and plain forms', async () => {
    const [known] = await gateway.direct('SELECT email FROM customers WHERE id = 7');
    const pg = await gateway.pg();
    const plain = await pg.query('SELECT id, email, date_of_birth FROM customers WHERE id = 7');
    const prepared = await pg.query({
      name: 'one',
      text: 'SELECT id, email FROM customers WHERE email = $1 AND city = $2',
      values: [known?.['email'], 'Porto'],
    });
    expect(plain.rows).toEqual([{ id: '7', email: '****@example.org', date_of_birth: new Date(2000, 0, 1) }]);
    expect(prepared.rows).toEqual([{ id: '7', email: '****@example.org' }]);
    const error = await pg.query('DROP TABLE orders').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DatabaseError);
    expect(error).toMatchObject({ code: '42501', message: destructive });
    expect((await pg.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });
});

describe('errors of the target', () => {
  it('quote no value where a protected column is touched', async () => {
    const [known] = await gateway.direct('SELECT email FROM customers WHERE id = 7');
    const { types, errors } = await wire.query('SELECT email FROM customers WHERE id = 7 AND 1 / (id - 7) = 1');
    expect(types).toBe('TEZ');
    expect(errors).toEqual([
      {
        severity: 'ERROR',
        code: '22012',
        message: 'division by zero (details withheld: the statement touches protected data)',
        detail: null,
        hint: null,
      },
    ]);
    const cast = await wire.query('SELECT email::int FROM customers WHERE id = 7');
    expect(JSON.stringify(cast)).not.toContain(String(known?.['email']));
    expect(cast).toMatchObject({ types: 'EZ', errors: [{ code: '42501' }] });
  });

  it('pass as they are where none is', async () => {
    expect((await wire.query("SELECT 'seven'::int")).errors).toMatchObject([
      { code: '22P02', message: 'invalid input syntax for type integer: "seven"' },
    ]);
    expect(
      (await wire.query("INSERT INTO orders (customer_id, product, quantity, total) VALUES (7, 'x', 0, 1)")).errors,
    ).toMatchObject([
      { code: '23514', message: 'new row for relation "orders" violates check constraint "orders_quantity_check"' },
    ]);
  });
});

describe('the simple protocol', () => {
  it('runs several statements in one message and stops at the first error', async () => {
    expect(await wire.query("SELECT 1; SELECT 'two', 2; SELECT email FROM customers WHERE id = 7")).toMatchObject({
      types: 'TDCTDCTDCZ',
      rows: [['1'], ['two', '2'], ['****@example.org']],
      tags: ['SELECT 1', 'SELECT 1', 'SELECT 1'],
    });
    const before = await statusOf(15);
    expect(
      await wire.query("UPDATE orders SET status = 'returned' WHERE id = 15; SELECT 1 / 0; SELECT 3"),
    ).toMatchObject({ types: 'CEZ', errors: [{ code: '22012' }], status: 'I' });
    expect(await statusOf(15)).toEqual(before);
    expect(await wire.query('')).toMatchObject({ types: 'IZ' });
    expect(await wire.query(' ; -- nothing\n')).toMatchObject({ types: 'IZ' });
  });

  it('answers pipelined messages in their order', async () => {
    wire.send(
      ...Array.from({ length: 200 }, (_, i) => client.query(i % 50 === 7 ? 'DROP TABLE orders' : `SELECT ${i}`)),
    );
    for (let i = 0; i < 200; i++) {
      const reply = summary(await wire.until('Z'));
      if (i % 50 === 7) expect(reply.errors).toMatchObject([{ message: destructive }]);
      else expect(reply.rows).toEqual([[String(i)]]);
    }
  });
});

describe('the extended protocol', () => {
  it('describes a prepared statement once and executes it many times', async () => {
    const sql = 'SELECT id, email FROM customers WHERE id = $1';
    expect(
      await wire.exchange(client.parse('s', sql, [int8]), client.describeStatement('s'), client.sync()),
    ).toMatchObject({ types: '1tTZ' });
    const ids = Array.from({ length: 50 }, (_, i) => String(i + 1));
    const runs = ids.flatMap((id) => [client.bind('s', { values: [id] }), client.execute()]);
    const { types, rows } = await wire.exchange(...runs, client.sync());
    expect(types).toBe(`${'2DC'.repeat(50)}Z`);
    expect(rows.map(([id]) => id)).toEqual(ids);
    for (const [, email] of rows) expect(email).toMatch(/^\*{4}@example\.(com|org|net)$/);
  });

  it('masks what is executed without being described', async () => {
    const { types, rows } = await wire.exchange(
      client.parse('', 'SELECT email FROM customers WHERE id = 7'),
      client.bind(''),
      client.execute(),
      client.sync(),
    );
    expect({ types, rows }).toEqual({ types: '12DCZ', rows: [['****@example.org']] });
  });

  it('suspends a portal and goes on with it, masked to the end', async () => {
    await wire.query('BEGIN');
    const sql = 'SELECT id, email FROM customers WHERE id <= 5 ORDER BY id';
    const first = await wire.exchange(
      client.parse('', sql),
      client.bind('', { portal: 'p' }),
      client.execute('p', 2),
      client.sync(),
    );
    expect(first).toMatchObject({
      types: '12DDsZ',
      rows: [
        ['1', '****@example.org'],
        ['2', '****@example.net'],
      ],
      status: 'T',
    });
    const rest = await wire.exchange(client.execute('p', 2), client.execute('p', 2), client.sync());
    expect(rest).toMatchObject({
      types: 'DDsDCZ',
      rows: [
        ['3', '****@example.com'],
        ['4', '****@example.org'],
        ['5', '****@example.net'],
      ],
      tags: ['SELECT 1'],
    });
    await wire.query('COMMIT');
    expect(await wire.exchange(client.execute('p'), client.sync())).toMatchObject({
      errors: [{ code: '34000', message: 'portal "p" does not exist' }],
    });
  });

  it('answers Flush, Close, an empty text and names that do not exist as the server does', async () => {
    wire.send(client.parse('e', ''), client.flush());
    expect((await wire.next()).type).toBe('1');
    expect(
      await wire.exchange(
        client.describeStatement('e'),
        client.bind('e'),
        client.execute(),
        client.closeStatement('e'),
        client.sync(),
      ),
    ).toMatchObject({ types: 'tn2I3Z' });
    expect(await wire.exchange(client.describeStatement('e'), client.sync())).toMatchObject({
      types: 'EZ',
      errors: [{ code: '26000', message: 'prepared statement "e" does not exist' }],
    });
    expect(await wire.exchange(client.parse('', 'SELECT 1; SELECT 2'), client.sync())).toMatchObject({
      types: 'EZ',
      errors: [{ code: '42601', message: 'cannot insert multiple commands into a prepared statement' }],
    });
    expect(await wire.exchange(client.sync(), client.sync())).toMatchObject({ types: 'Z' });
    expect((await wire.next()).type).toBe('Z');
  });

  it('describes a prepared statement anew after the catalog has changed', async () => {
    await new Promise((resolve) => setTimeout(resolve, catalogFreshMs));
    const session = await gateway.wire();
    const named = await session.exchange(
      client.parse('s', 'SELECT label FROM shelves WHERE id = $1', [int4]),
      client.describeStatement('s'),
      client.bind('s', { values: ['1'] }),
      client.execute(),
      client.parse('all', 'SELECT * FROM shelves'),
      client.describeStatement('all'),
      client.sync(),
    );
    expect(named).toMatchObject({ types: '1tT2DC1tTZ', rows: [['left']] });
    await gateway.direct(`
      ALTER TABLE shelves RENAME TO old_shelves;
      CREATE TABLE shelves AS SELECT id::int, email AS label, full_name FROM customers LIMIT 10;
      ALTER TABLE shelves OWNER TO postgres; GRANT SELECT ON shelves TO sallyport_crm`);
    await gateway.direct('DROP TABLE shelves; ALTER TABLE old_shelves RENAME TO shelves');
    await gateway.direct('ALTER TABLE shelves ADD COLUMN note text');
    const again = await session.exchange(client.bind('s', { values: ['2'] }), client.execute(), client.sync());
    expect(again).toMatchObject({ types: '2DCZ', rows: [['right']] });
    expect(await session.exchange(client.bind('all'), client.execute(), client.sync())).toMatchObject({
      types: 'EZ',
      errors: [{ code: '0A000', message: 'cached plan must not change result type' }],
      status: 'I',
    });
    await gateway.direct(`
      ALTER TABLE shelves RENAME TO old_shelves;
      CREATE VIEW shelves AS SELECT id::int, email AS label FROM customers;
      GRANT SELECT ON shelves TO sallyport_crm`);
    await new Promise((resolve) => setTimeout(resolve, catalogFreshMs));
    expect(await session.exchange(client.bind('s', { values: ['2'] }), client.execute(), client.sync())).toMatchObject({
      types: '2DCZ',
      // the view shows a protected column, and so it is masked
      rows: [[expect.stringMatching(/^\*{4}/) as string]],
    });
  });
});

describe('what a name of SQL stands for', () => {
  const masked = expect.stringMatching(/^\*{4}@/) as string;

  it('arrives masked from a cursor, in every spelling, and not at all once the cursor may be another', async () => {
    const people = 'FOR SELECT id, email FROM customers ORDER BY id';
    expect(await wire.query('BEGIN; DECLARE c SCROLL CURSOR ' + people + '; FETCH c')).toMatchObject({
      rows: [['1', masked]],
    });
    for (const [fetch, ids] of [
      ['FETCH FORWARD 2 FROM c', ['2', '3']],
      ['FETCH PRIOR IN c', ['2']],
      ['FETCH ABSOLUTE 4 FROM c', ['4']],
      ['MOVE RELATIVE 2 IN c', []],
      ['FETCH BACKWARD 1 FROM c', ['5']],
    ] as const)
      expect((await wire.query(fetch)).rows).toEqual(ids.map((id) => [id, masked]));
    await wire.query('SAVEPOINT s; DECLARE d BINARY CURSOR FOR SELECT email FROM customers ORDER BY id');
    expect((await wire.query('FETCH 2 FROM d')).rows).toEqual([[masked], [masked]]);
    await wire.query('ROLLBACK TO s');
    await wire.query('DECLARE d CURSOR FOR SELECT city FROM customers ORDER BY id');
    expect((await wire.query('FETCH d')).rows).toEqual([[expect.not.stringContaining('*')]]);
    expect((await wire.query('FETCH c')).rows).toEqual([['6', masked]]);
    await wire.query('COMMIT');
    expect((await refusalOf('FETCH c')).message).toContain('"c" is no cursor');
    await wire.query('DECLARE h CURSOR WITH HOLD ' + people);
    expect((await wire.query('FETCH 2 FROM h')).rows).toEqual([
      ['1', masked],
      ['2', masked],
    ]);
    await wire.query('CLOSE ALL');
    expect((await refusalOf('FETCH h')).code).toBe('42501');
  });

  it('arrives masked by the extended protocol, described as the portal it is', async () => {
    const declare = 'DECLARE c CURSOR FOR SELECT email FROM customers WHERE id = $1';
    const all = await wire.exchange(
      client.parse('', 'BEGIN'),
      client.bind(''),
      client.execute(),
      client.parse('', declare, [int4]),
      client.bind('', { values: ['7'] }),
      client.execute(),
      client.describePortal('c'),
      client.sync(),
    );
    expect(all).toMatchObject({ types: '12C12CTZ', status: 'T' });
    const fetch = [client.parse('f', 'FETCH ALL FROM c'), client.bind('f'), client.execute(), client.sync()];
    expect(await wire.exchange(...fetch)).toMatchObject({ types: '12DCZ', rows: [[masked]] });
    // bound while the name was one cursor, executed when it is another
    const swapped = await wire.exchange(
      client.bind('f', { portal: 'p' }),
      client.parse('', 'CLOSE c'),
      client.bind(''),
      client.execute(),
      client.parse('', 'DECLARE c CURSOR FOR SELECT full_name FROM customers'),
      client.bind(''),
      client.execute(),
      client.execute('p'),
      client.sync(),
    );
    expect(swapped.errors).toMatchObject([{ code: '42501', message: expect.stringContaining('become another') }]);
    expect(swapped.rows).toEqual([]);
    await wire.query('ROLLBACK');
  });

  it('runs by EXECUTE as it was prepared, with values as if they were bound', async () => {
    await wire.query('PREPARE one(int) AS SELECT id, email FROM customers WHERE id = $1');
    expect((await wire.query('EXECUTE one(7)')).rows).toEqual([['7', masked]]);
    expect((await wire.query('EXECUTE one(3 + 5)')).rows).toEqual([['8', masked]]);
    await wire.query('BEGIN; DEALLOCATE one; PREPARE one AS SELECT city FROM customers WHERE id = 7; ROLLBACK');
    expect((await wire.query('EXECUTE one')).rows).toEqual([[expect.not.stringContaining('*')]]);
    await wire.query('DISCARD ALL');
    expect((await refusalOf('EXECUTE one')).message).toContain('What EXECUTE does cannot be read beforehand');
  });

  it('is refused while its names mean something else than when it was prepared', async () => {
    await wire.query('SET search_path = side');
    await wire.query('PREPARE labelled AS SELECT label FROM labels');
    expect((await wire.query('EXECUTE labelled')).rows).toEqual([['aside']]);
    await wire.query('SET search_path = other');
    const { message, hint } = await refusalOf('EXECUTE labelled');
    expect(message).toContain('names is not what it was when it was prepared');
    expect(hint).toContain('PREPARE it again');
    await wire.query('SET search_path = side');
    expect((await wire.query('EXECUTE labelled')).rows).toEqual([['aside']]);
  });
});

describe('a rule over the number of rows', () => {
  it('lets 100 rows pass, and any number of rows without e-mail addresses', async () => {
    expect((await wire.query('SELECT email FROM customers LIMIT 100')).rows).toHaveLength(100);
    expect((await wire.query('SELECT id, city FROM customers')).rows).toHaveLength(12_000);
  });

  it('holds a result that the planner takes for larger before it begins, and says so at once', async () => {
    wire.send(client.query('SELECT email FROM customers'));
    const { type, body } = await wire.next();
    const [notice] = summary([{ type, body }]).notices;
    expect(notice).toMatchObject({ severity: 'NOTICE', code: '00000' });
    expect(JSON.parse(notice?.detail ?? '{}')).toMatchObject({
      reason: 'approval-pending',
      approval: expect.stringMatching(/^[0-9A-HJKMNP-TV-Z]{26}$/) as string,
    });
  });

  it('refuses it inside a used transaction, which is aborted at the target too', async () => {
    const before = await statusOf(16);
    await wire.query('BEGIN');
    await wire.query("UPDATE orders SET status = 'returned' WHERE id = 16");
    const { rows, errors, status } = await wire.query('SELECT email FROM customers LIMIT 101');
    expect({ count: rows.length, code: errors[0]?.code, status }).toEqual({ count: 0, code: 'SP001', status: 'E' });
    expect((await wire.query('COMMIT')).tags).toEqual(['ROLLBACK']);
    expect(await statusOf(16)).toEqual(before);
    expect((await wire.query('SELECT 1')).rows).toEqual([['1']]);
  });
});
