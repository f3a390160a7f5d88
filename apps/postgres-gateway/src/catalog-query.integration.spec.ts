import { buildKnowledgeIndex, closeProtection, describeText, loadParser, type CatalogSnapshot } from '@app/sql';
import { Client } from 'pg';
import { startPostgres, type TestPostgres } from '../../../test/support/postgres.js';
import { CATALOG_STATEMENTS, decodeCatalog, FINGERPRINT_STATEMENT } from './catalog-query.js';

let postgres: TestPostgres;
let owner: Client;

beforeAll(async () => {
  postgres = await startPostgres();
  await loadParser();
  owner = await connect(postgres.url);
  await owner.query(SCHEMA);
});

afterAll(async () => {
  await owner.end();
  await postgres.stop();
});

const SCHEMA = `
  CREATE TABLE users(id int PRIMARY KEY, email text UNIQUE, dob date, shout text GENERATED ALWAYS AS (upper(email)) STORED);
  CREATE TABLE orders(id int PRIMARY KEY, user_id int REFERENCES users ON DELETE CASCADE, label text, amount numeric(12,2));
  CREATE TABLE items(order_id int REFERENCES orders ON DELETE CASCADE, name text, dropped int);
  ALTER TABLE items DROP COLUMN dropped;
  CREATE FUNCTION noise() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END$$;
  CREATE TRIGGER noise AFTER DELETE ON items FOR EACH ROW EXECUTE FUNCTION noise();
  CREATE TABLE quiet(a int);
  CREATE TRIGGER noise AFTER DELETE ON quiet FOR EACH ROW EXECUTE FUNCTION noise();
  ALTER TABLE quiet DISABLE TRIGGER noise;
  CREATE TABLE ruled(a int); CREATE RULE r AS ON INSERT TO ruled DO INSTEAD NOTHING;
  CREATE TABLE fenced(a int); ALTER TABLE fenced ENABLE ROW LEVEL SECURITY;
  CREATE FUNCTION pick(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1';
  CREATE TABLE defaulted(a int DEFAULT pick(1)); CREATE TABLE checked(a int CHECK (pick(a) > 0));
  CREATE TABLE indexed(a int); CREATE INDEX ON indexed (pick(a));
  CREATE TABLE counted(a int, b int); CREATE STATISTICS s ON (pick(a)), b FROM counted;
  CREATE TABLE policed(a int); CREATE POLICY p ON policed USING (pick(a) > 0);
  CREATE DOMAIN small AS int CHECK (pick(VALUE) < 10); CREATE TABLE domained(a small[]);
  CREATE TABLE parted(k int, email text) PARTITION BY LIST (k); CREATE TABLE part1 PARTITION OF parted FOR VALUES IN (1);
  CREATE VIEW people AS SELECT id, email FROM users; CREATE MATERIALIZED VIEW kept AS SELECT 1 AS one;
  CREATE TYPE mood AS ENUM ('good', 'bad'); CREATE TYPE pair AS (a int, b text); CREATE TABLE moods(m mood, p pair);
  CREATE TYPE span AS RANGE (SUBTYPE = float8, MULTIRANGE_TYPE_NAME = spans);
  CREATE OPERATOR <-> (LEFTARG = int, RIGHTARG = int, FUNCTION = int4pl);
  CREATE FUNCTION rank(mood) RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE CAST (mood AS int) WITH FUNCTION rank(mood);
`;

async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  await client.connect();
  return client;
}

async function ask(client: Client, text: string): Promise<string> {
  const { rows } = await client.query<string[]>({ text, rowMode: 'array', values: [] });
  expect(rows).toHaveLength(1);
  expect(rows[0]).toHaveLength(text === FINGERPRINT_STATEMENT ? 3 : 1);
  return rows[0]?.[0] ?? '';
}

async function snapshot(client: Client, id = 1): Promise<CatalogSnapshot> {
  const parts: string[] = [];
  for (const statement of CATALOG_STATEMENTS) parts.push(await ask(client, statement));
  return decodeCatalog(parts, id);
}

function activeOf(catalog: CatalogSnapshot, name: string): readonly string[] | undefined {
  return catalog.relations.find((relation) => relation.schema === 'public' && relation.name === name)?.active;
}

describe('the catalog statements', () => {
  it('know the primary keys that hold at every moment', async () => {
    const client = await connect(postgres.url);
    try {
      await client.query(`BEGIN; CREATE TABLE keyed_twice(b int, x text, a int, PRIMARY KEY (a, b));
        CREATE TABLE keyed_late(a int PRIMARY KEY DEFERRABLE); CREATE TABLE keyed_never(a int NOT NULL UNIQUE)`);
      const { relations } = await snapshot(client);
      const keyOf = (name: string) => relations.find((each) => each.schema === 'public' && each.name === name)?.key;
      expect(['users', 'keyed_twice', 'keyed_late', 'keyed_never', 'quiet'].map(keyOf)).toEqual([
        [1],
        [3, 1],
        undefined,
        undefined,
        undefined,
      ]);
    } finally {
      await client.end();
    }
  });

  it('name what may run when a relation is read or written, and nothing more', async () => {
    const catalog = await snapshot(owner);
    const active = Object.fromEntries(
      (
        'items orders users quiet ruled fenced defaulted checked indexed counted policed domained parted ' +
        'moods people'
      )
        .split(' ')
        .map((name) => [name, activeOf(catalog, name)]),
    );
    expect(active).toEqual({
      items: ['triggers'],
      // deleting a user deletes orders, whose items have a trigger
      orders: ['triggers'],
      users: ['triggers'],
      quiet: [],
      ruled: ['rules'],
      fenced: ['row-security'],
      defaulted: ['functions'],
      checked: ['functions'],
      indexed: ['functions'],
      counted: ['functions'],
      policed: ['functions'],
      domained: ['functions'],
      parted: [],
      moods: [],
      people: [],
    });
  });

  it('give columns with number, type, modifier and generation, dropped ones left out', async () => {
    const catalog = await snapshot(owner);
    const columnsOf = (name: string): unknown => catalog.relations.find((relation) => relation.name === name)?.columns;
    expect(columnsOf('orders')).toEqual([
      { attnum: 1, name: 'id', typeOid: 23, typmod: -1, generated: '' },
      { attnum: 2, name: 'user_id', typeOid: 23, typmod: -1, generated: '' },
      { attnum: 3, name: 'label', typeOid: 25, typmod: -1, generated: '' },
      { attnum: 4, name: 'amount', typeOid: 1700, typmod: (12 << 16) + 2 + 4, generated: '' },
    ]);
    expect(columnsOf('items')).toHaveLength(2);
    expect(columnsOf('users')).toContainEqual({
      attnum: 4,
      name: 'shout',
      typeOid: 25,
      typmod: -1,
      generated: 's',
      sources: [2],
    });
    expect(columnsOf('pg_type')).toContainEqual(expect.objectContaining({ name: 'typname', typeOid: 19 }));
  });

  it('name user functions, operators, types and casts', async () => {
    const catalog = await snapshot(owner);
    expect(catalog.userFunctions).toEqual(
      expect.arrayContaining([
        { schema: 'public', name: 'noise' },
        { schema: 'public', name: 'pick' },
        { schema: 'public', name: 'rank' },
      ]),
    );
    // not the constructors of the range type, nor the cast to its multirange: the server made them
    expect(catalog.userFunctions).toHaveLength(3);
    const types = Object.fromEntries(catalog.userTypes.map((type) => [type.name, type]));
    expect(types['mood']).toMatchObject({ kind: 'e', baseOid: 0 });
    expect(types['small']).toMatchObject({ kind: 'd', baseOid: 23 });
    expect(types['_mood']).toMatchObject({ kind: 'b', baseOid: types['mood']?.oid });
    expect(types['pair']).toMatchObject({ kind: 'c' });
    expect(types['users']).toBeUndefined();
    expect(types['mood']?.labels).toEqual(['good']);
    expect(types['_mood']?.elementOid).toBe(types['mood']?.oid);
    expect(types['pair']?.attributes).toEqual([
      { name: 'a', typeOid: 23, typmod: -1 },
      { name: 'b', typeOid: 25, typmod: -1 },
    ]);
    expect([types['span'], types['spans']]).toMatchObject([{ rangeOid: 701 }, { rangeOid: types['span']?.oid }]);
    expect(catalog.userCasts).toEqual([{ source: types['mood']?.oid, target: 23 }]);
    // its function is a built-in one, but which operator a name means is no longer certain
    expect(catalog.userOperators).toEqual(['<->']);
    const part = catalog.relations.find((relation) => relation.name === 'part1');
    expect(part?.parents).toEqual([catalog.relations.find((relation) => relation.name === 'parted')?.oid]);
  });

  it('see the temporary schema of their own session and of no other', async () => {
    const other = await connect(postgres.url);
    await other.query('CREATE TEMP TABLE scratch(a int)');
    const mine = await snapshot(owner);
    const theirs = await snapshot(other);
    await other.end();
    expect(mine.relations.filter((relation) => relation.name === 'scratch')).toEqual([]);
    expect(mine.schemas.filter((schema) => schema.temporary)).toEqual([]);
    const [schema] = theirs.schemas.filter((candidate) => candidate.temporary);
    expect(schema?.name).toMatch(/^pg_temp_\d+$/);
    expect(theirs.relations).toContainEqual(expect.objectContaining({ name: 'scratch', schema: schema?.name }));
  });

  it('answer the same under a search path whose operators and functions are hostile', async () => {
    const expected = await snapshot(owner);
    const fingerprint = await ask(owner, FINGERPRINT_STATEMENT);
    const hostile = await connect(postgres.url);
    await hostile.query('BEGIN; CREATE SCHEMA evil; SET LOCAL search_path = evil, pg_catalog');
    const raise = "LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'hijacked'; END$$";
    for (const [left, right] of [
      ['oid', 'oid'],
      ['name', 'text'],
      ['text', 'text'],
      ['"char"', '"char"'],
      ['int8', 'int8'],
      ['int2', 'int2'],
    ]) {
      await hostile.query(`CREATE FUNCTION evil.hijack(${left}, ${right}) RETURNS bool ${raise}`);
      for (const name of ['=', '<>', '>=', '<', '>', '~', '~~', '*', '+']) {
        await hostile.query(
          `CREATE OPERATOR evil.${name} (LEFTARG = ${left}, RIGHTARG = ${right}, FUNCTION = evil.hijack)`,
        );
      }
    }
    for (const table of ['pg_class', 'pg_attribute', 'pg_namespace', 'pg_proc', 'pg_type', 'pg_depend']) {
      await hostile.query(`CREATE TABLE evil.${table}()`);
    }
    await hostile.query(`CREATE FUNCTION evil.count() RETURNS int8 ${raise}`);
    await hostile.query(`CREATE FUNCTION evil.current_database() RETURNS name ${raise}`);
    const seen = await snapshot(hostile);
    const seenFingerprint = await ask(hostile, FINGERPRINT_STATEMENT);
    await hostile.query('ROLLBACK');
    await hostile.end();
    expect(seen.relations.filter((relation) => relation.schema === 'public')).toEqual(
      expected.relations.filter((relation) => relation.schema === 'public'),
    );
    expect(seen.database).toBe(expected.database);
    expect(seenFingerprint).not.toBe(fingerprint);
  });
});

describe('the fingerprint', () => {
  const changes = [
    'CREATE TABLE fresh(a int)',
    'ALTER TABLE orders ADD COLUMN extra int',
    'ALTER TABLE orders RENAME COLUMN label TO tag',
    'ALTER TABLE users RENAME TO persons',
    'ALTER TABLE orders ALTER COLUMN label TYPE varchar(90)',
    'DROP TABLE indexed',
    'CREATE SCHEMA other',
    'CREATE TEMP TABLE users(a int)',
    'ALTER TABLE quiet ENABLE TRIGGER noise',
    'ALTER TABLE orders ENABLE ROW LEVEL SECURITY',
    'CREATE OR REPLACE VIEW people AS SELECT id, upper(email) AS email FROM users',
    "CREATE FUNCTION lower(int) RETURNS text LANGUAGE sql AS 'SELECT 1::text'",
    'CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4pl)',
    "CREATE TYPE colour AS ENUM ('red')",
    "ALTER TYPE mood RENAME VALUE 'good' TO 'fine'",
    'DROP CAST (mood AS int)',
    'ALTER TABLE parted DETACH PARTITION part1',
    'CREATE RULE r2 AS ON DELETE TO quiet DO INSTEAD NOTHING',
    'ALTER TABLE quiet ALTER COLUMN a SET DEFAULT pick(1)',
    'GRANT CREATE ON SCHEMA public TO PUBLIC',
  ];

  it.each(changes)('changes after %s', async (sql) => {
    const before = await ask(owner, FINGERPRINT_STATEMENT);
    await owner.query('BEGIN');
    await owner.query(sql);
    const during = await ask(owner, FINGERPRINT_STATEMENT);
    await owner.query('ROLLBACK');
    const after = await ask(owner, FINGERPRINT_STATEMENT);
    expect(during).not.toBe(before);
    expect(after).toBe(before);
  });

  it('stays the same while rows change and statistics are taken', async () => {
    const before = await ask(owner, FINGERPRINT_STATEMENT);
    await owner.query("INSERT INTO users(id, email) VALUES (1, 'a'); UPDATE users SET email = 'b'; DELETE FROM users");
    await owner.query('ANALYZE users');
    const other = await connect(postgres.url);
    await other.query('CREATE TEMP TABLE elsewhere(a int PRIMARY KEY DEFAULT 1 CHECK (a > 0))');
    const after = await ask(owner, FINGERPRINT_STATEMENT);
    await other.end();
    expect(after).toBe(before);
  });

  it('differs between roles, and a role without privileges can take it', async () => {
    const admin = await connect(postgres.superuserUrl);
    await admin.query('CREATE ROLE nobody_special LOGIN; CREATE SCHEMA closed; CREATE TABLE closed.hidden(a int)');
    const plain = await connect(postgres.urlFor('nobody_special'));
    expect(await ask(plain, FINGERPRINT_STATEMENT)).not.toBe(await ask(owner, FINGERPRINT_STATEMENT));
    const catalog = await snapshot(plain);
    await plain.end();
    await admin.query('DROP SCHEMA closed CASCADE; DROP ROLE nobody_special');
    await admin.end();
    expect(catalog.role).toBe('nobody_special');
    expect(catalog.schemas).toContainEqual(expect.objectContaining({ name: 'closed', usable: false }));
    expect(catalog.schemas).toContainEqual(expect.objectContaining({ name: 'public', usable: true }));
  });
});

describe('lineage over the catalog, next to what the server says of its results', () => {
  const queries = [
    'SELECT * FROM users',
    'TABLE orders',
    'SELECT u.*, o.* FROM users u JOIN orders o ON o.user_id = u.id',
    'SELECT * FROM users JOIN orders USING (id)',
    'SELECT * FROM orders RIGHT JOIN users USING (id)',
    'SELECT * FROM users FULL JOIN orders USING (id)',
    'SELECT * FROM users NATURAL JOIN orders',
    'SELECT * FROM (users JOIN orders USING (id)) AS j(a, b, c)',
    'SELECT * FROM users u, LATERAL (SELECT u.email, o.label FROM orders o WHERE o.user_id = u.id) l',
    'WITH a(x, y) AS (SELECT email, id FROM users) SELECT y, x FROM a',
    'SELECT x.* FROM (SELECT email AS label, id FROM users) x, orders',
    'SELECT id, email, count(*) OVER () FROM users ORDER BY id LIMIT 1',
    'SELECT DISTINCT ON (id) email, id FROM users',
    'SELECT u.id, u.email, count(o.id) FROM users u LEFT JOIN orders o ON o.user_id = u.id GROUP BY u.id',
    'SELECT * FROM generate_series(1, 2) WITH ORDINALITY g(n), users',
    "SELECT * FROM json_each('{}') e, jsonb_to_record('{}') AS r(a int, b text), users",
    "SELECT * FROM ROWS FROM (generate_series(1, 2), json_array_elements('[]')) AS x",
    'VALUES (1, 2)',
    'SELECT email FROM parted',
    'SELECT email FROM part1',
    'SELECT m, p FROM moods',
    'SELECT relname, attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid',
    'SELECT table_name, data_type FROM information_schema.columns',
    'INSERT INTO users(id, email) VALUES (7, $1) RETURNING *',
    'UPDATE users SET email = $1 WHERE id = 1 RETURNING old.email, new.email, id',
    'SELECT id FROM users WHERE email = $1 AND dob = $2::date',
    'EXPLAIN SELECT 1',
    'SHOW ALL',
    'SHOW TimeZone',
    'SELECT (SELECT 1 AS email), CASE WHEN true THEN 1 END, label::varchar, ARRAY[1], ROW(1), label || label FROM orders',
  ];

  it.each(queries)('%s', async (text) => {
    const free = (await snapshot(owner)).relations.map((each) => ({
      ...each,
      active: each.active.filter((part) => part !== 'triggers'),
    }));
    const catalog: CatalogSnapshot = { ...(await snapshot(owner)), relations: free };
    const { columns, strict } = closeProtection(catalog, [
      { class: 'email', columns: ['public.{users,parted}.email'] },
      { class: 'birth', columns: ['*.dob'] },
    ]);
    const index = buildKnowledgeIndex({ id: 1, catalog, protected: columns, strict });
    const [description] = describeText(text, index, ['pg_temp', 'pg_catalog', 'public']).statements;
    expect(description?.refusal).toBeNull();
    const fields = await describeOnServer(owner, text);
    expect(description?.outputs).toHaveLength(fields.length);
    fields.forEach(({ tableID, columnID }, position) => {
      const output = description?.outputs?.[position];
      const found = columns.find((column) => column.relationOid === tableID && column.attnum === columnID);
      const taint = found === undefined ? 'clean' : found.derived ? 'derived' : 'column';
      expect([position, output?.taint]).toEqual([position, taint]);
      if (output?.taint === 'column') expect(output).toMatchObject({ relationOid: tableID, attnum: columnID });
      else if (output?.taint === 'clean' && output.source && tableID !== 0)
        expect(output.source).toEqual({ relationOid: tableID, attnum: columnID });
    });
  });
});

/** RowDescription of a statement that is prepared and never run. */
async function describeOnServer(client: Client, text: string): Promise<{ tableID: number; columnID: number }[]> {
  await client.query('BEGIN');
  try {
    const values = [...text.matchAll(/\$\d/g)].map(() => null);
    const result = await client.query({ text, values: text.startsWith('SHOW') ? [] : values });
    return result.fields;
  } finally {
    await client.query('ROLLBACK');
  }
}
