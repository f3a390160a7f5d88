// Names that mean something else than they seem to: aliases, levels, WITH queries, search paths, temporary objects.
const plain = [
  {
    id: 'N01',
    tries: 'an alias list gives a protected column the name of a clean one',
    sql: ['SELECT label FROM users AS u(id, label)'],
  },
  {
    id: 'N02',
    tries: 'names swapped: the id is called email and the other way round',
    sql: ['SELECT id AS email, email AS id FROM users'],
  },
  {
    id: 'N03',
    tries: 'the alias of a parenthesised join renames the columns of both sides',
    sql: ['SELECT x FROM (users JOIN orders ON users.id = orders.user_id) AS j(a, b, x)'],
  },
  { id: 'N04', tries: 'star of an aliased join', sql: ['SELECT j.* FROM (users CROSS JOIN (SELECT 1 AS one) s) AS j'] },
  {
    id: 'N05',
    tries: 'a subquery without FROM that means the level around it',
    sql: ['SELECT (SELECT email) FROM users'],
  },
  { id: 'N06', tries: 'a lateral subquery without FROM', sql: ['SELECT s.x FROM users, LATERAL (SELECT ssn) AS s(x)'] },
  {
    id: 'N07',
    tries: 'two levels between the column and its table',
    sql: ['SELECT (SELECT (SELECT label FROM (SELECT u.card AS label) q)) FROM users u'],
  },
  {
    id: 'N08',
    tries: 'a WITH query named like the table reads the table',
    sql: ['WITH users AS (SELECT * FROM users) SELECT email FROM users'],
  },
  {
    id: 'N09',
    tries: 'a WITH query of an inner query is not visible outside it',
    sql: ["WITH a AS (WITH users AS (SELECT 'x'::text AS email) SELECT 1) SELECT email FROM users"],
  },
  {
    id: 'N10',
    tries: 'without RECURSIVE an earlier query does not see a later one of that name',
    sql: ["WITH a AS (SELECT email FROM users), users AS (SELECT 'x'::text AS email) SELECT email FROM a"],
  },
  {
    id: 'N11',
    tries: 'with RECURSIVE it does',
    sql: ['WITH RECURSIVE a AS (SELECT label FROM b), b AS (SELECT email AS label FROM users) SELECT label FROM a'],
  },
  {
    id: 'N12',
    tries: 'a WITH query named like the table hides it, its schema does not',
    sql: ["WITH users AS (SELECT 'x'::text AS email) SELECT p.email FROM users, public.users p"],
  },
  {
    id: 'N13',
    tries: 'comments inside comments instead of blanks',
    sql: ['SELECT/* /* a */ */email/**/FROM--x\nusers'],
  },
  {
    id: 'N14',
    tries: 'names above 63 bytes are cut, so that two names are one',
    sql: [`SELECT ${'a'.repeat(63)}.email FROM users AS ${'a'.repeat(80)}`],
  },
  { id: 'N15', tries: 'another escape character in the name', sql: ['SELECT U&"!0065mail" UESCAPE \'!\' FROM users'] },
  {
    id: 'N16',
    tries: 'FETCH FIRST … WITH TIES instead of LIMIT',
    sql: ['SELECT email FROM users ORDER BY id FETCH FIRST 2 ROWS WITH TIES'],
  },
  {
    id: 'N17',
    tries: 'the column of the outer query inside VALUES',
    sql: ['SELECT v.a FROM users u CROSS JOIN LATERAL (VALUES (u.notes)) v(a)'],
  },
  {
    id: 'N18',
    tries: 'the inner table has no such column, so the outer one is meant',
    sql: ['SELECT id, (SELECT email FROM orders LIMIT 1) FROM users'],
  },
  {
    id: 'N19',
    tries: 'USING with an alias for its merged columns, hidden by the alias of the join',
    sql: ['SELECT j.e FROM (users JOIN orders USING (id)) AS j(i, e)'],
  },
  {
    id: 'N20',
    tries: 'a name after ONLY and a star after the name',
    sql: ['SELECT u.email, p.ssn FROM ONLY (users) u, users * p'],
  },
];

const sx = [
  'CREATE SCHEMA sx AUTHORIZATION app',
  'CREATE VIEW sx.orders AS SELECT id, email AS label FROM public.users',
  'GRANT SELECT ON sx.orders TO app',
];
const searchPath = [
  {
    id: 'N40',
    tries: 'search_path by set_config',
    sql: ["SELECT set_config('search_path', 'sx,public', false)", 'SELECT label FROM orders'],
    setup: sx,
  },
  {
    id: 'N41',
    tries: 'SET LOCAL in the same text',
    sql: ['BEGIN; SET LOCAL search_path = sx; SELECT label FROM orders; COMMIT'],
    setup: sx,
  },
  {
    id: 'N42',
    tries: 'the schema named like the role comes first',
    sql: ['SELECT label FROM orders'],
    setup: [
      'CREATE SCHEMA app AUTHORIZATION app',
      'CREATE VIEW app.orders AS SELECT id, email AS label FROM public.users',
      'GRANT SELECT ON app.orders TO app',
    ],
  },
  {
    id: 'N43',
    tries: 'the database has a search_path of its own',
    sql: ['SELECT label FROM orders'],
    setup: [
      ...sx,
      "DO $$BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = sx, public', current_database()); END$$",
    ],
  },
  {
    id: 'N44',
    tries: 'a prepared statement is planned anew after the path changed',
    script: [
      ['P', 's', 'SELECT label FROM orders'],
      ['S'],
      ['Q', 'SET search_path = sx'],
      ['B', '', 's'],
      ['E', ''],
      ['S'],
    ],
    setup: sx,
  },
  {
    id: 'N45',
    tries: 'the path changes between Parse and Bind of one pipeline',
    script: [
      ['P', 'a', "SELECT set_config('search_path', 'sx', false)"],
      ['P', 's', 'SELECT label FROM orders'],
      ['B', '', 'a'],
      ['E', ''],
      ['B', 'p', 's'],
      ['E', 'p'],
      ['S'],
    ],
    setup: sx,
  },
  {
    id: 'N46',
    tries: 'ROLLBACK brings an older path back',
    sql: ['SET search_path = sx', 'BEGIN', 'SET search_path = public', 'ROLLBACK', 'SELECT label FROM orders'],
    setup: sx,
  },
  {
    id: 'N47',
    tries: 'a savepoint brings an older path back',
    sql: [
      'BEGIN',
      'SET LOCAL search_path = sx',
      'SAVEPOINT s',
      'SET LOCAL search_path = public',
      'ROLLBACK TO s',
      'SELECT label FROM orders',
      'COMMIT',
    ],
    setup: sx,
  },
  {
    id: 'N48',
    tries: 'DISCARD ALL brings the path of the database back',
    sql: ['SET search_path = public', 'DISCARD ALL', 'SELECT label FROM orders'],
    setup: [...sx, "DO $$BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = sx', current_database()); END$$"],
  },
  {
    id: 'N49',
    tries: 'the path of the connection string, with an escaped comma',
    sql: ['SELECT label FROM orders'],
    startup: { options: '-c search_path=sx,\\ public' },
    setup: sx,
  },
];

const temporary = [
  {
    id: 'N60',
    tries: 'a temporary view takes the place of a clean table',
    sql: ['CREATE TEMP VIEW orders AS SELECT email AS label FROM users', 'SELECT label FROM orders'],
  },
  {
    id: 'N61',
    tries: 'a temporary table made of the protected one takes the place of a clean table',
    sql: ['CREATE TEMP TABLE orders AS SELECT id, card AS label FROM users', 'SELECT label FROM orders'],
  },
  {
    id: 'N62',
    tries: 'SELECT INTO a temporary table',
    sql: ['SELECT email AS label INTO TEMP kept FROM users', 'SELECT label FROM kept'],
  },
  {
    id: 'N63',
    tries: 'the temporary clean table of that name goes with ON COMMIT DROP, the protected one is left',
    sql: [
      'BEGIN',
      "CREATE TEMP TABLE users ON COMMIT DROP AS SELECT 1 AS id, 'x'::text AS email",
      'SELECT email FROM users',
      'COMMIT',
      'SELECT email FROM users',
    ],
  },
  {
    id: 'N64',
    tries: 'the temporary clean table of that name is gone after ROLLBACK TO',
    sql: [
      'BEGIN',
      'SAVEPOINT a',
      'CREATE TEMP TABLE users(email text)',
      'ROLLBACK TO a',
      'SELECT email FROM users',
      'COMMIT',
    ],
  },
  {
    id: 'N65',
    tries: 'a prepared statement over a temporary table, which is dropped before it is bound again',
    script: [
      ['Q', 'CREATE TEMP TABLE users(email text)'],
      ['P', 's', 'SELECT email FROM users'],
      ['S'],
      ['Q', 'DROP TABLE pg_temp.users'],
      ['B', '', 's'],
      ['E', ''],
      ['S'],
    ],
  },
  {
    id: 'N66',
    tries: 'pg_temp comes last in the path, so that the protected table is meant',
    sql: ['CREATE TEMP TABLE users(email text)', 'SET search_path = public, pg_temp', 'SELECT email FROM users'],
  },
];

export const names = { plain, 'search-path': searchPath, temporary };
