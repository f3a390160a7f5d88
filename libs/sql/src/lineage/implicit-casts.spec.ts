import { loadParser } from '../parse.js';
import { contextOf, traceOne } from './testing/known-database-spec.js';

beforeAll(loadParser);

const context = contextOf();
const kindsOf = (sql: string): string => {
  const { oracles, lineage } = traceOne(sql, context);
  return lineage === 'refused' ? 'refused' : oracles.map(({ kind }) => kind).join(' ');
};

/** The author's own values, of types that are not made one for all of them. */
const OWN =
  "(SELECT '5000000-01-01'::date AS d, now() AS t, 1e400::numeric AS n, 1::float8 AS f, 9e9::int8 AS b, '{}'::json AS j) o";

describe('casts that nobody wrote', () => {
  it.each([
    "CASE WHEN email LIKE 'a%' THEN o.d ELSE o.t END",
    "CASE WHEN email LIKE 'a%' THEN o.n WHEN id = 1 THEN o.f END",
    "CASE WHEN email LIKE 'a%' THEN COALESCE(o.d, o.t) END",
    "CASE WHEN email LIKE 'a%' THEN COALESCE(o.d, $1) END",
    "CASE WHEN email LIKE 'a%' THEN GREATEST(o.n, o.f) END",
    "CASE WHEN email LIKE 'a%' THEN NULLIF(o.n, o.f) END",
    "CASE WHEN email LIKE 'a%' THEN o.n = o.f END",
    "CASE WHEN email LIKE 'a%' THEN o.n IS DISTINCT FROM o.f END",
    "CASE WHEN email LIKE 'a%' THEN o.b = $1 END",
    "CASE WHEN email LIKE 'a%' THEN o.d IN (o.d, o.t) END",
    "CASE WHEN email LIKE 'a%' THEN o.f BETWEEN 1 AND o.n END",
    "CASE WHEN email LIKE 'a%' THEN (o.n, 1) < (o.f, 2) END",
    "CASE WHEN email LIKE 'a%' THEN o.n = ANY (ARRAY[o.f]) END",
    "CASE WHEN email LIKE 'a%' THEN ARRAY[o.n, o.f] END",
    "CASE WHEN email LIKE 'a%' THEN lag(o.d, 1, o.t) OVER () END",
    "CASE WHEN email LIKE 'a%' THEN o.j -> 'a' END",
    "CASE o.f WHEN 2 THEN 1 WHEN o.n THEN length(email) END IS NULL OR email = 'a'",
    "email = 'a' OR o.n = o.f",
    'COALESCE(NULLIF(dob, $1), o.t)',
    'length(email) = o.f AND o.n = o.f',
  ])('may fail by the answer of a protected value: %s', (expression) => {
    expect(kindsOf(`SELECT ${expression} FROM users, ${OWN}`)).toBe('evaluation');
  });

  it.each([
    "CASE WHEN email LIKE 'a%' THEN o.d ELSE '2000-01-01' END",
    "CASE WHEN email LIKE 'a%' THEN o.n WHEN id = 1 THEN 1 ELSE id END",
    "CASE WHEN email LIKE 'a%' THEN full_name ELSE email || '!' END",
    "CASE WHEN salary > 1000 THEN 'high' WHEN salary > $1 THEN 'low' ELSE email END",
    "CASE WHEN email LIKE 'a%' THEN o.d < o.t END",
    "CASE WHEN email LIKE 'a%' THEN id IN (1, 2, $1) END",
    "CASE email WHEN 'a' THEN id WHEN $1 THEN 0 END",
    "email = 'a' OR (o.f > 1 AND o.d = $1)",
    'COALESCE(dob, $1)',
    'salary > 10::float8, salary BETWEEN $1 AND $2, dob < now()',
    "o.j -> 'a', email",
  ])('cannot: %s', (expression) => {
    expect(kindsOf(`SELECT ${expression} FROM users, ${OWN}`)).toBe('');
  });

  it.each([
    'SELECT id, 1 FROM users JOIN (SELECT 1e400::numeric AS f) s USING (f)',
    'SELECT array_agg(email) FROM users WHERE salary IN (SELECT 1::float8)',
    "SELECT CASE WHEN email = 'a' THEN (SELECT 1 UNION ALL SELECT 2) END FROM users",
  ])('are part of what else may fail: %s', (sql) => {
    expect(kindsOf(sql)).toMatch(/refused|predicate|evaluation/);
  });
});
