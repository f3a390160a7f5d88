import { loadParser } from '../parse.js';
import { CATALOG, contextOf, relation, traceOne } from './testing/known-database-spec.js';

beforeAll(loadParser);

const email = /public\.users\.email/;

/** Statement and what its refusal says. */
const REFUSED: Readonly<Record<string, readonly (readonly [sql: string, reason: RegExp])[]>> = {
  'whole rows in every spelling': [
    ['SELECT email(users) FROM users', /function email is not known/],
    ['SELECT users.lower FROM users', /not found/],
    ['SELECT u.row_to_json FROM users u', /not found/],
    ['SELECT NULL::users', /cast to the type "users"/],
    ["SELECT json_populate_record(NULL::users, '{}')", /not known to be free/],
    ['SELECT (old_row).email FROM history', /history\.old_row/],
  ],
  'protected columns that decide something': [
    ['SELECT id FROM users WHERE email = $1::public.weird', /cast to the type/],
    ['SELECT id FROM users JOIN parts USING (email)', /ambiguous/],
    ['SELECT id FROM users ORDER BY id USING <', /sortby|useOp/i],
    ['SELECT set_config($1, $2, false)', /arguments of set_config are not constants/],
    ["SELECT set_config('role', 'postgres', false)", /setting role/],
  ],
  'queries that recurse': [
    ['WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n FROM r ORDER BY 1) SELECT * FROM r', /recursive union/],
    ['WITH RECURSIVE users AS (SELECT 1 UNION ALL SELECT * FROM parts) SELECT email FROM users', /not found/],
    [
      'WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n FROM r) SEARCH DEPTH FIRST BY n SET o SELECT * FROM r',
      /search_clause/,
    ],
  ],
  'relations that are more than rows': [
    ['SELECT id FROM v_o', /public\.v_o is a view/],
    ['SELECT id FROM mv', /materialised view/],
    ['SELECT id FROM remote', /foreign table/],
    ['SELECT * FROM orders_id', /is a index|an index|index/],
    ['SELECT a FROM walled', /row-level security/],
    ['SELECT a FROM virtual', /generated columns/],
    ['SELECT * FROM nowhere', /not found in the catalog/],
    ['SELECT * FROM public.nowhere', /"public\.nowhere" is not found/],
    ['SELECT * FROM other.public.users', /not found/],
    ['SELECT nothing FROM orders', /"nothing" is not found/],
    ['SELECT o.nothing FROM orders o', /not found/],
    ['SELECT orders.id FROM orders o', /not found/],
    ['SELECT id FROM orders, parts', /ambiguous/],
    ['SELECT x.id FROM orders x, parts x', /ambiguous/],
    ['SELECT * FROM orders, (SELECT orders.id) s', /not found/],
    ["SELECT * FROM XMLTABLE('/a' PASSING '<a/>' COLUMNS b text) x", /RangeTableFunc/],
    [
      "SELECT * FROM users u, JSON_TABLE(u.notes::jsonb, '$' COLUMNS (a int PATH '$.a')) j",
      /JSON_TABLE uses .*users\.notes/,
    ],
    [
      "SELECT * FROM users u, JSON_TABLE('{}', '$' PASSING u.email AS e COLUMNS (a int PATH '$.a')) j",
      /JSON_TABLE uses .*users\.email/,
    ],
    [
      "SELECT * FROM users u, JSON_TABLE('{}', '$' COLUMNS (a text PATH '$.a' DEFAULT u.email ON EMPTY)) j",
      /JSON_TABLE uses .*users\.email/,
    ],
    ["SELECT * FROM JSON_TABLE('{}', '$' COLUMNS (a address PATH '$.a')) j", /address/],
    [
      "SELECT * FROM JSON_TABLE('{}', '$' COLUMNS (a int, NESTED PATH '$.b' COLUMNS (c int PATH '$.c'))) j",
      /NESTED in JSON_TABLE/,
    ],
  ],
  'system relations and functions with values or code': [
    ["SELECT pg_read_file('/etc/passwd')", /pg_read_file/],
    ['SELECT lo_get(1)', /lo_get/],
    ["SELECT pg_notify('a', 'b')", /pg_notify/],
    ["SELECT table_to_xml('users', true, true, '')", /table_to_xml/],
    ["SELECT ts_rewrite('a'::tsquery, 'SELECT 1')", /ts_rewrite/],
    ["SELECT * FROM dblink('', 'select email from users') AS t(e text)", /dblink/],
    ['SELECT pg_terminate_backend(1)', /pg_terminate_backend/],
    ['SELECT current_query()', /current_query/],
    ["SELECT public.lower('a')", /public\.lower/],
    ["SELECT initcap('a')", /also called initcap/],
    ['SELECT f_t()', /f_t/],
    ['SELECT 1 <-> 2', /operator <-> is user-defined/],
    ['SELECT 1 OPERATOR(public.+) 2', /public\.\+/],
    ["SELECT 'a'::address", /type "address"/],
    ["SELECT 'a'::weird", /type "weird"/],
    ["SELECT 'a'::public.orders", /type "public\.orders"/],
    ["SELECT 'a'::unheard_of", /type "unheard_of"/],
  ],
  'writes that copy, compute or run something': [
    ['INSERT INTO orders(label) SELECT email FROM users', /copied into public\.orders\.label/],
    ['INSERT INTO orders SELECT id, id, email FROM users', /copied into/],
    ['INSERT INTO orders(label) VALUES ((SELECT email FROM users))', /Writing public\.orders\.label uses/],
    [
      'INSERT INTO orders(id) VALUES (1) ON CONFLICT (id) DO UPDATE SET label = (SELECT email FROM users)',
      /Writing public\.orders\.label uses/,
    ],
    [
      'INSERT INTO users(id) VALUES (1) ON CONFLICT (id) DO UPDATE SET notes = excluded.email',
      /written from an expression/,
    ],
    ['INSERT INTO users(id) VALUES (1) ON CONFLICT (id) DO UPDATE SET id = length(excluded.email)', email],
    ['UPDATE orders SET label = u.email FROM users u', /Writing public\.orders\.label uses/],
    ['UPDATE orders SET (label, id) = (SELECT email, id FROM users)', /UPDATE uses/],
    ['UPDATE orders SET (label, id) = ROW(u.email, 1) FROM users u', /UPDATE uses/],
    ['UPDATE users SET email = email', /written from an expression/],
    ["UPDATE users SET email = email || 'x'", /written from an expression/],
    ['UPDATE users SET id = length(email)', email],
    ['WITH d AS (DELETE FROM users RETURNING email) INSERT INTO orders(label) SELECT email FROM d', /copied into/],
    ["INSERT INTO watched VALUES ('a')", /runs triggers/],
    ["UPDATE calling SET a = 'x'", /runs functions/],
    ['DELETE FROM ruled', /runs rules/],
    ['INSERT INTO v_o VALUES (1)', /is a view/],
    ["INSERT INTO pg_class(relname) VALUES ('a')", /system relation/],
    [
      'MERGE INTO orders o USING users u ON o.id = u.id WHEN MATCHED THEN UPDATE SET label = u.email',
      /Writing public\.orders\.label uses/,
    ],
    ['UPDATE orders SET nothing = 1', /not found/],
    ['DELETE FROM orders WHERE CURRENT OF c', /CurrentOfExpr/],
  ],
  'statements beside queries': [
    ['SELECT email INTO copy FROM users', /SELECT INTO/],
    ['SELECT id INTO copy FROM orders', /SELECT INTO/],
    ['CREATE TABLE copy AS SELECT * FROM users', /CREATE TABLE AS/],
    ['CREATE TABLE copy AS EXECUTE q', /anything but a query/],
    ['CREATE TABLE copy (LIKE users)', /LIKE/],
    ['CREATE TABLE copy () INHERITS (users)', /INHERITS/],
    ['CREATE TABLE copy PARTITION OF users FOR VALUES IN (1)', /PARTITION OF/],
    ['CREATE TABLE copy OF pair', /ofTypename/],
    ['CREATE TABLE probe (e text REFERENCES users (email))', /foreign key of public\.users/i],
    ['CREATE TABLE probe (e text, FOREIGN KEY (e) REFERENCES users (email))', /foreign key/i],
    ['CREATE TABLE t (a int DEFAULT f_t())', /f_t/],
    ['CREATE TABLE t (a address)', /type "address"/],
    ['CREATE TABLE t (a users)', /type "users"/],
    ['CREATE TABLE t (a int, EXCLUDE USING gist (a WITH =))', /exclusions|CONSTR_EXCLUSION|access_method/],
    ['ALTER TABLE users ADD COLUMN x text', /ALTER TABLE of public\.users/],
    ['ALTER TABLE orders ALTER COLUMN label TYPE int USING length(label)', /ALTER TABLE/],
    ['ALTER TABLE orders INHERIT parent', /AT_AddInherit/],
    ['ALTER TABLE parent ADD COLUMN x text', /public\.parent/],
    ['ALTER TABLE users RENAME COLUMN email TO e', /RENAME of public\.users/],
    ['ALTER TABLE users RENAME TO persons', /RENAME/],
    ['ALTER SCHEMA public RENAME TO p', /RENAME/],
    ['ALTER TABLE orders OWNER TO app', /ALTER TABLE/],
    ['ALTER VIEW v_o RENAME TO v', /RENAME/],
    ['DROP TABLE users', /DROP of public\.users/],
    ['DROP TABLE orders, users', /DROP of public\.users/],
    ['DROP SCHEMA public CASCADE', /DROP of anything/],
    ['DROP FUNCTION f_t', /DROP of anything/],
    ['CREATE INDEX ON users (id)', /CREATE INDEX of public\.users/],
    ['CREATE INDEX ON orders (lower(label))', /expr/],
    ['CREATE INDEX ON orders (id) WHERE id > 1', /whereClause/],
    ['CREATE INDEX ON orders (label text_pattern_ops)', /opclass/],
    ['GRANT SELECT ON users TO PUBLIC', /GRANT of public\.users/],
    ['GRANT ALL ON ALL TABLES IN SCHEMA public TO PUBLIC', /GRANT/],
    ['GRANT app TO PUBLIC', /GRANT of a role/],
    ['EXPLAIN EXECUTE q', /ExecuteStmt/],
    ['EXPLAIN DECLARE c CURSOR FOR SELECT 1', /DeclareCursorStmt/],
    ['DECLARE c CURSOR FOR SELECT f_t(email) FROM users', /function f_t/],
    ['DECLARE c CURSOR FOR SELECT * FROM nowhere', /nowhere/],
    ['COPY v_users TO STDOUT', /COPY|view|not found/],
    ['COPY users (nothing) TO STDOUT', /not found/],
    ["COPY users TO STDOUT (ENCODING 'LATIN1')", /options of this COPY/],
    ["COPY users TO STDOUT (DELIMITER 'é')", /options of this COPY/],
    ['COPY users TO STDOUT (FORMAT xml)', /options of this COPY/],
    ['COPY users TO STDOUT (NEVER_HEARD 1)', /options of this COPY/],
    ["COPY users TO '/tmp/x'", /file or program/],
    ["COPY orders FROM '/tmp/x'", /file or program/],
    ["COPY orders FROM PROGRAM 'id'", /file or program/],
    ["COPY orders TO PROGRAM 'sh'", /file or program/],
    ['PREPARE q AS INSERT INTO orders (label) SELECT email FROM users', /copy|public\.users\.email/],
    ['PREPARE q(public.nothing) AS SELECT $1', /nothing/],
    ['PREPARE q AS SELECT f_t(1)', /function f_t/],
    ['EXECUTE q(f_t(1))', /function f_t/],
    ['EXECUTE q((SELECT 1))', /SubLink/],
    ['EXECUTE q($1)', /ParamRef/],
    ["EXECUTE q(set_config('search_path', 'other', false))", /value of EXECUTE calls set_config/],
    ["EXECUTE q(1, upper(pg_catalog.set_config('search_path', 'other', true)) || 'x')", /calls set_config/],
    ['EXECUTE q(ARRAY[setseed(0.5)::text])', /calls setseed/],
    ["EXECUTE q('x'::public.nothing)", /nothing/],
    ['CALL p()', /CALL/],
    ["DO 'BEGIN END'", /DO is refused/],
    ['SET ROLE postgres', /setting role/],
    ['SET SESSION AUTHORIZATION postgres', /setting session_authorization/],
    ['RESET ROLE', /setting role/],
    ["SET client_encoding = 'LATIN1'", /client_encoding/],
    ["SET NAMES 'LATIN1'", /client_encoding/],
    ['SET standard_conforming_strings = off', /standard_conforming_strings/],
    ['SET debug_print_rewritten = on', /debug_print_rewritten/],
    ['SET row_security = off', /row_security/],
    ['CREATE VIEW w AS SELECT 1', /CREATE VIEW/],
    ["CREATE FUNCTION g() RETURNS int LANGUAGE sql AS 'SELECT 1'", /CREATE FUNCTION/],
    ['CREATE RULE r AS ON INSERT TO orders DO ALSO NOTHING', /CREATE RULE/],
    ['CREATE TRIGGER t AFTER INSERT ON orders EXECUTE FUNCTION f_t()', /CREATE TRIGGER/],
    ['CREATE STATISTICS s ON id, label FROM orders', /CREATE STATISTICS/],
    ['CREATE OPERATOR = (LEFTARG = int, RIGHTARG = text, FUNCTION = f_t)', /CREATE of/],
    ['CREATE EXTENSION dblink', /CREATE EXTENSION/],
    ["SECURITY LABEL ON TABLE orders IS 'a'", /SecLabel/],
    ['REINDEX TABLE orders', /Reindex/],
    ['CLUSTER orders', /Cluster/],
    ['ALTER SYSTEM SET work_mem = 1', /AlterSystem/],
    ["LOAD 'x'", /Load/],
    ['VACUUM calling', /runs functions/],
    ['ANALYZE', /runs functions/],
    ['TRUNCATE watched', /runs triggers/],
  ],
};

describe.each(Object.entries(REFUSED))('%s', (_, cases) => {
  it.each(cases)('refuses %s', (sql, reason) => {
    const result = traceOne(sql, contextOf());
    expect([result.lineage, result.refusal?.reason]).toEqual(['refused', expect.stringMatching(reason)]);
    expect(result.outputs).toBeNull();
  });
});

describe('what the catalog decides', () => {
  it('refuses unqualified names while the search path is unknown, and still knows qualified ones', () => {
    const context = contextOf({}, null);
    expect(traceOne('SELECT id FROM orders', context).refusal?.reason).toMatch(/search path is not known/);
    expect(traceOne('SELECT id FROM public.orders', context).lineage).toBe('clean');
    expect(traceOne('SELECT email FROM public.users', context).lineage).toBe('touches');
  });

  it('refuses a name that means a protected table as soon as the table before it is dropped', () => {
    const shadow = relation(20030, 'app.users', [
      ['id', 23],
      ['email', 25],
    ]);
    const shadowed = (path: readonly string[]) => contextOf({ relations: [...CATALOG.relations, shadow] }, path);
    const context = shadowed(['pg_temp', 'pg_catalog', 'app', 'public']);
    for (const sql of [
      "SELECT email || '' FROM users",
      'SELECT id FROM orders, users',
      'COPY users TO STDOUT',
      "UPDATE users SET email = 'a' RETURNING email",
      'WITH x AS (TABLE users) SELECT 1 FROM x',
    ])
      expect(traceOne(sql, context).refusal?.reason).toMatch(/app\.users hides public\.users/);
    expect(traceOne("SELECT email || '' FROM app.users", context).lineage).toBe('clean');
    expect(traceOne("SELECT label || '' FROM orders", context).lineage).toBe('clean');
    expect(traceOne('SELECT email FROM users', shadowed(['pg_temp', 'pg_catalog', 'public', 'app'])).lineage).toBe(
      'touches',
    );
    expect(traceOne("SELECT email || '' FROM users", shadowed(['pg_temp', 'pg_catalog', 'app'])).lineage).toBe('clean');
  });

  it.each([
    ['JSON_SCALAR(1)', 'json_scalar'],
    ['JSON_ARRAY(1, 2)', 'json_array'],
    ['JSON_OBJECT()', 'json_object'],
    ['JSON_ARRAYAGG(1)', 'json_arrayagg'],
    ['merge_action()', 'merge_action'],
  ])('words of a newer server are calls of user-defined functions on an older one: %s', (call, name) => {
    const context = contextOf({ userFunctions: [{ schema: 'public', name }] });
    expect(traceOne(`SELECT ${call}`, context).refusal?.reason).toContain(`is also called ${name}`);
    expect(traceOne(`SELECT ${call}`, contextOf()).refusal).toBeNull();
  });

  it('refuses a shadowed built-in function unless pg_catalog is written', () => {
    const context = contextOf({ userFunctions: [{ schema: 'elsewhere', name: 'lower' }] });
    expect(traceOne("SELECT lower('A')", context).refusal?.reason).toMatch(/also called lower/);
    expect(traceOne("SELECT pg_catalog.lower('A')", context).lineage).toBe('clean');
    const inside = contextOf({ userFunctions: [{ schema: 'pg_catalog', name: 'lower' }] });
    expect(traceOne("SELECT pg_catalog.lower('A')", inside).lineage).toBe('refused');
  });

  it.each([
    'SELECT 1 = 1',
    'SELECT 1 WHERE 1 IN (1)',
    'SELECT CASE 1 WHEN 1 THEN 1 END',
    'SELECT NULLIF(1, 1)',
    'SELECT * FROM orders JOIN parts USING (id)',
    'SELECT 1 WHERE 1 IN (SELECT 2)',
    'SELECT id FROM users WHERE email = $1',
  ])('refuses %s once = is also user-defined', (sql) => {
    expect(traceOne(sql, contextOf()).lineage).not.toBe('refused');
    expect(traceOne(sql, contextOf({ userOperators: ['='] })).refusal?.reason).toMatch(/operator = is user-defined/);
  });

  it('refuses BETWEEN once one of its comparisons is also user-defined', () => {
    const context = contextOf({ userOperators: ['<='] });
    expect(traceOne('SELECT 1 BETWEEN 0 AND 2', context).lineage).toBe('refused');
  });

  it('refuses every expression once a user-defined cast joins built-in types', () => {
    const context = contextOf({ userCasts: [{ source: 23, target: 25 }] });
    expect(traceOne('SELECT 1', context).refusal?.reason).toMatch(/joins two built-in types/);
  });

  it('refuses changes of the schema beside event triggers', () => {
    const context = contextOf({ eventTriggers: ['watch'] });
    for (const sql of [
      'CREATE TABLE t (a int)',
      'DROP TABLE orders',
      'CREATE TABLE t AS SELECT 1',
      "COMMENT ON TABLE orders IS 'a'",
    ]) {
      expect(traceOne(sql, context).refusal?.reason).toMatch(/event triggers/);
    }
  });

  it('refuses a type name that a relation hides where pg_catalog comes later', () => {
    const sql = "SELECT '2000-01-01'::date";
    expect(traceOne(sql, contextOf()).lineage).toBe('clean');
    expect(traceOne(sql, contextOf({}, ['pg_temp', 'public', 'pg_catalog'])).refusal?.reason).toMatch(/type "date"/);
  });

  it('lets nothing of user-defined types with casts into expressions', () => {
    const mood = { oid: 22003, schema: 'public', name: 'mood', kind: 'e', baseOid: 0 };
    const context = contextOf({ userTypes: [mood], userCasts: [{ source: 22003, target: 25 }] });
    expect(traceOne('SELECT mood FROM moods', context).lineage).toBe('clean');
    for (const sql of [
      'SELECT upper(mood) FROM moods',
      'SELECT DISTINCT mood FROM moods',
      'SELECT mood FROM moods ORDER BY mood',
    ]) {
      expect(traceOne(sql, context).refusal?.reason).toMatch(/moods\.mood/);
    }
    expect(traceOne("INSERT INTO moods(mood) VALUES ('a')", context).lineage).toBe('refused');
  });

  it('refuses a call that may be a cast to a type of users', () => {
    const domain = (name: string, kind = 'd') => ({ oid: 22010, schema: 'public', name, kind, baseOid: 25 });
    for (const name of ['count', 'num_nulls', 'pg_typeof', 'length'])
      for (const sql of [`SELECT ${name}(email) FROM users`, `SELECT id FROM users WHERE ${name}(email) = $1`]) {
        const reason = (kind: string): string | undefined =>
          traceOne(sql, contextOf({ userTypes: [domain(name, kind)] })).refusal?.reason;
        expect(reason('d')).toMatch(/is also called/);
        expect(reason('e')).toMatch(/is also called/);
        // what rows are of is no cast
        expect(reason('c') ?? '').not.toMatch(/is also called/);
      }
    const { refusal } = traceOne(
      'SELECT pg_catalog.num_nulls(email) FROM users',
      contextOf({ userTypes: [domain('num_nulls')] }),
    );
    expect(refusal).toBeNull();
  });

  it('refuses a tree that is nested too deeply', () => {
    const deep = `SELECT ${'1 + '.repeat(3000)}1`;
    expect(traceOne(deep, contextOf()).refusal?.reason).toMatch(/nested too deeply/);
  });
});
