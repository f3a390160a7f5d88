// Whole rows in their spellings, and values in types of their own.
const raw = (id, tries, sql, more = {}) => ({ id, tries, sql: sql === undefined ? undefined : [sql].flat(), ...more });

const wholeRow = [
  raw('W01', 'the table name as a column', 'SELECT users FROM users'),
  raw('W02', 'a row of all columns', 'SELECT ROW(u.*) FROM users u'),
  raw('W03', 'the field of a row', 'SELECT (u).email FROM users u'),
  raw('W04', 'the column as a function of the row', 'SELECT email(u) FROM users u'),
  raw('W06', 'a subquery that gives the row', 'SELECT (SELECT u) FROM users u'),
  raw('W07', 'the first of all rows, one field', 'SELECT ((array_agg(u ORDER BY id))[1]).ssn FROM users u'),
  raw('W08', 'a row through JSON and back', 'SELECT (json_populate_record(NULL::users, to_json(u))).card FROM users u'),
  raw('W09', 'the row of a subquery', 'SELECT to_jsonb(s) FROM (SELECT id, email FROM users) s'),
  raw('W10', 'the row of a WITH query', 'WITH w AS (SELECT id, ssn FROM users) SELECT w FROM w'),
  raw('W11', 'the row as an argument of format', "SELECT format('%s', u) FROM users u"),
  raw('W12', 'rows unnested in the target list', 'SELECT unnest(ARRAY[u]) FROM users u'),
  raw('W13', 'rows unnested in FROM', 'SELECT r.email FROM unnest((SELECT array_agg(u) FROM users u)) r'),
  raw('W14', 'the row of a join alias', 'SELECT j FROM (users JOIN orders USING (id)) AS j'),
  raw('W15', 'the row of the previous row', 'SELECT lag(u, 0) OVER () FROM users u'),
  raw('W16', 'the greatest row', 'SELECT max(u::text) FROM users u'),
  raw('W17', 'the row in a cast to record text of a lateral', 'SELECT l.x FROM users u, LATERAL (SELECT u::text) l(x)'),
  raw('W18', 'all fields of the row returned by DELETE', 'DELETE FROM users WHERE id = 3 RETURNING users'),
  raw('W19', 'the row after the change', 'UPDATE users SET id = id WHERE id = 1 RETURNING (new).card, old', {
    minServer: 18,
  }),
  raw(
    'W20',
    'the row under another name of old',
    'UPDATE users SET id = id WHERE id = 1 RETURNING WITH (OLD AS orders, NEW AS o) orders.email, o.ssn',
    { minServer: 18 },
  ),
  raw('W21', 'DISTINCT rows', 'SELECT DISTINCT u FROM users u'),
  raw('W22', 'the row concatenated', "SELECT u || '' FROM users u"),
  raw('W23', 'a record of XML', "SELECT query_to_xml('SELECT u FROM users u', false, false, '')"),
  raw(
    'W24',
    'rows put into a set by JSON',
    'SELECT r.notes FROM json_populate_recordset(NULL::users, (SELECT json_agg(u) FROM users u)) r',
  ),
  raw('W25', 'the row in binary', 'SELECT u FROM users u', { protocol: 'binary' }),
];

const typed = [
  raw('T01', 'a domain', 'SELECT email FROM users', {
    setup: ["CREATE DOMAIN mail AS text CHECK (VALUE LIKE '%@%')", 'ALTER TABLE users ALTER email TYPE mail'],
  }),
  raw('T02', 'cast to a domain', 'SELECT notes::words FROM users', { setup: ['CREATE DOMAIN words AS text'] }),
  raw('T03', 'an enum of the values', 'SELECT phone FROM users', {
    setup: [
      "CREATE TYPE phones AS ENUM ('unknown', '+1-415-555-0137', '+44-20-7946-0958', '+49-30-901820-77')",
      'ALTER TABLE users ALTER phone TYPE phones USING phone::phones',
    ],
  }),
  raw('T04', 'an enum as text', 'SELECT phone::text FROM users', {
    setup: [
      "CREATE TYPE phones AS ENUM ('unknown', '+1-415-555-0137', '+44-20-7946-0958', '+49-30-901820-77')",
      'ALTER TABLE users ALTER phone TYPE phones USING phone::phones',
    ],
  }),
  raw('T05', 'an array', 'SELECT notes FROM users', {
    setup: ['ALTER TABLE users ALTER notes TYPE text[] USING ARRAY[notes]'],
  }),
  raw('T06', 'an element of an array', 'SELECT notes[1], notes[1:1] FROM users', {
    setup: ['ALTER TABLE users ALTER notes TYPE text[] USING ARRAY[notes]'],
  }),
  raw('T07', 'an array unnested', 'SELECT unnest(notes) FROM users', {
    setup: ['ALTER TABLE users ALTER notes TYPE text[] USING ARRAY[notes]'],
  }),
  raw('T08', 'an array in binary', 'SELECT notes FROM users', {
    protocol: 'binary',
    setup: ['ALTER TABLE users ALTER notes TYPE varchar(40)[] USING ARRAY[notes]'],
  }),
  raw('T09', 'a range of dates', 'SELECT dob FROM users', {
    reveal: { op: 'dob' },
    setup: ["ALTER TABLE users ALTER dob TYPE daterange USING daterange(dob, dob, '[]')"],
  }),
  raw('T10', 'the bound of a range', 'SELECT lower(dob) FROM users', {
    reveal: { op: 'dob' },
    setup: ["ALTER TABLE users ALTER dob TYPE daterange USING daterange(dob, dob, '[]')"],
  }),
  raw('T11', 'a JSON document', 'SELECT notes FROM users', {
    setup: ["ALTER TABLE users ALTER notes TYPE jsonb USING jsonb_build_object('n', notes)"],
  }),
  raw('T12', 'subscripts of a JSON document', "SELECT notes['n'], notes ->> 'n' FROM users", {
    setup: ["ALTER TABLE users ALTER notes TYPE jsonb USING jsonb_build_object('n', notes)"],
  }),
  raw('T13', 'a composite', 'SELECT notes FROM users', {
    setup: ['CREATE TYPE pair AS (a text, b int)', 'ALTER TABLE users ALTER notes TYPE pair USING ROW(notes, 1)::pair'],
  }),
  raw('T14', 'a field of a composite', 'SELECT (notes).a FROM users', {
    setup: ['CREATE TYPE pair AS (a text, b int)', 'ALTER TABLE users ALTER notes TYPE pair USING ROW(notes, 1)::pair'],
  }),
  raw('T15', 'a composite built of columns', 'SELECT ROW(email, id)::pair FROM users', {
    setup: ['CREATE TYPE pair AS (a text, b int)'],
  }),
  raw('T16', 'a field of a composite built of columns', 'SELECT (ROW(ssn, id)::pair).a FROM users', {
    setup: ['CREATE TYPE pair AS (a text, b int)'],
  }),
  raw('T17', 'a type of an extension', 'SELECT email FROM users', {
    setup: ['CREATE EXTENSION citext', 'ALTER TABLE users ALTER email TYPE citext'],
  }),
  raw('T18', 'XML', "SELECT xpath('/n/text()', notes) FROM users", {
    setup: ['ALTER TABLE users ALTER notes TYPE xml USING xmlelement(name n, notes)'],
  }),
  raw('T19', 'bytes', "SELECT notes, encode(notes, 'base64') FROM users", {
    reveal: { op: 'hex' },
    setup: ["ALTER TABLE users ALTER notes TYPE bytea USING convert_to(notes, 'UTF8')"],
  }),
  raw('T20', 'an interval', 'SELECT salary FROM users', {
    reveal: { op: 'sequence', equals: ['41:12:30.75', '27:00:10.4', '56:39:59.99'] },
    setup: ['ALTER TABLE users ALTER salary TYPE interval USING make_interval(secs => salary::float8)'],
  }),
  raw('T21', 'a domain over a domain over an array', 'SELECT notes FROM users', {
    setup: [
      'CREATE DOMAIN one AS text[]',
      'CREATE DOMAIN two AS one',
      'ALTER TABLE users ALTER notes TYPE two USING ARRAY[notes]',
    ],
  }),
  raw('T22', 'a fixed-width type', 'SELECT ssn FROM users', { setup: ['ALTER TABLE users ALTER ssn TYPE char(20)'] }),
];

export const rows = { 'whole-row': wholeRow, typed };
