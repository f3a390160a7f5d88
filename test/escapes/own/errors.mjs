// Values in errors: in the text, the detail, the state, in any clause.
const raw = (id, tries, sql, more = {}) => ({ id, tries, sql: sql === undefined ? undefined : [sql].flat(), ...more });

const errors = [
  raw('Z01', 'a cast to JSON', 'SELECT notes::json FROM users', {
    reveal: { op: 'part', of: 'notes', from: 0, length: 7 },
  }),
  raw('Z02', 'a cast to a UUID', 'SELECT ssn::uuid FROM users'),
  raw('Z03', 'a malformed array', "SELECT ('{' || card)::text[] FROM users"),
  raw('Z04', 'the name of a setting', 'SELECT current_setting(notes) FROM users'),
  raw('Z05', 'a unit of time', 'SELECT date_trunc(email, now()) FROM users'),
  raw('Z06', 'the name of an encoding', "SELECT encode('x', email) FROM users"),
  raw('Z07', 'the name of a sequence', "SELECT nextval('\"' || card || '\"') FROM users"),
  raw('Z08', 'a cast to money', 'SELECT notes::money FROM users'),
  raw('Z09', 'a format', "SELECT to_date(notes, 'YYYY-MM-DD') FROM users", {
    reveal: { op: 'part', of: 'notes', from: 0, length: 4 },
  }),
  raw('Z10', 'in ORDER BY', 'SELECT 1 FROM users ORDER BY email::int'),
  raw('Z11', 'in a join condition', 'SELECT 1 FROM orders JOIN users u ON u.ssn::int = orders.id'),
  raw('Z12', 'in FILTER', 'SELECT count(*) FILTER (WHERE card::int > 0) FROM users'),
  raw('Z13', 'in RETURNING', 'DELETE FROM users RETURNING notes::int'),
  raw('Z14', 'in GROUP BY', 'SELECT 1 FROM users GROUP BY email::int'),
  raw('Z15', 'in HAVING', 'SELECT 1 FROM users HAVING max(phone)::int > 0'),
  raw(
    'Z16',
    'in the condition of an upsert',
    'INSERT INTO orders(id) VALUES (1) ON CONFLICT (id) DO UPDATE SET amount = 1 WHERE (SELECT email::int FROM users LIMIT 1) > 0',
  ),
  raw(
    'Z17',
    'in VALUES that nobody reads',
    'SELECT 1 FROM (VALUES ((SELECT ssn::int FROM users LIMIT 1))) v(a) WHERE a > 0',
  ),
  raw('Z18', 'a new index over an expression', 'CREATE INDEX ON users ((email::int))'),
  raw('Z19', 'a new constraint', 'ALTER TABLE users ADD CHECK (ssn::int > 0)'),
  raw('Z20', 'a foreign key that the rows do not meet', [
    'CREATE TABLE known(mail text PRIMARY KEY)',
    'ALTER TABLE users ADD FOREIGN KEY (email) REFERENCES known',
  ]),
  raw('Z21', 'the row that fails on its clean column', 'UPDATE users SET id = NULL WHERE id = 2'),
  raw('Z22', 'a row that others refer to', 'DELETE FROM users WHERE id = 1', {
    setup: [
      'CREATE TABLE subscribed(mail text REFERENCES users(email))',
      'INSERT INTO subscribed SELECT email FROM users WHERE id = 1',
    ],
  }),
  raw('Z23', 'the same at the end of the transaction', ['BEGIN', 'DELETE FROM users WHERE id = 1', 'COMMIT'], {
    setup: [
      'CREATE TABLE subscribed(mail text REFERENCES users(email) DEFERRABLE INITIALLY DEFERRED)',
      'INSERT INTO subscribed SELECT email FROM users WHERE id = 1',
    ],
  }),
  raw('Z24', 'no partition for the row', [
    'CREATE TABLE parts(x text) PARTITION BY LIST (x)',
    'INSERT INTO parts SELECT card FROM users',
  ]),
  raw(
    'Z25',
    'a unique index over a part',
    "CREATE UNIQUE INDEX ON users (split_part(notes, ' #', 1), (1), lower(card))",
    {
      setup: [
        "INSERT INTO users SELECT id + 10, 'x' || email, ssn, full_name, phone, card, notes, dob, salary FROM users",
      ],
    },
  ),
  raw('Z26', 'the notice of a cut identifier', [
    'SELECT 1',
    "DO $$BEGIN EXECUTE format('SELECT 1 AS %I', (SELECT repeat(email, 4) FROM users WHERE id = 1)); END$$",
  ]),
  raw('Z27', 'the state tells the answer', 'SELECT 1 / (salary - 148350.75)::int FROM users WHERE id = 1', {
    reveal: { op: 'states', equals: ['22012'] },
  }),
  raw(
    'Z28',
    'the state tells it from a subquery',
    'SELECT 1 WHERE (SELECT 1 / (ascii(ssn) - 53) FROM users WHERE id = 1) > 0',
    { reveal: { op: 'states', equals: ['22012'] } },
  ),
  raw('Z29', 'more than one row tells it', "SELECT (SELECT id FROM users WHERE ssn > '6')", {
    reveal: { op: 'states', equals: ['21000'] },
  }),
  raw(
    'Z30',
    'too long for its type',
    "CREATE TEMP TABLE short AS SELECT 1 WHERE (SELECT lpad('', ascii(email))::varchar(97) = lpad('', 97) FROM users WHERE id = 1)",
    { reveal: { op: 'tags', equals: ['SELECT 1'] } },
  ),
  raw(
    'Z31',
    'an error that one conversion makes of another',
    "SELECT convert_from(decode(replace(ssn, '-', ''), 'escape'), email) FROM users",
  ),
  raw('Z32', 'the time zone of a date', 'SELECT timezone(notes, dob::timestamp) FROM users'),
  raw('Z33', 'four letters as a year', "SELECT to_timestamp(email, 'YYYY') FROM users", {
    reveal: { op: 'part', of: 'email', from: 0, length: 4 },
  }),
  raw('Z34', 'a cursor by name', "SELECT cursor_to_xml(email::refcursor, 1, false, false, '') FROM users"),
  raw('Z35', 'the third statement of a pipeline after others', undefined, {
    script: [
      ['P', '', 'SELECT 1'],
      ['B', '', ''],
      ['E', ''],
      ['P', '', 'SELECT email::int FROM users'],
      ['B', '', ''],
      ['E', ''],
      ['P', '', 'SELECT 2'],
      ['S'],
    ],
  }),
];

export const errorTable = { error: errors };
