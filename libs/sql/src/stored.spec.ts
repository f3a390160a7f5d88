import { describeText } from './describe.js';
import type { StatementDescription } from './description.js';
import { contextOf, SEARCH_PATH } from './lineage/testing/known-database-spec.js';
import { loadParser } from './parse.js';
import { meansTheSame, storedBehind, throughName } from './stored.js';

beforeAll(loadParser);

const { index } = contextOf();

function one(text: string): StatementDescription {
  const { statements, error } = describeText(text, index, SEARCH_PATH);
  expect([error, statements.length]).toEqual([null, 1]);
  return statements[0] as StatementDescription;
}

/** What a statement is through the name that another one gave. */
function through(text: string, storing: string): StatementDescription {
  const { stored } = one(storing);
  if (stored === undefined) throw new Error(`nothing is stored: ${storing}`);
  return throughName(one(text), stored.statement);
}

describe('what DECLARE and PREPARE store', () => {
  it.each([
    ['DECLARE c CURSOR FOR SELECT email FROM users', false],
    ['DECLARE c BINARY SCROLL CURSOR WITH HOLD FOR SELECT email FROM users', true],
    ['PREPARE p(int) AS SELECT email FROM users WHERE id = $1', false],
  ])('%s is the query with its columns, and shows none itself', (text, holds) => {
    const statement = one(text);
    expect(statement).toMatchObject({ lineage: 'touches', outputs: null, reads: ['personal'] });
    expect(statement.stored).toMatchObject({
      text,
      holds,
      statement: { verb: 'SELECT', lineage: 'touches', outputs: [{ taint: 'column', class: 'personal' }] },
    });
  });

  it('is the text of the one statement where others stand beside it', () => {
    const { statements } = describeText("SELECT 'é'; PREPARE p AS SELECT 1; EXECUTE p", index, SEARCH_PATH);
    expect(statements.map(({ stored }) => stored?.text.trim())).toEqual([
      undefined,
      'PREPARE p AS SELECT 1',
      undefined,
    ]);
  });

  it.each([
    'DECLARE c CURSOR FOR SELECT f_t(email) FROM users',
    'PREPARE p AS SELECT * FROM nowhere',
    'EXECUTE p(f_t(1))',
  ])('is nothing where it is refused: %s', (text) => {
    const { lineage, stored, given } = one(text);
    expect([lineage, stored, given]).toEqual(['refused', undefined, undefined]);
  });
});

describe('a statement that names what it runs', () => {
  it('is not known until the name is', () => {
    const fetch = one('FETCH ALL FROM c');
    expect([fetch.outputs, storedBehind(fetch)]).toEqual([null, null]);
    expect(storedBehind(one('EXECUTE p'))).toBeNull();
  });

  it('is the same object for the same name and statement', () => {
    const stored = one('DECLARE c CURSOR FOR SELECT email FROM users').stored?.statement as StatementDescription;
    const fetch = one('FETCH c');
    expect(throughName(fetch, stored)).toBe(throughName(fetch, stored));
    expect(storedBehind(throughName(fetch, stored))).toBe(stored);
  });

  it('has the columns, classes and relations of the query', () => {
    const declare = 'DECLARE c CURSOR FOR SELECT id, email, lower(ssn) FROM users';
    expect(through('FETCH 2 FROM c', declare)).toMatchObject({
      verb: 'FETCH',
      kinds: ['fetch', 'select'],
      effect: 'read',
      lineage: 'touches',
      reads: ['personal'],
      objects: [{ schema: 'public', name: 'users' }],
      outputs: [{ taint: 'clean' }, { taint: 'column' }, { taint: 'derived' }],
      recordText: 'FETCH 2 FROM c',
      missing: null,
    });
    expect(through('MOVE ALL IN c', declare)).toMatchObject({ verb: 'MOVE', returnsRows: false, outputs: null });
  });

  it('writes what the statement writes, with constants in the places of parameters', () => {
    const prepare = 'PREPARE p(int, text) AS UPDATE users SET email = $2, notes = lower($2) WHERE id = $1';
    const execution = through("EXECUTE p(7, 'a@b.c')", prepare);
    expect(execution).toMatchObject({
      verb: 'EXECUTE',
      effect: 'write',
      kinds: ['execute', 'update'],
      harmless: false,
    });
    expect(execution.recordText).not.toContain('a@b.c');
    expect(execution.written?.map(({ column, direct, value }) => [column, direct, value])).toEqual([
      ['public.users.email', true, { literal: 'a@b.c' }],
      ['public.users.notes', false, { literal: 'a@b.c' }],
    ]);
    expect(through("EXECUTE p(7, 'a' || '@b.c')", prepare).written?.map(({ direct }) => direct)).toEqual([
      false,
      false,
      false,
      false,
    ]);
    expect(through('EXECUTE p(7, NULL)', prepare).written?.[0]?.value).toEqual({ literal: null });
  });

  it('means something else once a name of it does', () => {
    const stored = (path: readonly string[] | null, text: string) =>
      describeText(text, index, path).statements[0]?.stored?.statement as StatementDescription;
    const text = 'PREPARE p AS SELECT label FROM orders';
    expect(meansTheSame(stored(SEARCH_PATH, text), stored(SEARCH_PATH, text))).toBe(true);
    const qualified = 'PREPARE p AS SELECT label FROM public.orders';
    expect(meansTheSame(stored(SEARCH_PATH, text), stored(SEARCH_PATH, qualified))).toBe(false);
  });
});
