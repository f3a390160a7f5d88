import type { StatementDescription } from '../description.js';
import { describeText } from '../describe.js';
import { loadParser } from '../parse.js';
import { buildKnowledgeIndex } from '../resolve.js';
import { guarded, open, publicPath } from '../testing/sample-knowledge.js';

const index = buildKnowledgeIndex(open());

beforeAll(loadParser);

function one(text: string, against = index): StatementDescription {
  const { statements, error } = describeText(text, against, publicPath);
  expect(error).toBeNull();
  return statements[0]!;
}

describe('clauses that a statement could have', () => {
  it.each([
    ['SELECT id FROM users', ['limit', 'where']],
    ['SELECT id FROM users WHERE true LIMIT ALL', ['limit', 'where']],
    ['SELECT id FROM users WHERE id = 1', ['limit']],
    ['SELECT id FROM users LIMIT $1', ['where']],
    ['SELECT id FROM users WHERE id = 1 UNION SELECT id FROM orders LIMIT 5', ['where']],
    ['DELETE FROM users', ['where']],
    ['UPDATE users SET name = $1 WHERE true', ['where']],
    ['WITH gone AS (DELETE FROM users RETURNING id) SELECT id FROM gone WHERE id > 1 LIMIT 1', ['where']],
    ['DECLARE c CURSOR FOR SELECT id FROM users', ['limit', 'where']],
    ['EXPLAIN ANALYZE DELETE FROM users', ['where']],
    ['INSERT INTO users (id) SELECT id FROM orders', ['limit', 'where']],
  ])('%s lacks %j', (text, missing) => {
    expect(one(text).missing).toEqual(missing);
  });

  it.each([
    'SELECT 1',
    'DELETE FROM users WHERE id = 1',
    'SELECT id FROM users WHERE id = 1 LIMIT 1',
    'TRUNCATE users',
  ])('%s lacks none', (text) => {
    expect(one(text).missing).toEqual([]);
  });

  it.each(['EXECUTE s', 'DO $$ BEGIN END $$', 'CALL p()', 'FETCH ALL FROM c', 'EXPLAIN EXECUTE s'])(
    'nobody knows of what %s runs',
    (text) => {
      expect(one(text).missing).toBeNull();
    },
  );

  it('reads a chain of a thousand set operations', () => {
    const chain = Array.from({ length: 1000 }, () => 'SELECT id FROM users WHERE id = 1').join(' UNION ALL ');
    expect(one(`${chain} LIMIT 1`).missing).toEqual([]);
  });
});

describe('protected classes that decide about rows', () => {
  const strict = buildKnowledgeIndex(guarded());

  it('are none where nothing is protected', () => {
    expect(one('SELECT id FROM users WHERE id = 1').filters).toEqual([]);
  });

  it('are those that are compared with, not those that come out', () => {
    expect(one('SELECT email FROM users WHERE id = 1', strict).filters).toEqual([]);
    expect(one('SELECT id FROM users WHERE email = $1', strict).filters).toEqual(['email']);
  });

  it('are not known of a statement that lineage refuses', () => {
    expect(one('SELECT id FROM users WHERE upper(email) = $1', strict).filters).toBeNull();
  });
});
