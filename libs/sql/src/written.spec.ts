import { loadParser, parseText } from './parse.js';
import { buildKnowledgeIndex } from './resolve.js';
import { guarded, publicPath } from './testing/sample-knowledge.js';
import { writtenValues } from './written.js';

const index = buildKnowledgeIndex(guarded());

beforeAll(loadParser);

/** `email = '****' replaces`, `email ~ $1`: written itself (=), or part of what is (~). */
function written(text: string): string[] {
  const parsed = parseText(text);
  if (parsed.error) throw new Error(parsed.error.message);
  return parsed.statements.flatMap(({ node }) =>
    writtenValues(node, index, publicPath).map(({ column, direct, value, replaces }) => {
      const what = 'parameter' in value ? `$${value.parameter}` : String(value.literal);
      return `${column.split('.').at(-1)} ${direct ? '=' : '~'} ${what}${replaces ? ' replaces' : ''}`;
    }),
  );
}

describe('values on their way into protected columns', () => {
  it.each<[string, string[]]>([
    ["INSERT INTO users (id, email) VALUES (1, '****'), (2, $1)", ['email = ****', 'email = $1']],
    ["INSERT INTO users (id, email) SELECT 1, '****'", ['email = ****']],
    ["INSERT INTO users (id, email) SELECT 1, '****' UNION ALL SELECT 2, $2", ['email = ****', 'email = $2']],
    [
      "INSERT INTO users (email) VALUES ('a') ON CONFLICT (id) DO UPDATE SET email = '****'",
      ['email = a replaces', 'email = **** replaces'],
    ],
    [
      "INSERT INTO users (email) VALUES ('a') ON CONFLICT (id) DO UPDATE SET email = excluded.email",
      ['email = a replaces'],
    ],
    ["UPDATE users SET email = '****'::varchar WHERE id = 5", ['email = **** replaces']],
    ['UPDATE public.users AS u SET email = $2 WHERE email = $1', ['email = $2 replaces']],
    ["UPDATE users SET (id, email) = (1, '****')", ['email = **** replaces']],
    ['UPDATE users SET email = NULL', ['email = null replaces']],
    ['UPDATE users SET email = DEFAULT', []],
    ["UPDATE users SET email = coalesce($1, '****')", ['email ~ $1 replaces', 'email ~ **** replaces']],
    [
      "UPDATE users SET email = v.e FROM (VALUES (1, '****')) v(i, e) WHERE v.i = users.id",
      ['email ~ 1 replaces', 'email ~ **** replaces'],
    ],
    ["WITH v(e) AS (VALUES ('****')) UPDATE users SET email = (SELECT e FROM v)", ['email ~ **** replaces']],
    ["WITH w AS (UPDATE users SET email = '****' RETURNING id) SELECT 1 FROM w", ['email = **** replaces']],
    ["INSERT INTO users (id, email) SELECT * FROM (VALUES (1, '****')) v", ['email ~ 1', 'email ~ ****']],
    [
      "MERGE INTO users u USING (VALUES (1)) v(i) ON u.id = v.i WHEN MATCHED THEN UPDATE SET email = '****' WHEN NOT MATCHED THEN INSERT (id, email) VALUES (1, $3)",
      ['email = **** replaces', 'email = $3 replaces'],
    ],
    ["EXPLAIN ANALYZE UPDATE users SET email = '****'", ['email = **** replaces']],
  ])('%s', (text, wanted) => {
    expect(written(text)).toEqual(wanted);
  });

  it.each([
    'INSERT INTO users (id) VALUES (1)',
    "UPDATE users SET id = 5 WHERE email = '****'",
    "SELECT email FROM users WHERE email = '****'",
    "INSERT INTO nowhere (email) VALUES ('****')",
    "DELETE FROM users WHERE email = '****'",
  ])('there are none in %s', (text) => {
    expect(written(text)).toEqual([]);
  });

  it('are those of the columns in their order where the statement names none', () => {
    const users = index.catalog.relations.find(({ name }) => name === 'users');
    const values = users?.columns.map(({ name }) => `'${name}'`).join(', ');
    expect(written(`INSERT INTO users VALUES (${values})`)).toContain('email = email');
  });

  it('are told once, whatever the number of rows', () => {
    const rows = Array.from({ length: 500 }, (_, i) => `(${i}, '****')`).join(', ');
    expect(written(`INSERT INTO users (id, email) VALUES ${rows}`)).toEqual(['email = ****']);
  });
});
