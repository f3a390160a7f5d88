import { client, frame } from '../support/wire-frames.js';
import type { Script, Step } from './step.js';

// Orders of messages that no statement alone brings about: pipelines, portals, Flush, Close, errors in between, two sessions at once.

const { parse, bind, describeStatement, describePortal, execute, closeStatement, sync, flush, query } = client;
const closePortal = (name: string): Buffer => frame('C', Buffer.from('P'), Buffer.from(`${name}\0`));

/** `says` what is sent; answered up to ReadyForQuery unless it says how far. */
function step(says: string, send: readonly Buffer[], more: Partial<Step> = {}): Step {
  return { session: 'a', kind: 'wire', says, send, until: 'Z', ...more };
}

/** A statement of one session by the simple protocol. */
const q = (sql: string, more: Partial<Step> = {}): Step => step(sql, [query(sql)], more);

const rows = 'SELECT n, n * 10 AS ten FROM generate_series(1, 10) n';

export function wireScripts(): Script[] {
  return [
    pipelines(),
    errorsInPipelines(),
    portals(),
    statements(),
    flushes(),
    formats(),
    sessions(),
    startups(),
  ].flat();
}

function pipelines(): Script {
  return {
    name: 'wire: pipelines',
    steps: [
      step(
        'two cycles in one packet',
        [1, 2].flatMap((n) => [parse('', `SELECT ${n}`), bind(''), execute(), sync()]),
      ),
      step('the second of them', []),
      step('several statements before one Sync', [
        parse('', 'SELECT 1'),
        bind(''),
        describePortal(),
        execute(),
        parse('', 'SELECT $1::text'),
        bind('', { values: ['x'] }),
        execute(),
        sync(),
      ]),
      step('Sync alone', [sync()]),
      step('two Syncs', [sync(), sync()]),
      step('the second Sync', []),
      step('an empty query', [query('')]),
      step('an empty query, extended', [parse('', ''), bind(''), describePortal(), execute(), sync()]),
      step('a query of blanks and a comment', [query('  -- nothing\n ')]),
      step('a semicolon, extended', [parse('', ';'), describeStatement(''), bind(''), execute(), sync()]),
      step('two statements, extended', [parse('', 'SELECT 1; SELECT 2'), bind(''), execute(), sync()]),
      step('three statements, simple', [query("SELECT 1; SELECT 'two'; SELECT 3.0")]),
      step('three statements, the second fails', [query('SELECT 1; SELECT 1/0; SELECT 3')]),
      step('statements that write are one transaction', [
        query('CREATE TABLE pipelined (a int); INSERT INTO pipelined VALUES (1); SELECT * FROM pipelined'),
      ]),
      step('… and all undone by one that fails', [query('INSERT INTO pipelined VALUES (2); SELECT 1/0')]),
      q('SELECT * FROM pipelined'),
      step('a block opened and closed in a pipeline', [
        ...['BEGIN', 'INSERT INTO pipelined VALUES (3)', 'COMMIT'].flatMap((sql) => [
          parse('', sql),
          bind(''),
          execute(),
        ]),
        sync(),
      ]),
      step('a block opened in a pipeline, still open', [parse('', 'BEGIN'), bind(''), execute(), sync()]),
      step('work in it', [parse('', 'INSERT INTO pipelined VALUES (4)'), bind(''), execute(), sync()]),
      step('undone', [parse('', 'ROLLBACK'), bind(''), execute(), sync()]),
      q('SELECT * FROM pipelined ORDER BY a'),
      step('an implicit transaction of two writes', [
        ...[5, 6].flatMap((n) => [parse('', `INSERT INTO pipelined VALUES (${n})`), bind(''), execute()]),
        sync(),
      ]),
      step('simple and extended in one packet', [
        query('SELECT 1'),
        parse('', 'SELECT 2'),
        bind(''),
        execute(),
        sync(),
        query('SELECT 3'),
      ]),
      step('the second answer', []),
      step('the third answer', []),
      step('a hundred inserts with parameters', [
        parse('many', 'INSERT INTO pipelined VALUES ($1)', [23]),
        ...Array.from({ length: 100 }, (_, n) => [bind('many', { values: [String(100 + n)] }), execute()]).flat(),
        sync(),
      ]),
      q('SELECT count(*), sum(a) FROM pipelined; DROP TABLE pipelined'),
    ],
  };
}

function errorsInPipelines(): Script {
  const failing: readonly (readonly [string, readonly Buffer[]])[] = [
    ['Parse of what cannot be parsed', [parse('', 'SELEC')]],
    ['Parse of a table that is not there', [parse('', 'SELECT * FROM nowhere')]],
    ['Bind to a statement that is not there', [bind('nobody')]],
    ['Bind with too few values', [parse('', 'SELECT $1::int'), bind('')]],
    ['Bind with too many values', [parse('', 'SELECT 1'), bind('', { values: ['1'] })]],
    ['Bind with a value the type refuses', [parse('', 'SELECT $1::int'), bind('', { values: ['x'] })]],
    ['Bind with binary of the wrong length', [parse('', 'SELECT $1::int'), bind('', { values: [Buffer.from([1])] })]],
    ['Bind with invalid UTF-8', [parse('', 'SELECT $1::text'), bind('', { values: [Buffer.from([0xff])] })]],
    ['Execute that fails', [parse('', 'SELECT 1/0'), bind(''), execute()]],
    ['Execute of a portal that is not there', [execute('nobody')]],
    ['Describe of a statement that is not there', [describeStatement('nobody')]],
    ['Describe of a portal that is not there', [describePortal('nobody')]],
    ['a name that is taken', [parse('taken', 'SELECT 1'), parse('taken', 'SELECT 2')]],
    ['a portal that is taken', [parse('', 'SELECT 1'), bind('', { portal: 'p' }), bind('', { portal: 'p' })]],
    ['an unknown kind in Describe', [frame('D', Buffer.from('X\0'))]],
    ['an unknown kind in Close', [frame('C', Buffer.from('X\0'))]],
    ['a parameter type that is not there', [parse('', 'SELECT $1', [99_999])]],
    ['a parameter whose type is unknown', [parse('', 'SELECT $1'), describeStatement('')]],
    ['parameters with a gap', [parse('', 'SELECT $2::int')]],
  ];
  return {
    name: 'wire: errors in pipelines',
    steps: [
      q('CREATE TABLE kept (a int)'),
      ...failing.flatMap(([what, frames], at) => [
        step(`${what}; what follows is skipped`, [
          parse('', `INSERT INTO kept VALUES (${at})`),
          bind(''),
          execute(),
          ...frames,
          parse('', 'SELECT 1'),
          bind(''),
          execute(),
          sync(),
        ]),
        step(`${what}, in a block`, [query('BEGIN')]),
        step('… fails the block', [...frames, sync()]),
        step('… until its end', [query('SELECT 1')]),
        step('… which undoes it', [query('COMMIT')]),
        step('Close of what was named', [closeStatement('taken'), closePortal('p'), sync()]),
      ]),
      q('SELECT * FROM kept'),
      step(
        'a failing statement between good ones of other cycles',
        ['SELECT 1', 'SELECT 1/0', 'SELECT 3'].flatMap((sql) => [parse('', sql), bind(''), execute(), sync()]),
      ),
      step('the failing one', []),
      step('the last one', []),
      q('DROP TABLE kept'),
    ],
  };
}

function portals(): Script {
  return {
    name: 'wire: portals',
    steps: [
      step('a portal in pieces', [parse('', rows), bind(''), describePortal(), execute('', 3), execute('', 3), sync()]),
      step('in pieces to its end', [parse('', rows), bind(''), execute('', 4), execute('', 4), execute('', 4), sync()]),
      step('exactly all rows', [parse('', rows), bind(''), execute('', 10), execute('', 10), sync()]),
      step('one that is over', [parse('', rows), bind(''), execute('', 0), execute('', 5), sync()]),
      step('a portal is gone with its transaction', [parse('', rows), bind('', { portal: 'gone' }), sync()]),
      step('… so', [execute('gone'), sync()]),
      q('BEGIN'),
      step('two portals interleaved', [
        parse('rows', rows),
        parse('texts', "SELECT 'row ' || n FROM generate_series(1, 5) n"),
        bind('rows', { portal: 'r' }),
        bind('texts', { portal: 't', results: 1 }),
        execute('r', 2),
        execute('t', 2),
        describePortal('t'),
        execute('r', 3),
        sync(),
      ]),
      step('… and on after Sync', [execute('t', 2), execute('r', 0), execute('t', 0), sync()]),
      q('SELECT name, is_binary FROM pg_cursors ORDER BY name'),
      step('a portal fetched by SQL', [bind('rows', { portal: 'mixed' }), execute('mixed', 1), sync()]),
      q('FETCH 2 FROM mixed'),
      q('MOVE 1 IN mixed'),
      step('… and by the protocol again', [execute('mixed', 2), sync()]),
      q('CLOSE mixed'),
      step('… which SQL has closed', [execute('mixed'), sync()]),
      q('ROLLBACK'),
      q('BEGIN'),
      q('DECLARE by_sql CURSOR FOR SELECT 1 AS one'),
      step('a cursor of SQL described by the protocol', [describePortal('by_sql'), sync()]),
      step('closed by the protocol', [closePortal('by_sql'), closePortal('never'), sync()]),
      q('FETCH by_sql'),
      q('ROLLBACK'),
      step('a cursor of SQL executed by the protocol', [execute('by_sql'), sync()]),
      q('CREATE TABLE written (a int)'),
      step('a row count has no effect on a write', [
        parse('', 'INSERT INTO written SELECT generate_series(1, 5)'),
        bind(''),
        execute('', 2),
        sync(),
      ]),
      step('RETURNING in pieces has run whole', [
        parse('', 'INSERT INTO written SELECT generate_series(6, 9) RETURNING a'),
        bind(''),
        execute('', 2),
        execute('', 1),
        sync(),
      ]),
      q('SELECT count(*) FROM written'),
      step('a negative count means all', [parse('', rows), bind(''), execute('', -1), sync()]),
      step('SHOW and EXPLAIN in a portal', [
        parse('', 'SHOW server_encoding'),
        bind(''),
        describePortal(),
        execute('', 1),
        parse('', 'EXPLAIN (COSTS OFF) SELECT 1'),
        bind(''),
        execute('', 1),
        sync(),
      ]),
      step('an error in a later piece', [
        parse('', 'SELECT 10 / (n - 5) FROM generate_series(1, 10) n'),
        bind(''),
        execute('', 2),
        execute('', 2),
        execute('', 2),
        sync(),
      ]),
      q('DROP TABLE written'),
    ],
  };
}

function statements(): Script {
  return {
    name: 'wire: prepared statements',
    steps: [
      q('CREATE TABLE things (a int, b text, c date[])'),
      step('Describe of statements that return rows and take values', [
        parse('one', 'SELECT a, b, c FROM things WHERE a = $1 AND b = ANY ($2)'),
        describeStatement('one'),
        sync(),
      ]),
      step('Describe of those that do not', [
        parse('two', 'INSERT INTO things VALUES ($1, $2, $3)'),
        describeStatement('two'),
        sync(),
      ]),
      step('types given in part', [parse('three', 'SELECT $1, $2', [23, 0]), describeStatement('three'), sync()]),
      step('types given as unknown', [parse('four', 'SELECT $1 || $2', [705, 25]), describeStatement('four'), sync()]),
      step('run several times', [
        ...['1', '2', null].flatMap((value) => [bind('two', { values: [value, 'x', '{2024-01-01}'] }), execute()]),
        sync(),
      ]),
      step('rows of it', [bind('one', { values: ['1', '{x,y}'], results: 1 }), describePortal(), execute(), sync()]),
      q('SELECT name, statement, parameter_types FROM pg_prepared_statements ORDER BY name'),
      q("EXECUTE one (2, ARRAY['x'])"),
      q('DEALLOCATE two'),
      step('gone by SQL', [bind('two', { values: ['1', 'x', null] }), execute(), sync()]),
      step('Close of one, and of none', [closeStatement('one'), closeStatement('never'), sync()]),
      step('gone by Close', [describeStatement('one'), sync()]),
      step('its name is free', [parse('one', 'SELECT 1'), sync()]),
      q('PREPARE by_sql (int) AS SELECT $1 + 1'),
      step('prepared by SQL, bound by the protocol', [
        describeStatement('by_sql'),
        bind('by_sql', { values: ['41'] }),
        execute(),
        sync(),
      ]),
      step('the unnamed statement stays', [parse('', 'SELECT 7'), sync()]),
      step('… for the next cycle', [bind(''), execute(), sync()]),
      q('SELECT 1'),
      step('… until a simple query', [bind(''), execute(), sync()]),
      step('a plan whose table changes', [
        parse('changes', 'SELECT * FROM things'),
        bind('changes'),
        execute(),
        sync(),
      ]),
      q('ALTER TABLE things ADD COLUMN d int DEFAULT 5'),
      step('… returns other columns', [bind('changes'), describePortal(), execute(), sync()]),
      q('DROP TABLE things'),
      step('… and then has no table', [bind('changes'), execute(), sync()]),
      q('DEALLOCATE ALL'),
      step('all gone', [describeStatement('by_sql'), sync()]),
      step('utility statements are prepared too', [
        ...['BEGIN', "SET LOCAL work_mem = '5MB'", 'SHOW work_mem', 'SAVEPOINT x', 'ROLLBACK TO x', 'COMMIT'].flatMap(
          (sql) => [parse('', sql), describeStatement(''), bind(''), describePortal(), execute()],
        ),
        sync(),
      ]),
      step('a statement of sixty-three bytes', [
        parse('n'.repeat(63), 'SELECT 1'),
        describeStatement('n'.repeat(63)),
        sync(),
      ]),
      step('DISCARD ALL', [query('DISCARD ALL')]),
      step('forgets it', [describeStatement('n'.repeat(63)), sync()]),
    ],
  };
}

function flushes(): Script {
  return {
    name: 'wire: flushes',
    steps: [
      step('Parse and Flush', [parse('', rows), flush()], { until: '1E' }),
      step('Bind and Flush', [bind(''), flush()], { until: '2E' }),
      step('Describe and Flush', [describePortal(), flush()], { until: 'TE' }),
      step('a piece and Flush', [execute('', 2), flush()], { until: 'sE' }),
      step('the next piece and Flush', [execute('', 2), flush()], { until: 'sE' }),
      step('the rest and Flush', [execute('', 0), flush()], { until: 'CE' }),
      step('Sync', [sync()]),
      step('an error and Flush', [parse('', 'SELECT * FROM nowhere'), flush()], { until: 'E' }),
      step('skipped until Sync', [parse('', 'SELECT 1'), bind(''), execute(), flush(), sync()]),
      step('an empty query and Flush', [parse('', ''), bind(''), execute(), flush()], { until: 'IE' }),
      step('Close and Flush', [closeStatement('x'), flush()], { until: '3E' }),
      step('Sync', [sync()]),
      step('Flush and nothing else, Sync', [flush(), flush(), sync()]),
    ],
  };
}

/** Bind as the manual has it: format codes none, one for all, or one each. */
function rawBind(formats: readonly number[], values: readonly (Buffer | null)[], results: readonly number[]): Buffer {
  const int16 = (value: number): Buffer => Buffer.from([(value >> 8) & 255, value & 255]);
  const value = (bytes: Buffer | null): Buffer => {
    const length = Buffer.alloc(4);
    length.writeInt32BE(bytes?.length ?? -1);
    return Buffer.concat([length, bytes ?? Buffer.alloc(0)]);
  };
  return frame(
    'B',
    Buffer.from('\0\0'),
    int16(formats.length),
    ...formats.map(int16),
    int16(values.length),
    ...values.map(value),
    int16(results.length),
    ...results.map(int16),
  );
}

function formats(): Script {
  const sql = 'SELECT $1::int4 AS a, $2::text AS b, $3::float8 AS c';
  const four = Buffer.from([0, 0, 0, 4]);
  const texts = [Buffer.from('4'), Buffer.from('x'), Buffer.from('1.5')];
  const binaries = [four, Buffer.from('x'), Buffer.from([63, 248, 0, 0, 0, 0, 0, 0])];
  const cases: readonly (readonly [string, readonly number[], readonly (Buffer | null)[], readonly number[]])[] = [
    ['no codes at all', [], texts, []],
    ['one code of text for all', [0], texts, [0]],
    ['one code of binary for all', [1], binaries, [1]],
    ['one code each', [1, 0, 1], [four, texts[1] ?? null, binaries[2] ?? null], [0, 1, 1]],
    ['too few codes for values', [1, 0], texts, []],
    ['too few codes for results', [], texts, [1, 0]],
    ['too many codes for results', [], texts, [1, 0, 1, 0]],
    ['an unknown code for values', [2], texts, []],
    ['NULLs in text and binary', [0, 1, 1], [null, null, null], [1]],
  ];
  return {
    name: 'wire: formats',
    steps: [
      ...cases.map(([what, formats, values, results]) =>
        step(what, [
          parse('', sql),
          describeStatement(''),
          rawBind(formats, values, results),
          describePortal(),
          execute(),
          sync(),
        ]),
      ),
      step('Execute without Describe', [parse('', sql), rawBind([], texts, [1]), execute(), sync()]),
      step('a result without columns', [parse('', 'SELECT'), rawBind([], [], []), describePortal(), execute(), sync()]),
      step('a thousand columns', [
        parse('', `SELECT ${Array.from({ length: 1000 }, (_, n) => `${n} AS c${n}`).join(', ')}`),
        describeStatement(''),
        rawBind([], [], [1]),
        describePortal(),
        execute(),
        sync(),
      ]),
      step('a thousand parameters', [
        parse('', `SELECT ${Array.from({ length: 1000 }, (_, n) => `$${n + 1}::int`).join(' + ')}`),
        rawBind(
          [],
          Array.from({ length: 1000 }, (_, n) => Buffer.from(String(n))),
          [],
        ),
        execute(),
        sync(),
      ]),
      step('more columns than a row may have', [query(`SELECT ${Array(1700).fill('1').join(', ')}`)]),
      step('a value of a megabyte', [
        parse('', 'SELECT length($1), $1'),
        rawBind([], [Buffer.alloc(1_000_000, 'x')], []),
        execute(),
        sync(),
      ]),
    ],
  };
}

const on = (session: string): Partial<Step> => ({ session });

function sessions(): Script {
  return {
    name: 'wire: two sessions',
    steps: [
      q('CREATE TABLE shared (id int PRIMARY KEY, v int)'),
      q('INSERT INTO shared VALUES (1, 0), (2, 0), (3, 0)'),
      q('BEGIN ISOLATION LEVEL REPEATABLE READ'),
      q('SELECT * FROM shared ORDER BY id'),
      q('UPDATE shared SET v = 1 WHERE id = 1', on('b')),
      q('SELECT * FROM shared ORDER BY id'),
      q('UPDATE shared SET v = 2 WHERE id = 1'),
      q('ROLLBACK'),
      q('BEGIN ISOLATION LEVEL SERIALIZABLE'),
      q('SELECT sum(v) FROM shared'),
      q('BEGIN ISOLATION LEVEL SERIALIZABLE', on('b')),
      q('SELECT sum(v) FROM shared', on('b')),
      q('UPDATE shared SET v = 10 WHERE id = 2'),
      q('UPDATE shared SET v = 20 WHERE id = 3', on('b')),
      q('COMMIT'),
      q('COMMIT', on('b')),
      q('ROLLBACK', on('b')),
      q('BEGIN'),
      q('UPDATE shared SET v = 3 WHERE id = 1'),
      q('SELECT * FROM shared WHERE id = 1 FOR UPDATE NOWAIT', on('b')),
      q('SELECT * FROM shared ORDER BY id FOR UPDATE SKIP LOCKED', on('b')),
      q("SET lock_timeout = '10ms'", on('b')),
      q('UPDATE shared SET v = 4 WHERE id = 1', on('b')),
      q('LOCK TABLE shared IN ACCESS EXCLUSIVE MODE NOWAIT', on('b')),
      q('BEGIN', on('b')),
      q('LOCK TABLE shared NOWAIT', on('b')),
      q('ROLLBACK', on('b')),
      q('RESET lock_timeout', on('b')),
      q('UPDATE shared SET v = v + 5 WHERE id = 1 RETURNING v', { ...on('b'), until: '', blocks: true }),
      q('COMMIT'),
      step('what waited goes on', [], on('b')),
      q('BEGIN'),
      q('UPDATE shared SET v = 0 WHERE id = 1'),
      q('BEGIN', on('b')),
      q('UPDATE shared SET v = 0 WHERE id = 2', on('b')),
      q('UPDATE shared SET v = 0 WHERE id = 2', { until: '', blocks: true }),
      q('UPDATE shared SET v = 0 WHERE id = 1', on('b')),
      q('ROLLBACK', on('b')),
      step('the one that waited longer gets its row', []),
      q('ROLLBACK'),
      q('BEGIN'),
      q('INSERT INTO shared VALUES (9, 9)'),
      q('INSERT INTO shared VALUES (9, 8)', { ...on('b'), until: '', blocks: true }),
      q('COMMIT'),
      step('what waited finds its key taken', [], on('b')),
      q('SELECT pg_advisory_lock(77)'),
      q('SELECT pg_try_advisory_lock(77)', on('b')),
      q('SELECT pg_advisory_unlock(77)', on('b')),
      q('CREATE TEMP TABLE mine (a int)', on('b')),
      q('SELECT * FROM mine'),
      q('PREPARE own AS SELECT 1', on('b')),
      q('EXECUTE own'),
      q("SET TIME ZONE 'Asia/Tokyo'", on('b')),
      q('SHOW TIME ZONE'),
      q('DROP TABLE shared'),
    ],
  };
}

/** What a session is told at its start follows from what its startup packet asked for. */
function startups(): Script[] {
  const asked: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    nothing: {},
    formats: {
      DateStyle: 'SQL, DMY',
      IntervalStyle: 'iso_8601',
      TimeZone: 'America/New_York',
      extra_float_digits: '0',
    },
    paths: { search_path: 'pg_catalog, "a schema"' },
    options: { options: '-c work_mem=7MB --statement-timeout=12345 -c application_name=by\\ options' },
    'an encoding by another name': { client_encoding: 'utf-8' },
  };
  return Object.entries(asked).map(([name, startup]) => ({
    name: `wire: startup with ${name}`,
    startup,
    steps: [
      q('SELECT 1'),
      ...[
        'DateStyle',
        'IntervalStyle',
        'TimeZone',
        'search_path',
        'work_mem',
        'statement_timeout',
        'client_encoding',
        'extra_float_digits',
        'standard_conforming_strings',
        'transaction_isolation',
        'is_superuser',
        'session_authorization',
        'lock_timeout',
        'idle_in_transaction_session_timeout',
        'client_min_messages',
        'bytea_output',
        'role',
      ].map((setting) => q(`SHOW ${setting}`)),
      q("SELECT timestamptz '2024-07-01 00:00Z', interval '1 day 2 hours', 0.1::float8 + 0.2"),
      q('RESET ALL'),
      q('SHOW TimeZone'),
      q('SHOW search_path'),
      q(
        "SELECT name, setting, source FROM pg_settings WHERE source IN ('client', 'session') AND name NOT IN ('application_name', 'standard_conforming_strings') ORDER BY name",
      ),
    ],
  }));
}
