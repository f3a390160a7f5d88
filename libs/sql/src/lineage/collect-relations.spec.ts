import { loadParser, parseText } from '../parse.js';
import { buildKnowledgeIndex, resolveRelation } from '../resolve.js';
import { collectRelations } from './index.js';
import { CATALOG, contextOf } from './testing/known-database-spec.js';

beforeAll(loadParser);

function named(sql: string, path?: readonly string[] | null): string {
  const [statement] = parseText(sql).statements;
  if (!statement) throw new Error('the text of the test does not parse');
  const { objects, unresolved } = collectRelations(statement.node, contextOf({}, path));
  return [...objects.map((object) => `${object.schema}.${object.name}`), ...unresolved.map((name) => `?${name}`)].join(
    ' ',
  );
}

describe('the relations a statement names', () => {
  it.each([
    ['SELECT 1', ''],
    ['SELECT * FROM users u, app.orders', 'public.users app.orders'],
    ['SELECT * FROM users JOIN users x ON true', 'public.users'],
    ['SELECT (SELECT id FROM orders LIMIT 1) FROM (SELECT 1 FROM users) s', 'public.orders public.users'],
    ['SELECT * FROM nowhere, app.nowhere', '?nowhere ?app.nowhere'],
    ['SELECT * FROM other.public.users', '?other.public.users'],
    ['SELECT * FROM esc.public.users', 'public.users'],
    ['SELECT * FROM scratch, pg_temp.scratch', 'pg_temp_3.scratch'],
    ['SELECT * FROM pg_class', 'pg_catalog.pg_class'],
    ['WITH users AS (SELECT * FROM orders) SELECT * FROM users', 'public.orders'],
    ['WITH users AS (SELECT * FROM users) SELECT * FROM users', 'public.users'],
    ['WITH RECURSIVE users AS (SELECT 1 UNION SELECT * FROM users) SELECT * FROM users', ''],
    ['WITH users AS (SELECT 1) SELECT * FROM public.users', 'public.users'],
    ['SELECT * FROM (WITH users AS (SELECT 1) SELECT * FROM users) s, users', 'public.users'],
    ['WITH a AS (SELECT * FROM b), b AS (SELECT 1) SELECT * FROM a', '?b'],
    ['WITH users AS (SELECT 1) INSERT INTO users SELECT * FROM users', 'public.users'],
    ['WITH users AS (SELECT 1) UPDATE users SET id = 1', 'public.users'],
    ['WITH x AS (DELETE FROM orders RETURNING 1) SELECT * FROM x', 'public.orders'],
    ['SELECT 1 FROM users u FOR UPDATE OF u', 'public.users'],
    ['CREATE TABLE orders (a int REFERENCES users (id))', 'public.users'],
    ['CREATE TABLE orders AS SELECT * FROM users', 'public.users'],
    ['SELECT * INTO orders FROM users', 'public.users'],
    ['CREATE VIEW orders AS SELECT * FROM users', 'public.users'],
    ['DROP TABLE users, app.orders, nowhere', 'public.users app.orders ?nowhere'],
    ['DROP FUNCTION users()', ''],
    ['TRUNCATE users, orders', 'public.users public.orders'],
    ['ALTER TABLE users ADD COLUMN x int', 'public.users'],
    ['CREATE INDEX i ON users (id)', 'public.users'],
    ['COPY users TO STDOUT', 'public.users'],
    ['COPY (SELECT * FROM users) TO STDOUT', 'public.users'],
    ['GRANT SELECT ON users, orders TO PUBLIC', 'public.users public.orders'],
    ['COMMENT ON COLUMN users.email IS NULL', 'public.users'],
    ['COMMENT ON TABLE app.orders IS NULL', 'app.orders'],
    ['EXPLAIN ANALYZE DELETE FROM users', 'public.users'],
    ['DECLARE c CURSOR FOR SELECT * FROM users', 'public.users'],
    ['PREPARE q AS SELECT * FROM users', 'public.users'],
    ['LOCK TABLE users', 'public.users'],
    ['VACUUM users', 'public.users'],
    ['MERGE INTO orders USING users ON true WHEN MATCHED THEN DELETE', 'public.orders public.users'],
  ])('%s', (sql, expected) => {
    expect(named(sql)).toBe(expected);
  });

  it('follows the search path, and leaves unqualified names open without one', () => {
    expect(named('SELECT * FROM orders', ['pg_catalog', 'app', 'public'])).toBe('app.orders');
    expect(named('SELECT * FROM orders', [])).toBe('?orders');
    expect(named('SELECT * FROM orders, public.users', null)).toBe('public.users ?orders');
  });
});

describe('resolving one name', () => {
  const index = buildKnowledgeIndex({ id: 1, catalog: CATALOG, protected: [], strict: false });

  it('says unknown-path only for unqualified names', () => {
    expect(resolveRelation(index, null, null, 'users')).toBe('unknown-path');
    expect(resolveRelation(index, null, 'public', 'users')).toMatchObject({ schema: 'public', name: 'users' });
    expect(resolveRelation(index, ['public'], 'public', 'nowhere')).toBeNull();
  });

  it('reads pg_temp as the own temporary schema, and as nothing while there is none', () => {
    expect(resolveRelation(index, ['pg_temp'], null, 'scratch')).toMatchObject({ schema: 'pg_temp_3' });
    const none = buildKnowledgeIndex({
      id: 2,
      catalog: { ...CATALOG, schemas: CATALOG.schemas.filter((schema) => !schema.temporary) },
      protected: [],
      strict: false,
    });
    expect(resolveRelation(none, ['pg_temp', 'public'], null, 'scratch')).toBeNull();
    expect(resolveRelation(none, null, 'pg_temp', 'scratch')).toBeNull();
  });
});
