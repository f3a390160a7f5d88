import { describeText } from '../describe.js';
import { loadParser } from '../parse.js';
import { buildKnowledgeIndex } from '../resolve.js';
import { guarded, open, publicPath } from '../testing/sample-knowledge.js';

const index = buildKnowledgeIndex(open());
const strict = buildKnowledgeIndex(guarded());

beforeAll(loadParser);

function onlyReads(text: string, within = index): readonly string[] {
  const [statement] = describeText(text, within, publicPath).statements;
  if (!statement) throw new Error('not read');
  return statement.objects.filter(({ oid }) => statement.onlyReads?.includes(oid)).map(({ name }) => name);
}

describe('what a write only reads', () => {
  it.each<[string, readonly string[]]>([
    ['UPDATE orders SET total = 0 FROM users u WHERE u.id = user_id', ['users']],
    ['DELETE FROM orders USING users u WHERE u.id = user_id', ['users']],
    ['DELETE FROM orders o WHERE NOT EXISTS (SELECT FROM payments p WHERE p.id = o.id)', ['payments']],
    ['INSERT INTO orders (id) SELECT id FROM users', ['users']],
    ['INSERT INTO orders (id) SELECT id FROM orders', []],
    ['INSERT INTO orders (id) SELECT o.id FROM orders o JOIN users u ON u.id = o.user_id', ['users']],
    ['MERGE INTO orders o USING users u ON u.id = o.user_id WHEN MATCHED THEN DELETE', ['users']],
    ['WITH d AS (DELETE FROM orders RETURNING id) INSERT INTO payments (id) SELECT d.id FROM d, users', ['users']],
    ['WITH d AS (DELETE FROM orders RETURNING id) SELECT d.id FROM d, users', ['users']],
    ['UPDATE orders SET total = 0 RETURNING (SELECT count(*) FROM users)', ['users']],
    ['EXPLAIN ANALYZE DELETE FROM orders USING users', ['users']],
    ['COPY (DELETE FROM orders USING users RETURNING 1) TO STDOUT', ['users']],
    ['INSERT INTO scratch (id) SELECT id FROM users', ['users']],
    ['DELETE FROM audited USING users', ['users']],
    ['UPDATE orders SET total = 0', []],
    ['INSERT INTO orders (id) VALUES (1)', []],
  ])('%s', (text, found) => {
    expect(onlyReads(text)).toEqual(found);
  });

  it.each([
    ['rows of it are locked', 'UPDATE orders SET total = 0 WHERE user_id IN (SELECT id FROM users FOR UPDATE)'],
    ['it locks and writes nothing', 'SELECT o.id FROM orders o JOIN users u ON u.id = o.user_id FOR UPDATE OF o'],
    ['code of users runs', 'UPDATE orders SET total = 0 FROM users WHERE notify_all(users.id)'],
    ['reading it runs code of users', 'UPDATE orders SET total = 0 FROM computed'],
    ['it is a view that nobody proved', 'UPDATE orders SET total = 0 FROM active_users'],
    ['it is beyond the database', 'UPDATE orders SET total = 0 FROM far'],
    ['its rows are those of policies', 'UPDATE orders SET total = 0 FROM tenants'],
    ['another name is not known', 'UPDATE orders SET total = 0 FROM users, nobody'],
    ['what is written is not known', 'UPDATE nobody SET total = 0 FROM users'],
    ['settings are written', "UPDATE pg_settings SET setting = 'x' FROM users"],
    ['nothing is written', 'SELECT count(*) FROM users JOIN orders ON true'],
    ['something is only called that writes', "SELECT nextval('users_id_seq') FROM users"],
    ['it is only planned', 'EXPLAIN DELETE FROM orders USING users'],
    ['a table is made', 'CREATE TABLE t AS SELECT * FROM users'],
    ['a table is made by the way', 'SELECT id INTO t FROM users'],
    ['it is kept for later', 'PREPARE p AS DELETE FROM orders USING users'],
  ])('is not told where %s', (_, text) => {
    expect(onlyReads(text)).toEqual([]);
  });

  it.each<[string, boolean | undefined]>([
    ['INSERT INTO orders (id) SELECT id FROM users', undefined],
    ['WITH d AS (DELETE FROM orders RETURNING id) INSERT INTO orders (id) SELECT d.id FROM d, users', undefined],
    ['INSERT INTO orders (id) SELECT o.id FROM orders o JOIN users u ON u.id = o.user_id', true],
    ['WITH d AS (INSERT INTO orders (id) SELECT id FROM users RETURNING id) SELECT * FROM orders', true],
    ['INSERT INTO orders (id) SELECT id FROM users RETURNING (SELECT count(*) FROM public.orders)', true],
    ['UPDATE orders o SET total = 0 FROM users u WHERE u.id IN (TABLE orders)', true],
    ['MERGE INTO orders o USING (SELECT u.id FROM users u, orders) u ON u.id = o.id WHEN MATCHED THEN DELETE', true],
    ['EXPLAIN ANALYZE DELETE FROM orders USING users, orders o', true],
    ['COPY (DELETE FROM orders USING users, orders o RETURNING 1) TO STDOUT', true],
  ])('says whether what is written is read by a query, too: %s', (text, reads) => {
    expect(describeText(text, index, publicPath).statements[0]?.readsWritten).toBe(reads);
  });

  it('is told where columns are protected, too', () => {
    expect(onlyReads('DELETE FROM orders o WHERE NOT EXISTS (SELECT FROM users u WHERE u.id = o.id)', strict)).toEqual([
      'users',
    ]);
  });
});
