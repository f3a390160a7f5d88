import { loadParser } from '../parse.js';
import { contextOf, outputsInShort, traceOne } from './testing/known-database-spec.js';

beforeAll(loadParser);

const context = contextOf();
const kindsOf = (sql: string): string => {
  const { oracles, lineage } = traceOne(sql, context);
  return lineage === 'refused' ? 'refused' : oracles.map(({ kind }) => kind).join(' ');
};

describe('what fails for some values only, and so tells of them', () => {
  const first = "(SELECT left(email, 1) AS a, id FROM users) s, (SELECT 'a'::text AS a, 'x'::text AS b) t";

  it.each([
    // rows whose second parts cannot be compared: an error where the first parts are equal
    `SELECT s = t FROM ${first}`,
    `SELECT s <> t FROM ${first}`,
    `SELECT s IS DISTINCT FROM t FROM ${first}`,
    `SELECT s IN (t) FROM ${first}`,
    `SELECT s BETWEEN t AND t FROM ${first}`,
    `SELECT NULLIF(s, t) FROM ${first}`,
    `SELECT CASE s WHEN t THEN 1 END FROM ${first}`,
    `SELECT GREATEST(s, t) FROM ${first}`,
    `SELECT ROW(s) = ROW(t) FROM ${first}`,
    `SELECT ROW(s.a, s.id) = t FROM ${first}`,
    `SELECT ARRAY[s] = ARRAY[t] FROM ${first}`,
    `SELECT array_agg(s) = array_agg(t) FROM ${first}`,
    `SELECT ARRAY(SELECT s) @> ARRAY(SELECT t) FROM ${first}`,
    `SELECT s IN (SELECT t) FROM ${first}`,
    `SELECT COALESCE(s, NULL) = t FROM ${first}`,
    `SELECT a.r = b.r FROM (SELECT ROW(left(email, 1), id) AS r FROM users) a, (SELECT ROW('a'::text, $1) AS r) b`,
    `SELECT x.r = y.r FROM (SELECT (q.r).f1 AS r FROM (SELECT ROW(ROW(email, id), 1) AS r FROM users) q) x, (SELECT ROW('a'::text, 'b'::text) AS r) y`,
    "SELECT mode() WITHIN GROUP (ORDER BY s) FROM (SELECT email, '{}'::json AS j FROM users) s",
    // a fraction that is none, an encoding that is none
    'SELECT percentile_disc((SELECT CASE WHEN email = label THEN 0.5 ELSE 2 END FROM users, orders LIMIT 1)) WITHIN GROUP (ORDER BY id) FROM orders',
    "SELECT length('x'::bytea, (CASE WHEN email = $1 THEN 'UTF8' ELSE 'none' END)::name) FROM users",
    "SELECT length(notes, 'UTF8') FROM users",
    'SELECT CASE WHEN email = $1 THEN EXISTS (SELECT percentile_disc(2) WITHIN GROUP (ORDER BY id) FROM orders) END FROM users',
    // what only runs for some values: locks, counters of scans, time
    'SELECT CASE WHEN email = $1 THEN EXISTS (SELECT FROM orders WHERE id = 1 FOR UPDATE) END FROM users',
    'SELECT email = $1 AND EXISTS (SELECT FROM orders) FROM users',
    'SELECT email = $1 OR id IN (SELECT id FROM orders FOR SHARE) FROM users',
    'SELECT CASE WHEN email = $1 THEN ARRAY(SELECT id FROM orders) END FROM users',
    // memory and time that only some values take
    "SELECT length(replace(left(email, 1), 'a', 'aaaaaaaa')) FROM users",
    'SELECT replace(email, $1, $2) FROM users',
    "SELECT replace(email, 'a', repeat('x', 1000000)) FROM users",
    "SELECT CASE WHEN email LIKE 'a%' THEN length(replace(id::text, '1', '11111111')) END FROM users",
    String.raw`SELECT substring(email FROM '^a(.*)(.*)(.*)\1\2\3#') FROM users`,
    'SELECT substring(email, $1) FROM users',
  ])('notes it: %s', (sql) => {
    expect(kindsOf(sql)).toMatch(/evaluation/);
  });

  it.each([
    'SELECT (email, id) = ($1, $2) FROM users',
    "SELECT (email, id) IN (('a', 1), ('b', 2)) FROM users",
    "SELECT replace(email, '@', '') FROM users",
    "SELECT replace(email, '-', ' ') FROM users",
    'SELECT substring(email FROM 1 FOR 3) FROM users',
    'SELECT substring(email, 2) FROM users',
    'SELECT row_to_json(u), to_jsonb(u) FROM users u',
    'SELECT length(email) FROM users',
    'SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY ssn) FROM users',
    'SELECT EXISTS (SELECT FROM orders o WHERE o.id = u.id), id IN (SELECT id FROM orders), email FROM users u',
    'SELECT email IN (SELECT label FROM orders) FROM users',
    'SELECT CASE WHEN email IS NULL THEN EXISTS (SELECT FROM orders) END FROM users',
    'SELECT array_agg(u) FROM users u',
  ])('notes nothing of what fails for none: %s', (sql) => {
    expect(kindsOf(sql)).toBe('');
  });
});

describe('a value of the author among those of a column', () => {
  const outputOf = (sql: string) => traceOne(sql, context).outputs?.[0];

  it.each([
    "SELECT email FROM users UNION ALL SELECT 'guess'",
    "SELECT 'guess' UNION ALL SELECT email FROM users",
    "SELECT CASE WHEN id = 1 THEN 'guess' ELSE email END FROM users",
    "SELECT COALESCE(email, 'guess') FROM users",
    "SELECT lag(email, 1, 'guess') OVER () FROM users",
    "WITH RECURSIVE r(x, n) AS (SELECT email, 1 FROM users UNION ALL SELECT 'guess', n + 1 FROM r WHERE n < 2) SELECT x FROM r",
    "SELECT x FROM (SELECT email FROM users UNION ALL SELECT 'guess') s(x) UNION ALL SELECT email FROM users",
    'SELECT (SELECT max(y) FROM (SELECT 1) s(y))::text UNION ALL SELECT email FROM users',
  ])('is told: %s', (sql) => {
    expect(outputOf(sql)).toMatchObject({ taint: 'column', anonymous: true, mixed: true });
  });

  it.each([
    "INSERT INTO users(id, email) VALUES (1, 'guess') RETURNING email",
    'INSERT INTO users(id, email) VALUES (1, $1) ON CONFLICT (id) DO NOTHING RETURNING users.email',
    "UPDATE users SET email = 'guess' RETURNING email",
    "UPDATE users SET email = 'guess' RETURNING new.email",
    "UPDATE users SET email = 'guess' RETURNING WITH (NEW AS n) n.email",
    "WITH w AS (INSERT INTO users(id, email) VALUES (1, 'guess') RETURNING email) SELECT email FROM w",
    "MERGE INTO users u USING orders o ON u.id = o.id WHEN NOT MATCHED THEN INSERT (id, email) VALUES (1, 'guess') RETURNING u.email",
  ])('is told of a row that was written: %s', (sql) => {
    expect(outputOf(sql)).toMatchObject({ taint: 'column', mixed: true });
  });

  it.each([
    "UPDATE users SET email = 'new' RETURNING old.email",
    'UPDATE users SET id = 1 RETURNING email',
    'DELETE FROM users RETURNING email',
    'SELECT email FROM users UNION ALL SELECT email FROM users',
    'SELECT CASE WHEN id = 1 THEN email END FROM users',
    'SELECT lag(email) OVER () FROM users',
    'SELECT (SELECT email FROM users LIMIT 1)',
  ])('is none: %s', (sql) => {
    const output = outputOf(sql);
    expect(output).toMatchObject({ taint: 'column' });
    expect(output).not.toHaveProperty('mixed');
    expect(outputsInShort(traceOne(sql, context), context)).toBe('email');
  });
});
