import { allowFunctions, type AllowedFunction, type FoundFunction, type FunctionRule } from './allowed-functions.js';
import { describeText } from './describe.js';
import { contextOf, outputsInShort, traceOne } from './lineage/testing/known-database-spec.js';
import { loadParser } from './parse.js';
import { buildKnowledgeIndex } from './resolve.js';
import { open, publicPath } from './testing/sample-knowledge.js';

beforeAll(loadParser);

const text = 25;
const found = (changes: Partial<FoundFunction> = {}): FoundFunction => ({
  schema: 'public',
  name: 'slug',
  arguments: ['text'],
  argumentTypes: [text],
  resultType: text,
  definition: 'sha256:a',
  overloads: 1,
  ...changes,
});
const rule = (changes: Partial<FunctionRule> = {}): FunctionRule => ({
  schema: 'public',
  name: 'slug',
  arguments: ['text'],
  definition: 'sha256:a',
  result: 'arguments',
  total: false,
  ...changes,
});

describe('an entry allows no function', () => {
  it.each<[string, FunctionRule, readonly FoundFunction[], string]>([
    ['that is not there', rule(), [], 'missing'],
    ['of another schema', rule(), [found({ schema: 'shop' })], 'missing'],
    ['of other arguments', rule({ arguments: ['int4'] }), [found()], 'missing'],
    ['that was changed', rule(), [found({ definition: 'sha256:b' })], 'changed'],
    ['that has a namesake with other arguments', rule(), [found({ overloads: 2 })], 'overloaded'],
  ])('%s', (_, entry, there, problem) => {
    const { allowed, problems } = allowFunctions([entry], there);
    expect(allowed).toEqual([]);
    expect(problems).toMatchObject([{ problem }]);
  });

  it('whose namesake is allowed and was changed', () => {
    const two = [found({ overloads: 2 }), found({ overloads: 2, arguments: ['int4'], definition: 'sha256:c' })];
    const { allowed, problems } = allowFunctions([rule(), rule({ arguments: ['int4'] })], two);
    expect(allowed).toEqual([]);
    expect(problems.map(({ problem, now }) => [problem, now])).toEqual([
      ['changed', 'sha256:c'],
      ['overloaded', 'sha256:a'],
    ]);
  });
});

it('all of a name together are allowed, an entry twice is one', () => {
  const two = [found({ overloads: 2 }), found({ overloads: 2, arguments: ['int4'], argumentTypes: [23] })];
  const { allowed, problems } = allowFunctions([rule(), rule(), rule({ arguments: ['int4'] })], two);
  expect(problems).toEqual([]);
  expect(allowed.map(({ argumentTypes }) => argumentTypes)).toEqual([[text], [23]]);
});

const allowedFunction = (name: string, changes: Partial<AllowedFunction> = {}): AllowedFunction => ({
  schema: 'public',
  name,
  argumentTypes: [text],
  resultType: text,
  result: 'arguments',
  total: false,
  ...changes,
});

describe('calls beside protected columns', () => {
  const functions = [
    allowedFunction('slug'),
    allowedFunction('known', { total: true }),
    allowedFunction('valid', { total: true, result: 'clean', resultType: 16 }),
    allowedFunction('two', { total: true, result: 'clean' }),
    allowedFunction('two', { total: true, argumentTypes: [23] }),
    allowedFunction('upper', { total: true, result: 'clean' }),
  ];
  const context = contextOf(
    {
      userFunctions: [...functions, { schema: 'public', name: 'other' }].map(({ schema, name }) => ({ schema, name })),
    },
    undefined,
    functions,
  );
  const traced = (sql: string) => {
    const result = traceOne(sql, context);
    return `${outputsInShort(result, context)} ${result.oracles.map(({ kind }) => kind).join(' ')}`.trim();
  };

  it.each([
    ['it is another one', 'SELECT public.other(label) FROM orders'],
    ['its schema is not told', 'SELECT slug(label) FROM orders'],
    ['its schema is another', 'SELECT shop.slug(label) FROM orders'],
    ['it stands in FROM', 'SELECT * FROM public.slug($1)'],
    ['it is a window', 'SELECT public.slug(label) OVER () FROM orders'],
    ['its arguments are an array', 'SELECT public.slug(VARIADIC ARRAY[label]) FROM orders'],
    ['its rows are chosen', 'SELECT public.slug(label) FILTER (WHERE true) FROM orders'],
    ['a function of the server has the name', 'SELECT upper(label) FROM orders'],
    ['an argument is refused', 'SELECT public.slug(public.other(label)) FROM orders'],
  ])('are refused where %s', (_, sql) => {
    expect(traced(sql)).toMatch(/^refused: /u);
  });

  it.each([
    ['SELECT public.slug(label), public.slug($1), public.valid(city) FROM orders, (SELECT $2 AS city) c', '- - -'],
    ['SELECT public.slug(email) FROM users', 'derived(personal) evaluation'],
    ['SELECT public.known(email) FROM users', 'derived(personal)'],
    ['SELECT public.known(salary) FROM users', 'derived(personal) evaluation'],
    ['SELECT public.valid(email), public.valid(public.known(email)) FROM users', '- -'],
    ['SELECT public.two(email) FROM users', 'derived(personal) evaluation'],
    ['SELECT public.upper(email) FROM users', '-'],
    ['SELECT id FROM users WHERE public.known(email) = $1', '- predicate'],
    ['SELECT id FROM users ORDER BY public.known(email)', '- ordering'],
    ['UPDATE orders SET label = public.slug(label) RETURNING public.slug(label)', '-'],
  ])('%s', (sql, outputs) => {
    expect(traced(sql)).toBe(outputs);
  });

  it('are refused where a type has the name', () => {
    const userTypes = [{ oid: 22010, schema: 'public', name: 'valid', kind: 'd', baseOid: 25 }];
    const shadowed = contextOf({ userTypes }, undefined, functions);
    expect(traceOne('SELECT public.valid(email) FROM users', shadowed).refusal).not.toBeNull();
    expect(traceOne('SELECT public.known(email) FROM users', shadowed).refusal).toBeNull();
  });

  it('copy nothing that is protected', () => {
    expect(traced('INSERT INTO orders (label) SELECT public.known(email) FROM users')).toMatch(/^refused: /u);
  });
});

describe('a statement that calls one', () => {
  const index = buildKnowledgeIndex({ ...open(), functions: [allowedFunction('notify_all')] });
  const effect = (sql: string) => describeText(sql, index, publicPath).statements[0]?.effect;

  it('is as much of a read as it would be without', () => {
    expect(effect('SELECT public.notify_all(name) FROM users')).toBe('read');
    expect(effect('SELECT notify_all(name) FROM users')).toBe('write');
    expect(effect('SELECT public.full_name(name) FROM users')).toBe('write');
  });
});
