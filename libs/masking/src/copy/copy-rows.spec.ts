import type { CopyShape } from '@app/sql';
import { compileMaskingPlan } from '../masking-plan.js';
import { CopyMasker, isEndMark } from './copy-masker.js';
import { CopyRows } from './copy-rows.js';
import { recordedCopyRow } from './recorded-copy-row.js';

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
const binary: CopyShape = { ...text, format: 'binary' };
const opening = Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)]);

/** What a client's stream is taken for, cut into pieces of `size` bytes. */
function rowsOf(stream: string, shape: CopyShape, size: number): string[] {
  const bytes = Buffer.from(stream);
  const rows = new CopyRows(shape, 'in', 1_000, 'drop');
  const found: string[] = [];
  for (let at = 0; at < bytes.length; at += size)
    for (const piece of rows.push(bytes.subarray(at, at + size))) found.push(`${piece.kind} ${piece.bytes.toString()}`);
  const last = rows.finish();
  return last ? [...found, `${last.kind} ${last.bytes.toString()}`] : found;
}

describe('CopyRows', () => {
  it.each([
    ['another beginning', Buffer.from('PGCOPX\n')],
    ['a negative extension', Buffer.concat([opening.subarray(0, 15), Buffer.from([255, 255, 255, 255])])],
    ['a length below -1', Buffer.concat([opening, Buffer.from([0, 1, 255, 255, 255, 254])])],
    ['bytes after its end', Buffer.concat([opening, Buffer.from([255, 255, 0])])],
  ])('takes no binary stream that has %s', (_, stream) => {
    expect(() => new CopyRows(binary, 'out', 1_000, 'refuse').push(stream)).toThrow(/COPY/);
  });

  it('refuses rows above its bound, or tells their size only', () => {
    const long = Buffer.from(`${'x'.repeat(40)}\n`);
    expect(() => new CopyRows(text, 'out', 20, 'refuse').push(long)).toThrow(/longer/);
    expect(() => new CopyRows(text, 'out', 20, 'refuse').push(long.subarray(0, 30))).toThrow(/longer/);
    const dropping = new CopyRows(text, 'in', 20, 'drop');
    expect(dropping.push(long.subarray(0, 30))).toEqual([]);
    expect(dropping.push(long.subarray(30))).toEqual([{ kind: 'row', bytes: Buffer.alloc(0), size: 41 }]);
    expect(dropping.push(Buffer.from('a\n'))).toEqual([{ kind: 'row', bytes: Buffer.from('a\n'), size: 2 }]);
  });

  it.each([1, 2, 3, 100])('ends lines of clients at LF, CR LF or CR, whichever is first, cut by %i', (size) => {
    expect(rowsOf('a\nb\n', text, size)).toEqual(['row a\n', 'row b\n']);
    expect(rowsOf('a\r\nb\r\nc', text, size)).toEqual(['row a\r\n', 'row b\r\n', 'row c']);
    expect(rowsOf('a\rb\rc\r', text, size)).toEqual(['row a\r', 'row b\r', 'row c\r']);
    expect(rowsOf('a\\\nb\nc\n', text, size)).toEqual(['row a\\\nb\n', 'row c\n']);
    expect(rowsOf('h\n"a\n""b",c\nd\n', { ...csv, header: true }, size)).toEqual([
      'header h\n',
      'row "a\n""b",c\n',
      'row d\n',
    ]);
    expect(rowsOf('"a\\"\n",b\nc\n', { ...csv, escape: '\\' }, size)).toEqual(['row "a\\"\n",b\n', 'row c\n']);
  });
});

describe('CopyMasker', () => {
  const plan = compileMaskingPlan([
    { name: 'a', typeOid: 25, typmod: -1, format: 0, mask: { mode: 'constant' } },
    { name: 'b', typeOid: 25, typmod: -1, format: 0, mask: null },
  ]);

  it.each(['x\n', 'x\ty\tz\n', '\n'])('masks no row with other columns than it knows: %j', (row) => {
    expect(() => new CopyMasker(text, plan).mask(Buffer.from(row))).toThrow(/2 columns/);
  });

  it('counts what it masked and what passed, NULLs left out', () => {
    const masker = new CopyMasker(text, plan);
    expect(masker.mask(Buffer.from('x\ty\n')).toString()).toBe('****\ty\n');
    expect(masker.mask(Buffer.from('\\N\t\\N\n')).toString()).toBe('\\N\t\\N\n');
    expect([masker.masked, masker.clear]).toEqual([
      [1, 0],
      [0, 1],
    ]);
  });
});

describe('the record of a row', () => {
  it('has nothing of one with other columns than expected', () => {
    const columns = [{ name: 'a', typeOid: 25, typmod: -1, class: null }];
    expect(recordedCopyRow(Buffer.from('a\tb\n'), text, columns)).toBeNull();
    expect(recordedCopyRow(Buffer.from('a\\x41\\101\\t\\N\n'), text, columns)).toBe('["aAA\\tN"]');
    expect(recordedCopyRow(Buffer.from('"",\n'), csv, null)).toBe('["",null]');
  });

  it('knows the mark that older clients end their data with', () => {
    expect(['\\.\n', '\\.\r\n', '\\.', '\\..\n', 'a\n'].map((line) => isEndMark(Buffer.from(line)))).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });
});
