import type { CopyShape } from '@app/sql';
import { TYPE } from '../built-in-types.js';
import { maskedCopyColumn } from './masked-copy-column.js';
import type { WrittenInto } from './mask-likeness.js';

const base: CopyShape = {
  format: 'text',
  header: false,
  delimiter: '\t',
  null: '\\N',
  quote: '"',
  escape: '"',
  forceQuote: [],
};
const csv: CopyShape = { ...base, format: 'csv', delimiter: ',', null: '' };
const binary: CopyShape = { ...base, format: 'binary' };

const into = (format: 0 | 1): (WrittenInto | null)[] => [
  null,
  { typeOid: TYPE.text, typmod: -1, format, mask: { mode: 'constant' } },
  { typeOid: TYPE.int4, typmod: -1, format, mask: { mode: 'constant' } },
];

function binaryRow(...values: (Buffer | null)[]): Buffer {
  const count = Buffer.alloc(2);
  count.writeUInt16BE(values.length);
  const parts = values.flatMap((value) => {
    const length = Buffer.alloc(4);
    length.writeInt32BE(value?.length ?? -1);
    return value === null ? [length] : [length, value];
  });
  return Buffer.concat([count, ...parts]);
}

const text = (row: string) => maskedCopyColumn(Buffer.from(row), base, into(0));
const quoted = (row: string) => maskedCopyColumn(Buffer.from(row), csv, into(0));

describe('a row on its way in', () => {
  it('has a mask in a protected column, however it is written', () => {
    expect(text('1\t****\t5\n')).toBe(1);
    expect(text('1\t****@example.org\t5\r\n')).toBe(1);
    expect(text('1\t\\x2a\\52**\t5')).toBe(1);
    expect(quoted('1,****,5\n')).toBe(1);
    expect(quoted('1,"**""**",5\n')).toBe(-1);
    expect(quoted('1,**"**",5\n')).toBe(1);
    expect(maskedCopyColumn(binaryRow(Buffer.alloc(4), Buffer.from('****'), Buffer.alloc(4)), binary, into(1))).toBe(1);
  });

  it('has none where the column is not protected, the value NULL, or one that may be real', () => {
    expect(text('****\talice@example.org\t5\n')).toBe(-1);
    expect(text('1\t\\N\t0\n')).toBe(-1);
    expect(quoted('1,,0\n')).toBe(-1);
    expect(maskedCopyColumn(binaryRow(Buffer.from('****'), null, Buffer.alloc(4)), binary, into(1))).toBe(-1);
  });

  it('has none where it has other columns than the table, which the server refuses', () => {
    expect(text('1\t****\n')).toBe(-1);
  });

  it('cannot be read where its lengths do not fill it', () => {
    expect(() => maskedCopyColumn(Buffer.from([0, 1, 0, 0, 0, 9, 1]), binary, into(1))).toThrow(/lengths/);
  });
});
