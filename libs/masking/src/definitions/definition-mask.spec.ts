import { TYPE } from '../built-in-types.js';
import { compileMaskingPlan } from '../masking-plan.js';
import { RowMasker } from '../row-masker.js';
import { Slab } from '../slab.js';
import { rowFrame, rowValues } from '../testing/rows.js';
import { definitionMask } from './definition-mask.js';

const TEXT_ARRAY = 1009;
const INT_ARRAY = 1007;

function masked(typeOid: number, value: string): string | null {
  const bytes = Buffer.from(`<<${value}>>`);
  return definitionMask({ typeOid: typeOid, typmod: -1, format: 0 })?.(bytes, 2, bytes.length - 2)?.toString() ?? null;
}

function binaryArray(elements: readonly (string | null)[]): Buffer {
  const header = Buffer.alloc(20);
  header.writeInt32BE(1, 0);
  header.writeInt32BE(TYPE.text, 8);
  header.writeInt32BE(elements.length, 12);
  header.writeInt32BE(1, 16);
  const parts = elements.map((element) => {
    const length = Buffer.alloc(4);
    length.writeInt32BE(element === null ? -1 : Buffer.byteLength(element));
    return Buffer.concat([length, Buffer.from(element ?? '')]);
  });
  return Buffer.concat([header, ...parts]);
}

describe('definitions in rows', () => {
  it('lose their literals and keep everything else, in text and binary alike', () => {
    expect(masked(TYPE.text, "CHECK ((mail <> 'żółw@example.com'::text))")).toBe("CHECK ((mail <> '***'::text))");
    const bytes = Buffer.from("'a'");
    expect(definitionMask({ typeOid: TYPE.varchar, typmod: -1, format: 1 })?.(bytes, 0, 3)?.toString()).toBe("'***'");
  });

  it('lose them in each element of an array', () => {
    expect(masked(TEXT_ARRAY, `{now(),"'a\\"b\\\\c'::text",NULL,"NULL",x,"lower(y, 'q')"}`)).toBe(
      `{now(),'***'::text,NULL,"NULL",x,"lower(y, '***')"}`,
    );
    expect(masked(TEXT_ARRAY, `[0:1][1:1]={{'a'},{"12 + b"}}`)).toBe(`[0:1][1:1]={{'***'},{"'***' + b"}}`);
    expect(masked(TEXT_ARRAY, '{}')).toBe('{}');
    const array = binaryArray(["'a'", null, 'b']);
    expect(definitionMask({ typeOid: TEXT_ARRAY, typmod: -1, format: 1 })?.(array, 0, array.length)).toEqual(
      binaryArray(["'***'", null, 'b']),
    );
  });

  it.each(['', '{', '{a', '{"a}', '{a}}', '{a} ', "x{'a'}", '{{a}'])('are nothing in what is no array: %s', (value) => {
    expect(masked(TEXT_ARRAY, value)).toBeNull();
  });

  it('are nothing in a binary array that is cut anywhere within its last element, or has impossible lengths', () => {
    const array = binaryArray(["'a'", "'bcd'"]);
    const mask = definitionMask({ typeOid: TEXT_ARRAY, typmod: -1, format: 1 });
    for (const cut of [4, 12, 19, 25, array.length - 1]) expect(mask?.(array, 0, cut)).toBeNull();
    for (const [at, value] of [
      [0, 7],
      [0, -1],
      [20, -2],
      [20, 1e9],
    ] as const) {
      const broken = Buffer.from(array);
      broken.writeInt32BE(value, at);
      expect(mask?.(broken, 0, broken.length)).toBeNull();
    }
  });

  it('leave a row as they are masked, however much longer they become; a column of another type is NULL', () => {
    const columns = [TYPE.text, TYPE.name, TEXT_ARRAY, TYPE.json].map((typeOid) => {
      return { name: 'c', typeOid, typmod: -1, format: 0, mask: { mode: 'definition' } } as const;
    });
    const frame = rowFrame(['5,'.repeat(100_000), 'x', 'no array', '{}']);
    const slab = new Slab();
    new RowMasker(compileMaskingPlan(columns)).mask(frame, 0, frame.length, slab);
    const values = rowValues(Buffer.concat(slab.take())).map((value) => value?.toString() ?? null);
    expect(values).toEqual(["'***',".repeat(100_000), null, null, null]);
  });

  it('show a single name alone where the ends of the text may be gone', () => {
    const mask = definitionMask({ typeOid: TYPE.text, typmod: -1, format: 0 }, true);
    const of = (text: string) => mask?.(Buffer.from(text), 0, text.length)?.toString();
    expect([of('email'), of("Fn('a')")]).toEqual(['email', "'***'"]);
  });

  it('have no place in other types, and in texts of a given length', () => {
    for (const typeOid of [TYPE.json, TYPE.name, TYPE.int4, TYPE.bytea, TYPE.char, INT_ARRAY, 0])
      expect(definitionMask({ typeOid: typeOid, typmod: -1, format: 0 })).toBeNull();
    expect(definitionMask({ typeOid: TYPE.varchar, typmod: 14, format: 0 })).toBeNull();
  });
});
