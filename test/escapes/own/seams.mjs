// Against a gateway that masks what is computed instead of refusing it: answers by time, by NULL, by numbers of rows and by errors where
// no constant stands beside the value: the guess comes from a clean column, which an attacker can write.
import { SEED } from '../run.mjs';

const raw = (id, tries, sql, more = {}) => ({ id, tries, sql: [sql].flat(), ...more });
const asks = (id, tries, sql, falseSql, more = {}) =>
  raw(id, tries, sql, { kind: 'oracle', falseSql: [falseSql].flat(), ...more });
const nulls = (...equals) => ({ reveal: { op: 'nulls', equals } });
const bob = SEED[1].email;
/** The label of each order is a guess at the address of its user; the second is right. */
const guesses = { setup: [`UPDATE orders SET label = '${bob}'`] };
const joined = 'users u JOIN orders o ON o.user_id = u.id';
/** Some seconds of clean rows that lead nowhere. */
const slow = 'EXISTS (SELECT 1 FROM generate_series(1, 8000) a, generate_series(1, 8000) b WHERE a + b < 0)';

const seam = [
  raw(
    'Y01',
    'NULLIF with a column that holds the guess',
    `SELECT u.id, nullif(u.email, o.label) FROM ${joined} ORDER BY u.id`,
    { ...guesses, ...nulls(false, true, false) },
  ),
  raw(
    'Y02',
    'CASE without ELSE over a column that holds the guess',
    `SELECT u.id, CASE WHEN u.email = o.label THEN 1 END FROM ${joined} ORDER BY u.id`,
    { ...guesses, ...nulls(true, false, true) },
  ),
  raw('Y03', 'the same in binary', `SELECT u.id, CASE WHEN u.email < o.label THEN 1 END FROM ${joined} ORDER BY u.id`, {
    ...guesses,
    protocol: 'binary',
    ...nulls(false, true, true),
  }),
  raw('Y04', 'count of what is not the guess of a column', `SELECT count(nullif(u.email, o.label)) FROM ${joined}`, {
    ...guesses,
    reveal: { op: 'sequence', equals: ['2'] },
  }),
  raw('Y05', 'IS NULL of it', `SELECT nullif(u.email, o.label) IS NULL FROM ${joined} ORDER BY u.id`, {
    ...guesses,
    reveal: { op: 'sequence', equals: ['f', 't', 'f'] },
  }),
  raw(
    'Y06',
    'the number of NULLs in a row',
    `SELECT num_nulls(nullif(u.email, o.label), 1) FROM ${joined} ORDER BY u.id`,
    { ...guesses, reveal: { op: 'sequence', equals: ['0', '1', '0'] } },
  ),
  raw(
    'Y07',
    'a row whose only field is NULL',
    `SELECT ROW(nullif(u.email, o.label)) IS NULL FROM ${joined} ORDER BY u.id`,
    { ...guesses, reveal: { op: 'sequence', equals: ['f', 't', 'f'] } },
  ),
  raw(
    'Y08',
    'COALESCE of it and a clean column',
    `SELECT coalesce(nullif(u.email, o.label), 'same') FROM ${joined} ORDER BY u.id`,
    { ...guesses, reveal: { op: 'sequence', equals: [SEED[0].email, 'same', SEED[2].email] } },
  ),
  raw(
    'Y09',
    'a clean value of LAG by an offset that it decides',
    `SELECT lag(o.id, CASE WHEN u.email = o.label THEN 0 ELSE 1 END, 9) OVER (ORDER BY o.id) FROM ${joined} ORDER BY o.id`,
    { ...guesses, reveal: { op: 'sequence', equals: ['9', '2', '2'] } },
  ),
  raw(
    'Y10',
    'a JSON document without what is NULL',
    `SELECT json_strip_nulls(json_build_object('x', nullif(u.email, o.label)))::text FROM ${joined} ORDER BY u.id`,
    { ...guesses, reveal: { op: 'sizes', equals: [SEED[0].email.length + 8, 2, SEED[2].email.length + 8] } },
  ),
  raw(
    'Y11',
    'JSON_ARRAY leaves NULL out',
    `SELECT json_array_length(JSON_ARRAY(nullif(u.email, o.label), 1)) FROM ${joined} ORDER BY u.id`,
    { ...guesses, minServer: 16, reveal: { op: 'sequence', equals: ['2', '1', '2'] } },
  ),
  raw(
    'Y12',
    'a comparison that becomes a row or none by unnest',
    `SELECT u.id, unnest(CASE WHEN u.email = o.label THEN ARRAY[1] END) FROM ${joined}`,
    { ...guesses, reveal: { op: 'row-count', equals: 1 } },
  ),
  raw(
    'Y13',
    'a lateral subquery with a condition',
    'SELECT u.id FROM users u, orders o, LATERAL (SELECT 1 WHERE u.email = o.label) l WHERE o.id = u.id',
    { ...guesses, reveal: { op: 'sequence', equals: ['2'] } },
  ),
  raw(
    'Y14',
    'a condition hidden in a subquery, its answer in the next level',
    `SELECT id FROM (SELECT u.id, u.email = o.label AS is_it FROM ${joined}) s WHERE is_it`,
    { ...guesses, reveal: { op: 'sequence', equals: ['2'] } },
  ),
  raw(
    'Y15',
    'the same through a WITH query and a join',
    `WITH s AS MATERIALIZED (SELECT u.id, u.email = o.label AS is_it FROM ${joined}) SELECT s.id FROM s JOIN (VALUES (true)) v(t) ON s.is_it = v.t`,
    { ...guesses, reveal: { op: 'sequence', equals: ['2'] } },
  ),
  raw(
    'Y16',
    'the same through USING',
    `SELECT s.id FROM (SELECT u.id, u.email = o.label AS t FROM ${joined}) s JOIN (VALUES (true)) v(t) USING (t)`,
    { ...guesses, reveal: { op: 'sequence', equals: ['2'] } },
  ),
  raw(
    'Y17',
    'grouped by the answer',
    `SELECT count(*) FROM (SELECT u.email = o.label AS t FROM ${joined}) s GROUP BY t ORDER BY 1`,
    { ...guesses, reveal: { op: 'sequence', equals: ['1', '2'] } },
  ),
  raw(
    'Y18',
    'ordered by the answer',
    `SELECT id FROM (SELECT u.id, u.email = o.label AS t FROM ${joined}) s ORDER BY t DESC, id`,
    { ...guesses, reveal: { op: 'sequence', equals: ['2', '1', '3'] } },
  ),
  raw('Y19', 'DISTINCT over the answer', `SELECT count(*) FROM (SELECT DISTINCT u.email = o.label FROM ${joined}) s`, {
    ...guesses,
    reveal: { op: 'sequence', equals: ['2'] },
  }),
  raw(
    'Y20',
    'the first id of a window ordered by the answer',
    `SELECT first_value(u.id) OVER (ORDER BY (u.email = o.label) DESC) FROM ${joined}`,
    { ...guesses, reveal: { op: 'sequence', equals: ['2', '2', '2'] } },
  ),
  raw(
    'Y21',
    'the ids aggregated in the order of the answer',
    `SELECT array_agg(u.id ORDER BY (u.email = o.label) DESC, u.id) FROM ${joined}`,
    { ...guesses, reveal: { op: 'sequence', equals: ['{2,1,3}'] } },
  ),
  raw(
    'Y22',
    'the id that is aggregated when it is so',
    `SELECT max(u.id) FILTER (WHERE u.email = o.label) FROM ${joined}`,
    { ...guesses, reveal: { op: 'sequence', equals: ['2'] } },
  ),
  raw(
    'Y23',
    'as many rows as LIMIT takes',
    `SELECT 1 FROM generate_series(1, 9) LIMIT (SELECT CASE WHEN u.email = o.label THEN 7 ELSE 3 END FROM ${joined} WHERE u.id = 2)`,
    { ...guesses, reveal: { op: 'row-count', equals: 7 } },
  ),
  raw(
    'Y24',
    'recursion that goes on while it is so',
    `WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < (SELECT CASE WHEN u.email = o.label THEN 5 ELSE 2 END FROM ${joined} WHERE u.id = 2)) SELECT count(*) FROM r`,
    { ...guesses, reveal: { op: 'sequence', equals: ['5'] } },
  ),
  raw(
    'Y25',
    'an error behind CASE',
    `SELECT CASE WHEN u.email = o.label THEN 1 / (o.id - o.id) ELSE 1 END FROM ${joined}`,
    { ...guesses, reveal: { op: 'states', equals: ['22012'] } },
  ),
  raw('Y26', 'an error behind AND', `SELECT u.email = o.label AND 1 / (o.id - o.id) = 1 FROM ${joined}`, {
    ...guesses,
    reveal: { op: 'states', equals: ['22012'] },
  }),
  raw('Y27', 'an error behind COALESCE', `SELECT coalesce(nullif(u.email, o.label), chr(o.id - o.id)) FROM ${joined}`, {
    ...guesses,
    reveal: { op: 'states', equals: ['54000'] },
  }),
  raw(
    'Y28',
    'an error of a function that seldom fails',
    `SELECT CASE WHEN u.email = o.label THEN split_part(o.label, '@', o.id - o.id) END FROM ${joined}`,
    { ...guesses, reveal: { op: 'states', equals: ['22023'] } },
  ),
  raw(
    'Y29',
    'two rows where one is wanted, behind CASE',
    `SELECT CASE WHEN u.email = o.label THEN (SELECT id FROM orders) END FROM ${joined}`,
    { ...guesses, reveal: { op: 'states', equals: ['21000'] } },
  ),
  raw(
    'Y30',
    'a write that happens or not',
    [
      `WITH w AS (UPDATE orders o SET amount = -1 FROM users u WHERE u.id = o.user_id AND u.email = o.label RETURNING 1) SELECT count(*) FROM w`,
    ],
    { ...guesses, reveal: { op: 'sequence', equals: ['1'] } },
  ),
  raw(
    'Y31',
    'an upsert that is done or not',
    `INSERT INTO orders(id) SELECT u.id FROM ${joined} WHERE u.email = o.label ON CONFLICT DO NOTHING`,
    {
      setup: [`UPDATE orders SET label = '${bob}'`, 'ALTER TABLE orders DROP CONSTRAINT orders_pkey'],
      reveal: { op: 'tags', equals: ['INSERT 0 1'] },
    },
  ),
  raw(
    'Y32',
    'a column written with the answer',
    [
      `UPDATE orders o SET amount = CASE WHEN u.email = o.label THEN 77 ELSE 0 END FROM users u WHERE u.id = o.user_id`,
      'SELECT amount FROM orders ORDER BY id',
    ],
    { ...guesses, reveal: { op: 'sequence', equals: ['0', '77', '0'] } },
  ),
  asks(
    'Y33',
    'a dictionary as one array',
    'SELECT id FROM users WHERE email = ANY ($1)',
    'SELECT id FROM users WHERE email <> ALL ($1) AND id < 0',
    { protocol: 'extended', params: [`{x@example.com,${bob},y@example.com}`] },
  ),
  asks(
    'Y34',
    'a dictionary as rows of a parameter',
    'SELECT u.id FROM users u JOIN unnest($1::text[]) d(x) ON u.email = d.x',
    'SELECT u.id FROM users u JOIN unnest($1::text[]) d(x) ON u.email = d.x AND u.id < 0',
    { protocol: 'extended', params: [`{x@example.com,${bob}}`] },
  ),
  asks(
    'Y35',
    'a dictionary as OR of parameters',
    'SELECT id FROM users WHERE email = $1 OR email = $2',
    'SELECT id FROM users WHERE (email = $1 OR email = $2) AND id < 0',
    { protocol: 'extended', params: ['x', bob] },
  ),
  raw('Y36', 'time behind CASE', `SELECT CASE WHEN u.email = o.label THEN ${slow} END FROM ${joined} WHERE u.id = 2`, {
    ...guesses,
    kind: 'timing',
    falseSql: [`SELECT CASE WHEN u.email <> o.label THEN ${slow} END FROM ${joined} WHERE u.id = 2`],
  }),
  raw('Y37', 'time behind AND', `SELECT u.email = o.label AND ${slow} FROM ${joined} WHERE u.id = 2`, {
    ...guesses,
    kind: 'timing',
    falseSql: [`SELECT u.email <> o.label AND ${slow} FROM ${joined} WHERE u.id = 2`],
  }),
  raw(
    'Y38',
    'time behind a table of its own',
    'SELECT CASE WHEN u.email = o.label THEN EXISTS (SELECT 1 FROM pg_attribute a, pg_attribute b, generate_series(1, 6) c WHERE a.attnum + b.attnum + c < -99) END FROM users u JOIN orders o ON o.user_id = u.id WHERE u.id = 2',
    {
      ...guesses,
      kind: 'timing',
      falseSql: [
        'SELECT CASE WHEN u.email <> o.label THEN EXISTS (SELECT 1 FROM pg_attribute a, pg_attribute b, generate_series(1, 6) c WHERE a.attnum + b.attnum + c < -99) END FROM users u JOIN orders o ON o.user_id = u.id WHERE u.id = 2',
      ],
    },
  ),
  raw(
    'Y39',
    'the array of a subquery, empty or not',
    `SELECT u.id, ARRAY(SELECT 1 WHERE u.email = o.label) FROM ${joined} ORDER BY u.id`,
    {
      ...guesses,
      reveal: {
        op: 'table',
        equals: [
          ['1', '{}'],
          ['2', '{1}'],
          ['3', '{}'],
        ],
      },
    },
  ),
  raw('Y40', 'a parameter that takes its type from the column', 'SELECT $1 = email FROM users ORDER BY id', {
    protocol: 'extended',
    params: [bob],
    reveal: { op: 'table', equals: SEED.map(({ email }) => [email === bob ? 't' : 'f']) },
  }),
  raw(
    'Y41',
    'a scalar subquery of another class beside the masked one',
    'SELECT (SELECT CASE WHEN u.id > 0 THEN u.ssn ELSE u.phone END) FROM users u',
    { reveal: { op: 'part', of: 'ssn', from: 7, length: 4 } },
  ),
  raw('Y42', 'the default of LAG is of another class', 'SELECT lag(phone, 9, ssn) OVER (ORDER BY id) FROM users', {
    reveal: { op: 'part', of: 'ssn', from: 7, length: 4 },
  }),
  raw(
    'Y43',
    'a cast to a text that keeps the class, of what does not',
    'SELECT (CASE WHEN true THEN ssn ELSE phone END)::text FROM users',
    { reveal: { op: 'part', of: 'ssn', from: 7, length: 4 } },
  ),
  raw('Y44', 'the year of another date', 'SELECT (dob + 0)::date FROM users', { reveal: { op: 'dob' } }),
];

export const seams = { seam };
