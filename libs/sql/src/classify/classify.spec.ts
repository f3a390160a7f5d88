import type { StatementDescription } from '../description.js';
import { describeText } from '../describe.js';
import { loadParser } from '../parse.js';
import { buildKnowledgeIndex } from '../resolve.js';
import { open, publicPath } from '../testing/sample-knowledge.js';

const index = buildKnowledgeIndex(open());

beforeAll(loadParser);

function one(text: string, against = index, path: readonly string[] | null = publicPath): StatementDescription {
  const { statements, error } = describeText(text, against, path);
  expect(error).toBeNull();
  expect(statements).toHaveLength(1);
  return statements[0]!;
}

describe('a read is proven', () => {
  it.each([
    'SELECT 1',
    'SELECT id, email FROM users WHERE id = $1',
    'TABLE users',
    'VALUES (1), (2)',
    'SELECT * FROM users u JOIN orders o ON o.user_id = u.id LEFT JOIN payments p USING (id)',
    'SELECT count(*), max(total), string_agg(id::text, $$,$$ ORDER BY id) FILTER (WHERE id > 1) FROM orders GROUP BY ROLLUP (user_id)',
    'WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 10) SELECT sum(n) FROM t',
    'SELECT row_number() OVER (PARTITION BY user_id ORDER BY id ROWS UNBOUNDED PRECEDING) FROM orders',
    "SELECT date_trunc('month', now()), extract(year FROM current_date), now() AT TIME ZONE 'UTC', interval '1 day'",
    "SELECT lower(name) LIKE 'a%' ESCAPE '!', substring(name FROM 1 FOR 2), trim(name), position('a' IN name) FROM users",
    'SELECT CASE id WHEN 1 THEN NULL ELSE coalesce(id, 2) END, greatest(1, 2), nullif(id, 3) FROM users',
    'SELECT (ARRAY[1, 2])[1], ROW(1, 2), (ARRAY(SELECT id FROM users))[1:2], id = ANY($1::int8[]), id IN (1, 2) FROM users',
    'SELECT EXISTS (SELECT 1 FROM orders o WHERE o.user_id = u.id), (SELECT max(id) FROM orders) FROM users u',
    "SELECT * FROM json_to_record('{}') AS x(a int, b text), generate_series(1, 3) WITH ORDINALITY, unnest(ARRAY[1])",
    "SELECT JSON_OBJECT('a': 1), JSON_VALUE('{}', '$.a'), * FROM JSON_TABLE('[]', '$[*]' COLUMNS (id int PATH '$.id')) AS j",
    'SELECT xmlelement(name a, 1)',
    'SELECT * FROM orders TABLESAMPLE system (10) REPEATABLE (1)',
    "SELECT status FROM orders WHERE status = 'open'::order_status",
    'SELECT amount FROM prices',
    'SELECT * FROM payments',
    'SELECT * FROM totals',
    'SELECT last_value FROM users_id_seq',
    'SELECT * FROM audited',
    'SELECT relname FROM pg_class WHERE pg_table_is_visible(oid)',
    "SELECT setting FROM pg_settings WHERE name = 'TimeZone'",
    "SELECT information_schema._pg_expandarray('1 2'::int2vector)",
    'SELECT pg_catalog.upper(name) FROM users',
    'SELECT 1 OPERATOR(pg_catalog.+) 2',
    'SELECT random(), gen_random_uuid(), clock_timestamp(), pg_sleep(0), version(), pg_backend_pid()',
    'SELECT DISTINCT ON (id) id FROM users ORDER BY id USING < LIMIT 5 OFFSET 1',
    'SELECT id FROM users UNION SELECT id FROM orders EXCEPT SELECT 1 INTERSECT SELECT 2',
    'SELECT * FROM scratch',
    'SELECT * FROM pg_temp.scratch',
    'EXPLAIN SELECT * FROM users',
    'EXPLAIN DELETE FROM users',
    'EXPLAIN (ANALYZE false, COSTS off) UPDATE users SET name = $$x$$',
    'EXPLAIN ANALYZE SELECT * FROM users',
    'EXPLAIN (ANALYZE, BUFFERS) SELECT 1',
    'DECLARE c CURSOR FOR SELECT * FROM users',
    'DECLARE c SCROLL CURSOR WITH HOLD FOR SELECT * FROM users',
    'FETCH 10 FROM c',
    'MOVE ALL IN c',
  ])('%s', (text) => {
    expect(one(text)).toMatchObject({ effect: 'read', harmless: true, changes: { searchPath: false, catalog: false } });
  });
});

describe('a table with a composite type', () => {
  const withFields = (...typeOids: number[]): typeof index => {
    const attributes = typeOids.map((typeOid, i) => ({ name: `f${i}`, typeOid, typmod: -1 }));
    const userTypes = open().catalog.userTypes.map((type) =>
      type.name === 'geometry' ? { ...type, kind: 'c', attributes } : type,
    );
    return buildKnowledgeIndex(open({ userTypes }));
  };

  it('is read, and moves no names, where its fields are shown by the server alone', () => {
    const changes = { searchPath: false, catalog: false };
    expect(one('SELECT * FROM places', withFields(20, 25, 16601))).toMatchObject({ effect: 'read', changes });
  });

  it.each([
    ['a domain', 16604],
    ['an enumeration with a cast of its own', 16603],
    ['a composite type', 16602],
    ['a type nobody knows', 16999],
  ])('may run anything where a field is %s', (_, typeOid) => {
    expect(one('SELECT * FROM places', withFields(20, typeOid))).toMatchObject({ effect: 'write', harmless: false });
  });
});

describe('what is not proven is a write, and may move names', () => {
  it.each([
    ['a user function', 'SELECT notify_all()'],
    ['a user function by its schema', 'SELECT public.notify_all(id) FROM users'],
    ['a built-in shadowed by a user function', 'SELECT upper(name) FROM users'],
    ['a function on no list', "SELECT query_to_xml('DELETE FROM users', true, false, '')"],
    ['table_to_xml, declared stable', "SELECT table_to_xml('users', true, false, '')"],
    ['dblink', "SELECT * FROM dblink('dbname=x', 'DELETE FROM users') AS t(a int)"],
    ['a function that reads files', "SELECT pg_read_file('/etc/passwd')"],
    ['a function of any other schema', 'SELECT whatever.count(1)'],
    ['a function of the session schema', 'SELECT pg_temp.f()'],
    ['a type input function', "SELECT pg_input_is_valid('1', 'amount')"],
    ['a functional attribute', 'SELECT u.full_name FROM users u'],
    ['a functional attribute of a row', 'SELECT (u).full_name FROM users u'],
    ['a user operator', 'SELECT 1 <=> 2'],
    ['a user operator in ORDER BY', 'SELECT 1 ORDER BY 1 USING <=>'],
    ['a user operator in ANY', 'SELECT 1 <=> ANY (SELECT 2)'],
    ['an operator of another schema', 'SELECT 1 OPERATOR(public.+) 2'],
    ['a cast to a domain', 'SELECT $1::amount'],
    ['a cast to a type of an extension', "SELECT 'POINT(0 0)'::geometry"],
    ['a cast to a row type', "SELECT '(1,a,b)'::users"],
    ['a cast to an enumeration with a user cast', "SELECT 'sad'::mood"],
    ['a column definition of a domain', "SELECT * FROM json_to_record('{}') AS x(a amount)"],
    ['a column whose type has a user cast', 'SELECT * FROM moods'],
    ['a column of an extension type', 'SELECT id FROM places'],
    ['a user view', 'SELECT * FROM active_users'],
    ['a foreign table', 'SELECT * FROM far'],
    ['a foreign partition', 'SELECT * FROM events'],
    ['row security', 'SELECT * FROM tenants'],
    ['user functions in a table', 'SELECT * FROM computed'],
    ['a relation that is not known', 'SELECT * FROM nowhere'],
    ['EXPLAIN of a user function, which planning may run', 'EXPLAIN SELECT notify_all()'],
    ['a cursor over a user function', 'DECLARE c CURSOR FOR SELECT notify_all()'],
    ['a table sample method of a user', 'SELECT * FROM users TABLESAMPLE notify_all (1)'],
  ])('%s', (_, text) => {
    expect(one(text)).toMatchObject({ effect: 'write', harmless: false, changes: { searchPath: true, catalog: true } });
  });

  it('a name without a known search path', () => {
    expect(one('SELECT * FROM users', index, null)).toMatchObject({ effect: 'write', harmless: false });
  });

  it.each([
    ['an operator', { userOperators: ['='] }, 'SELECT * FROM users u JOIN orders o USING (id)'],
    ['an operator', { userOperators: ['='] }, 'SELECT 1 IN (SELECT 2)'],
    ['an operator', { userOperators: ['='] }, 'SELECT CASE 1 WHEN 2 THEN 3 END'],
    ['an operator', { userOperators: ['>='] }, 'SELECT 1 BETWEEN 2 AND 3'],
    ['an operator', { userOperators: ['~~'] }, "SELECT 'a' LIKE 'b'"],
    ['a cast between built-in types', { userCasts: [{ source: 25, target: 20 }] }, 'SELECT * FROM users'],
    [
      'a type named like a built-in',
      { userTypes: [{ oid: 16700, schema: 'x', name: 'date', kind: 'd', baseOid: 25 }] },
      "SELECT date '2026-01-01'",
    ],
  ])('a user made %s: %j %s', (_, catalog, text) => {
    expect(one(text, buildKnowledgeIndex(open(catalog)))).toMatchObject({ effect: 'write', harmless: false });
  });
});

type Expected = Partial<StatementDescription>;
const unmoved = { searchPath: false, catalog: false };

describe('writes', () => {
  it.each<[string, Expected]>([
    [
      'INSERT INTO users (id) VALUES (1)',
      { verb: 'INSERT', kinds: ['insert', 'select'], effect: 'write', returnsRows: false, changes: unmoved },
    ],
    ['INSERT INTO users DEFAULT VALUES RETURNING id', { kinds: ['insert'], effect: 'write', returnsRows: true }],
    ['UPDATE users SET name = $1 WHERE id = 1 RETURNING *', { verb: 'UPDATE', kinds: ['update'], returnsRows: true }],
    ['DELETE FROM orders USING users WHERE user_id = users.id', { verb: 'DELETE', kinds: ['delete'] }],
    ['MERGE INTO users u USING orders o ON u.id = o.id WHEN MATCHED THEN DELETE', { verb: 'MERGE', kinds: ['merge'] }],
    [
      'WITH d AS (DELETE FROM users RETURNING *) SELECT * FROM d',
      { verb: 'SELECT', kinds: ['select', 'delete'], returnsRows: true },
    ],
    [
      'SELECT * FROM users WHERE id IN (WITH u AS (UPDATE users SET id = 1 RETURNING id) SELECT id FROM u)',
      { kinds: ['select', 'update'] },
    ],
    ['SELECT * FROM users FOR UPDATE', { verb: 'SELECT', kinds: ['select'], changes: unmoved }],
    ['SELECT * FROM users FOR KEY SHARE SKIP LOCKED', { changes: unmoved }],
    ["SELECT nextval('users_id_seq')", { changes: unmoved }],
    ["SELECT setval('users_id_seq', 1)", { changes: unmoved }],
    ["SELECT pg_notify('a', 'b')", { changes: unmoved }],
    ['SELECT pg_terminate_backend(1)', { changes: unmoved }],
    ['INSERT INTO audited VALUES (1)', { changes: { searchPath: true, catalog: true } }],
    ['INSERT INTO computed VALUES (1)', { changes: { searchPath: true, catalog: true } }],
    ['INSERT INTO active_users VALUES (1)', { changes: { searchPath: true, catalog: true } }],
    ['EXPLAIN ANALYZE DELETE FROM users', { verb: 'EXPLAIN', kinds: ['explain', 'delete'], returnsRows: true }],
    ['EXPLAIN (VERBOSE, ANALYZE on) DELETE FROM users', { kinds: ['explain', 'delete'] }],
    ["EXPLAIN (ANALYZE 'true') DELETE FROM users", { kinds: ['explain', 'delete'] }],
    ['EXPLAIN (ANALYZE 1) DELETE FROM users', { kinds: ['explain', 'delete'] }],
    ['EXPLAIN (ANALYZE, ANALYZE false) DELETE FROM users', { kinds: ['explain', 'delete'] }],
    [
      'DECLARE c CURSOR FOR SELECT * FROM users FOR UPDATE',
      { verb: 'DECLARE CURSOR', kinds: ['declare', 'select'], cursor: { does: 'declare', name: 'c' } },
    ],
    ['LOCK TABLE users', { verb: 'LOCK TABLE', kinds: ['lock'], changes: unmoved }],
    ['NOTIFY a, $$b$$', { verb: 'NOTIFY', unsupported: null, changes: unmoved }],
    ['COPY users FROM STDIN', { verb: 'COPY', kinds: ['copy'], unsupported: null }],
    ['COPY (DELETE FROM users RETURNING id) TO STDOUT', { kinds: ['copy', 'delete'], unsupported: null }],
    ["COPY (DELETE FROM users RETURNING id) TO STDOUT (ENCODING 'latin1')", { unsupported: 'copy-encoding' }],
  ])('%s', (text, expected) => {
    expect(one(text)).toMatchObject({ effect: 'write', harmless: false, ...expected });
  });

  it('updates and deletes may cascade to triggers, where any table has one', () => {
    expect(one('DELETE FROM orders').changes).toEqual({ searchPath: true, catalog: true });
    const quiet = buildKnowledgeIndex(
      open({ relations: open().catalog.relations.filter((r) => r.active.length === 0) }),
    );
    expect(one('DELETE FROM orders', quiet).changes).toEqual(unmoved);
  });
});

describe('schema and administration', () => {
  it.each<[string, string, readonly string[]]>([
    ['DROP TABLE users', 'DROP TABLE', ['drop']],
    ['DROP TABLE scratch, users', 'DROP TABLE', ['drop']],
    ['DROP TABLE scratch CASCADE', 'DROP TABLE', ['drop']],
    ['DROP MATERIALIZED VIEW totals', 'DROP MATERIALIZED VIEW', ['drop']],
    ['DROP FUNCTION f(int)', 'DROP FUNCTION', ['drop']],
    ['TRUNCATE users, orders CASCADE', 'TRUNCATE TABLE', ['truncate']],
    ['CREATE TABLE t (a int)', 'CREATE TABLE', ['create']],
    ['CREATE TABLE t AS SELECT * FROM users', 'CREATE TABLE', ['create', 'select']],
    ['CREATE MATERIALIZED VIEW m AS SELECT 1', 'CREATE MATERIALIZED VIEW', ['create', 'select']],
    ['SELECT * INTO t FROM users', 'SELECT INTO', ['select']],
    ['EXPLAIN ANALYZE CREATE TABLE t AS SELECT 1', 'EXPLAIN', ['explain', 'create', 'select']],
    ['CREATE UNLOGGED TABLE t (a int)', 'CREATE TABLE', ['create']],
    ['CREATE TEMP TABLE t () INHERITS (users)', 'CREATE TABLE', ['create']],
    ['CREATE INDEX CONCURRENTLY i ON users (id)', 'CREATE INDEX', ['create']],
    ['CREATE VIEW v AS SELECT 1', 'CREATE VIEW', ['create', 'select']],
    ['CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$', 'CREATE FUNCTION', ['create']],
    ['CREATE PROCEDURE p() LANGUAGE sql AS $$ SELECT 1 $$', 'CREATE PROCEDURE', ['create']],
    ['CREATE TRIGGER t AFTER INSERT ON users EXECUTE FUNCTION f()', 'CREATE TRIGGER', ['create']],
    ['CREATE RULE r AS ON INSERT TO users DO ALSO DELETE FROM orders', 'CREATE RULE', ['create']],
    ['CREATE TYPE m AS ENUM ($$a$$)', 'CREATE TYPE', ['create']],
    ['CREATE TYPE c AS (a int)', 'CREATE TYPE', ['create']],
    ['CREATE OPERATOR === (FUNCTION = f, LEFTARG = int)', 'CREATE OPERATOR', ['create']],
    ['CREATE AGGREGATE a (int) (SFUNC = f, STYPE = int)', 'CREATE AGGREGATE', ['create']],
    ['CREATE CAST (int AS text) WITH FUNCTION f(int)', 'CREATE CAST', ['create']],
    ['CREATE EXTENSION dblink', 'CREATE EXTENSION', ['create']],
    ['CREATE SCHEMA s', 'CREATE SCHEMA', ['create']],
    ['CREATE SEQUENCE s', 'CREATE SEQUENCE', ['create']],
    ['CREATE POLICY p ON users', 'CREATE POLICY', ['create']],
    ['CREATE STATISTICS s ON id, name FROM users', 'CREATE STATISTICS', ['create']],
    ['CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION f()', 'CREATE EVENT TRIGGER', ['create']],
    ['ALTER TABLE users ADD COLUMN a int', 'ALTER TABLE', ['alter']],
    ['ALTER TABLE users DROP COLUMN email', 'ALTER TABLE', ['alter']],
    ['ALTER TABLE users RENAME COLUMN email TO mail', 'ALTER TABLE', ['alter']],
    ['ALTER TABLE users RENAME TO people', 'ALTER TABLE', ['alter']],
    ['ALTER VIEW v SET SCHEMA s', 'ALTER VIEW', ['alter']],
    ['ALTER TYPE m ADD VALUE $$b$$', 'ALTER TYPE', ['alter']],
    ['ALTER SEQUENCE s RESTART', 'ALTER SEQUENCE', ['alter']],
    ['ALTER FUNCTION f() OWNER TO x', 'ALTER FUNCTION', ['alter']],
    ['COMMENT ON TABLE users IS $$x$$', 'COMMENT', ['comment']],
    ['REFRESH MATERIALIZED VIEW totals', 'REFRESH MATERIALIZED VIEW', ['refresh']],
    ['IMPORT FOREIGN SCHEMA s FROM SERVER x INTO public', 'IMPORT FOREIGN SCHEMA', ['import']],
  ])('schema: %s', (text, verb, kinds) => {
    const found = one(text);
    expect(found).toMatchObject({ verb, effect: 'schema', harmless: false, kinds: [...kinds] });
    expect(found.changes.catalog).toBe(verb !== 'COMMENT');
  });

  it.each<[string, string]>([
    ['GRANT SELECT ON users TO bob', 'GRANT'],
    ['REVOKE ALL ON users FROM bob', 'REVOKE'],
    ['GRANT admin TO bob', 'GRANT ROLE'],
    ['ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO bob', 'ALTER DEFAULT PRIVILEGES'],
    ['VACUUM FULL users', 'VACUUM'],
    ['ANALYZE users', 'ANALYZE'],
    ['CREATE ROLE bob', 'CREATE ROLE'],
    ['ALTER USER bob SUPERUSER', 'ALTER ROLE'],
    ['DROP ROLE bob', 'DROP ROLE'],
    ['ALTER ROLE bob SET search_path = x', 'ALTER ROLE'],
    ['ALTER DATABASE shop SET work_mem = 1', 'ALTER DATABASE'],
    ['CREATE DATABASE x', 'CREATE DATABASE'],
    ['DROP DATABASE x WITH (FORCE)', 'DROP DATABASE'],
    ['ALTER SYSTEM SET fsync = off', 'ALTER SYSTEM'],
    ['REINDEX TABLE users', 'REINDEX'],
    ['CLUSTER users', 'CLUSTER'],
    ['CHECKPOINT', 'CHECKPOINT'],
    ['REASSIGN OWNED BY a TO b', 'REASSIGN OWNED'],
    ['DROP OWNED BY a', 'DROP OWNED'],
    ['SECURITY LABEL ON TABLE users IS $$x$$', 'SECURITY LABEL'],
    ['CREATE SUBSCRIPTION s CONNECTION $$x$$ PUBLICATION p', 'CREATE SUBSCRIPTION'],
    ['COPY users TO PROGRAM $$sh$$', 'COPY'],
    ['COPY users TO $$/tmp/x$$', 'COPY'],
    ['LOAD $$x$$', 'LOAD'],
  ])('admin: %s', (text, verb) => {
    expect(one(text)).toMatchObject({ verb, effect: 'admin', harmless: false });
  });

  it.each<[string, string]>([
    ['DO $$ BEGIN END $$', 'DO'],
    ['CALL p(1)', 'CALL'],
    ['EXECUTE p(1)', 'EXECUTE'],
    ['EXPLAIN EXECUTE p', 'EXPLAIN'],
    ['EXPLAIN ANALYZE EXECUTE p', 'EXPLAIN'],
    ["UPDATE pg_settings SET setting = 'x' WHERE name = 'role'", 'UPDATE'],
    ['DELETE FROM pg_catalog.pg_class', 'DELETE'],
    ['SELECT set_config($1, $2, false)', 'SELECT'],
    ["SELECT set_config('ro' || 'le', 'x', false)", 'SELECT'],
    ["SELECT set_config(name, 'x', false) FROM pg_settings WHERE name <> 'work_mem'", 'SELECT'],
    ["SELECT set_config(name, 'x', false) FROM pg_settings WHERE name = 'work_mem' OR true", 'SELECT'],
    ["SELECT set_config(name, 'x', false) FROM pg_settings WHERE name = $1", 'SELECT'],
    ["SELECT set_config(setting, 'x', false) FROM pg_settings WHERE name = 'work_mem'", 'SELECT'],
    ["SELECT set_config(lower(name), 'x', false) FROM pg_settings WHERE name = 'work_mem'", 'SELECT'],
    ["SELECT set_config(name, 'x', false) FROM pg_settings, users WHERE name = 'work_mem'", 'SELECT'],
    ["SELECT set_config(name, 'x', false) FROM pg_settings AS p (a, name) WHERE name = 'work_mem'", 'SELECT'],
    ["SELECT (SELECT set_config(name, 'x', false) FROM users) FROM pg_settings WHERE name = 'work_mem'", 'SELECT'],
    [
      "WITH pg_settings AS (TABLE users) SELECT set_config(name, 'x', false) FROM pg_settings WHERE name = 'x'",
      'SELECT',
    ],
    ["SELECT set_config(name, 'x', false) FROM public.users WHERE name = 'work_mem'", 'SELECT'],
    ["DECLARE c CURSOR FOR SELECT set_config('search_path', 'x', false)", 'DECLARE CURSOR'],
    ["PREPARE TRANSACTION 'x'", 'PREPARE TRANSACTION'],
    ["COMMIT PREPARED 'x'", 'COMMIT PREPARED'],
  ])('unknown: %s', (text, verb) => {
    expect(one(text)).toMatchObject({ verb, effect: 'unknown', harmless: false });
  });
});

describe('session', () => {
  it.each<[string, Expected]>([
    ['BEGIN', { verb: 'BEGIN', transaction: 'begin' }],
    ['START TRANSACTION READ ONLY', { verb: 'START TRANSACTION', transaction: 'begin' }],
    ['END', { verb: 'COMMIT', kinds: ['commit'], transaction: 'commit' }],
    ['ABORT', { verb: 'ROLLBACK', transaction: 'rollback' }],
    ['SAVEPOINT a', { transaction: 'savepoint' }],
    ['RELEASE a', { transaction: 'release' }],
    ['ROLLBACK TO a', { verb: 'ROLLBACK', transaction: 'rollback-to' }],
    ['SHOW ALL', { verb: 'SHOW', returnsRows: true }],
    ['SET work_mem = 1', { verb: 'SET', settings: [{ name: 'work_mem', value: '1', local: false }], changes: unmoved }],
    [
      'SET LOCAL Search_Path = a, "B c", "$user"',
      {
        settings: [{ name: 'search_path', value: 'a, "B c", "$user"', local: true }],
        changes: { searchPath: true, catalog: false },
      },
    ],
    [
      "SET SCHEMA 'x'",
      { settings: [{ name: 'search_path', value: 'x', local: false }], changes: { searchPath: true, catalog: false } },
    ],
    ['SET search_path TO DEFAULT', { settings: [{ name: 'search_path', value: null, local: false }] }],
    ["SET NAMES 'LATIN1'", { settings: [{ name: 'client_encoding', value: 'LATIN1', local: false }] }],
    [
      'SET "STANDARD_conforming_strings" = off',
      { settings: [{ name: 'standard_conforming_strings', value: 'off', local: false }] },
    ],
    [
      'SET ROLE bob',
      { settings: [{ name: 'role', value: 'bob', local: false }], changes: { searchPath: true, catalog: false } },
    ],
    ['SET SESSION AUTHORIZATION bob', { settings: [{ name: 'session_authorization', value: 'bob', local: false }] }],
    [
      'RESET SESSION AUTHORIZATION',
      { verb: 'RESET', settings: [{ name: 'session_authorization', value: null, local: false }] },
    ],
    ["SET TIME ZONE 'UTC'", { settings: [{ name: 'timezone', value: 'UTC', local: false }] }],
    ["SET TIME ZONE INTERVAL '1' HOUR TO MINUTE", { settings: [{ name: 'timezone', value: '?', local: false }] }],
    [
      'SET TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ ONLY',
      {
        settings: [
          { name: 'transaction_isolation', value: 'serializable', local: true },
          { name: 'transaction_read_only', value: 'on', local: true },
        ],
      },
    ],
    [
      'SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE',
      { settings: [{ name: 'default_transaction_read_only', value: 'off', local: false }] },
    ],
    ["SET TRANSACTION SNAPSHOT 'x'", { settings: [{ name: 'transaction_snapshot', value: 'x', local: true }] }],
    [
      'RESET ALL',
      {
        verb: 'RESET',
        settings: [{ name: '*', value: null, local: false }],
        changes: { searchPath: true, catalog: false },
      },
    ],
    [
      'DISCARD ALL',
      {
        verb: 'DISCARD ALL',
        settings: [{ name: '*', value: null, local: false }],
        changes: { searchPath: true, catalog: true },
        prepared: { does: 'deallocate', name: '*' },
      },
    ],
    ['DISCARD TEMP', { changes: { searchPath: false, catalog: true } }],
    ['LISTEN a', { unsupported: null }],
    ['UNLISTEN *', { unsupported: null }],
    ['DEALLOCATE "P x"', { prepared: { does: 'deallocate', name: 'P x' } }],
    ['DEALLOCATE ALL', { prepared: { does: 'deallocate', name: '*' } }],
    ['CLOSE C', { cursor: { does: 'close', name: 'c' } }],
    ['CLOSE ALL', { cursor: { does: 'close', name: '*' } }],
    ['PREPARE P AS DELETE FROM users', { kinds: ['prepare', 'delete'], prepared: { does: 'prepare', name: 'p' } }],
    ["PREPARE p AS SELECT set_config('role', 'x', false)", { settings: [{ name: 'role', value: 'x', local: false }] }],
  ])('harmless: %s', (text, expected) => {
    expect(one(text)).toMatchObject({ effect: 'session', harmless: true, ...expected });
  });

  it.each<[string, Expected]>([
    ['SET CONSTRAINTS ALL IMMEDIATE', { verb: 'SET CONSTRAINTS', kinds: ['set'] }],
    ['SELECT pg_advisory_lock(1)', { verb: 'SELECT' }],
    [
      "SELECT set_config('Search_Path', 'x', true)",
      { settings: [{ name: 'search_path', value: 'x', local: true }], changes: { searchPath: true, catalog: false } },
    ],
    [
      "SELECT set_config(name, 'x', false) FROM pg_settings WHERE name = 'work_mem'",
      { settings: [{ name: 'work_mem', value: 'x', local: false }] },
    ],
    [
      "SELECT set_config(pg_settings.name, 'x', false) FROM pg_catalog.pg_settings WHERE name = 'Role'",
      { settings: [{ name: 'role', value: 'x', local: false }] },
    ],
    [
      "SELECT set_config('client_encoding', $1, false)",
      { settings: [{ name: 'client_encoding', value: '?', local: false }] },
    ],
    [
      'CREATE TEMP TABLE t (a int)',
      { verb: 'CREATE TABLE', kinds: ['create'], changes: { searchPath: false, catalog: true } },
    ],
    ['CREATE TABLE pg_temp.t (a int)', { changes: { searchPath: false, catalog: true } }],
    ['CREATE TEMP TABLE t AS SELECT * FROM users', { kinds: ['create', 'select'] }],
    [
      'SELECT * INTO TEMP t FROM users',
      { verb: 'SELECT INTO', returnsRows: false, changes: { searchPath: false, catalog: true } },
    ],
    ['CREATE TEMP VIEW v AS SELECT 1', { verb: 'CREATE VIEW' }],
    ['CREATE INDEX i ON scratch (id)', { verb: 'CREATE INDEX' }],
    ['DROP TABLE scratch', { verb: 'DROP TABLE', kinds: ['drop'] }],
    ['DROP TABLE pg_temp.scratch', {}],
    ['INSERT INTO scratch SELECT id, name FROM users', { kinds: ['insert', 'select'] }],
  ])('not harmless: %s', (text, expected) => {
    expect(one(text)).toMatchObject({ effect: 'session', harmless: false, ...expected });
  });

  it('a temporary table is DDL where event triggers may run on it', () => {
    const watched = buildKnowledgeIndex(open({ eventTriggers: ['log_ddl'] }));
    expect(one('CREATE TEMP TABLE t (a int)', watched)).toMatchObject({
      effect: 'schema',
      changes: { searchPath: true, catalog: true },
    });
  });
});
