import { loadParser } from '../parse.js';
import type { LineageResult } from './index.js';
import { contextOf, ORDERS, outputsInShort, traceOne, USERS } from './testing/known-database-spec.js';

beforeAll(loadParser);

type Case = readonly [sql: string, lineage: LineageResult['lineage'], outputs: string];

const ALL = '- email ssn full_name phone card notes dob salary';

const PASSING: Readonly<Record<string, readonly Case[]>> = {
  'a protected column as it is': [
    ['SELECT email FROM users', 'touches', 'email'],
    ['SELECT u.email AS id, id AS email FROM users u', 'touches', 'email -'],
    ['SELECT public.users.email, users.id FROM public.users', 'touches', 'email -'],
    ['SELECT esc.public.users.email FROM users', 'touches', 'email'],
    ['SELECT * FROM esc.public.users', 'touches', ALL],
    ['SELECT *, u.* FROM ONLY users u', 'touches', `${ALL} ${ALL}`],
    ['TABLE users', 'touches', ALL],
    ['SELECT ((email)) FROM users', 'touches', 'email'],
    ['SELECT email FROM users ORDER BY id DESC LIMIT 1 OFFSET 2 FOR UPDATE', 'touches', 'email'],
    ['SELECT b FROM (SELECT id, email FROM users) s(a, b)', 'touches', 'email'],
    ['SELECT e FROM (SELECT email AS e FROM (SELECT * FROM users) x) y', 'touches', 'email'],
    ['WITH a AS (SELECT * FROM users), b(i, e) AS (SELECT id, email FROM a) SELECT e, i FROM b', 'touches', 'email -'],
    ['WITH RECURSIVE a AS (SELECT email FROM users) SELECT * FROM a', 'touches', 'email'],
    ['WITH users AS (SELECT email AS label FROM users) SELECT label FROM users', 'touches', 'email'],
    ['WITH orders AS (SELECT ssn AS label FROM users) SELECT label FROM orders', 'touches', 'ssn'],
    ['SELECT u.email, o.label FROM users u JOIN orders o ON o.user_id = u.id', 'touches', 'email -'],
    ['SELECT email FROM users JOIN orders USING (id)', 'touches', 'email'],
    [
      'SELECT * FROM orders FULL JOIN users USING (id)',
      'touches',
      '- - - - email ssn full_name phone card notes dob salary',
    ],
    ['SELECT j.b FROM (users JOIN orders USING (id)) AS j(a, b)', 'touches', 'email'],
    ['SELECT u.email FROM users u CROSS JOIN orders', 'touches', 'email'],
    ['SELECT x FROM users u, LATERAL (SELECT u.email AS x) l', 'touches', 'email'],
    ['SELECT l.* FROM users u LEFT JOIN LATERAL (SELECT u.ssn, 1) l ON true', 'touches', 'ssn -'],
    [
      'SELECT u.email, count(o.id) FROM users u LEFT JOIN orders o ON o.user_id = u.id GROUP BY u.id',
      'touches',
      'email -',
    ],
    ['SELECT DISTINCT ON (id) email FROM users ORDER BY id', 'touches', 'email'],
    ['SELECT row_number() OVER (ORDER BY id), email FROM users', 'touches', '- email'],
    ['SELECT email FROM users WHERE id IN (SELECT user_id FROM orders)', 'touches', 'email'],
    ['SELECT email FROM users WHERE id = 1 AND ssn IS NOT NULL AND email = $1', 'touches', 'email'],
    ['SELECT email FROM users_eu', 'touches', 'email'],
    ['SELECT id, secret FROM child', 'touches', '- secret'],
  ],
  'a protected relation without its values': [
    ['SELECT id FROM users', 'touches', '-'],
    ['SELECT count(*), count(id), count(email), count(u.ssn) FROM users u', 'touches', '- - - -'],
    ['SELECT count(email) FILTER (WHERE id > 1) FROM users', 'touches', '-'],
    ['SELECT email IS NULL, ssn IS NOT NULL FROM users', 'touches', '- -'],
    ['SELECT id FROM users WHERE email IS NULL ORDER BY notes IS NULL', 'touches', '-'],
    ['SELECT CASE WHEN email IS NULL THEN 0 ELSE 1 END FROM users', 'touches', '-'],
    ['SELECT EXISTS (SELECT * FROM users WHERE email = $1)', 'touches', '-'],
    ['SELECT id FROM orders o WHERE EXISTS (SELECT email FROM users u WHERE u.id = o.user_id)', 'touches', '-'],
    ['SELECT id FROM orders WHERE user_id IN (SELECT id FROM users)', 'touches', '-'],
    ['SELECT ctid, tableoid::regclass, xmin FROM users', 'touches', '- - -'],
    ['SELECT id FROM users UNION SELECT id FROM orders', 'touches', '-'],
    ['SELECT id FROM parent', 'touches', '-'],
  ],
  'nothing protected at all': [
    ['SELECT 1', 'clean', '-'],
    ["VALUES (1, 'a'), (2, 'b')", 'clean', '- -'],
    ['SELECT *, id + 1, upper(label), amount::int FROM orders', 'clean', '- - - - - - -'],
    ['SELECT email FROM parts', 'clean', '-'],
    ['SELECT 1 AS email ORDER BY email', 'clean', '-'],
    ['WITH users AS (SELECT label AS email FROM orders) SELECT upper(email) FROM users', 'clean', '-'],
    ['SELECT o FROM orders o', 'clean', '-'],
    ['SELECT row_to_json(o), (o).label, o.*::text FROM orders o', 'clean', '- - -'],
    ['SELECT email FROM scratch', 'clean', '-'],
    ['SELECT email FROM pg_temp.scratch', 'clean', '-'],
    ['SELECT label FROM app.orders', 'clean', '-'],
    ['SELECT mood, email FROM moods', 'clean', '- -'],
    ["SELECT 'good'::mood, NULL::mood[]", 'clean', '- -'],
    ['SELECT a, sum(b) OVER w FROM (VALUES (1, 2)) v(a, b) WINDOW w AS (PARTITION BY a ORDER BY b)', 'clean', '- -'],
    ['SELECT n FROM generate_series(1, 3) AS g(n)', 'clean', '-'],
    ['SELECT g, ordinality FROM generate_series(1, 3) WITH ORDINALITY g', 'clean', '- -'],
    ["SELECT key, e.value FROM json_each('{}') e", 'clean', '- -'],
    ["SELECT a, b FROM jsonb_to_record('{}') AS r(a int, b text)", 'clean', '- -'],
    ["SELECT value->>'a' FROM jsonb_array_elements('[]') AS x", 'clean', '-'],
    [
      'WITH RECURSIVE t(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM t WHERE n < 5) SELECT sum(n) FROM t',
      'clean',
      '-',
    ],
    [
      'WITH RECURSIVE tree AS (SELECT id, user_id FROM orders UNION SELECT o.id, o.user_id FROM orders o JOIN tree t ON o.id = t.user_id) SELECT * FROM tree',
      'clean',
      '- -',
    ],
    [
      "SELECT j.* FROM JSON_TABLE($1::jsonb, '$[*]' PASSING 1 AS x COLUMNS (a text PATH '$.a' DEFAULT '' ON EMPTY, b FOR ORDINALITY)) j",
      'clean',
      '- -',
    ],
    ["SELECT o.id, j.b FROM orders o, JSON_TABLE(o.label::json, '$' COLUMNS (a bool EXISTS)) AS j(b)", 'clean', '- -'],
    ['SELECT label FROM orders GROUP BY GROUPING SETS ((label), ())', 'clean', '-'],
    ['SELECT DISTINCT label FROM orders ORDER BY label', 'clean', '-'],
    ['SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY amount) FROM orders', 'clean', '-'],
    ["SELECT now() AT TIME ZONE 'UTC', CURRENT_DATE, current_user, extract(year FROM now())", 'clean', '- - - -'],
    ["SELECT set_config('search_path', 'public', false), current_setting('search_path')", 'clean', '- -'],
    ["SELECT nextval('s'), pg_advisory_lock(1), pg_backend_pid()", 'clean', '- - -'],
    ["SELECT 'pg_class'::regclass::oid", 'clean', '-'],
    [
      "SELECT c.relname FROM pg_catalog.pg_class c WHERE c.relname OPERATOR(pg_catalog.~) '^(users)$' COLLATE pg_catalog.default",
      'clean',
      '-',
    ],
    ['SELECT table_name, column_name FROM information_schema.columns', 'clean', '- -'],
    ['SELECT $1::text, $2::int[]', 'clean', '- -'],
    ['SELECT id FROM orders TABLESAMPLE SYSTEM (10) REPEATABLE (1)', 'clean', '-'],
    ['SELECT x.* FROM orders o, LATERAL (SELECT o.id, o.label) x', 'clean', '- -'],
    ['SELECT ROW(1, 2) = ROW(1, 2), ARRAY[1, 2] || 3, (ARRAY[1])[1:2]', 'clean', '- - -'],
    ['SELECT xmlelement(name a, label) FROM orders', 'clean', '-'],
    ['SELECT upper(label) FROM calling, orders', 'touches', '-'],
  ],
  'writes of what the statement brings itself': [
    ["INSERT INTO users(id, email) VALUES (1, 'a')", 'touches', 'no rows'],
    ['INSERT INTO users VALUES ($1, $2, DEFAULT) RETURNING *', 'touches', ALL],
    ["INSERT INTO users(id, email) VALUES (1, 'a'::text), (2, $1::varchar), (3, NULL)", 'touches', 'no rows'],
    [
      'INSERT INTO users(id, email) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET email = excluded.email RETURNING id',
      'touches',
      '-',
    ],
    ['INSERT INTO users(id) SELECT id FROM orders', 'touches', 'no rows'],
    ['INSERT INTO users DEFAULT VALUES', 'touches', 'no rows'],
    ['UPDATE users SET email = $1, notes = DEFAULT WHERE id = $2', 'touches', 'no rows'],
    ["UPDATE users SET email = 'x' WHERE ssn = $1 RETURNING old.email, new.ssn, id", 'touches', 'email ssn -'],
    ['UPDATE users SET id = 2 RETURNING WITH (OLD AS o, NEW AS n) o.email, n.id', 'touches', 'email -'],
    ['UPDATE users u SET id = o.id FROM orders o WHERE o.user_id = u.id', 'touches', 'no rows'],
    ['DELETE FROM users WHERE email = $1 RETURNING email', 'touches', 'email'],
    ['WITH d AS (DELETE FROM users RETURNING id, email) SELECT email FROM d', 'touches', 'email'],
    ["INSERT INTO orders(id, label) VALUES (1, upper('a')) RETURNING *", 'clean', '- - - -'],
    ['INSERT INTO orders SELECT id + 1, user_id, label, amount FROM orders', 'clean', 'no rows'],
    ['INSERT INTO orders(id) VALUES (1) ON CONFLICT DO NOTHING', 'clean', 'no rows'],
    [
      'INSERT INTO orders(id) VALUES (1) ON CONFLICT (id) DO UPDATE SET label = excluded.label WHERE orders.id > 0',
      'touches',
      'no rows',
    ],
    ['UPDATE orders SET (label, amount) = (SELECT label, 1 FROM orders LIMIT 1)', 'touches', 'no rows'],
    ["INSERT INTO moods(id, mood, email) VALUES (1, 'good', 'a')", 'clean', 'no rows'],
    ['DELETE FROM orders USING parts WHERE parts.id = orders.id', 'touches', 'no rows'],
  ],
  'statements beside queries': [
    ['BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY', 'touches', 'no rows'],
    ['COMMIT', 'touches', 'no rows'],
    ['SAVEPOINT a', 'touches', 'no rows'],
    ["SET TIME ZONE 'UTC'", 'clean', 'no rows'],
    ['SET LOCAL search_path = app, public', 'clean', 'no rows'],
    ['SET TRANSACTION ISOLATION LEVEL SERIALIZABLE', 'clean', 'no rows'],
    ['SET statement_timeout TO DEFAULT', 'clean', 'no rows'],
    ['RESET ALL', 'clean', 'no rows'],
    ['SHOW server_version', 'clean', '-'],
    ['SHOW ALL', 'clean', '- - -'],
    ['DISCARD ALL', 'clean', 'no rows'],
    ['DEALLOCATE q', 'clean', 'no rows'],
    ['DECLARE c CURSOR FOR SELECT label FROM orders', 'clean', 'no rows'],
    ['DECLARE c CURSOR FOR SELECT email FROM users', 'touches', 'no rows'],
    ['FETCH ALL FROM c', 'clean', 'no rows'],
    ['PREPARE q(int, mood) AS SELECT label FROM orders WHERE id = $1', 'clean', 'no rows'],
    ['PREPARE q(text) AS UPDATE users SET email = $1 WHERE id = 1', 'touches', 'no rows'],
    ["EXECUTE q(-1, 'a', now(), ARRAY[1, 2], date '2020-01-01')", 'clean', 'no rows'],
    ['CLOSE c', 'clean', 'no rows'],
    ['EXPLAIN (FORMAT json, VERBOSE) SELECT label FROM orders', 'clean', '-'],
    ['EXPLAIN ANALYZE UPDATE orders SET id = 1', 'touches', '-'],
    [
      "CREATE TEMP TABLE t (a serial PRIMARY KEY, b text NOT NULL DEFAULT 'x' CHECK (b <> ''), c timestamptz DEFAULT now(), d mood, UNIQUE (b))",
      'clean',
      'no rows',
    ],
    [
      'CREATE TABLE t (a int REFERENCES orders (id) ON DELETE CASCADE, b int GENERATED ALWAYS AS (a + 1) STORED)',
      'clean',
      'no rows',
    ],
    ['CREATE TABLE t AS SELECT label FROM orders', 'clean', 'no rows'],
    ['DROP TABLE IF EXISTS orders, nowhere CASCADE', 'clean', 'no rows'],
    ['DROP VIEW v_o', 'clean', 'no rows'],
    ['CREATE UNIQUE INDEX CONCURRENTLY i ON orders (id, label DESC) INCLUDE (amount)', 'clean', 'no rows'],
    [
      "ALTER TABLE orders ADD COLUMN x text DEFAULT 'a', DROP COLUMN amount, ALTER COLUMN label SET DEFAULT 'b'",
      'clean',
      'no rows',
    ],
    ['ALTER TABLE orders RENAME COLUMN label TO tag', 'clean', 'no rows'],
    ['TRUNCATE orders', 'clean', 'no rows'],
    ['VACUUM (VERBOSE) orders', 'clean', 'no rows'],
    ['ANALYZE users (email)', 'touches', 'no rows'],
    ['LOCK TABLE orders IN SHARE MODE', 'clean', 'no rows'],
    ["COMMENT ON COLUMN users.email IS 'address'", 'clean', 'no rows'],
    ['GRANT SELECT ON orders TO PUBLIC', 'clean', 'no rows'],
  ],
};

describe.each(Object.entries(PASSING))('%s', (_, cases) => {
  it.each(cases)('passes %s', (sql, lineage, outputs) => {
    const context = contextOf();
    const result = traceOne(sql, context);
    expect([result.lineage, outputsInShort(result, context)]).toEqual([lineage, outputs]);
  });
});

describe('what else a result tells', () => {
  it('names the base column of clean outputs where it is exactly one', () => {
    const { outputs } = traceOne('SELECT id, label AS x, id + 1, count(*) OVER () FROM orders', contextOf());
    expect(outputs).toEqual([
      { taint: 'clean', source: { relationOid: ORDERS, attnum: 1 } },
      { taint: 'clean', source: { relationOid: ORDERS, attnum: 3 } },
      { taint: 'clean', source: null },
      { taint: 'clean', source: null },
    ]);
  });

  it('names class, relation and number of a protected output', () => {
    const { outputs } = traceOne('SELECT s.e FROM (SELECT email AS e FROM users) s', contextOf());
    expect(outputs).toEqual([{ taint: 'column', relationOid: USERS, attnum: 2, class: 'personal' }]);
  });

  it.each([
    ['SELECT email FROM users', ['personal'], []],
    ['SELECT id FROM users', [], []],
    ['SELECT id FROM (SELECT * FROM users) s', [], []],
    ['SELECT count(email) FROM users', ['personal'], []],
    ['SELECT id FROM users WHERE email = $1', ['personal'], []],
    ['SELECT id FROM users WHERE email IS NULL', ['personal'], []],
    ['SELECT email, secret FROM users, child', ['personal', 'secret'], []],
    ["UPDATE users SET email = 'a' WHERE id = 1", [], ['personal']],
    ['INSERT INTO users VALUES (1)', [], []],
    ["INSERT INTO users VALUES (1, 'a') RETURNING ssn", ['personal'], ['personal']],
  ])('classes read and written by %s', (sql, reads, writes) => {
    const result = traceOne(sql, contextOf());
    expect([result.reads, result.writes]).toEqual([reads, writes]);
  });

  it('numbers the parameters that meet protected columns', () => {
    const context = contextOf();
    const numbers = (sql: string): readonly number[] =>
      traceOne(sql, context).protectedParameters.map(({ number }) => number);
    expect(numbers('SELECT id FROM users WHERE $3 = email AND id = $1 AND ssn = $2::text')).toEqual([2, 3]);
    expect(numbers('UPDATE users SET email = $2, id = $1 WHERE ssn = $3')).toEqual([2, 3]);
    expect(numbers('INSERT INTO users VALUES ($1, $2, $3)')).toEqual([2, 3]);
    expect(numbers('SELECT label FROM orders WHERE label = $1')).toEqual([]);
  });

  it('places the literals written to protected columns by UTF-8 bytes, with the class', () => {
    const context = contextOf();
    const sql = "INSERT INTO users(notes, email) VALUES ('ü', 'a@b.c')";
    const at = (text: string): number => new TextEncoder().encode(sql.slice(0, sql.indexOf(text))).length;
    expect(traceOne(sql, context).protectedLiterals).toEqual([
      { location: at("'ü'"), class: 'personal' },
      { location: at("'a@b.c'"), class: 'personal' },
    ]);
    expect(traceOne("UPDATE orders SET label = 'a'", context).protectedLiterals).toEqual([]);
  });
});
