// Objects that stand for protected columns: views, functions, triggers, rules, policies, relatives of the table.
const raw = (id, tries, sql, setup = [], more = {}) => ({
  id,
  tries,
  sql: sql === undefined ? undefined : [sql].flat(),
  setup,
  ...more,
});

const view = [
  raw('V01', 'a view over a view', 'SELECT x FROM v2', [
    'CREATE VIEW v1 AS SELECT id, email AS label FROM users',
    'CREATE VIEW v2 AS SELECT label AS x FROM v1',
  ]),
  raw('V02', 'names of the columns given by the view', 'SELECT b FROM v', [
    'CREATE VIEW v(a, b) AS SELECT id, ssn FROM users',
  ]),
  raw('V03', 'a security barrier', 'SELECT * FROM v', [
    'CREATE VIEW v WITH (security_barrier) AS SELECT id, notes FROM users WHERE id > 0',
  ]),
  raw('V04', 'the second side of a union in a view', 'SELECT label FROM v', [
    'CREATE VIEW v AS SELECT label FROM orders UNION ALL SELECT card FROM users',
  ]),
  raw('V05', 'a recursive view', 'SELECT e FROM v', [
    'CREATE RECURSIVE VIEW v(n, e) AS SELECT 1, (SELECT email FROM users WHERE id = 1) UNION ALL SELECT n + 1, e FROM v WHERE n < 2',
  ]),
  raw('V06', 'a view of rows', 'SELECT (r).email FROM v', ['CREATE VIEW v AS SELECT u AS r FROM users u']),
  raw('V07', 'the row of a view', 'SELECT v FROM v', ['CREATE VIEW v AS SELECT id, phone AS p FROM users']),
  raw('V08', 'a materialised view of a view', 'SELECT z FROM m', [
    'CREATE VIEW v AS SELECT ssn FROM users',
    'CREATE MATERIALIZED VIEW m AS SELECT ssn AS z FROM v',
  ]),
  raw('V09', 'RETURNING of an updatable view', 'UPDATE v SET id = id RETURNING label', [
    'CREATE VIEW v AS SELECT id, email AS label FROM users',
    'GRANT ALL ON v TO app',
  ]),
  raw(
    'V10',
    'a view replaced beside the gateway, prepared before',
    undefined,
    ['CREATE VIEW v AS SELECT label FROM orders', 'GRANT SELECT ON v TO app'],
    {
      script: [
        ['P', 's', 'SELECT label FROM v'],
        ['S'],
        ['B', '', 's'],
        ['E', ''],
        ['S'],
        ['beside', 'CREATE OR REPLACE VIEW v AS SELECT email AS label FROM users'],
        ['later'],
        ['B', '', 's'],
        ['E', ''],
        ['S'],
      ],
    },
  ),
  raw('V11', 'a view put in the place of a table beside the gateway', undefined, [], {
    script: [
      ['Q', 'SELECT label FROM orders'],
      [
        'beside',
        'ALTER TABLE orders RENAME TO gone; CREATE VIEW orders AS SELECT id, email AS label FROM users; GRANT SELECT ON orders TO app',
      ],
      ['Q', 'SELECT label FROM orders'],
    ],
  }),
  raw('V12', 'an aggregate in a view', 'SELECT all_of_them FROM v', [
    "CREATE VIEW v AS SELECT string_agg(email, ',') AS all_of_them FROM users",
  ]),
  raw('V13', 'JSON in a view', "SELECT j ->> 'ssn' FROM v", ['CREATE VIEW v AS SELECT to_jsonb(u) AS j FROM users u']),
  raw('V14', 'a view in another schema', 'SELECT people.x FROM reports.people', [
    'CREATE SCHEMA reports',
    'CREATE VIEW reports.people AS SELECT card AS x FROM public.users',
    'GRANT USAGE ON SCHEMA reports TO app',
    'GRANT SELECT ON reports.people TO app',
  ]),
  raw('V15', 'a view with a lateral default', 'SELECT c FROM v', [
    'CREATE VIEW v AS SELECT coalesce(o.label, u.email) AS label, l.c FROM users u LEFT JOIN orders o ON false, LATERAL (SELECT u.notes AS c) l',
  ]),
  raw('V16', 'COPY of a materialised view', 'COPY (TABLE m) TO STDOUT', [
    'CREATE MATERIALIZED VIEW m AS SELECT email FROM users',
  ]),
  raw('V17', 'a view whose column was renamed', 'SELECT harmless FROM v', [
    'CREATE VIEW v AS SELECT id, ssn FROM users',
    'ALTER VIEW v RENAME COLUMN ssn TO harmless',
  ]),
  raw('V18', 'a view over a function over the table', 'SELECT f FROM v', [
    "CREATE FUNCTION f_one(int) RETURNS text LANGUAGE sql STABLE AS 'SELECT notes FROM users WHERE id = $1'",
    'CREATE VIEW v AS SELECT f_one(id) AS f FROM orders',
  ]),
];

const fn = [
  raw('F01', 'a function of any type that returns its argument', 'SELECT same(email) FROM users', [
    "CREATE FUNCTION same(anyelement) RETURNS anyelement LANGUAGE sql IMMUTABLE AS 'SELECT $1'",
  ]),
  raw('F02', 'a function with a parsed body', 'SELECT parsed()', [
    'CREATE FUNCTION parsed() RETURNS text RETURN (SELECT email FROM users WHERE id = 1)',
  ]),
  raw('F03', 'output parameters', 'SELECT a FROM outs()', [
    "CREATE FUNCTION outs(OUT a text, OUT b text) LANGUAGE sql AS 'SELECT email, ssn FROM users WHERE id = 1'",
  ]),
  raw('F04', 'a procedure with INOUT', 'CALL tell(NULL)', [
    "CREATE PROCEDURE tell(INOUT x text) LANGUAGE sql AS 'SELECT ssn FROM users WHERE id = 2'",
  ]),
  raw('F05', 'an operator', 'SELECT 1 ### 2', [
    "CREATE FUNCTION op(int, int) RETURNS text LANGUAGE sql AS 'SELECT card FROM users WHERE id = $1'",
    'CREATE OPERATOR ### (LEFTARG = int, RIGHTARG = int, FUNCTION = op)',
  ]),
  raw('F06', 'an operator of a name that exists', 'SELECT o.label + 1 FROM orders o WHERE id = 1', [
    "CREATE FUNCTION plus(text, int) RETURNS text LANGUAGE sql AS 'SELECT email FROM users WHERE id = $2'",
    'CREATE OPERATOR + (LEFTARG = text, RIGHTARG = int, FUNCTION = plus)',
  ]),
  raw('F07', 'a cast of a row', 'SELECT o::text FROM orders o WHERE id = 1', [
    "CREATE FUNCTION o_text(orders) RETURNS text LANGUAGE sql AS 'SELECT ssn FROM users WHERE id = ($1).id'",
    'CREATE CAST (orders AS text) WITH FUNCTION o_text(orders)',
  ]),
  raw('F08', 'an assignment cast when writing', 'INSERT INTO audit_log(msg) SELECT m FROM marks RETURNING msg', [
    "CREATE TYPE mark AS ENUM ('a')",
    "CREATE FUNCTION m_text(mark) RETURNS text LANGUAGE sql AS 'SELECT email FROM users WHERE id = 1'",
    'CREATE CAST (mark AS text) WITH FUNCTION m_text(mark) AS ASSIGNMENT',
    "CREATE TABLE marks AS SELECT 'a'::mark AS m",
  ]),
  raw('F09', 'a function of the row written as a column', 'SELECT o.owner_mail FROM orders o', [
    "CREATE FUNCTION owner_mail(orders) RETURNS text LANGUAGE sql AS 'SELECT email FROM users WHERE id = ($1).user_id'",
  ]),
  raw('F10', 'a trigger writes what RETURNING shows', 'INSERT INTO orders(id) VALUES (9) RETURNING label', [
    'CREATE FUNCTION t() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.label := (SELECT email FROM users WHERE id = 1); RETURN NEW; END$$',
    'CREATE TRIGGER t BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION t()',
  ]),
  raw('F11', 'a trigger cancels and tells', 'UPDATE orders SET amount = 1', [
    "CREATE FUNCTION t() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'no' USING HINT = (SELECT ssn FROM users WHERE id = 1); END$$",
    'CREATE TRIGGER t BEFORE UPDATE ON orders FOR EACH STATEMENT EXECUTE FUNCTION t()',
  ]),
  raw('F12', 'a rule answers an INSERT with rows', "INSERT INTO audit_log(msg) VALUES ('x')", [
    'CREATE RULE r AS ON INSERT TO audit_log DO ALSO SELECT email FROM users',
  ]),
  raw('F13', 'a default computes the value', 'INSERT INTO orders(id) VALUES (9) RETURNING label', [
    "CREATE FUNCTION d() RETURNS text LANGUAGE sql AS 'SELECT notes FROM users WHERE id = 1'",
    'ALTER TABLE orders ALTER label SET DEFAULT d()',
  ]),
  raw('F14', 'a policy tells by a notice', 'SELECT label FROM orders', [
    "CREATE FUNCTION tell(text) RETURNS boolean LANGUAGE plpgsql AS $$BEGIN RAISE NOTICE '%', (SELECT string_agg(ssn, ' ') FROM users); RETURN true; END$$",
    'ALTER TABLE orders ENABLE ROW LEVEL SECURITY',
    'ALTER TABLE orders FORCE ROW LEVEL SECURITY',
    'CREATE POLICY p ON orders USING (tell(label))',
  ]),
  raw('F15', 'a domain tells when it is checked', "SELECT 'x'::told", [
    "CREATE FUNCTION tell(text) RETURNS boolean LANGUAGE plpgsql AS $$BEGIN RAISE NOTICE '%', (SELECT card FROM users WHERE id = 2); RETURN true; END$$",
    'CREATE DOMAIN told AS text CHECK (tell(VALUE))',
  ]),
  raw('F16', 'an indexed expression tells when it is computed', "INSERT INTO audit_log(msg) VALUES ('x')", [
    "CREATE FUNCTION tell(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$BEGIN RAISE WARNING '%', (SELECT email FROM users WHERE id = 3); RETURN $1; END$$",
    'CREATE INDEX ON audit_log (tell(msg))',
  ]),
  raw('F17', 'a virtual column computes it', 'SELECT v FROM pairs', [
    'CREATE TABLE pairs(k int, v text)',
    "INSERT INTO pairs SELECT 1, ''",
    "CREATE FUNCTION fill(pairs) RETURNS text LANGUAGE sql AS 'SELECT email FROM users WHERE id = ($1).k'",
    'ALTER TABLE pairs RENAME v TO w',
    'ALTER TABLE pairs RENAME TO pairs_stored',
    'CREATE VIEW pairs AS SELECT k, fill(p) AS v FROM pairs_stored p',
  ]),
  raw('F18', 'a function hides a built-in one', 'SELECT lower(label) FROM orders', [
    'CREATE SCHEMA first',
    "CREATE FUNCTION first.lower(text) RETURNS text LANGUAGE sql AS 'SELECT email FROM public.users WHERE id = 1'",
    'GRANT USAGE ON SCHEMA first TO app',
    "DO $$BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = first, pg_catalog, public', current_database()); END$$",
  ]),
  raw('F19', 'a function with variadic arguments is nearer than the built-in one', 'SELECT concat(1, 2)', [
    "CREATE FUNCTION concat(int, int) RETURNS text LANGUAGE sql AS 'SELECT card FROM users WHERE id = 1'",
  ]),
  raw(
    'F20',
    'a function that returns a cursor',
    ['BEGIN', "SELECT open_it('c')", 'FETCH ALL FROM c', 'COMMIT'],
    [
      'CREATE FUNCTION open_it(refcursor) RETURNS refcursor LANGUAGE plpgsql AS $$BEGIN OPEN $1 FOR SELECT email FROM users; RETURN $1; END$$',
    ],
  ),
  raw('F21', 'a security-definer function over a table the role cannot read', 'SELECT secret()', [
    'CREATE TABLE hidden AS SELECT card FROM users',
    'REVOKE ALL ON hidden FROM app',
    "CREATE FUNCTION secret() RETURNS SETOF text LANGUAGE sql SECURITY DEFINER AS 'SELECT u.card FROM users u JOIN hidden h USING (card)'",
  ]),
  raw('F22', 'a foreign table that leads back', 'SELECT x FROM far', [
    'CREATE EXTENSION postgres_fdw',
    "DO $$BEGIN EXECUTE format('CREATE SERVER loop FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host ''127.0.0.1'', port %L, dbname %L)', current_setting('port'), current_database()); END$$",
    "CREATE USER MAPPING FOR app SERVER loop OPTIONS (user 'app', password_required 'false')",
    "CREATE FOREIGN TABLE far(x text OPTIONS (column_name 'email')) SERVER loop OPTIONS (schema_name 'public', table_name 'users')",
    'GRANT SELECT ON far TO app',
  ]),
];

const everyColumn =
  'id int NOT NULL, email text, ssn text, full_name text, phone text, card text, notes text, dob date, salary numeric(12,2)';
const otherOrder =
  'salary numeric(12,2), dob date, notes text, card text, phone text, full_name text, ssn text, email text, id int NOT NULL';
const relatives = [
  raw('R01', 'a parent that has one of the columns', 'SELECT email FROM people', [
    'CREATE TABLE people(email text)',
    'ALTER TABLE users INHERIT people',
  ]),
  raw('R02', 'a grandparent', 'SELECT ssn FROM beings', [
    'CREATE TABLE beings(ssn text)',
    'CREATE TABLE people(email text) INHERITS (beings)',
    'ALTER TABLE users INHERIT people',
  ]),
  raw('R03', 'a partitioned table whose columns stand in another order', 'SELECT email, ssn FROM everyone', [
    `CREATE TABLE everyone(${otherOrder}) PARTITION BY RANGE (id)`,
    'ALTER TABLE everyone ATTACH PARTITION users FOR VALUES FROM (0) TO (100)',
  ]),
  raw('R04', 'a child whose columns stand in another order', 'SELECT email FROM kids', [
    `CREATE TABLE kids(${otherOrder})`,
    'ALTER TABLE kids INHERIT users',
    'INSERT INTO kids(id, email) SELECT id + 10, email FROM ONLY users',
  ]),
  raw('R05', 'COPY of a child', 'COPY kids(email, id) TO STDOUT', [
    'CREATE TABLE kids() INHERITS (users)',
    'INSERT INTO kids SELECT * FROM ONLY users',
  ]),
  raw('R06', 'a child with a dropped column before it', 'SELECT x.card FROM kids x', [
    `CREATE TABLE kids(junk int, ${everyColumn})`,
    'ALTER TABLE kids DROP junk',
    'ALTER TABLE kids INHERIT users',
    'INSERT INTO kids SELECT * FROM ONLY users',
  ]),
  raw('R07', 'a sibling below the same parent', 'SELECT notes FROM siblings', [
    'CREATE TABLE people(notes text)',
    'ALTER TABLE users INHERIT people',
    'CREATE TABLE siblings() INHERITS (people)',
    'INSERT INTO siblings SELECT notes FROM users',
  ]),
  raw('R08', 'a partition of a partition', 'SELECT email FROM leaf', [
    `CREATE TABLE leaf(${everyColumn})`,
    'INSERT INTO leaf SELECT * FROM users',
    'ALTER TABLE users RENAME TO former',
    'DROP TABLE former',
    `CREATE TABLE users(${everyColumn}) PARTITION BY RANGE (id)`,
    `CREATE TABLE middle PARTITION OF users FOR VALUES FROM (0) TO (100) PARTITION BY RANGE (id)`,
    'ALTER TABLE middle ATTACH PARTITION leaf FOR VALUES FROM (0) TO (50)',
  ]),
  raw('R09', 'a generated column', 'SELECT tag FROM users', [
    "ALTER TABLE users ADD tag text GENERATED ALWAYS AS (email || '') STORED",
  ]),
  raw('R10', 'a generated column of a child', 'SELECT tag FROM kids', [
    "CREATE TABLE kids(tag text GENERATED ALWAYS AS (ssn || '!') STORED) INHERITS (users)",
    'INSERT INTO kids SELECT * FROM ONLY users',
  ]),
  raw(
    'R11',
    'a virtual generated column',
    'SELECT tag FROM users',
    ["ALTER TABLE users ADD tag text GENERATED ALWAYS AS ('<' || notes) VIRTUAL"],
    { minServer: 18 },
  ),
  raw('R12', 'COPY of all columns but the protected ones, by a query', 'COPY (SELECT tag FROM users) TO STDOUT', [
    "ALTER TABLE users ADD tag text GENERATED ALWAYS AS (card || '') STORED",
  ]),
  raw('R13', 'the attacker makes the table a child', [
    'CREATE TABLE people(ssn text)',
    'ALTER TABLE users INHERIT people',
    'SELECT ssn FROM people',
  ]),
  raw('R14', 'the attacker attaches the table as a partition', [
    `CREATE TABLE everyone(${everyColumn}) PARTITION BY LIST (id)`,
    'ALTER TABLE everyone ATTACH PARTITION users DEFAULT',
    'SELECT email FROM everyone',
  ]),
];

export const objects = { view, function: fn, relative: relatives };
