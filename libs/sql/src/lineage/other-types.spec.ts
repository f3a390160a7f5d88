import { loadParser } from '../parse.js';
import { CATALOG, contextOf, relation, traceOne } from './testing/known-database-spec.js';

beforeAll(loadParser);

const context = contextOf({
  relations: [
    ...CATALOG.relations,
    // the rule names it, since `child` is a parent of it
    relation(20100, 'public.sliced', [['secret', 25]], { kind: 'p', parents: [20017] }),
    relation(20101, 'public.sliced_a', [['secret', 25]], { parents: [20100] }),
    relation(20102, 'public.split', [['id', 23]], { kind: 'p' }),
    // a domain over text, an enum
    relation(
      20103,
      'public.members',
      [
        ['id', 23],
        ['secret', 22004],
        ['mood', 22003],
      ],
      { parents: [20017] },
    ),
  ],
});

const taintOf = (expression: string, from: string): string => {
  const { outputs, refusal } = traceOne(`SELECT ${expression} FROM ${from}`, context);
  return refusal?.reason ?? outputs?.[0]?.taint ?? '';
};

describe('a protected value among values of another type', () => {
  it.each([
    'SELECT dob FROM users UNION ALL SELECT now()',
    'SELECT CASE WHEN id = 1 THEN dob ELSE now() END FROM users',
    'SELECT COALESCE(dob, $1) FROM users',
    'SELECT COALESCE(dob, CURRENT_TIMESTAMP) FROM users',
    'SELECT x FROM (VALUES ((SELECT dob FROM users LIMIT 1)), (now())) v(x)',
    'SELECT lag(dob, 1, now()) OVER () FROM users',
    'SELECT salary FROM users UNION ALL SELECT 1::float4',
    'SELECT dob FROM users FULL JOIN (SELECT now() AS dob) n USING (dob)',
  ])('has no mask of its own, which would show other parts of it: %s', (sql) => {
    expect(traceOne(sql, context).outputs?.[0]?.taint).toBe('derived');
  });

  it.each([
    "SELECT COALESCE(dob, '2000-01-01') FROM users",
    'SELECT CASE WHEN id = 1 THEN NULL ELSE dob END FROM users',
    'SELECT dob FROM users UNION ALL SELECT NULL',
    'SELECT COALESCE(salary, 0) FROM users',
    'SELECT salary FROM users UNION ALL SELECT amount FROM orders',
    'SELECT COALESCE(email, $1) FROM users',
    'SELECT CASE WHEN id = 1 THEN dob END FROM users',
    'SELECT COALESCE(dob, CURRENT_DATE) FROM users',
  ])('is itself where the type stays what it was: %s', (sql) => {
    expect(traceOne(sql, context).outputs?.[0]?.taint).toBe('column');
  });
});

describe('the table in which a row lies', () => {
  it.each([
    ['tableoid', 'sliced'],
    ['tableoid::regclass', 'sliced'],
    ['s.tableoid', 'public.sliced s'],
    ["CASE WHEN tableoid = 'sliced_a'::regclass THEN 1 END", 'sliced'],
  ])('tells of protected columns where rows are laid out by them: %s of %s', (expression, from) => {
    expect(taintOf(expression, from)).toBe('derived');
  });

  it('counts as a condition on them', () => {
    const sql = "SELECT count(*) FROM sliced WHERE tableoid = 'sliced_a'::regclass";
    expect(traceOne(sql, context).oracles.map(({ kind }) => kind)).toContain('predicate');
  });

  it.each([
    ['tableoid', 'split'],
    ['tableoid', 'users'],
    ['ctid', 'sliced'],
    ['tableoid', 'sliced_a'],
  ])('tells nothing else: %s of %s', (expression, from) => {
    expect(taintOf(expression, from)).toBe('clean');
  });
});

describe('domains and enums', () => {
  it.each([
    "secret || '!'",
    'upper(secret)',
    "substr(secret, 1, 2), left(secret, 1) = 'a'",
    "CASE WHEN secret = 'a' THEN secret ELSE 'b' END",
    "CASE WHEN secret = 'a' THEN mood ELSE 'good' END",
    "CASE WHEN secret = 'a' THEN mood = 'good' END",
  ])('a domain is what it is over, an enum only itself: %s', (expression) => {
    expect(traceOne(`SELECT ${expression} FROM members`, context).oracles).toEqual([]);
  });

  it('a cast to a domain may fail by its checks', () => {
    const { refusal, oracles } = traceOne('SELECT secret::address FROM members', context);
    expect(refusal !== null || oracles.some(({ kind }) => kind === 'evaluation')).toBe(true);
  });
});
