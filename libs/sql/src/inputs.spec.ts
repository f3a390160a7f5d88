import { describeText } from './describe.js';
import type { StatementDescription } from './description.js';
import { loadParser } from './parse.js';
import { buildKnowledgeIndex } from './resolve.js';
import { guarded, open, publicPath } from './testing/sample-knowledge.js';

const plain = buildKnowledgeIndex(open());
const strict = buildKnowledgeIndex(guarded());
/** no piece of the examples says this but the values that must not be seen */
const canary = /canary|31337/i;

beforeAll(loadParser);

function described(text: string, index = strict): readonly StatementDescription[] {
  const { statements, error } = describeText(text, index, publicPath);
  expect(error).toBeNull();
  return statements;
}

const only = (text: string, index = strict): StatementDescription => described(text, index)[0]!;

describe('on a target with protected columns no value that may be meant for one is described', () => {
  it.each([
    "INSERT INTO users VALUES (1, 'canary@x.org', 'Al')",
    "INSERT INTO users (name, email) VALUES ('Al', 'canary@x.org'), (DEFAULT, 'canary@y.org'), ('Bo', $$canary$$)",
    "INSERT INTO users (email) VALUES ('canary'::text), (CAST('canary' AS varchar)), (U&'can!0061ry' UESCAPE '!')",
    "INSERT INTO users (email) SELECT 'canary@x.org'",
    "INSERT INTO users (email) SELECT v FROM (VALUES ('canary')) AS t(v)",
    "WITH w AS (SELECT 'canary' AS v) INSERT INTO users (email) SELECT v FROM w",
    "INSERT INTO users (id, email) VALUES (1, 'canary') ON CONFLICT (id) DO UPDATE SET email = 'canary@y.org'",
    "INSERT INTO users (id, email) VALUES (1, 'canary') ON CONFLICT (id) DO UPDATE SET name = 'x' WHERE users.email = 'canary'",
    "INSERT INTO users (id, email) VALUES (1, lower('CANARY')) RETURNING email",
    "UPDATE users SET email = 'canary'",
    "UPDATE users SET email = 'canary' WHERE id = 1 AND name = 'Al'",
    "UPDATE users SET (email, name) = ('canary', 'Al')",
    "UPDATE users SET (email, name) = ROW('canary', 'Al')",
    "UPDATE users SET (email, name) = (SELECT 'canary', 'Al')",
    "UPDATE users SET email = 'can' || 'ary', name = 'Al'",
    "UPDATE users SET email = CASE WHEN id = 1 THEN 'canary' ELSE email END",
    "UPDATE users u SET email = v.e FROM (VALUES (1, 'canary')) AS v(id, e) WHERE v.id = u.id",
    "MERGE INTO users u USING (VALUES (1, 'canary')) AS v(id, e) ON u.id = v.id WHEN MATCHED THEN UPDATE SET email = v.e WHEN NOT MATCHED THEN INSERT (id, email) VALUES (v.id, 'canary')",
    "SELECT id FROM users WHERE email = 'canary'",
    "SELECT id FROM users WHERE 'canary' = email",
    "SELECT id FROM users WHERE email IN ('canary', 'canary@y.org')",
    "SELECT id FROM users WHERE email NOT IN ('canary')",
    "SELECT id FROM users WHERE email = ANY (ARRAY['canary', 'canary@y.org'])",
    "SELECT id FROM users WHERE email = ANY ('{canary,x}'::text[])",
    "SELECT id FROM users WHERE email BETWEEN 'canary' AND 'canary~'",
    "SELECT id FROM users WHERE email LIKE 'canary%' OR email ILIKE '%canary' OR email SIMILAR TO 'canary' OR email ~ '^canary'",
    "SELECT id FROM users WHERE email::varchar = 'canary'::varchar",
    "SELECT id FROM users WHERE lower(email) = lower('CANARY')",
    "SELECT id FROM users WHERE md5(email) = md5('canary')",
    "SELECT id FROM users WHERE (email, id) = ('canary', 1)",
    "SELECT id FROM users WHERE (id, email) IN (SELECT 1, 'canary')",
    "SELECT id FROM users WHERE position('canary' in email) > 0",
    "SELECT id FROM users WHERE email IS NOT DISTINCT FROM 'canary'",
    "SELECT id FROM users WHERE NOT (email <> 'canary')",
    "SELECT CASE WHEN email = 'canary' THEN 1 END FROM users",
    "SELECT CASE email WHEN 'canary' THEN 1 END FROM users",
    "SELECT NULLIF(email, 'canary'), COALESCE(email, 'canary') FROM users",
    "SELECT count(*) FILTER (WHERE email = 'canary') FROM users",
    "SELECT name FROM users GROUP BY name HAVING max(email) = 'canary'",
    "SELECT o.id FROM orders o JOIN users u ON u.email = 'canary' AND u.id = o.user_id",
    "SELECT id FROM users JOIN (VALUES ('canary')) AS v(email) USING (email)",
    "SELECT id FROM users NATURAL JOIN (VALUES ('canary')) AS v(email)",
    "SELECT id FROM users WHERE EXISTS (SELECT 1 FROM (SELECT 'canary' AS e) x WHERE x.e = users.email)",
    "SELECT email FROM users UNION SELECT 'canary'",
    "SELECT id FROM users WHERE email > 'canary' ORDER BY email LIMIT 7",
    "DELETE FROM users WHERE email = 'canary' RETURNING id",
    "DELETE FROM users USING (VALUES ('canary')) AS v(e) WHERE v.e = email",
    "SELECT id FROM users WHERE email = E'can\\x61ry' OR email = 'canary'",
    'SELECT id FROM users WHERE email = "canary@x.org"',
    'SELECT id FROM users WHERE email = U&"canary@x.org"',
    "SELECT id FROM nowhere /* canary@x.org */ WHERE email = 'x' -- canary",
    "PREPARE p AS SELECT id FROM users WHERE email = 'canary'",
    "EXECUTE p('canary', 31337)",
    "EXPLAIN SELECT id FROM users WHERE email = 'canary'",
    "DECLARE c CURSOR FOR SELECT id FROM users WHERE email = 'canary'",
    "CREATE TABLE t AS SELECT id FROM users WHERE email = 'canary'",
    "CREATE VIEW v AS SELECT id FROM users WHERE email = 'canary'",
    "CREATE INDEX ON users (id) WHERE email = 'canary'",
    "ALTER TABLE users ALTER COLUMN email SET DEFAULT 'canary'",
    "ALTER TABLE users ADD CHECK (email <> 'canary')",
    "COPY (SELECT id FROM users WHERE email = 'canary') TO STDOUT",
    "COPY users (id, email) FROM STDIN WHERE email = 'canary'",
    "DO $$ BEGIN UPDATE users SET email = 'canary' WHERE id = 31337; END $$",
    "DO 'BEGIN UPDATE users SET email = ''canary''; END'",
    "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $f$ UPDATE users SET email = 'canary' $f$",
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT id FROM users WHERE email = 'canary'; END",
    "CREATE RULE r AS ON INSERT TO orders DO ALSO UPDATE users SET email = 'canary'",
    "CREATE TRIGGER t AFTER INSERT ON users EXECUTE FUNCTION f('canary', 31337)",
    "CALL f('canary', 31337)",
    "INSERT INTO nowhere (email) VALUES ('canary')",
    "SELECT id FROM nowhere WHERE email = 'canary' AND n = 31337 AND f = 31337.5e3",
    "SELECT query_to_xml('SELECT id FROM users WHERE email = ''canary''', true, true, '')",
    `SELECT ${'('.repeat(700)}email${')'.repeat(700)} = 'canary' FROM users`,
    `SELECT id FROM users WHERE ${Array.from({ length: 1500 }, () => "email = 'canary'").join(' OR ')}`,
  ])('%s', (text) => {
    const statement = only(text);
    expect(statement).toMatchObject({ recordText: expect.stringContaining('***') as string });
    // what is written is for the guard of masks, what is stored for later, and neither is recorded
    const { stored } = statement;
    const recorded = { ...statement, written: [], given: [], stored: { ...stored, text: '' } };
    expect(JSON.stringify(recorded)).not.toMatch(canary);
  });

  it('of a statement behind one that moves the catalog, which was read by the old one', () => {
    const [, second] = described("CREATE TABLE t (a int); UPDATE orders SET total = 31337 WHERE status = 'canary'");
    expect(second).toMatchObject({ lineage: 'refused' });
    expect(JSON.stringify(second)).not.toMatch(canary);
  });

  it('and of a text that does not parse nothing', () => {
    const { statements } = describeText("SELEC id FROM users WHERE email = 'canary'", strict, publicPath);
    expect(statements).toEqual([]);
  });
});

describe('who decides still sees what is asked', () => {
  it.each([
    [
      "INSERT INTO users (id, email, name) VALUES (7, 'a@b.c', 'Al')",
      "INSERT INTO users (id, email, name) VALUES (7, '*** email', 'Al')",
    ],
    [
      "UPDATE users SET email = 'a@b.c', name = 'Al' WHERE id = 7 -- typo",
      "UPDATE users SET email = '*** email', name = 'Al' WHERE id = 7 -- typo",
    ],
    ['UPDATE users SET email = NULL WHERE id = 7', "UPDATE users SET email = '*** email' WHERE id = 7"],
    ["SELECT id FROM users WHERE name = 'Al' LIMIT 5", "SELECT id FROM users WHERE name = 'Al' LIMIT 5"],
  ])('%s', (text, expected) => {
    expect(only(text).recordText).toBe(expected);
  });

  it('names the columns and relations of a refused statement, quoted ones that the catalog knows included', () => {
    expect(only('SELECT "id", f_t("email") FROM "public"."users" AS "canary" WHERE "email" = 7').recordText).toBe(
      `SELECT "id", f_t("email") FROM "public"."users" AS "***" WHERE "email" = '***'`,
    );
  });

  it('takes a value in double quotes for what it is', () => {
    expect(only('SELECT id FROM users WHERE name = "canary@x.org"').refusal).toMatchObject({
      hint: expect.stringContaining('single quotes') as string,
    });
  });
});

describe('bound values are hidden', () => {
  const hidden = (text: string, index = strict) => {
    const { protectedParameters, parameterClasses } = only(text, index);
    return protectedParameters.map((number, at) => [number, parameterClasses[at]]);
  };

  it.each<[string, readonly (readonly [number, string | null])[]]>([
    ['SELECT id FROM users WHERE email = $1 AND name = $2', [[1, 'email']]],
    ['UPDATE users SET name = $1, email = $2::text WHERE id = $3', [[2, 'email']]],
    [
      'INSERT INTO users (id, email) VALUES ($1, $2), ($3, $4)',
      [
        [2, 'email'],
        [4, 'email'],
      ],
    ],
    [
      'INSERT INTO users (id, email) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET email = $3',
      [
        [2, 'email'],
        [3, 'email'],
      ],
    ],
    [
      'SELECT id FROM users WHERE email = $1 AND lower(email) = $2',
      [
        [1, 'email'],
        [2, 'email'],
      ],
    ],
    ['SELECT id FROM users WHERE email = ANY ($1) LIMIT $2', [[1, 'email']]],
    // refused: nothing is proven of what they are for
    ['SELECT id FROM nowhere WHERE a = $1', [[1, null]]],
  ])('%s', (text, expected) => {
    expect(hidden(text)).toEqual(expected);
  });

  it.each([
    ['SELECT pgp_sym_encrypt(name, $1) FROM users WHERE id = $2', [1, 2]],
    ["SELECT set_config('app.api_key', $1, false)", [1]],
    ['SELECT set_config($1, $2, false)', [1, 2]],
    ['SELECT * FROM dblink($1, $2) AS t(a int)', [1, 2]],
  ])('on any target where they are keys: %s', (text, expected) => {
    expect(only(text, plain).protectedParameters).toEqual(expected);
  });

  it('nowhere else', () => {
    expect(only('SELECT id FROM users WHERE email = $1', plain).protectedParameters).toEqual([]);
  });
});

describe('passwords, connection strings and keys are described on no target', () => {
  it.each([
    "CREATE GROUP g ENCRYPTED PASSWORD 'canary'",
    'ALTER USER "bob" PASSWORD \'SCRAM-SHA-256$4096:canary$canary:canary\'',
    "CREATE SCHEMA s CREATE TABLE t (a text DEFAULT crypt('canary', 'x'))",
    "CREATE SUBSCRIPTION s CONNECTION 'host=a dbname=canary' PUBLICATION p WITH (enabled = false)",
    "ALTER FOREIGN TABLE far OPTIONS (ADD password 'canary', SET user 'canary')",
    "ALTER TABLE far ALTER COLUMN id OPTIONS (ADD key 'canary')",
    'COPY users TO PROGRAM \'curl -H "X-Auth: canary" http://x\'',
    "COPY users FROM PROGRAM 'AWS_KEY=canary aws s3 cp s3://b -'",
    'ALTER DATABASE shop SET app.secret TO canary',
    "ALTER ROLE bob IN DATABASE shop SET app.jwt = 'canary'",
    "ALTER FUNCTION f() SET app.secret = 'canary'",
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql SET app.token TO canary AS 'SELECT 1'",
    'ALTER SYSTEM SET primary_conninfo TO canary',
    "ALTER SYSTEM SET archive_command = 'canary'",
    "SET SESSION my.pwd TO 'x', canary",
    "SELECT pg_catalog.set_config('app.' || 'x', 'canary', false)",
    "SELECT pg_catalog.set_config(setting_name => 'x.y', new_value => 'canary', is_local => false)",
    "EXPLAIN EXECUTE p('canary', 31337)",
    "EXPLAIN (ANALYZE) CREATE TABLE t AS EXECUTE p('canary')",
    "EXECUTE p(31337, 'canary')",
    "SELECT public.dblink_exec('c', 'canary')",
    "SELECT vault.create_secret('canary', 'name')",
    "SELECT aws_commons.create_aws_credentials('a', 'canary', '')",
    "SELECT raw_encrypt('a', 'canary', 'aes'), decrypt_iv('a', 'canary', 'canary', 'aes')",
    "SELECT pgp_pub_decrypt(name::bytea, dearmor('canary'), 'canary') FROM users",
    "SELECT hmac('x', 'canary', 'sha256') AS h INTO t",
    "CALL rotate_password('canary')",
    "DO $$ BEGIN PERFORM dblink_connect('canary'); END $$",
    "DO $$ BEGIN EXECUTE format('ALTER USER %I PASSWORD %L', 'bob', 'canary'); END $$",
    'DO $$ BEGIN SET app.secret TO canary; END $$',
    "DO 'BEGIN ALTER USER bob PASSWORD ''canary''; END'",
    "CREATE PROCEDURE p() LANGUAGE plpgsql AS $body$ DECLARE token text := 'canary'; BEGIN END $body$",
    'CREATE FUNCTION f() RETURNS text LANGUAGE plpython3u AS $$ return connect(password="canary") -- \'x\' $$',
    'SELECT 1 -- password=canary',
    'SELECT /* postgres://bob:canary@db/shop */ 1',
    "INSERT INTO tickets (body) VALUES ('Authorization: Bearer canary-canary-canary')",
    "INSERT INTO tickets (body) VALUES ('redis://:canary@cache:6379')",
    "INSERT INTO tickets (body) VALUES ('client_secret=canary')",
    "INSERT INTO tickets (body) VALUES ('eyJhbGciOiJIUzI1NiJ9.canarycanary.x')",
    "INSERT INTO tickets (body) VALUES ('-----BEGIN RSA PRIVATE KEY-----\ncanary')",
  ])('%s', (text) => {
    const [statement] = described(text, plain);
    const { settings: _, ...recorded } = statement!;
    expect(JSON.stringify(recorded)).not.toMatch(canary);
  });

  it.each([
    ["CREATE USER bob PASSWORD 'x'", 'messages-and-rows'],
    ['SELECT crypt($1, $2)', 'messages-and-rows'],
    ["EXPLAIN VERBOSE SELECT hmac(name, 'x', 'md5') FROM users", 'messages-and-rows'],
    ["EXPLAIN EXECUTE p('x')", 'messages-and-rows'],
    ['SHOW app.api_token', 'messages-and-rows'],
    ["SELECT current_setting('app.api_token', true)", 'messages-and-rows'],
    ["EXECUTE p('x')", 'messages'],
    ['EXECUTE p', 'nothing'],
    ["ALTER USER bob VALID UNTIL 'infinity'", 'nothing'],
    ["SELECT current_setting('work_mem')", 'nothing'],
    ['SHOW search_path', 'nothing'],
    ["SELECT 'x' FROM users", 'nothing'],
  ])('nor is what the target says of them recorded: %s %s', (text, withholds) => {
    expect(only(text, plain).withholds).toBe(withholds);
  });

  it('a body of code keeps its shape, so that who decides can read it', () => {
    expect(only("DO $$ BEGIN EXECUTE 'ALTER USER bob PASSWORD ''x'''; END $$", plain).recordText).toBe(
      "DO $$ BEGIN EXECUTE '***'; END $$",
    );
    const harmless = "DO $$ BEGIN RAISE NOTICE 'done'; END $$";
    expect(only(harmless, plain).recordText).toBe(harmless);
  });

  it.each([
    "SELECT 'a key of the house', 'tokens are 5', 'see http://host:80/a@b'",
    "INSERT INTO tickets (body) VALUES ('I forgot my password')",
    'CREATE TABLE options (options text)',
    "ALTER TABLE users ADD COLUMN options text DEFAULT 'x'",
    "COPY users TO '/tmp/program'",
    "SET application_name TO 'x'",
    'EXECUTE p',
  ])('what only looks like one is recorded as it is: %s', (text) => {
    expect(only(text, plain).recordText).toBe(text);
  });
});

describe('long texts, chosen by others,', () => {
  it.each([
    ['beginnings of tokens', 'eyj-'],
    ['dots', 'eyjaaaaaaaa.'],
    ['URLs', '://a:'],
    ['assignments', 'token '],
    ['headers', 'bearer '],
    ['settings', 'set connection '],
    ['keys', '-----begin '],
    ['users', 'user '],
    ['quotes', "''"],
  ])('are read in one pass: %s', (_, piece) => {
    const many = piece.repeat(200_000 / piece.length);
    for (const text of [`SELECT '${many}'`, `DO $$ ${many} $$`, `SELECT 1 /* ${many} */`])
      expect(describeText(text, plain, publicPath).statements).toHaveLength(1);
  });
});
