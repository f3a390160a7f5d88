import { client, frame } from '../support/wire-frames.js';
import type { Script, Step } from './step.js';

// COPY both ways in every format and protocol, its errors and its ends; LISTEN and NOTIFY within a session and across two.

const { parse, bind, describePortal, describeStatement, execute, sync, flush, query } = client;
const data = (text: string | Buffer): Buffer => frame('d', Buffer.from(text));
const done = (): Buffer => frame('c');
const fail = (why: string): Buffer => frame('f', Buffer.from(`${why}\0`));

function step(says: string, send: readonly Buffer[], more: Partial<Step> = {}): Step {
  return { session: 'a', kind: 'copy and notify', says, send, until: 'Z', ...more };
}

const q = (sql: string, more: Partial<Step> = {}): Step => step(sql, [query(sql)], more);

/** A statement by the extended protocol, as drivers send COPY. */
const extended = (sql: string): readonly Buffer[] => [parse('', sql), bind(''), execute(), sync()];

const options = [
  '',
  '(FORMAT text)',
  "(FORMAT text, DELIMITER '|', NULL 'none', HEADER)",
  '(FORMAT csv)',
  '(FORMAT csv, HEADER true)',
  `(FORMAT csv, DELIMITER ';', QUOTE '''', ESCAPE '\\', NULL '-')`,
  '(FORMAT csv, FORCE_QUOTE *)',
  '(FORMAT csv, FORCE_QUOTE (b), HEADER)',
  '(FORMAT binary)',
  "(ENCODING 'UTF8')",
];

const rows = `VALUES (1, 'plain', 1.5::numeric, '2024-01-01'::date), (2, E'tab\\tnew\\nline\\\\back', NULL, NULL), (3, '"quoted", it''s; | -', 0, 'infinity'), (4, '', -1, '0001-01-01 BC'), (5, E'\\\\.', 7, NULL), (6, 'Grüße 世界', 1e20, NULL)`;

export function copyScripts(): Script[] {
  return [out(), into(), endings(), refused()];
}

function out(): Script {
  return {
    name: 'copy: out',
    steps: [
      q('CREATE TABLE copied (a int, b text, c numeric, d date, e int GENERATED ALWAYS AS (a * 2) STORED)'),
      q('COPY copied TO STDOUT'),
      q(`INSERT INTO copied (a, b, c, d) ${rows}`),
      ...options.flatMap((option) => [
        q(`COPY copied TO STDOUT ${option}`),
        q(`COPY copied (b, a) TO STDOUT ${option}`),
        q(`COPY (SELECT * FROM copied WHERE a > 2 ORDER BY a DESC) TO STDOUT ${option}`),
        step(`extended: COPY copied TO STDOUT ${option}`, extended(`COPY copied TO STDOUT ${option}`)),
      ]),
      q("COPY copied TO STDOUT WITH DELIMITER ',' NULL AS 'x'"),
      q("COPY copied TO STDOUT CSV HEADER QUOTE '\"'"),
      q('COPY BINARY copied TO STDOUT'),
      q('COPY (VALUES (1), (2)) TO STDOUT'),
      q('COPY (INSERT INTO copied (a) VALUES (50) RETURNING a, e) TO STDOUT'),
      q('COPY (DELETE FROM copied WHERE a = 50) TO STDOUT'),
      q('COPY (SELECT) TO STDOUT'),
      q("COPY (SELECT n, repeat('x', 100) FROM generate_series(1, 3000) n) TO STDOUT"),
      q('COPY (SELECT 10 / (n - 5) FROM generate_series(1, 10) n) TO STDOUT'),
      q('SELECT 1; COPY (SELECT 2) TO STDOUT; SELECT 3'),
      q('COPY (SELECT 1) TO STDOUT; COPY (SELECT 2) TO STDOUT (FORMAT csv)'),
      step('Describe of COPY', [
        parse('c', 'COPY copied TO STDOUT'),
        describeStatement('c'),
        bind('c'),
        describePortal(),
        execute(),
        sync(),
      ]),
      step('COPY between statements of a pipeline', [
        ...['SELECT 1', 'COPY (SELECT 2) TO STDOUT', 'SELECT 3'].flatMap((sql) => [
          parse('', sql),
          bind(''),
          execute(),
        ]),
        sync(),
      ]),
      step('COPY in a block', [query('BEGIN')]),
      q('COPY (SELECT 1 / 0) TO STDOUT'),
      q('COPY copied TO STDOUT'),
      q('ROLLBACK'),
      q('DROP TABLE copied'),
    ],
  };
}

/** One COPY FROM with its data in pieces, then what is there. */
function loaded(sql: string, pieces: readonly (string | Buffer)[], byExtended = false): Step[] {
  const begin = byExtended ? [parse('', sql), bind(''), execute(), flush()] : [query(sql)];
  return [
    step(`${byExtended ? 'extended: ' : ''}${sql}`, begin, { until: 'GE' }),
    step(`… ${pieces.length} pieces of data`, [...pieces.map(data), done(), ...(byExtended ? [sync()] : [])]),
    q('SELECT * FROM loaded ORDER BY a, b; TRUNCATE loaded', { until: 'Z' }),
  ];
}

function into(): Script {
  const binary = Buffer.concat([
    Buffer.from('PGCOPY\n'),
    Buffer.from([0xff, 0x0d, 0x0a, 0x00, 0, 0, 0, 0, 0, 0, 0, 0]),
    Buffer.from([0, 2, 0, 0, 0, 4, 0, 0, 0, 9, 0, 0, 0, 1]),
    Buffer.from('x'),
    Buffer.from([0, 2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
    Buffer.from([0xff, 0xff]),
  ]);
  const cases: readonly (readonly [string, readonly (string | Buffer)[]])[] = [
    ['COPY loaded FROM STDIN', ['1\tone\n', '2\t\\N\n', '3\ta\\tb\\\\\n']],
    ['COPY loaded FROM STDIN', ['1\ton', 'e\n2', '\ttwo\n', '\\.\n']],
    ['COPY loaded FROM STDIN', []],
    ['COPY loaded FROM STDIN', ['1\tno newline at the end']],
    ['COPY loaded (b, a) FROM STDIN', ['x\t1\n']],
    ['COPY loaded (a) FROM STDIN', ['1\n2\n']],
    ["COPY loaded FROM STDIN (FORMAT csv, HEADER, NULL 'n')", ['a,b\n1,"quo""ted, \n line"\n2,n\n']],
    ['COPY loaded FROM STDIN (FORMAT csv, HEADER match)', ['a,c\n1,x\n']],
    ["COPY loaded FROM STDIN WITH CSV DELIMITER ';'", ['1;x\n']],
    ['COPY loaded FROM STDIN (FORMAT binary)', [binary]],
    ['COPY loaded FROM STDIN (FORMAT binary)', [binary.subarray(0, 25), binary.subarray(25)]],
    ['COPY loaded FROM STDIN (FORMAT binary)', ['this is not binary at all']],
    ['COPY loaded FROM STDIN WHERE a > 1', ['1\tx\n2\ty\n']],
    ['COPY loaded FROM STDIN (ON_ERROR ignore)', ['1\tx\nbad\ty\n3\tz\n']],
    ['COPY loaded FROM STDIN (ON_ERROR ignore, LOG_VERBOSITY verbose)', ['bad\ty\n']],
    ['COPY loaded FROM STDIN', ['1\tx\n1\ty\n']],
    ['COPY loaded FROM STDIN', ['bad\tx\n']],
    ['COPY loaded FROM STDIN', ['1\n']],
    ['COPY loaded FROM STDIN', ['1\tx\textra\n']],
    ['COPY loaded FROM STDIN', ['-5\tx\n']],
    ['COPY loaded FROM STDIN', [Buffer.from([0x31, 0x09, 0xff, 0x0a])]],
    ['COPY loaded FROM STDIN', Array.from({ length: 500 }, (_, n) => `${n + 10}\t${'x'.repeat(200)}\n`)],
  ];
  return {
    name: 'copy: in',
    steps: [
      q('CREATE TABLE loaded (a int PRIMARY KEY CHECK (a > 0), b text)'),
      ...cases.flatMap(([sql, pieces]) => loaded(sql, pieces)),
      ...cases.slice(0, 3).flatMap(([sql, pieces]) => loaded(sql, pieces, true)),
      q('DROP TABLE loaded'),
    ],
  };
}

function endings(): Script {
  const begin = 'COPY ended FROM STDIN';
  const start = step(begin, [query(begin)], { until: 'GE' });
  return {
    name: 'copy: endings',
    steps: [
      q('CREATE TABLE ended (a int)'),
      start,
      step('the client gives up', [data('1\n'), fail('changed its mind')]),
      start,
      step('Flush and Sync are ignored meanwhile', [data('1\n'), flush(), sync(), data('2\n'), done()]),
      start,
      step('data after the end is ignored', [data('3\n'), done(), data('4\n'), done()]),
      step('an error with more data to come', [query(begin)], { until: 'GE' }),
      step('… all of it is skipped', [data('x\n'), data('1\n'), data('2\n'), done()]),
      step('two loads in one query', [query(`${begin}; SELECT count(*) FROM ended; ${begin}`)], { until: 'GE' }),
      step('the first', [data('5\n'), done()], { until: 'GE' }),
      step('the second', [data('6\n'), done()]),
      step('two loads, the second fails, both are undone', [query(`${begin}; ${begin}`)], { until: 'GE' }),
      step('the first of them', [data('7\n'), done()], { until: 'GE' }),
      step('the second of them', [data('x\n'), done()]),
      q('SELECT * FROM ended ORDER BY a'),
      q('BEGIN'),
      start,
      step('in a block', [data('8\n'), done()]),
      q('ROLLBACK'),
      q('BEGIN'),
      start,
      step('a failure in a block', [data('x\n'), done()]),
      q('SELECT 1'),
      q('ROLLBACK'),
      step('everything at once, extended', [parse('', begin), bind(''), execute(), data('9\n'), done(), sync()]),
      q('SELECT * FROM ended ORDER BY a'),
      step('given up, extended', [parse('', begin), bind(''), execute(), data('9\n'), fail('no'), sync()]),
      q('DROP TABLE ended'),
    ],
  };
}

function refused(): Script {
  return {
    name: 'copy: refused by the server',
    steps: [
      'COPY nowhere TO STDOUT',
      'COPY nowhere FROM STDIN',
      'COPY pg_tables TO STDOUT',
      'COPY pg_tables FROM STDIN',
      'COPY (SELECT 1) FROM STDIN',
      'COPY (SELECT 1, 2 AS "?column?") TO STDOUT (FORMAT nothing)',
      "COPY (SELECT 1) TO STDOUT (DELIMITER 'ab')",
      "COPY (SELECT 1) TO STDOUT (DELIMITER 'a')",
      "COPY (SELECT 1) TO STDOUT (FORMAT csv, QUOTE 'ab')",
      "COPY (SELECT 1) TO STDOUT (FORMAT binary, DELIMITER ',')",
      'COPY (SELECT 1) TO STDOUT (FORMAT binary, HEADER)',
      'COPY (SELECT 1) TO STDOUT (FORCE_QUOTE *)',
      "COPY (SELECT 1) TO STDOUT (NULL E'\\n')",
      'COPY (SELECT 1) TO STDOUT (FREEZE)',
      'COPY (SELECT 1) TO STDOUT (FORMAT text, FORMAT csv)',
      'COPY (SELECT 1) TO STDOUT (NOTHING)',
      'COPY (SELECT no_such_column) TO STDOUT',
      'COPY (CREATE TABLE x (a int)) TO STDOUT',
      'COPY pg_class (nothing) TO STDOUT',
      'COPY pg_class (relname, relname) TO STDOUT',
      'COPY pg_class (relname) TO',
    ].flatMap((sql) => [q(sql), step(`extended: ${sql}`, extended(sql))]),
  };
}

const on = (session: string): Partial<Step> => ({ session });

/** Notifications are asked for so that each is waited for; their process id is the notifying session's. */
export function notifyScripts(): Script[] {
  return [
    {
      name: 'notify: in a session and across two',
      steps: [
        q('NOTIFY nobody'),
        q('LISTEN news'),
        q('LISTEN news'),
        q('LISTEN "Other News"'),
        q('SELECT pg_listening_channels()'),
        q('NOTIFY news'),
        q("NOTIFY news, 'one'"),
        q("SELECT pg_notify('Other News', 'Grüße')"),
        q("NOTIFY news, 'twice'; NOTIFY news, 'twice'; NOTIFY news, 'three'"),
        step('NOTIFY by the extended protocol', extended("NOTIFY news, 'extended'")),
        q('BEGIN'),
        q("NOTIFY news, 'at commit'"),
        q('SELECT 1'),
        q('COMMIT'),
        q('BEGIN'),
        q("NOTIFY news, 'never'"),
        q('ROLLBACK'),
        q("NOTIFY news, 'from b'", on('b')),
        step('it arrives while idle', [], { until: 'A' }),
        q("SELECT pg_notify('news', repeat('x', 7000))", on('b')),
        step('so does a long one', [], { until: 'A' }),
        q("SELECT pg_notify('news', repeat('x', 8001))", on('b')),
        q("SELECT pg_notify('', 'x')"),
        q("SELECT pg_notify(repeat('c', 64), 'x')"),
        q('NOTIFY'),
        q('LISTEN'),
        q('BEGIN'),
        q('LISTEN later'),
        q('ROLLBACK'),
        q('SELECT pg_listening_channels()'),
        q('UNLISTEN "Other News"'),
        q('NOTIFY "Other News", \'unheard\''),
        q('UNLISTEN *'),
        q("NOTIFY news, 'unheard'"),
        q('SELECT pg_notification_queue_usage()'),
      ],
    },
  ];
}
