// Values that pass through the structure of a query: set operations, recursion, joins, functions in FROM, groups and windows.
const raw = (id, tries, sql, more = {}) => ({ id, tries, sql: [sql], ...more });
const lastOfSsn = { op: 'part', of: 'ssn', from: 7, length: 4 };

const structure = [
  raw(
    'S01',
    'the other side of a nested set operation',
    "SELECT 1, 'x' UNION ALL (SELECT id, label FROM orders UNION ALL SELECT id, ssn FROM users)",
  ),
  raw('S02', 'INTERSECT with itself', 'SELECT email FROM users INTERSECT SELECT email FROM users'),
  raw('S03', 'EXCEPT nothing', "SELECT card FROM users EXCEPT ALL SELECT 'x'"),
  raw('S04', 'VALUES on the left decides the names', "VALUES ('x') UNION ALL SELECT notes FROM users"),
  raw('S05', 'a class on the left, another on the right', 'SELECT phone FROM users UNION ALL SELECT ssn FROM users', {
    reveal: lastOfSsn,
  }),
  raw(
    'S06',
    'the classes of the sides swapped by a subquery',
    'SELECT a FROM (SELECT phone, ssn FROM users UNION ALL SELECT ssn, phone FROM users) s(a, b)',
    { reveal: lastOfSsn },
  ),
  raw(
    'S07',
    'recursion carries the value on in the second round',
    "WITH RECURSIVE r(n, a, b) AS (SELECT 1, ''::text, (SELECT email FROM users WHERE id = 1) UNION ALL SELECT n + 1, b, a FROM r WHERE n < 3) SELECT a FROM r",
  ),
  raw(
    'S08',
    'in the fourth round only',
    "WITH RECURSIVE r(n, a, b, c, d, e) AS (SELECT 1, ''::text, ''::text, ''::text, ''::text, (SELECT ssn FROM users WHERE id = 2) UNION ALL SELECT n + 1, b, c, d, e, a FROM r WHERE n < 6) SELECT a FROM r",
  ),
  raw(
    'S09',
    'recursion swaps two classes',
    'WITH RECURSIVE r(n, a, b) AS (SELECT 1, phone, ssn FROM users UNION ALL SELECT n + 1, b, a FROM r WHERE n < 2) SELECT a FROM r',
    { reveal: lastOfSsn },
  ),
  raw(
    'S10',
    'the path of a CYCLE clause',
    'WITH RECURSIVE r(e) AS (SELECT email FROM users UNION ALL SELECT e FROM r) CYCLE e SET again USING path SELECT path FROM r',
  ),
  raw(
    'S11',
    'the order column of a SEARCH clause',
    'WITH RECURSIVE r(n, e) AS (SELECT 1, ssn FROM users UNION ALL SELECT n + 1, e FROM r WHERE n < 2) SEARCH DEPTH FIRST BY e SET place SELECT place FROM r',
  ),
  raw(
    'S12',
    'a column of the recursion taken from a join of its step',
    "WITH RECURSIVE r(n, e) AS (SELECT 0, ''::text UNION ALL SELECT r.n + 1, u.card FROM r JOIN users u ON u.id = r.n + 1) SELECT e FROM r",
  ),
  raw(
    'S13',
    'a recursive query named like the table',
    'WITH RECURSIVE users AS (SELECT id, email FROM public.users UNION SELECT id, email FROM users) SELECT email FROM users',
  ),
  raw(
    'S14',
    'USING of a right join takes the right side',
    "SELECT x FROM (SELECT 'q'::text AS x) a RIGHT JOIN (SELECT notes AS x FROM users) b USING (x)",
  ),
  raw(
    'S15',
    'NATURAL FULL JOIN merges both',
    "SELECT x FROM (SELECT 'q'::text AS x) a NATURAL FULL JOIN (SELECT card AS x FROM users) b",
  ),
  raw('S16', 'the alias of USING as a row', 'SELECT j FROM users a JOIN users b USING (email) AS j'),
  raw('S17', 'an array unnested in FROM', 'SELECT x FROM users, unnest(ARRAY[ssn, card]) AS x'),
  raw(
    'S18',
    'two functions side by side',
    'SELECT t.e FROM users, ROWS FROM (generate_series(1, 1), unnest(ARRAY[email])) AS t(g, e)',
  ),
  raw(
    'S19',
    'unnest of two arrays, with ordinality',
    "SELECT t.b FROM users, unnest(ARRAY['x'], ARRAY[notes]) WITH ORDINALITY AS t(a, b, n)",
  ),
  raw('S20', 'the value becomes a key of JSON', 'SELECT k FROM users, json_object_keys(json_build_object(ssn, 1)) k'),
  raw('S21', 'each pair of a whole row', 'SELECT e.value FROM users u, jsonb_each_text(to_jsonb(u)) e'),
  raw(
    'S22',
    'XMLTABLE',
    "SELECT x.e FROM users u, XMLTABLE('/r' PASSING xmlelement(name r, u.ssn) COLUMNS e text PATH '.') x",
  ),
  raw(
    'S23',
    'a default of XMLTABLE',
    "SELECT x.e FROM users u, XMLTABLE('/r' PASSING xml '<r/>' COLUMNS e text PATH 'none' DEFAULT u.card) x",
  ),
  raw(
    'S25',
    'PASSING of JSON_TABLE',
    "SELECT j.e FROM users u, JSON_TABLE('{}'::jsonb, '$v' PASSING u.ssn AS v COLUMNS (e text PATH '$')) j",
    { minServer: 17 },
  ),
  raw(
    'S26',
    'a row returned by a modifying WITH query',
    'WITH gone AS (DELETE FROM users WHERE id = 3 RETURNING *) SELECT email FROM gone',
  ),
  raw(
    'S27',
    'a modifying WITH query gives the column another name',
    'WITH same AS (UPDATE users SET id = id RETURNING notes AS label) SELECT label FROM same',
  ),
  raw(
    'S28',
    'columns of a function by their definition list',
    "SELECT t.e FROM users u, json_to_record(json_build_object('e', u.card)) AS t(e text)",
  ),
  raw('S29', 'a subquery in an array constructor', 'SELECT ARRAY(SELECT email FROM users ORDER BY id)'),
  raw(
    'S30',
    'a subquery of several columns, one chosen',
    'SELECT (SELECT r.b FROM (SELECT label AS a, ssn AS b FROM users JOIN orders USING (id) LIMIT 1) r)',
  ),
  raw(
    'S31',
    'an empty alias list renames only the first columns',
    'SELECT t.ssn FROM (SELECT * FROM users) AS t(a, b)',
  ),
  raw(
    'S32',
    'a lateral subquery over a set operation',
    'SELECT l.v FROM users u, LATERAL (SELECT u.label FROM (SELECT u.email AS label) u UNION ALL SELECT u.card) l(v)',
  ),
];

const aggregate = [
  raw('S40', 'the greatest value', 'SELECT max(email), min(ssn) FROM users'),
  raw('S41', 'the most frequent value', 'SELECT mode() WITHIN GROUP (ORDER BY card) FROM users WHERE id = 2'),
  raw('S42', 'an array in the order of ids', 'SELECT array_agg(notes ORDER BY id) FROM users'),
  raw('S43', 'keys of an object', 'SELECT json_object_agg(ssn, id) FROM users'),
  raw('S44', 'the delimiter of a text', "SELECT string_agg('x', card) FROM users"),
  raw('S45', 'bits of a single number', 'SELECT bit_or(salary::int) FROM users WHERE id = 2', {
    reveal: { op: 'salary-units' },
  }),
  raw('S46', 'ranges put together', "SELECT range_agg(daterange(dob, dob, '[]')) FROM users", {
    reveal: { op: 'dob' },
  }),
  raw(
    'S47',
    'the continuous percentile of nothing',
    'SELECT percentile_cont(0) WITHIN GROUP (ORDER BY salary) FROM users',
    { reveal: { op: 'salary' } },
  ),
  raw('S48', 'the slope between two rows', 'SELECT regr_intercept(salary, id - 1) FROM users WHERE id < 3', {
    reveal: { op: 'salary' },
  }),
  raw('S49', 'any value of a group of one', 'SELECT id, any_value(email) FROM users GROUP BY id', { minServer: 16 }),
  raw('S50', 'the aggregate of the SQL standard', 'SELECT JSON_ARRAYAGG(ssn ORDER BY id) FROM users', {
    minServer: 16,
  }),
  raw('S51', 'the subtotal of a cube is the value', 'SELECT sum(salary) FROM users GROUP BY CUBE (id)'),
  raw('S52', 'an XML of all', 'SELECT xmlagg(xmlelement(name e, email)) FROM users'),
  raw('S53', 'DISTINCT inside the aggregate', "SELECT string_agg(DISTINCT email, ' ') FROM users"),
  raw(
    'S54',
    'grouped by the value under another name',
    'SELECT e AS label FROM (SELECT notes AS e FROM users) s GROUP BY label, e',
  ),
  raw(
    'S55',
    'the functionally dependent column of the primary key',
    'SELECT u.card, count(o.id) FROM users u JOIN orders o ON o.user_id = u.id GROUP BY u.id',
  ),
];

const windows = [
  raw(
    'S60',
    'the value of the next row',
    'SELECT nth_value(email, 2) OVER (ORDER BY id ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) FROM users',
  ),
  raw(
    'S61',
    'the default of LEAD',
    'SELECT lead(label, 5, u.ssn) OVER (ORDER BY u.id) FROM orders o JOIN users u ON u.id = o.user_id',
  ),
  raw(
    'S62',
    'an aggregate over a frame of one row',
    "SELECT string_agg(card, '') OVER (ORDER BY id ROWS BETWEEN CURRENT ROW AND CURRENT ROW) FROM users",
  ),
  raw(
    'S63',
    'a frame that excludes the current row',
    'SELECT max(notes) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW EXCLUDE CURRENT ROW) FROM users',
  ),
  raw(
    'S64',
    'a named window that another one extends',
    'SELECT first_value(email) OVER (w ORDER BY id) FROM users WINDOW w AS (PARTITION BY id)',
  ),
  raw(
    'S65',
    'a running total, whose differences are the values',
    'SELECT sum(salary) OVER (PARTITION BY id) FROM users',
  ),
];

export const structures = { structure, aggregate, window: windows };
