import { describeText } from './describe.js';
import { loadParser, parseText, utf8Length } from './parse.js';
import { buildKnowledgeIndex } from './resolve.js';
import { guarded, open, publicPath } from './testing/sample-knowledge.js';

const plain = buildKnowledgeIndex(open());
const strict = buildKnowledgeIndex(guarded());

beforeAll(loadParser);

describe('texts that the server would read otherwise', () => {
  it.each([
    ['a NUL, behind which the parser would stop', 'SELECT 1\0; DROP TABLE users'],
    ['half a surrogate pair', "SELECT '\ud800'"],
    ['a string continued behind a comment', "DO E'a' -- c\n '\\' $$ ' ; DROP TABLE users; -- $$"],
    ['a string continued behind two comments', "DO 'a'\n-- c\n --d\n 'b'"],
  ])('are refused: %s', (_, text) => {
    const description = describeText(text, plain, publicPath);
    expect(description.statements).toEqual([]);
    expect(description.error).not.toBeNull();
  });

  it.each(["SELECT 'x'' -- y\n''z'", "SELECT '-- a\n', 'b'", "SELECT $$' -- a\n'$$", "SELECT 1 -- it's\n, 'a'"])(
    'are not mistaken for: %s',
    (text) => {
      expect(describeText(text, plain, publicPath).error).toBeNull();
    },
  );
});

describe('errors', () => {
  it.each([
    ['SELEC 1', 1],
    ["SELECT 'é' FRM a b", 16],
    ['SELECT (', 9],
  ])('%s names character %i', (text, position) => {
    expect(describeText(text, plain, publicPath).error).toMatchObject({ position });
  });

  it('a character without a place in the text is at position 0', () => {
    expect(describeText('\0', plain, publicPath).error?.position).toBe(0);
  });
});

describe('texts without statements', () => {
  it.each(['', ' ', ';;', '-- nothing', '/* a */ ; ;'])('%j', (text) => {
    expect(describeText(text, plain, publicPath)).toEqual({ statements: [], error: null });
  });
});

describe('ranges of statements', () => {
  it('are bytes of the text', () => {
    const text = "SELECT 'é'; /* ü */ SELECT 😀 ; SELECT 3";
    const bytes = new TextEncoder().encode(text);
    const { statements } = parseText(text.replace('😀', '$1'));
    expect(statements).toHaveLength(3);
    const shown = parseText(text.replace('😀', "'😀'")).statements.map(({ start, end }) =>
      new TextDecoder().decode(new TextEncoder().encode(text.replace('😀', "'😀'")).subarray(start, end)),
    );
    expect(shown).toEqual(["SELECT 'é'", "SELECT '😀' ", 'SELECT 3']);
    expect(utf8Length(text)).toBe(bytes.length);
  });
});

describe('what follows a statement that moves names, in the same text', () => {
  const second = (text: string, index = plain) => describeText(text, index, publicPath).statements[1];

  it.each([
    'SET search_path = evil; SELECT * FROM users',
    "SELECT set_config('search_path', 'evil', false); SELECT * FROM users",
    'SELECT notify_all(); SELECT * FROM users',
    'CREATE TEMP TABLE users (id int); SELECT * FROM users',
    'CREATE FUNCTION count() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$; SELECT count(*) FROM users',
    'DISCARD ALL; SELECT * FROM users',
  ])('is not proven: %s', (text) => {
    expect(second(text)).toMatchObject({ effect: 'write', harmless: false });
    expect(second(text, strict)).toMatchObject({ lineage: 'refused' });
  });

  it('is proven where names stand still', () => {
    expect(second('SET work_mem = 1; SELECT id FROM users')).toMatchObject({ effect: 'read' });
    expect(second('BEGIN; SELECT id FROM users', strict)).toMatchObject({ effect: 'read', lineage: 'touches' });
    expect(second('CREATE TABLE t (a int); COMMIT', strict)).toMatchObject({ effect: 'session', refusal: null });
  });
});

describe('lineage', () => {
  it('is not asked on a target without protection', () => {
    expect(describeText('SELECT email FROM users', plain, publicPath).statements[0]).toMatchObject({
      lineage: 'unchecked',
      outputs: null,
      objects: [{ oid: 16501, schema: 'public', name: 'users', kind: 'r' }],
    });
  });

  it('names masks on one with protection', () => {
    expect(describeText('SELECT id, email FROM users', strict, publicPath).statements[0]).toMatchObject({
      lineage: 'touches',
      reads: ['email'],
      outputs: [{ taint: 'clean' }, { taint: 'column', relationOid: 16501, attnum: 2, class: 'email' }],
    });
  });

  it('names of common table expressions are no relations', () => {
    const { statements } = describeText('WITH users AS (SELECT 1 AS id) SELECT * FROM users', plain, publicPath);
    expect(statements[0]).toMatchObject({ objects: [], unresolved: [], effect: 'read' });
  });
});

describe('hostile texts', () => {
  const chain = (terms: number): string => `SELECT ${Array.from({ length: terms }, () => 'id').join(' + ')} FROM users`;
  const nested = (levels: number): string => `SELECT ${'(SELECT '.repeat(levels)}1${')'.repeat(levels)}`;

  // A parser that gives up is for the pool to replace; what must not happen is a wrong answer.
  it.each([
    ['an operator chain of 3 000 terms', chain(3000)],
    ['900 nested selects', nested(900)],
    ['2 000 unions', Array.from({ length: 2000 }, () => 'SELECT 1').join(' UNION ')],
    ['2 000 brackets', `SELECT ${'('.repeat(2000)}1${')'.repeat(2000)}`],
  ])('%s', (_, text) => {
    let statement;
    try {
      statement = describeText(text, strict, publicPath).statements[0];
    } catch (error) {
      expect(error).toMatchObject({ code: 'parser-died' });
      return;
    }
    expect(statement?.strippedText.length).toBeLessThanOrEqual(4096);
    expect(['clean', 'touches', 'refused']).toContain(statement?.lineage);
  });
});
