import type { CopyColumn, CopyShape } from '@app/sql';
import { startPostgres, type TestPostgres } from '../../../../test/support/postgres.js';
import { WireClient } from '../../../../test/support/wire-client.js';
import { client, frame } from '../../../../test/support/wire-frames.js';
import { compileMaskingPlan, type MaskingPlan } from '../masking-plan.js';
import { maskValue } from '../mask-value.js';
import type { MaskRule } from '../mask-rule.js';
import { bucketsOf } from '../values/buckets.js';
import { CopyMasker } from './copy-masker.js';
import { CopyRows } from './copy-rows.js';
import { recordedCopyRow } from './recorded-copy-row.js';

// What the masker makes of a real server's stream goes back into the server: what it reads is what was meant.

let server: TestPostgres;
let wire: WireClient;

beforeAll(async () => {
  server = await startPostgres();
  const { username, pathname } = new URL(server.superuserUrl);
  wire = await WireClient.open({ postgres: { host: '127.0.0.1', port: server.port, tls: 'required' } });
  wire.send(client.startup({ user: username, database: pathname.slice(1), client_encoding: 'UTF8' }));
  await wire.until('Z');
  await run(`CREATE TABLE copied (id int, mail text, secret text, born date, note varchar(40), score numeric)`);
  await run(`INSERT INTO copied VALUES
    (1, 'alice@example.com', 'plain', '1984-03-27', 'a note', 1.5),
    (2, NULL, NULL, NULL, NULL, NULL),
    (3, '', '', '1999-12-31', '', 0),
    (4, 'bob@ex-ample.org', E'tab\\there|and,and;', '2001-01-01', E'line\\nbreak\\rand cr', -1),
    (5, 'no address', E'\\\\N', '2000-02-29', E'back\\\\slash\\\\', 12345.678),
    (6, 'x@y.de', E'quote"and''q Q Z', '1970-01-01', '\\.', 7),
    (7, E'žluť"ý@kůň.cz', '\\N', '1900-01-01', E'\\x01\\x02\\x0b\\x08\\x0c', 8),
    (8, '\\.', 'NULL', '1984-03-27', 'NULL', 9)`);
  await run('CREATE TABLE back (LIKE copied)');
});

afterAll(async () => {
  wire?.destroy();
  await server?.stop();
});

async function run(sql: string): Promise<readonly (readonly (string | null)[])[]> {
  const { rows, errors } = await wire.query(sql);
  if (errors[0]) throw new Error(`${errors[0].message}: ${sql}`);
  return rows;
}

async function copyOut(sql: string): Promise<Buffer[]> {
  wire.send(client.query(sql));
  const frames = await wire.until('Z');
  return frames.filter(({ type }) => type === 'd').map(({ body }) => body);
}

async function copyIn(sql: string, stream: Buffer): Promise<string> {
  wire.send(client.query(sql), frame('d', stream), frame('c'));
  const frames = await wire.until('Z');
  return frames.find(({ type }) => type === 'E')?.body.toString() ?? '';
}

const columns: readonly CopyColumn[] = [
  { name: 'id', typeOid: 23, typmod: -1, class: null },
  { name: 'mail', typeOid: 25, typmod: -1, class: 'mail' },
  { name: 'secret', typeOid: 25, typmod: -1, class: 'secret' },
  { name: 'born', typeOid: 1082, typmod: -1, class: 'born' },
  { name: 'note', typeOid: 1043, typmod: 44, class: null },
  { name: 'score', typeOid: 1700, typmod: -1, class: 'score' },
];
const masks: Readonly<Record<string, MaskRule>> = {
  mail: { mode: 'partial', keep: 'domain' },
  secret: { mode: 'constant' },
  born: { mode: 'bucket', buckets: bucketsOf('year') },
  score: { mode: 'null' },
};

const planOf = (format: 0 | 1, masked = true): MaskingPlan =>
  compileMaskingPlan(
    columns.map((column) => ({ ...column, format, mask: masked && column.class ? masks[column.class]! : null })),
  );

const text: CopyShape = {
  format: 'text',
  header: false,
  delimiter: '\t',
  null: '\\N',
  quote: '"',
  escape: '"',
  forceQuote: [],
};
const csv: CopyShape = { ...text, format: 'csv', delimiter: ',', null: '' };

const shapes: readonly (readonly [options: string, shape: CopyShape, back?: string])[] = [
  ['', text],
  ["(DELIMITER '|')", { ...text, delimiter: '|' }],
  ["(DELIMITER '@')", { ...text, delimiter: '@' }],
  ["(DELIMITER '*')", { ...text, delimiter: '*' }],
  ["(NULL '')", { ...text, null: '' }],
  ["(NULL 'NULL')", { ...text, null: 'NULL' }],
  ["(NULL '****')", { ...text, null: '****' }],
  ['(HEADER)', { ...text, header: true }],
  ['(FORMAT csv)', csv],
  ['(FORMAT csv, HEADER)', { ...csv, header: true }],
  ["(FORMAT csv, DELIMITER ';', QUOTE '''')", { ...csv, delimiter: ';', quote: "'", escape: "'" }],
  ["(FORMAT csv, DELIMITER 'Z', QUOTE 'Q')", { ...csv, delimiter: 'Z', quote: 'Q', escape: 'Q' }],
  ["(FORMAT csv, QUOTE '*')", { ...csv, quote: '*', escape: '*' }],
  ["(FORMAT csv, QUOTE '.', DELIMITER '@')", { ...csv, quote: '.', escape: '.', delimiter: '@' }],
  ["(FORMAT csv, ESCAPE E'\\\\')", { ...csv, escape: '\\' }],
  ["(FORMAT csv, ESCAPE '*')", { ...csv, escape: '*' }],
  ["(FORMAT csv, NULL 'NULL')", { ...csv, null: 'NULL' }],
  ["(FORMAT csv, NULL '****')", { ...csv, null: '****' }],
  ['(FORMAT csv, FORCE_QUOTE *)', { ...csv, forceQuote: 'all' }, '(FORMAT csv)'],
  ['(FORMAT csv, FORCE_QUOTE (mail, note))', { ...csv, forceQuote: ['mail', 'note'] }, '(FORMAT csv)'],
  ['(FORMAT binary)', { ...text, format: 'binary' }],
];

/** The stream cut into pieces of `size` bytes, masked and put together again. */
function masked(
  stream: Buffer,
  shape: CopyShape,
  size: number,
  plan = planOf(shape.format === 'binary' ? 1 : 0),
): Buffer {
  const rows = new CopyRows(shape, 'out', 1 << 20, 'refuse');
  const masker = new CopyMasker(shape, plan);
  const out: Buffer[] = [];
  for (let at = 0; at < stream.length; at += size)
    for (const { kind, bytes } of rows.push(stream.subarray(at, at + size)))
      out.push(kind === 'row' ? masker.mask(bytes) : bytes);
  expect(rows.finish()).toBeNull();
  expect(masker.rows).toBe(8);
  return Buffer.concat(out);
}

const cases = shapes.map(([options, shape, back = options]) => ({ options, shape, back }));

describe.each(cases)('COPY TO STDOUT $options', ({ options, shape, back }) => {
  let stream: Buffer;
  beforeAll(async () => {
    stream = Buffer.concat(await copyOut(`COPY copied TO STDOUT ${options}`));
  });

  it('comes out masked, and the server reads it back as exactly that', async () => {
    await run('TRUNCATE back');
    expect(await copyIn(`COPY back FROM STDIN ${back}`, masked(stream, shape, stream.length))).toBe('');
    const { steps } = planOf(0);
    // a text stream whose NULL could be a value shows neither
    const doubtful = shape.format === 'text' && shape.null !== '\\N';
    const expected = (await run('SELECT * FROM copied ORDER BY id')).map((row) =>
      row.map((value, i) => {
        const step = steps[i]!;
        const fallback = step.kind === 'fixed' ? step.bytes : 'fallback' in step ? step.fallback : null;
        const own =
          step.kind === 'keep'
            ? value
            : (maskValue(step, value === null ? null : Buffer.from(value))?.toString() ?? null);
        const told =
          doubtful && step.kind !== 'keep' && (value === null || value === shape.null)
            ? (fallback?.toString() ?? null)
            : own;
        // what equals the NULL string of a text stream is NULL to every reader
        return doubtful && told === shape.null ? null : told;
      }),
    );
    expect(await run('SELECT * FROM back ORDER BY id')).toEqual(expected);
    expect(expected.flat().join()).not.toMatch(/alice|plain|quote"/);
  });

  it('is the same however it is cut, and stays as it is where nothing is masked', () => {
    const whole = masked(stream, shape, stream.length);
    for (const size of [1, 2, 7]) expect(masked(stream, shape, size)).toEqual(whole);
    expect(masked(stream, shape, 3, planOf(shape.format === 'binary' ? 1 : 0, false))).toEqual(stream);
  });

  it('is recorded value by value as the server prints it', async () => {
    const rows = new CopyRows(shape, 'out', 1 << 20, 'refuse').push(stream).filter(({ kind }) => kind === 'row');
    const recorded = rows.map(({ bytes }) => JSON.parse(recordedCopyRow(bytes, shape, columns)!) as (string | null)[]);
    const expected = (await run('SELECT * FROM copied ORDER BY id')).map((row) =>
      row.map((value) => (shape.format === 'text' && value === shape.null ? null : value)),
    );
    // what the text format writes for the letters \N of a value is told from NULL by its doubled backslash
    if (shape.format !== 'text' || shape.null !== '\\N') expect(recorded).toEqual(expected);
    else expect(recorded).toEqual(await run('SELECT * FROM copied ORDER BY id'));
  });
});
