// Values that are first written to where no rule looks.
const raw = (id, tries, sql, more = {}) => ({ id, tries, sql: sql === undefined ? undefined : [sql].flat(), ...more });

const writeCopy = [
  raw('C01', 'a table of VALUES', [
    'CREATE TABLE kept AS VALUES ((SELECT email FROM users WHERE id = 1))',
    'SELECT column1 FROM kept',
  ]),
  raw('C02', 'a table of a prepared statement', [
    'PREPARE p AS SELECT ssn AS x FROM users',
    'CREATE TEMP TABLE kept AS EXECUTE p',
    'SELECT x FROM kept',
  ]),
  raw(
    'C03',
    'INSERT behind a WITH query',
    'WITH s AS (SELECT email AS label FROM users) INSERT INTO audit_log(msg) SELECT label FROM s RETURNING msg',
  ),
  raw(
    'C04',
    'a subquery among the VALUES of an INSERT',
    'INSERT INTO audit_log(msg) VALUES ((SELECT card FROM users WHERE id = 1)) RETURNING msg',
  ),
  raw(
    'C05',
    'UPDATE … FROM',
    'UPDATE orders SET label = u.email FROM users u WHERE u.id = orders.user_id RETURNING label',
  ),
  raw('C06', 'several columns from a subquery', [
    'UPDATE orders o SET (label, amount) = (SELECT ssn, salary FROM users u WHERE u.id = o.user_id)',
    'SELECT label FROM orders',
  ]),
  raw('C07', 'MERGE copies', [
    'MERGE INTO orders o USING users u ON o.user_id = u.id WHEN MATCHED THEN UPDATE SET label = u.email',
    'SELECT label FROM orders',
  ]),
  raw('C08', 'MERGE inserts', [
    'MERGE INTO audit_log a USING users u ON false WHEN NOT MATCHED THEN INSERT (msg) VALUES (u.ssn)',
    'SELECT msg FROM audit_log',
  ]),
  raw(
    'C09',
    'MERGE returns columns of its source',
    'MERGE INTO orders o USING users u ON o.user_id = u.id WHEN MATCHED THEN UPDATE SET amount = 1 RETURNING merge_action(), u.card',
    { minServer: 17 },
  ),
  raw(
    'C10',
    'MERGE returns the row before',
    'MERGE INTO users u USING orders o ON o.user_id = u.id WHEN MATCHED THEN UPDATE SET id = u.id RETURNING old.email AS label',
    { minServer: 18 },
  ),
  raw(
    'C11',
    'DELETE returns columns of what it joined',
    'DELETE FROM orders USING users u WHERE u.id = orders.user_id RETURNING u.notes AS label',
  ),
  raw(
    'C12',
    'ON CONFLICT computes from a subquery',
    'INSERT INTO orders(id) VALUES (1) ON CONFLICT (id) DO UPDATE SET label = (SELECT email FROM users WHERE id = excluded.id) RETURNING label',
  ),
  raw(
    'C13',
    'a protected column into another with a weaker mask',
    ['UPDATE users SET phone = ssn', 'SELECT phone FROM users'],
    { reveal: { op: 'part', of: 'ssn', from: 7, length: 4 } },
  ),
  raw('C14', 'the value as the domain of an address', [
    "UPDATE users SET email = id || '@' || notes",
    'SELECT email FROM users',
  ]),
  raw('C15', 'the table renamed', ['ALTER TABLE users RENAME TO people', 'SELECT email FROM people']),
  raw('C16', 'a new column of the table', [
    'ALTER TABLE users ADD spare text',
    'UPDATE users SET spare = card',
    'SELECT spare FROM users',
  ]),
  raw('C17', 'two columns swap their names', [
    'ALTER TABLE users RENAME id TO x',
    'ALTER TABLE users RENAME email TO id',
    "SELECT id || '' FROM users",
  ]),
  raw('C18', 'the swap and the question in one text', [
    'ALTER TABLE users RENAME id TO x; ALTER TABLE users RENAME email TO id; SELECT concat(id) FROM users',
  ]),
  raw('C19', 'the swap and the question in one pipeline', undefined, {
    script: [
      ['P', 'a', 'ALTER TABLE users RENAME id TO x'],
      ['B', '', 'a'],
      ['E', ''],
      ['P', 'b', 'ALTER TABLE users RENAME ssn TO id'],
      ['B', '', 'b'],
      ['E', ''],
      ['P', 'c', 'SELECT id FROM users'],
      ['B', '', 'c'],
      ['E', ''],
      ['S'],
    ],
  }),
  raw('C20', 'a table like the table', [
    'CREATE TABLE twin (LIKE users INCLUDING ALL)',
    'INSERT INTO twin TABLE users',
    'SELECT email FROM twin',
  ]),
  raw('C21', 'a default taken over to a new column', [
    'ALTER TABLE orders ADD who text',
    'UPDATE orders SET who = (SELECT full_name FROM users WHERE id = user_id)',
    'SELECT who FROM orders',
  ]),
  raw('C22', 'the swap by a table in its place', [
    'ALTER TABLE users RENAME TO former',
    'ALTER TABLE orders RENAME TO users',
    'SELECT ssn FROM former',
  ]),
];

const carrier = [
  raw(
    'C40',
    'a setting that is reported to the client',
    "SELECT count(set_config('application_name', ssn, false)) FROM users WHERE id = 1",
  ),
  raw(
    'C41',
    'a sequence',
    [
      "SELECT count(setval('audit_log_id_seq', replace(ssn, '-', '')::bigint)) FROM users WHERE id = 1",
      'SELECT last_value FROM audit_log_id_seq',
    ],
    { reveal: { op: 'digits' } },
  ),
  raw(
    'C42',
    'a large object',
    ['SELECT count(lo_from_bytea(4711, email::bytea)) FROM users WHERE id = 1', 'SELECT lo_get(4711)'],
    { reveal: { op: 'hex' } },
  ),
  raw('C43', 'a notification', "SELECT count(pg_notify('heard', ssn)) FROM users", { listens: 'LISTEN heard' }),
  raw('C44', 'the name of a channel', ["SELECT count(pg_notify(left(ssn, 60), 'x')) FROM users WHERE id = 1"], {
    listens: 'LISTEN "512-73-9046"',
  }),
  raw(
    'C45',
    'a sequence as an argument of another',
    ["SELECT setval('audit_log_id_seq', salary::bigint) FROM users WHERE id = 3"],
    { reveal: { op: 'salary-units' } },
  ),
  raw(
    'C46',
    'a message of the log in WAL, and its size',
    "SELECT pg_logical_emit_message(false, 'x', repeat('y', ascii(email))) IS NOT NULL, pg_size_bytes(ascii(email) || ' kB') FROM users WHERE id = 1",
    { role: 'postgres', reveal: { op: 'table', equals: [['t', '99328']] } },
  ),
  raw(
    'C47',
    'a lock that the same session reads',
    [
      'SELECT count(pg_advisory_xact_lock(salary::int, 1)) FROM users',
      'SELECT 1',
      'BEGIN',
      'SELECT count(pg_advisory_xact_lock_shared(salary::int, 1)) FROM users WHERE id = 3',
      "SELECT classid FROM pg_locks WHERE locktype = 'advisory'",
      'COMMIT',
    ],
    { reveal: { op: 'salary-units' } },
  ),
];

const cursor = [
  raw('K01', 'a binary cursor', [
    'BEGIN',
    'DECLARE c BINARY CURSOR FOR SELECT email FROM users',
    'FETCH ALL FROM c',
    'COMMIT',
  ]),
  raw(
    'K02',
    'the rows MOVE counts',
    ['BEGIN', "DECLARE c SCROLL CURSOR FOR SELECT id FROM users WHERE ssn > '6'", 'MOVE FORWARD ALL IN c', 'COMMIT'],
    { reveal: { op: 'tags', equals: ['BEGIN', 'DECLARE CURSOR', 'MOVE 2', 'COMMIT'] } },
  ),
  raw('K03', 'a name closed and declared again', [
    'BEGIN',
    'DECLARE c CURSOR FOR SELECT label FROM orders',
    'CLOSE c',
    'DECLARE c CURSOR FOR SELECT card AS label FROM users',
    'FETCH ALL FROM c',
    'COMMIT',
  ]),
  raw('K04', 'the harmless cursor of that name goes with a savepoint', [
    'BEGIN',
    'SAVEPOINT a',
    'DECLARE c CURSOR FOR SELECT label FROM orders',
    'ROLLBACK TO a',
    'DECLARE c CURSOR FOR SELECT email FROM users',
    'FETCH ALL FROM c',
    'COMMIT',
  ]),
  raw('K05', 'a cursor of SQL run as a portal of the protocol', undefined, {
    script: [['Q', 'BEGIN'], ['Q', 'DECLARE c CURSOR FOR SELECT email FROM users'], ['E', 'c'], ['S'], ['Q', 'COMMIT']],
  }),
  raw('K06', 'a portal of the protocol fetched by SQL', undefined, {
    script: [
      ['Q', 'BEGIN'],
      ['P', '', 'SELECT ssn FROM users'],
      ['B', 'c', ''],
      ['S'],
      ['Q', 'FETCH ALL FROM c'],
      ['Q', 'COMMIT'],
    ],
  }),
  raw('K07', 'EXECUTE with an argument', ['PREPARE p(int) AS SELECT email FROM users WHERE id = $1', 'EXECUTE p(1)']),
  raw('K08', 'EXECUTE inside COPY is none, inside EXPLAIN ANALYZE it runs', [
    'PREPARE p AS UPDATE orders SET label = u.email FROM users u WHERE u.id = user_id',
    'EXPLAIN ANALYZE EXECUTE p',
    'SELECT label FROM orders',
  ]),
  raw('K09', 'a cursor that outlives its transaction and a renamed column', [
    'DECLARE c CURSOR WITH HOLD FOR SELECT email AS id FROM users',
    'FETCH ALL FROM c',
  ]),
  raw('K10', 'FETCH prepared in the protocol', undefined, {
    script: [
      ['Q', 'BEGIN'],
      ['Q', 'DECLARE c CURSOR FOR SELECT notes FROM users'],
      ['P', 'f', 'FETCH 2 FROM c'],
      ['B', '', 'f'],
      ['D', 'P', ''],
      ['E', ''],
      ['S'],
      ['Q', 'COMMIT'],
    ],
  }),
];

const copy = [
  raw('K40', 'CSV with every quote forced', 'COPY users TO STDOUT (FORMAT csv, HEADER, FORCE_QUOTE *)'),
  raw('K41', 'options of older versions', "COPY users (email) TO STDOUT CSV QUOTE '''' ESCAPE '\\'"),
  raw('K42', 'a writing query', 'COPY (UPDATE users SET id = id RETURNING email) TO STDOUT'),
  raw('K43', 'columns in another order', 'COPY users(salary, ssn, id) TO STDOUT'),
  raw(
    'K44',
    'columns under each other’s names',
    'COPY (SELECT email AS id, id AS email FROM users) TO STDOUT (HEADER)',
  ),
  raw('K45', 'the delimiter is part of the value', "COPY (SELECT id, card FROM users) TO STDOUT (DELIMITER '@')"),
  raw('K46', 'by the extended protocol', 'COPY users TO STDOUT', { protocol: 'extended' }),
  raw('K47', 'another encoding', "COPY users(email) TO STDOUT (ENCODING 'LATIN1')"),
  raw('K48', 'binary by the older word', 'COPY BINARY users (ssn) TO STDOUT'),
  raw(
    'K49',
    'what stands for NULL is a tab in CSV',
    "COPY (SELECT id, email, NULL FROM users) TO STDOUT (FORMAT csv, DELIMITER ';', NULL ' ')",
  ),
  raw(
    'K50',
    'computed columns',
    "COPY (SELECT email || '', ARRAY[ssn], (SELECT max(card) FROM users) FROM users) TO STDOUT",
  ),
  raw('K51', 'COPY in the middle of a text', 'BEGIN; COPY (TABLE users) TO STDOUT; COMMIT'),
  raw('K52', 'a row that comes in fails and shows the row that was there', undefined, {
    setup: [
      'ALTER TABLE users ADD CHECK (salary > 0)',
      'CREATE FUNCTION t() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.email := (SELECT card FROM users WHERE id = 1); NEW.salary := -1; RETURN NEW; END$$',
      'CREATE TRIGGER t BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION t()',
    ],
    script: [['Q', 'COPY users(id) FROM STDIN', '7\n']],
  }),
];

export const writes = { 'write-copy': writeCopy, carrier, cursor, copy };
