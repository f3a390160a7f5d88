import { loadParser } from '../parse.js';
import { contextOf, traceOne } from './testing/known-database-spec.js';

beforeAll(loadParser);

/** Kinds with how often, in order of appearance. */
function usesOf(sql: string): string[] {
  return traceOne(sql, contextOf()).oracles.map(({ kind, times = 1 }) => `${times} ${kind}`);
}

describe('uses that tell of protected values are counted', () => {
  it.each([
    ['SELECT id FROM users WHERE email = $1', ['1 equality']],
    // what programs write for a list of one
    ['SELECT id FROM users WHERE email IN ($1)', ['1 equality']],
    ['SELECT id FROM users WHERE id = 1 AND email IN ($1::text)', ['1 equality']],
    ['SELECT id FROM users WHERE email NOT IN ($1)', ['1 predicate']],
    ["SELECT id FROM users WHERE email IN ('a')", ['1 predicate']],
    ['SELECT o.id FROM users u JOIN orders o ON u.email IN (o.label)', ['1 join']],
    [
      'SELECT 0, id FROM users WHERE email = $1 UNION ALL SELECT 1, id FROM users WHERE email = $2 UNION ALL SELECT 2, id FROM users WHERE email = $3',
      ['3 equality'],
    ],
    ['SELECT EXISTS (SELECT FROM users WHERE email = $1), EXISTS (SELECT FROM users WHERE email = $2)', ['2 equality']],
    [
      "SELECT id FROM users WHERE email LIKE 'a%' UNION ALL SELECT id FROM users WHERE email LIKE 'b%' ORDER BY 1",
      ['2 predicate'],
    ],
  ])('%s', (sql, uses) => {
    expect(usesOf(sql)).toEqual(uses);
  });
});
