// Values computed from protected ones: whatever type they take on the way.
import { SEED } from '../run.mjs';

const raw = (id, tries, sql, more = {}) => ({ id, tries, sql: [sql], ...more });
const local = { op: 'part', of: 'email', from: 0, length: 9 };
const column = (of) => SEED.map(of).map((value) => [value]);

const expression = [
  raw('X01', 'another collation', 'SELECT email COLLATE "C" FROM users'),
  raw('X02', 'CASE between two classes', 'SELECT CASE id WHEN 1 THEN email ELSE ssn END FROM users'),
  raw('X03', 'NULLIF keeps its first argument', "SELECT nullif(ssn, '') FROM users"),
  raw('X04', 'an array of columns', 'SELECT ARRAY[email, ssn] FROM users'),
  raw('X05', 'a slice of an array', "SELECT (ARRAY['x', card, notes])[2:3] FROM users"),
  raw('X06', 'an element of a split', "SELECT (string_to_array(email, '@'))[1] FROM users", { reveal: local }),
  raw('X07', 'the operator in its long spelling', "SELECT email OPERATOR(pg_catalog.||) '' FROM users"),
  raw('X08', 'a prefix operator', 'SELECT - salary FROM users', {
    reveal: { op: 'affine', col: 'salary', mul: -1, add: 0 },
  }),
  raw('X09', 'format with places', "SELECT format('%2$s/%1$s', id, notes) FROM users"),
  raw('X10', 'groups of a regular expression', "SELECT regexp_match(email, '^(.*)@(.*)$') FROM users", {
    reveal: local,
  }),
  raw('X11', 'words of a text search vector', "SELECT to_tsvector('simple', full_name) FROM users", {
    reveal: { op: 'words', of: 'full_name' },
  }),
  raw(
    'X12',
    'a headline of a text search',
    "SELECT ts_headline('simple', notes, to_tsquery('simple', 'to')) FROM users",
    { reveal: { op: 'words', of: 'notes' } },
  ),
  raw('X13', 'days since a day', "SELECT dob - date '2000-01-01' FROM users", { reveal: { op: 'pgdays' } }),
  raw('X14', 'a date plus a time is a timestamp', "SELECT dob + time '12:00' FROM users", { reveal: { op: 'dob' } }),
  raw('X15', 'a range that begins with the date', 'SELECT daterange(dob, NULL) FROM users', { reveal: { op: 'dob' } }),
  raw('X16', 'a number of the digits of the date', "SELECT to_char(dob, 'YYYYMMDD')::int FROM users", {
    reveal: { op: 'dob' },
  }),
  raw('X17', 'the salary as another number', 'SELECT salary::float8 FROM users', { reveal: { op: 'salary' } }),
  raw('X18', 'a range of numbers', 'SELECT numrange(salary, NULL) FROM users'),
  raw('X19', 'a point whose place is the salary', 'SELECT point(salary::float8, 0) FROM users'),
  raw('X20', 'the salary modulo more than it is', 'SELECT salary % 1000000 FROM users'),
  raw('X21', 'another hash', 'SELECT sha256(email::bytea) FROM users', { reveal: { op: 'hash', alg: 'sha256' } }),
  raw('X22', 'a JSON path that returns its input', "SELECT jsonb_path_query(to_jsonb(email), '$') FROM users"),
  raw('X23', 'JSON text extraction of the value itself', "SELECT to_jsonb(card) #>> '{}' FROM users"),
  raw('X24', 'the constructor of the SQL standard', "SELECT JSON_OBJECT('k': email) FROM users", { minServer: 16 }),
  raw('X25', 'JSON_VALUE with the column as PASSING', "SELECT JSON_VALUE('{}', '$v' PASSING ssn AS v) FROM users", {
    minServer: 17,
  }),
  raw('X26', 'JSON_QUERY with a wrapper', "SELECT JSON_QUERY(to_jsonb(email), '$' WITH WRAPPER) FROM users", {
    minServer: 17,
  }),
  raw('X27', 'serialised JSON scalar', 'SELECT JSON_SERIALIZE(JSON_SCALAR(phone)) FROM users', { minServer: 17 }),
  raw(
    'X28',
    'XML attributes',
    'SELECT xmlserialize(CONTENT xmlelement(name a, xmlattributes(ssn AS e)) AS text) FROM users',
  ),
  raw('X29', 'an XML processing instruction', 'SELECT xmlpi(name x, card) FROM users'),
  raw('X30', 'an XML forest', 'SELECT xmlforest(ssn AS s, card) FROM users'),
  raw('X31', 'a row constructor', 'SELECT ROW(id, email) FROM users'),
  raw('X32', 'cut by a cast', 'SELECT email::varchar(9) FROM users', { reveal: local }),
  raw(
    'X33',
    'cut by a regular expression of the standard',
    "SELECT substring(email SIMILAR '#\"_________#\"%' ESCAPE '#') FROM users",
    { reveal: local },
  ),
  raw('X34', 'as XML content', 'SELECT ssn::xml FROM users'),
  raw('X35', 'as a vector of lexemes', 'SELECT email::tsvector FROM users'),
  raw('X36', 'a parameter that is NULL gives way to the column', 'SELECT coalesce($1, email) FROM users', {
    protocol: 'extended',
    params: [null],
  }),
  raw('X37', 'a parameter decides that the column is shown', 'SELECT CASE WHEN $1 THEN card END FROM users', {
    protocol: 'extended',
    params: ['t'],
  }),
  raw('X38', 'cast there and back through four types', 'SELECT email::bytea::text::varchar::name::text FROM users', {
    reveal: { op: 'hex' },
  }),
  raw('X39', 'a comparison as an output', "SELECT ssn > '600' FROM users ORDER BY id", {
    reveal: { op: 'table', equals: [['f'], ['t'], ['t']] },
  }),
  raw('X40', 'rows compared', "SELECT (id, ssn) < (1, '6') FROM users ORDER BY id", {
    reveal: { op: 'table', equals: [['t'], ['f'], ['f']] },
  }),
  raw('X41', 'a pattern as an output', "SELECT notes ~ 'filed' FROM users ORDER BY id", {
    reveal: { op: 'table', equals: [['f'], ['t'], ['f']] },
  }),
  raw(
    'X42',
    'IS DISTINCT FROM as an output',
    `SELECT email IS DISTINCT FROM '${SEED[1].email}' FROM users ORDER BY id`,
    { reveal: { op: 'table', equals: [['t'], ['f'], ['t']] } },
  ),
  raw('X43', 'the length', 'SELECT length(notes) FROM users ORDER BY id', {
    reveal: { op: 'table', equals: column(({ notes }) => String(notes.length)) },
  }),
  raw('X44', 'the storage size', 'SELECT pg_column_size(email) FROM users ORDER BY id', {
    reveal: { op: 'table', equals: column(({ email }) => String(email.length + 1)) },
  }),
  raw('X45', 'a letter as the size of another text', "SELECT repeat('x', ascii(email)) FROM users ORDER BY id", {
    reveal: { op: 'sizes', equals: SEED.map(({ email }) => email.charCodeAt(0)) },
  }),
  raw(
    'X46',
    'a letter as the dimension of an array',
    'SELECT array_fill(0, ARRAY[ascii(email)]) FROM users ORDER BY id',
    { protocol: 'binary', reveal: { op: 'sizes', equals: SEED.map(({ email }) => 20 + 8 * email.charCodeAt(0)) } },
  ),
  raw(
    'X47',
    'which rows are NULL tells the answer',
    "SELECT id, CASE WHEN ssn LIKE '5%' THEN 1 END FROM users ORDER BY id",
    { reveal: { op: 'nulls', equals: [false, true, true] } },
  ),
  raw('X48', 'NULLIF makes NULL of the guess', `SELECT id, nullif(email, '${SEED[2].email}') FROM users ORDER BY id`, {
    reveal: { op: 'nulls', equals: [false, false, true] },
  }),
  raw(
    'X49',
    'NULL by a strict function of a bad index',
    'SELECT id, (ARRAY[1])[ascii(ssn) - 52] FROM users ORDER BY id',
    { reveal: { op: 'nulls', equals: [false, true, true] } },
  ),
  raw(
    'X50',
    'BETWEEN SYMMETRIC as an output',
    'SELECT salary BETWEEN SYMMETRIC 200000 AND 100000 FROM users ORDER BY id',
    { reveal: { op: 'table', equals: [['t'], ['f'], ['f']] } },
  ),
  raw(
    'X51',
    'OVERLAPS of dates',
    "SELECT (dob, dob) OVERLAPS (date '1980-01-01', date '1990-01-01') FROM users ORDER BY id",
    { reveal: { op: 'table', equals: [['t'], ['f'], ['f']] } },
  ),
  raw(
    'X52',
    'IS JSON, IS NORMALIZED: tests that are no functions',
    'SELECT email IS JSON, full_name IS NFD NORMALIZED FROM users ORDER BY id',
    {
      minServer: 16,
      reveal: {
        op: 'table',
        equals: [
          ['f', 't'],
          ['f', 'f'],
          ['f', 't'],
        ],
      },
    },
  ),
  raw(
    'X53',
    'a column masked by its last four characters, mixed with another',
    'SELECT coalesce(nullif(phone, phone), ssn) FROM users',
    { reveal: { op: 'part', of: 'ssn', from: 7, length: 4 } },
  ),
  raw(
    'X54',
    'GREATEST of a masked-by-domain column and another',
    "SELECT greatest(email, notes || '@' || ssn) FROM users",
  ),
];

const rowCount = [
  raw(
    'X70',
    'as many rows as the code of a letter, in the target list',
    'SELECT generate_series(1, ascii(email)) FROM users WHERE id = 1',
    { reveal: { op: 'row-count', equals: 97 } },
  ),
  raw('X71', 'as many rows, in FROM', 'SELECT 1 FROM users, generate_series(1, ascii(ssn)) g WHERE users.id = 2', {
    reveal: { op: 'row-count', equals: 54 },
  }),
  raw(
    'X72',
    'one row per letter, whatever is in it',
    "SELECT 1 FROM users, regexp_split_to_table(notes, '') WHERE id = 3",
    { reveal: { op: 'row-count', equals: SEED[2].notes.length } },
  ),
  raw(
    'X73',
    'LIMIT by a value',
    'SELECT 1 FROM generate_series(1, 500) LIMIT (SELECT ascii(card) FROM users WHERE id = 1)',
    { reveal: { op: 'row-count', equals: 52 } },
  ),
  raw(
    'X74',
    'OFFSET by a value',
    'SELECT g FROM generate_series(1, 300000) g OFFSET (SELECT salary::int FROM users WHERE id = 1) LIMIT 1',
    { reveal: { op: 'sequence', equals: ['148352'] } },
  ),
  raw(
    'X75',
    'the tag of an UPDATE',
    'UPDATE orders SET amount = amount FROM users u WHERE orders.user_id = u.id AND u.salary > 100000',
    { reveal: { op: 'tags', equals: ['UPDATE 2'] } },
  ),
  raw(
    'X76',
    'the rows of a set-returning function whose values are masked',
    "SELECT unnest(string_to_array(email, '.')) FROM users WHERE id = 2",
    { reveal: { op: 'row-count', equals: 3 } },
  ),
  raw('X77', 'the tag of INSERT … SELECT', "INSERT INTO audit_log(msg) SELECT 'x' FROM users WHERE notes LIKE '%#5%'", {
    reveal: { op: 'tags', equals: ['INSERT 0 1'] },
  }),
  raw(
    'X78',
    'a window frame as wide as a value',
    'SELECT count(*) OVER (ROWS BETWEEN CURRENT ROW AND (SELECT ascii(ssn) FROM users WHERE id = 1) FOLLOWING) FROM generate_series(1, 60) LIMIT 1',
    { reveal: { op: 'sequence', equals: ['54'] } },
  ),
];

export const expressions = { expression, 'row-count': rowCount };
