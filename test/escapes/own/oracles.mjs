// Answers about values that are never shown: which rows, how many, in which order, how late.
import { SEED } from '../run.mjs';

const raw = (id, tries, sql, more = {}) => ({ id, tries, sql: sql === undefined ? undefined : [sql].flat(), ...more });
const asks = (id, tries, sql, falseSql, more = {}) =>
  raw(id, tries, sql, { kind: 'oracle', falseSql: [falseSql].flat(), ...more });
const ids = (...equals) => ({ reveal: { op: 'sequence', equals: equals.map(String) } });
const bob = SEED[1].email;

const order = [
  raw('O01', 'ids in the order of salaries', 'SELECT id FROM users ORDER BY salary', ids(2, 1, 3)),
  raw('O02', 'an array of ids in that order', 'SELECT array_agg(id ORDER BY salary) FROM users', ids('{2,1,3}')),
  raw('O03', 'the rank of ids', 'SELECT row_number() OVER (ORDER BY dob) FROM users ORDER BY id', ids(2, 3, 1)),
  raw('O04', 'the first id of a window', 'SELECT first_value(id) OVER (ORDER BY salary DESC) FROM users', ids(3, 3, 3)),
  raw(
    'O05',
    'the only row by DISTINCT ON',
    'SELECT DISTINCT ON (1) id FROM (SELECT id, salary FROM users) s ORDER BY 1, salary',
    {
      ...ids(1, 2, 3),
      kind: 'oracle',
      falseSql: [
        'SELECT DISTINCT ON (user_id % 1) u.id FROM users u JOIN orders o ON o.user_id = u.id ORDER BY user_id % 1, u.salary',
      ],
    },
  ),
  raw('O06', 'the highest by LIMIT', 'SELECT id FROM users ORDER BY salary DESC LIMIT 1', ids(3)),
  raw(
    'O07',
    'a running sum of ids over salaries',
    'SELECT sum(id) OVER (ORDER BY salary) FROM users ORDER BY id',
    ids(3, 2, 6),
  ),
  raw(
    'O08',
    'ids around the current row by RANGE',
    'SELECT count(*) OVER (ORDER BY salary RANGE BETWEEN 60000 PRECEDING AND CURRENT ROW) FROM users ORDER BY id',
    ids(2, 1, 2),
  ),
  raw('O09', 'the rank a salary would have', 'SELECT rank(100000) WITHIN GROUP (ORDER BY salary) FROM users', ids(2)),
  raw('O10', 'ordered by a position', 'SELECT id FROM (SELECT id, card FROM users ORDER BY 2) s', ids(1, 3, 2)),
  raw(
    'O11',
    'a cursor over ordered ids',
    ['BEGIN', 'DECLARE c CURSOR FOR SELECT id FROM users ORDER BY dob', 'FETCH ALL FROM c', 'COMMIT'],
    ids(3, 1, 2),
  ),
  raw('O12', 'COPY of ids in an order', 'COPY (SELECT id FROM users ORDER BY salary) TO STDOUT', {
    kind: 'oracle',
    falseSql: ['COPY (SELECT id FROM users ORDER BY id) TO STDOUT'],
  }),
];

const predicate = [
  asks(
    'O20',
    'a set of guesses',
    "SELECT id FROM users WHERE email = ANY (ARRAY['x', '" + bob + "'])",
    "SELECT id FROM users WHERE email = ANY (ARRAY['x', 'y'])",
  ),
  asks(
    'O21',
    'no row that is less',
    "SELECT 1 WHERE NOT EXISTS (SELECT FROM users WHERE ssn < '5')",
    "SELECT 1 WHERE NOT EXISTS (SELECT FROM users WHERE ssn < '6')",
  ),
  asks(
    'O22',
    'rows compared',
    "SELECT id FROM users WHERE (id, email) < (1, 'b')",
    "SELECT id FROM users WHERE (id, email) < (1, 'a')",
  ),
  asks(
    'O23',
    'a pattern of another table',
    "SELECT count(*) FROM (VALUES ('alice%')) p(x) JOIN users u ON u.email LIKE p.x",
    "SELECT count(*) FROM (VALUES ('alica%')) p(x) JOIN users u ON u.email LIKE p.x",
  ),
  asks(
    'O24',
    'count of what is not the guess',
    `SELECT count(nullif(email, '${bob}')) FROM users`,
    "SELECT count(nullif(email, 'x')) FROM users",
  ),
  asks(
    'O25',
    'how many arguments are NULL',
    `SELECT num_nulls(nullif(email, '${bob}')) FROM users`,
    "SELECT num_nulls(nullif(email, 'x')) FROM users",
  ),
  asks(
    'O26',
    'IS NULL of a computed value',
    `SELECT id, nullif(email, '${bob}') IS NULL FROM users`,
    "SELECT id, nullif(email, 'x') IS NULL FROM users",
  ),
  asks(
    'O27',
    'how long an array is without the guess',
    `SELECT cardinality(array_remove(array_agg(email), '${bob}')) FROM users`,
    "SELECT cardinality(array_remove(array_agg(email), 'x')) FROM users",
  ),
  asks(
    'O28',
    'the number of groups',
    'SELECT count(*) FROM (SELECT 1 FROM users GROUP BY left(ssn, 1)) s',
    'SELECT count(*) FROM (SELECT 1 FROM users GROUP BY left(card, 1)) s',
  ),
  asks(
    'O29',
    'what UNION leaves',
    "SELECT count(*) FROM (SELECT email FROM users UNION SELECT '" + bob + "') s",
    "SELECT count(*) FROM (SELECT email FROM users UNION SELECT 'x') s",
  ),
  asks(
    'O30',
    'a join by USING with a guess',
    `SELECT count(*) FROM users JOIN (VALUES ('${bob}')) v(email) USING (email)`,
    "SELECT count(*) FROM users JOIN (VALUES ('x')) v(email) USING (email)",
  ),
  asks(
    'O31',
    'HAVING',
    'SELECT id FROM users GROUP BY id HAVING max(salary) > 100000',
    'SELECT id FROM users GROUP BY id HAVING max(salary) > 900000',
  ),
  asks(
    'O32',
    'a filtered count',
    "SELECT count(*) FILTER (WHERE notes LIKE '%#5%') FROM users",
    "SELECT count(*) FILTER (WHERE notes LIKE '%#9%') FROM users",
  ),
  asks(
    'O33',
    'a row to be locked',
    "SELECT id FROM users WHERE card LIKE '4%' FOR SHARE SKIP LOCKED",
    "SELECT id FROM users WHERE card LIKE '9%' FOR SHARE SKIP LOCKED",
  ),
  asks(
    'O34',
    'MERGE by a guess',
    `MERGE INTO orders o USING users u ON u.email = '${bob}' AND o.id = u.id WHEN MATCHED THEN DELETE`,
    "MERGE INTO orders o USING users u ON u.email = 'x' AND o.id = u.id WHEN MATCHED THEN DELETE",
  ),
  asks(
    'O35',
    'a clean value chosen by a protected one',
    "SELECT CASE WHEN ssn LIKE '5%' THEN 'a' ELSE 'b' END FROM users",
    "SELECT CASE WHEN ssn LIKE '9%' THEN 'a' ELSE 'b' END FROM users",
  ),
  asks(
    'O36',
    'a clean column chosen by a subquery',
    'SELECT (SELECT label FROM orders WHERE id = ascii(u.ssn) - 52) FROM users u',
    'SELECT (SELECT label FROM orders WHERE id = ascii(u.ssn) - 9) FROM users u',
  ),
  asks(
    'O37',
    'a clean array element chosen by it',
    "SELECT (ARRAY['a', 'b', 'c'])[ascii(ssn) - 52] FROM users",
    "SELECT (ARRAY['a', 'b', 'c'])[ascii(ssn) - 53] FROM users",
  ),
  asks(
    'O38',
    'the row that DISTINCT keeps',
    'SELECT count(*) FROM (SELECT DISTINCT left(ssn, 1) FROM users) s',
    'SELECT count(*) FROM (SELECT DISTINCT left(card, 1) FROM users) s',
  ),
  asks(
    'O39',
    'a right join that finds nothing',
    `SELECT v.x FROM users u RIGHT JOIN (VALUES (1)) v(x) ON u.email = '${bob}' AND u.id = 2 WHERE u.id IS NULL`,
    "SELECT v.x FROM users u RIGHT JOIN (VALUES (1)) v(x) ON u.email = 'x' AND u.id = 2 WHERE u.id IS NULL",
  ),
  asks(
    'O40',
    'a recursion that ends by it',
    'WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < (SELECT ascii(email) FROM users WHERE id = 1)) SELECT count(*) FROM r',
    'WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < (SELECT ascii(email) FROM users WHERE id = 2)) SELECT count(*) FROM r',
  ),
  asks(
    'O41',
    'an argument of TABLESAMPLE',
    "SELECT count(*) FROM orders TABLESAMPLE BERNOULLI ((SELECT CASE WHEN ssn LIKE '5%' THEN 100 ELSE 0 END FROM users WHERE id = 1))",
    "SELECT count(*) FROM orders TABLESAMPLE BERNOULLI ((SELECT CASE WHEN ssn LIKE '9%' THEN 100 ELSE 0 END FROM users WHERE id = 1))",
  ),
  asks(
    'O42',
    'whether a text search finds it',
    "SELECT id FROM users WHERE to_tsvector('simple', notes) @@ 'divorce'::tsquery",
    "SELECT id FROM users WHERE to_tsvector('simple', notes) @@ 'wedding'::tsquery",
  ),
  asks(
    'O43',
    'the number of a group’s rows, grouped by a condition',
    'SELECT count(*) FROM users GROUP BY salary > 100000 ORDER BY 1',
    'SELECT count(*) FROM users GROUP BY salary > 0 ORDER BY 1',
  ),
  asks(
    'O44',
    'an index used or not is told by the error of an unused branch',
    "SELECT CASE WHEN (SELECT email FROM users WHERE id = 1) < 'b' THEN 1 / (SELECT 0) ELSE 1 END",
    "SELECT CASE WHEN (SELECT email FROM users WHERE id = 1) < 'a' THEN 1 / (SELECT 0) ELSE 1 END",
  ),
  asks(
    'O45',
    'the default of a window function is asked for or not',
    "SELECT lag(id, CASE WHEN ssn LIKE '5%' THEN 0 ELSE 1 END, -1) OVER (ORDER BY id) FROM users",
    "SELECT lag(id, CASE WHEN ssn LIKE '9%' THEN 0 ELSE 1 END, -1) OVER (ORDER BY id) FROM users",
  ),
  asks(
    'O46',
    'bool_or of a comparison',
    "SELECT bool_or(email < 'b') FROM users",
    "SELECT bool_or(email < 'a') FROM users",
  ),
];

const late = [
  raw(
    'O60',
    'a wait if the guess is right',
    "SELECT CASE WHEN ssn LIKE '512%' THEN pg_sleep(1.6) END FROM users WHERE id = 1",
    { kind: 'timing', falseSql: ["SELECT CASE WHEN ssn LIKE '513%' THEN pg_sleep(1.6) END FROM users WHERE id = 1"] },
  ),
  raw('O61', 'a wait as long as a letter', 'SELECT pg_sleep((ascii(email) - 96) * 1.6) FROM users WHERE id = 1', {
    kind: 'timing',
    falseSql: ['SELECT pg_sleep((ascii(email) - 97) * 1.6) FROM users WHERE id = 1'],
  }),
];

export const oracles = { order, predicate, timing: late };
