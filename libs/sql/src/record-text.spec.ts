import { scanSync } from 'libpg-query';
import { describeText } from './describe.js';
import { Lexer } from './lex.js';
import { loadParser, utf8Length } from './parse.js';
import { recordText, strippedText } from './record-text.js';
import { buildKnowledgeIndex } from './resolve.js';
import { guarded, open, publicPath } from './testing/sample-knowledge.js';

const plain = buildKnowledgeIndex(open());
const strict = buildKnowledgeIndex(guarded());

beforeAll(loadParser);

function texts(text: string, index = plain): { record: string; stripped: string } {
  const { statements, error } = describeText(text, index, publicPath);
  expect(error).toBeNull();
  const [{ recordText: record, strippedText: stripped } = { recordText: '', strippedText: '' }] = statements;
  return { record, stripped };
}

describe('secrets are never recorded', () => {
  it('but strings whose characters are written by their numbers are, as they came', () => {
    const text = "SELECT E'\\\\xdeadbeef', E'a\\nb\\x41', U&'d!0061t' UESCAPE '!'";
    expect(texts(text).record).toBe(text);
  });

  it.each([
    "CREATE USER bob PASSWORD 'hunter2'",
    "CREATE ROLE bob LOGIN ENCRYPTED PASSWORD /* here */ 'hunter2'",
    "ALTER ROLE bob VALID UNTIL 'infinity' PASSWORD\nE'hunter\\x32'\n'hunter2'",
    'ALTER USER bob PASSWORD $x$hunter2$x$',
    "DO E'BEGIN ALTER ROLE bob PASS\\x57ORD ''hunter2''; END'",
    "DO U&'BEGIN ALTER ROLE bob PASS\\0057ORD ''hunter2''; END'",
    "SELECT E'host=a pass\\167ord=hunter2'",
    "SELECT E'host=a pass\\u0077\\U0000006frd=hunter2'",
    "SELECT U&'host=a pass!0077!+00006frd=hunter2' UESCAPE '!'",
    "ALTER USER bob PASSWORD U&'hunter!0032hunter2' UESCAPE '!'",
    "CREATE SUBSCRIPTION s CONNECTION 'host=a password=hunter2' PUBLICATION p",
    "ALTER SUBSCRIPTION s CONNECTION 'hunter2'",
    "CREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS (host 'a', secret 'hunter2')",
    "ALTER SERVER s OPTIONS (SET token 'hunter2')",
    "CREATE USER MAPPING FOR bob SERVER s OPTIONS (user 'bob', password 'hunter2')",
    "ALTER USER MAPPING FOR bob SERVER s OPTIONS (SET password 'hunter2')",
    "CREATE FOREIGN TABLE t (a int) SERVER s OPTIONS (key 'hunter2')",
    "SELECT * FROM dblink('dbname=x password=hunter2', 'SELECT 1') AS t(a int)",
    "SELECT dblink_connect('c', 'hunter2')",
    "SELECT pgp_sym_encrypt(name, 'hunter2') FROM users",
    "SELECT encrypt(name::bytea, 'hunter2', 'aes'), crypt('hunter2', gen_salt('bf'))",
    "SELECT hmac(name, 'hunter2', 'sha256') FROM users",
    "WITH k AS (SELECT digest('hunter2', 'sha1') AS d) SELECT * FROM users, k",
    "EXPLAIN ANALYZE SELECT crypt('hunter2', 'x')",
    "PREPARE p AS SELECT crypt('hunter2', 'x')",
    "EXECUTE p(crypt('hunter2', 'x'))",
    "CREATE TABLE t AS SELECT crypt('hunter2', 'x')",
    "CREATE VIEW v AS SELECT crypt('hunter2', 'x')",
    "SET my.secret = 'hunter2'",
    'SET my.api_token TO hunter2',
    "SET LOCAL app.password = 'a', 'hunter2'",
    'SET "My.Secret" = "hunter2"',
    "ALTER ROLE bob SET app.encryption_key = 'hunter2'",
    "ALTER SYSTEM SET primary_conninfo = 'hunter2'",
    "SELECT set_config('app.jwt_token', 'hunter2', true)",
    "SELECT set_config(name, 'hunter2', true) FROM users",
    "DO $$ BEGIN EXECUTE 'ALTER USER bob PASSWORD ''hunter2'''; END $$",
    "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $f$ ALTER USER bob PASSWORD 'hunter2' $f$",
    "INSERT INTO orders VALUES ('postgres://bob:hunter2@db/shop')",
    'INSERT INTO orders VALUES (\'{"password": "hunter2"}\')',
  ])('%s', (text) => {
    const { record, stripped } = texts(text);
    expect(record).toContain("'***'");
    expect(record).not.toContain('hunter2');
    expect(stripped).not.toContain('hunter2');
  });

  it('a text that does not parse stands nowhere in its description', () => {
    const description = describeText("SELEC 'hunter2'", plain, publicPath);
    expect(description.statements).toEqual([]);
    expect(JSON.stringify(description)).not.toContain('hunter2');
  });
});

describe('constants of protected columns are never recorded', () => {
  const record = (text: string, byte: number): string => {
    const index = text.indexOf('@') < 0 ? byte : text.indexOf('@');
    return recordText({
      text: text.replace('@', ''),
      start: 0,
      end: text.length,
      redaction: { kind: 'none' },
      protectedAt: [{ at: index, class: null }],
      unproven: null,
    }).text;
  };

  it.each([
    ["SELECT @'a@b' , 1", "SELECT '***' , 1"],
    ['SELECT @-5 + 3', "SELECT -'***' + 3"],
    ['SELECT @- /* x */ (5) + 3', "SELECT - /* x */ ('***') + 3"],
    ['SELECT @TRUE, 1', "SELECT '***', 1"],
    ["SELECT @E'a\\'b'\n'c\\'d', 1", "SELECT '***', 1"],
  ])('%s', (text, expected) => {
    expect(record(text.replace('a@b', 'a_b'), 0)).toBe(expected);
  });

  it('where the place is not found, no constant is recorded', () => {
    expect(
      recordText({
        text: "SELECT 'x', 7",
        start: 0,
        end: 13,
        redaction: { kind: 'none' },
        protectedAt: [{ at: 90, class: null }],
        unproven: null,
      }),
    ).toEqual({ text: "SELECT '***', '***'", secrets: false });
  });

  it('an equality with a protected column hides its constant, in bytes and in characters', () => {
    const { record: text } = texts(
      "SELECT 'é', id FROM users WHERE email = 'alice@example.com' AND name = 'é'",
      strict,
    );
    expect(text).not.toContain('alice@example.com');
    expect(text).toContain('email');
  });

  it('an inserted protected constant is hidden', () => {
    const { record: text } = texts("INSERT INTO users (id, email, name) VALUES (1, 'alice@example.com', 'Al')", strict);
    expect(text).not.toContain('alice@example.com');
  });

  it.each([
    "UPDATE users SET email = x.v FROM unnest(ARRAY['alice@example.com']) x(v)",
    "UPDATE users SET email = v FROM string_to_table('alice@example.com', ',') v",
    `UPDATE users SET email = j.e FROM jsonb_to_record('{"e": "alice@example.com"}') AS j(e text)`,
    `UPDATE users SET email = j.e FROM JSON_TABLE('{"e": "alice@example.com"}'::jsonb, '$' COLUMNS (e text PATH '$.e')) j`,
    "UPDATE users SET email = k FROM (VALUES ('alice@example.com')) a(k) JOIN (VALUES ('alice@example.com')) b(k) USING (k)",
    "SELECT u.id FROM users u JOIN unnest(ARRAY['alice@example.com']) d(x) ON u.email = d.x",
  ])('a constant that came by FROM is hidden: %s', (sql) => {
    expect(texts(sql, strict).record).not.toContain('alice@example.com');
  });
});

describe('recorded text is exact otherwise', () => {
  it.each([
    "SELECT 'a', 1 -- why\n FROM users",
    'SELECT 1 /* a; b */',
    "INSERT INTO tickets (body) VALUES ('the password is lost')",
    "ALTER ROLE bob VALID UNTIL 'infinity'",
    'SET work_mem = 64',
  ])('%s', (text) => {
    expect(texts(text).record).toBe(text);
  });

  it('statements of one text are told apart by bytes', () => {
    const { statements } = describeText("SELECT 'é😀' ; SELECT 'ü';;\nSELECT 3 ", plain, publicPath);
    expect(statements.map((statement) => statement.recordText)).toEqual(["SELECT 'é😀' ", "SELECT 'ü'", 'SELECT 3 ']);
  });
});

describe('the stripped text', () => {
  it.each([
    [
      "SELECT 'a', E'b\\'c', U&'d', $$e$$, $x$ f $$ $x$, B'01', X'ff', N'g', 1, 2.5e-3, .5, 0x1F, 1_000",
      'SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?',
    ],
    [
      "SELECT id FROM users\n\t WHERE id = $1 AND name = 'x' -- bob\n",
      'SELECT id FROM users WHERE id = $1 AND name = ?',
    ],
    ['/* alice@example.com /* nested */ */SELECT/**/1', 'SELECT ?'],
    ["SELECT 'a'\n  'b' AS \"Col 1\"", 'SELECT ? AS "Col 1"'],
    ["SELECT e'a\\\\', 'b\\', a1, t.c2", 'SELECT ?, ?, a1, t.c2'],
    ['SELECT a$b$ FROM t$1', 'SELECT a$b$ FROM t$1'],
    ["SELECT '" + 'x'.repeat(10_000) + "', 1", 'SELECT ?, ?'],
    ['SELECT -1', 'SELECT -?'],
  ])('%s', (text, expected) => {
    expect(texts(text).stripped).toBe(expected);
  });

  it('is cut at a code point within 4 KiB', () => {
    const stripped = strippedText({
      text: `SELECT "${'é😀'.repeat(2000)}"`,
      start: 0,
      end: 10_000,
      redaction: { kind: 'none' },
      protectedAt: [],
      unproven: null,
    });
    expect(utf8Length(stripped)).toBeLessThanOrEqual(4096);
    expect(utf8Length(stripped)).toBeGreaterThan(4090);
    expect(/\p{Surrogate}/u.test(stripped)).toBe(false);
  });
});

describe('the lexer agrees with the scanner of PostgreSQL', () => {
  const literalTypes = new Set([260, 261, 262, 263, 264, 266]);

  function ours(text: string): string[] {
    const lexer = new Lexer(text, 0, text.length);
    const found: string[] = [];
    while (lexer.next())
      if (lexer.kind === 'string' || lexer.kind === 'number') found.push(text.slice(lexer.start, lexer.end));
    return found;
  }

  // The scanner gives the N of N'…' apart, and is compared on text without characters that its output cannot hold.
  function theirs(text: string): string[] {
    return scanSync(text)
      .tokens.filter((token) => literalTypes.has(token.tokenType))
      .map((token) => token.text);
  }

  function disputed(text: string): boolean {
    const lexer = new Lexer(text, 0, text.length);
    while (lexer.next());
    return lexer.disputed;
  }

  const pieces = [
    "'a'",
    "''",
    "E'\\''",
    "e'\\\\'",
    "'it''s'",
    "B'1'",
    "x'f'",
    "U&'\\0041'",
    'U&"i d"',
    '"q""i"',
    '$$a$$',
    "$t$ ' $t$",
    '$1',
    'a$b',
    'e',
    'E',
    '1',
    '1.5',
    '.5',
    '1e5',
    '1.e-5',
    '0xfF',
    '0b1',
    '1_0',
    '-',
    '+',
    '--c\n',
    '/*c*/',
    "/* /* */ ' */",
    '::',
    '(',
    ')',
    ',',
    '\n',
    ' ',
    '<>',
    'é',
    '||',
    'x.',
    '@',
  ];

  it('on thousands of mixtures', () => {
    let seed = 42;
    const random = (below: number): number => {
      seed = (seed + 0x6d2b79f5) | 0;
      const mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
      return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
    };
    let compared = 0;
    for (let i = 0; i < 6000; i++) {
      const text = Array.from(
        { length: 1 + random(9) },
        () => pieces[random(pieces.length)] + (random(3) ? ' ' : ''),
      ).join('');
      let expected: string[];
      try {
        expected = theirs(text);
      } catch {
        continue;
      }
      if (disputed(text)) continue;
      compared++;
      expect(ours(text), text).toEqual(expected);
    }
    expect(compared).toBeGreaterThan(2000);
  });
});
