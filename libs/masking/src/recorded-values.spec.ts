import { decodeForRecord } from './recorded-values.js';

const binary = (typeOid: number, hexadecimal: string): string | null =>
  decodeForRecord(typeOid, 1, Buffer.from(hexadecimal.replaceAll(' ', ''), 'hex'));

describe('values that cannot be read', () => {
  it.each([
    ['a type not known', 99_999, 'cafe'],
    ['an int4 of three bytes', 23, '000001'],
    ['a numeric that is cut', 1700, '0002 0000 0000 0000 0001'],
    ['a jsonb of another version', 3802, '027b7d'],
    ['an array past its end', 1007, '00000001 00000000 00000017 00000005 00000001 00000004 00000001'],
    ['an array of a million elements', 1007, '00000001 00000000 00000017 000f4240 00000001'],
    ['an array of 600 dimensions', 1007, '00000258 00000000 00000017'],
    ['an inet of no family', 869, '0920000400000000'],
    ['an interval that is cut', 1186, '0000000000000000 00000000'],
    ['bits that are fewer than they say', 1562, '00000009ff'],
    ['fewer than no bits', 1562, 'ffffffff'],
    ['a range whose bound is cut', 3904, '02 00000004 0000'],
    ['a range with more than bounds', 3904, '18 00'],
    ['an empty range with a bound', 3904, '01 00000004 00000001'],
  ])('are hexadecimal: %s', (_, typeOid, hexadecimal) => {
    expect(binary(typeOid, hexadecimal)).toBe(`\\x${hexadecimal.replaceAll(' ', '')}`);
  });

  it('have what is no UTF-8 replaced', () => {
    expect(decodeForRecord(25, 0, Buffer.from([0x61, 0xff, 0x62]))).toBe('a\uFFFDb');
  });

  it('are cut with a mark that says how long they were, not inside a character', () => {
    expect(decodeForRecord(25, 0, Buffer.from('žžž'), 5)).toBe('žž… [6 bytes]');
    expect(decodeForRecord(17, 1, Buffer.alloc(100, 1), 4)).toBe('\\x0101… [100 bytes]');
    expect(decodeForRecord(25, 0, Buffer.alloc(5000, 0x61))).toHaveLength(4096 + '… [5000 bytes]'.length);
  });

  it('are null for NULL', () => {
    expect(decodeForRecord(25, 0, null)).toBeNull();
    expect(decodeForRecord(23, 1, null)).toBeNull();
  });
});

describe('binary values read as the server prints them', () => {
  it.each<[string, number, string, string]>([
    ['bool', 16, '01', 't'],
    ['bool', 16, '00', 'f'],
    ['int2', 21, 'ffff', '-1'],
    ['int4', 23, '7fffffff', '2147483647'],
    ['int8', 20, '8000000000000000', '-9223372036854775808'],
    ['oid', 26, 'fffffffe', '4294967294'],
    ['float4', 700, '3dcccccd', '0.1'],
    ['float8', 701, '3fb999999999999a', '0.1'],
    ['float8', 701, '7ff8000000000000', 'NaN'],
    ['text', 25, '61c5be', 'až'],
    ['numeric 12345.678', 1700, '0003 0001 0000 0003 0001 0929 1a7c', '12345.678'],
    ['numeric 0', 1700, '0000 0000 0000 0000', '0'],
    ['numeric 0.00', 1700, '0000 0000 0000 0002', '0.00'],
    ['numeric -0.0001', 1700, '0001 ffff 4000 0004 0001', '-0.0001'],
    ['numeric 10000', 1700, '0001 0001 0000 0000 0001', '10000'],
    ['numeric 0.00000001', 1700, '0001 fffe 0000 0008 0001', '0.00000001'],
    ['numeric NaN', 1700, '0000 0000 c000 0000', 'NaN'],
    ['numeric -Infinity', 1700, '0000 0000 f000 0000', '-Infinity'],
    ['date', 1082, '00000000', '2000-01-01'],
    ['date', 1082, '000023e7', '2025-03-01'],
    ['date', 1082, '7fffffff', 'infinity'],
    ['date 0044-03-15 BC', 1082, 'fff49d7b', '0044-03-15 BC'],
    ['timestamp', 1114, 'ffffffffffffffff', '1999-12-31 23:59:59.999999'],
    ['timestamp', 1114, '00000000000f4240', '2000-01-01 00:00:01'],
    ['timestamptz', 1184, '000000000007a120', '2000-01-01 00:00:00.5+00'],
    ['timestamp', 1114, '8000000000000000', '-infinity'],
    ['time', 1083, '00000000d693a400', '01:00:00'],
    ['timetz 01:00:00+05:30', 1266, '00000000d693a400 ffffb2a8', '01:00:00+05:30'],
    ['uuid', 2950, '00112233445566778899aabbccddeeff', '00112233-4455-6677-8899-aabbccddeeff'],
    ['json', 114, '7b7d', '{}'],
    ['jsonb', 3802, '017b7d', '{}'],
    ['bytea', 17, '00ff', '\\x00ff'],
    ['inet 10.0.0.1', 869, '022000040a000001', '10.0.0.1'],
    ['inet 10.0.0.1/8', 869, '020800040a000001', '10.0.0.1/8'],
    ['cidr 10.0.0.0/32', 650, '022001040a000000', '10.0.0.0/32'],
    ['macaddr', 829, '08002b010203', '08:00:2b:01:02:03'],
    ['int4[]', 1007, '00000001 00000001 00000017 00000002 00000001 00000004 00000007 ffffffff', '{7,NULL}'],
    ['text[]', 1009, '00000001 00000000 00000019 00000002 00000001 00000003 612c62 00000000', '{"a,b",""}'],
    [
      'int4[][]',
      1007,
      '00000002 00000000 00000017 00000001 00000001 00000002 00000001 00000004 00000001 00000004 00000002',
      '{{1,2}}',
    ],
    ['interval', 1186, '0000000000000000 00000003 0000000e', '1 year 2 mons 3 days'],
    ['endless interval', 1186, '7fffffffffffffff 7fffffff 7fffffff', 'infinity'],
    ['varbit', 1562, '00000009ff80', '111111111'],
    ['pg_lsn', 3220, '00000016b374d848', '16/B374D848'],
    ['int4range', 3904, '02 00000004 00000001 00000004 00000005', '[1,5)'],
    ['daterange without an end', 3912, '12 00000004 00000000', '[2000-01-01,)'],
    ['empty int4[]', 1007, '00000000 00000000 00000017', '{}'],
  ])('%s', (_, typeOid, hexadecimal, expected) => {
    expect(binary(typeOid, hexadecimal)).toBe(expected);
  });

  it('text format stays as the server wrote it', () => {
    expect(decodeForRecord(1082, 0, Buffer.from('31.12.1999'))).toBe('31.12.1999');
  });
});
