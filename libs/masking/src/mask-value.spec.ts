import { compileMaskingPlan, type MaskStep, type PlanColumn } from './masking-plan.js';
import { type Keep, maskRuleFromConfig, type MaskRule } from './mask-rule.js';
import { maskValue } from './mask-value.js';
import { Pseudonyms } from './pseudonyms/pseudonyms.js';

const stepOf = (column: Partial<PlanColumn> & { typeOid: number }): MaskStep => {
  const plan = compileMaskingPlan([{ name: 'c', typmod: -1, format: 0, mask: { mode: 'constant' }, ...column }]);
  return plan.steps[0] as MaskStep;
};

const noPseudonyms = (): never => {
  throw new Error('no pseudonyms were asked for');
};
const kept = (keep: Keep): MaskRule => maskRuleFromConfig({ keep }, noPseudonyms);

const CANARY = Buffer.from('canary-4f1d');
const text = (value: Buffer | null): string | null => (value === null ? null : value.toString());
const partial = (keep: Keep, value: string, typeOid = 25, typmod = -1): string | null =>
  text(maskValue(stepOf({ typeOid, typmod, mask: kept(keep) }), Buffer.from(value)));

const zeros = (bytes: number): string => '00'.repeat(bytes);

describe('a type whose layout is not known', () => {
  it.each([
    ['a row type', 16_385],
    ['record', 2249],
    ['record[]', 2287],
    ['an enum or an extension type', 99_999],
    ['aclitem', 1033],
    ['pg_node_tree', 194],
    ['internal "anyarray"', 2277],
  ])('is NULL in both formats: %s', (_, typeOid) => {
    expect(maskValue(stepOf({ typeOid, format: 0 }), CANARY)).toBeNull();
    expect(maskValue(stepOf({ typeOid, format: 1 }), CANARY)).toBeNull();
  });
});

describe('constant masks, text and binary (hexadecimal)', () => {
  it.each<[string, number, string, string]>([
    ['text', 25, '****', '2a2a2a2a'],
    ['varchar', 1043, '****', '2a2a2a2a'],
    ['bpchar', 1042, '****', '2a2a2a2a'],
    ['name', 19, '****', '2a2a2a2a'],
    ['"char"', 18, '*', '2a'],
    ['xml', 142, '<m/>', '3c6d2f3e'],
    ['bool', 16, 'f', '00'],
    ['int2', 21, '0', zeros(2)],
    ['int4', 23, '0', zeros(4)],
    ['int8', 20, '0', zeros(8)],
    ['oid', 26, '0', zeros(4)],
    ['float4', 700, '0', zeros(4)],
    ['float8', 701, '0', zeros(8)],
    ['money', 790, '$0.00', zeros(8)],
    ['numeric', 1700, '0', zeros(8)],
    ['date', 1082, '2000-01-01', zeros(4)],
    ['time', 1083, '00:00:00', zeros(8)],
    ['timetz', 1266, '00:00:00+00', zeros(12)],
    ['timestamp', 1114, '2000-01-01 00:00:00', zeros(8)],
    ['timestamptz', 1184, '2000-01-01 00:00:00+00', zeros(8)],
    ['interval', 1186, '00:00:00', zeros(16)],
    ['uuid', 2950, '00000000-0000-4000-8000-000000000000', '00000000000040008000000000000000'],
    ['json', 114, '{"masked": true}', '7b226d61736b6564223a20747275657d'],
    ['jsonb', 3802, '{"masked": true}', '017b226d61736b6564223a20747275657d'],
    ['bytea', 17, '\\x', ''],
    ['inet', 869, '0.0.0.0', '0220000400000000'],
    ['cidr', 650, '0.0.0.0/32', '0220010400000000'],
    ['macaddr', 829, '00:00:00:00:00:00', zeros(6)],
    ['bit', 1560, '0', '0000000100'],
    ['varbit', 1562, '0', '0000000100'],
    ['text[]', 1009, '{}', '000000000000000000000019'],
    ['int4[]', 1007, '{}', '000000000000000000000017'],
    ['uuid[]', 2951, '{}', '000000000000000000000b86'],
    ['daterange', 3912, 'empty', '01'],
    ['int8range', 3926, 'empty', '01'],
    ['datemultirange', 4535, '{}', '00000000'],
    ['tsvector', 3614, '', '00000000'],
    ['point', 600, '(0,0)', zeros(16)],
    ['pg_lsn', 3220, '0/0', zeros(8)],
  ])('%s', (_, typeOid, asText, asBinary) => {
    expect(text(maskValue(stepOf({ typeOid, format: 0 }), CANARY))).toBe(asText);
    expect(maskValue(stepOf({ typeOid, format: 1 }), CANARY)?.toString('hex')).toBe(asBinary);
  });

  it.each([
    ['varchar(2)', 1043, 6, '**'],
    ['varchar(50)', 1043, 54, '****'],
    ['char(1)', 1042, 5, '*'],
    ['char(3)', 1042, 7, '***'],
    ['bit(5)', 1560, 5, '00000'],
    ['varbit(9)', 1562, 9, '0'],
  ])('are no longer than %s', (_, typeOid, typmod, expected) => {
    expect(text(maskValue(stepOf({ typeOid, typmod }), CANARY))).toBe(expected);
  });

  it('of bit(9) have nine bits in two bytes', () => {
    expect(maskValue(stepOf({ typeOid: 1560, typmod: 9, format: 1 }), CANARY)?.toString('hex')).toBe('000000090000');
  });

  it('of a bit string beyond any sense are NULL', () => {
    expect(maskValue(stepOf({ typeOid: 1560, typmod: 80_000_000 }), CANARY)).toBeNull();
  });
});

describe('dates and intervals in a style that we do not write', () => {
  it.each([1082, 1114, 1184])('are NULL in text, and the constant in binary (%i)', (typeOid) => {
    const settings = { dateStyle: 'German, DMY' };
    expect(maskValue(stepOf({ typeOid, settings }), CANARY)).toBeNull();
    expect(maskValue(stepOf({ typeOid, settings, format: 1 }), CANARY)).not.toBeNull();
    expect(maskValue(stepOf({ typeOid, settings: { dateStyle: 'ISO, DMY' } }), CANARY)).not.toBeNull();
  });

  it('are NULL for intervals of another IntervalStyle', () => {
    expect(maskValue(stepOf({ typeOid: 1186, settings: { intervalStyle: 'iso_8601' } }), CANARY)).toBeNull();
    expect(text(maskValue(stepOf({ typeOid: 1186, settings: { intervalStyle: 'postgres' } }), CANARY))).toBe(
      '00:00:00',
    );
  });
});

describe('keep: domain', () => {
  it.each([
    'no address',
    '@example.com',
    'alice@',
    'alice@example',
    'alice@@example.com',
    'alice@b@example.com',
    'alice@example.com, bob@example.com',
    'Alice <alice@example.com>',
    'alice smith@example.com',
    '"a b"@example.com',
    'alice@example.com\nbob',
    'alice@example.com ',
    'alice@-example.com',
    'alice@example-.com',
    'alice@example..com',
    'alice@.example.com',
    'alice@192.168.0.17',
    'alice@example.c',
    'alice@example.c0m',
    'alice@[10.0.0.1]',
    'alice@пример.рф',
    'sip:alice@example.com',
    `alice@${'a'.repeat(254)}.com`,
    '',
  ])('is the constant for what is not plainly one address: %j', (value) => {
    expect(partial('domain', value)).toBe('****');
  });

  it.each([
    ['alice.k@example.com', '****@example.com'],
    ['a+tag@mail.example.co.uk', '****@mail.example.co.uk'],
    ['žluťoučký@example.com', '****@example.com'],
    ["o'brien@ex-ample9.org", '****@ex-ample9.org'],
  ])('%s → %s', (value, expected) => {
    expect(partial('domain', value)).toBe(expected);
    expect(partial('domain', value, 1043, 54)).toBe(expected);
  });

  it('leaves the padding of char(n) out of account', () => {
    expect(partial('domain', 'alice@example.com   ', 1042, 24)).toBe('****@example.com');
  });

  it('is the constant where the mask would not fit its column', () => {
    expect(partial('domain', 'a@example.com', 1043, 4 + 13)).toBe('****');
    expect(partial('domain', 'a@example.com', 1043, 4 + 16)).toBe('****@example.com');
  });
});

describe('keep: last4', () => {
  it.each(['', '1', '1234', '1234567', 'ůůůůůůů'])('is the constant for fewer than eight characters: %j', (value) => {
    expect(partial('last4', value)).toBe('****');
  });

  it('is the constant for bytes that are no UTF-8', () => {
    const step = stepOf({ typeOid: 25, mask: { mode: 'partial', keep: 'last4' } });
    const value = Buffer.concat([Buffer.from('12345678'), Buffer.alloc(20, 0x80)]);
    expect(text(maskValue(step, value))).toBe('****');
  });

  it.each([
    ['4539 1488 0343 6467', '****6467'],
    ['12345678', '****5678'],
    ['heslo😀ůž👍k', '****ůž👍k'],
  ])('%s → %s', (value, expected) => {
    expect(partial('last4', value)).toBe(expected);
  });

  it('does not count the padding of char(n)', () => {
    expect(partial('last4', '1234      ', 1042, 14)).toBe('****');
    expect(partial('last4', '12345678  ', 1042, 14)).toBe('****5678');
  });
});

describe('keep: initials', () => {
  it.each(['', '   ', '12 Main Street', 'Alice 42', 'A B', 'a b c d e f', '(Alice) K', '"x" y', 'A'])(
    'is the constant for %j',
    (value) => {
      expect(partial('initials', value)).toBe('****');
    },
  );

  it.each([
    ['Alice Kowalski', 'A. K.'],
    ['Alice', 'A.'],
    ['  alice   m  kowalski ', 'a. m. k.'],
    ['Žofie Ďurišová', 'Ž. Ď.'],
    ['山田 太郎', '山. 太.'],
  ])('%s → %s', (value, expected) => {
    expect(partial('initials', value)).toBe(expected);
  });

  it('is the constant where the mask would not fit its column', () => {
    expect(partial('initials', 'Al B', 1043, 4 + 4)).toBe('****');
    expect(partial('initials', 'Al B', 1043, 4 + 5)).toBe('A. B.');
  });
});

describe('keep: year', () => {
  it.each([
    'infinity',
    '-infinity',
    '0044-03-15 BC',
    '15.03.1984',
    '03/15/1984',
    'Thu Mar 15',
    '19840315',
    '84-03-15',
    '',
  ])('is the constant for %j', (value) => {
    expect(partial('year', value, 1082)).toBe('2000-01-01');
  });

  it.each([
    [1082, '1984-07-31', '1984-01-01'],
    [1082, '12024-02-29', '12024-01-01'],
    [1114, '1984-07-31 12:13:14.5', '1984-01-01 00:00:00'],
    [1184, '1984-07-31 12:13:14+02', '1984-01-01 00:00:00+00'],
  ])('in text, type %i: %s → %s', (typeOid, value, expected) => {
    expect(partial('year', value, typeOid)).toBe(expected);
  });

  // Days since 2000-01-01, counted by hand from the calendar.
  it.each([
    [0, 0],
    [59, 0], // 2000-02-29
    [365, 0], // 2000-12-31
    [366, 366], // 2001-01-01
    [-1, -365], // 1999-12-31
    [-365, -365], // 1999-01-01
    [-366, -730], // 1998-12-31
    [-10_957, -10_957], // 1970-01-01
    [9_191, 9_132], // 2025-03-01 → 2025-01-01
  ])('in binary, day %i → %i', (day, expected) => {
    const value = Buffer.alloc(4);
    value.writeInt32BE(day);
    const step = stepOf({ typeOid: 1082, format: 1, mask: kept('year') });
    expect(maskValue(step, value)?.readInt32BE()).toBe(expected);
  });

  it('in binary, of a timestamp before the epoch', () => {
    const value = Buffer.alloc(8);
    value.writeBigInt64BE(-1n); // 1999-12-31 23:59:59.999999
    const step = stepOf({ typeOid: 1114, format: 1, mask: kept('year') });
    expect(maskValue(step, value)?.readBigInt64BE()).toBe(-365n * 86_400_000_000n);
  });

  it.each(['7fffffff', '80000000', '00'])('in binary, is the constant for %s', (hexadecimal) => {
    const step = stepOf({ typeOid: 1082, format: 1, mask: kept('year') });
    expect(maskValue(step, Buffer.from(hexadecimal, 'hex'))?.toString('hex')).toBe('00000000');
  });
});

describe('rules', () => {
  it('keep a NULL a NULL', () => {
    for (const mask of [{ mode: 'constant' }, { mode: 'null' }, { mode: 'partial', keep: 'last4' }] as const) {
      expect(maskValue(stepOf({ typeOid: 25, mask }), null)).toBeNull();
    }
  });

  it('of mode null are NULL for every type', () => {
    expect(maskValue(stepOf({ typeOid: 25, mask: { mode: 'null' } }), CANARY)).toBeNull();
  });

  it('that keep a part of a type that has none are the constant', () => {
    expect(partial('domain', '123456789', 23)).toBe('0');
    expect(partial('year', '1984-07-31', 25)).toBe('****');
    expect(partial('last4', '{"a":"12345678"}', 114)).toBe('{"masked": true}');
    expect(partial('last4', '12345678', 18)).toBe('*');
  });

  it('come from the configuration', () => {
    expect(maskRuleFromConfig(undefined, noPseudonyms)).toEqual({ mode: 'constant' });
    expect(maskRuleFromConfig('constant', noPseudonyms)).toEqual({ mode: 'constant' });
    expect(maskRuleFromConfig('null', noPseudonyms)).toEqual({ mode: 'null' });
    expect(maskRuleFromConfig({ keep: 'domain' }, noPseudonyms)).toEqual({ mode: 'partial', keep: 'domain' });
    expect(maskRuleFromConfig({ bucket: 'month' }, noPseudonyms)).toMatchObject({
      mode: 'bucket',
      buckets: { of: 'days' },
    });
    expect(() => maskRuleFromConfig({ bucket: 0.5 }, noPseudonyms)).toThrow(RangeError);
    const made = new Pseudonyms(Buffer.alloc(32), 'email');
    const shapes: string[] = [];
    const pseudonyms = (shape: string): Pseudonyms => {
      shapes.push(shape);
      return made;
    };
    expect(maskRuleFromConfig('pseudonym', pseudonyms)).toEqual({ mode: 'pseudonym', pseudonyms: made });
    expect(maskRuleFromConfig({ pseudonym: 'email' }, pseudonyms)).toEqual({ mode: 'pseudonym', pseudonyms: made });
    expect(shapes).toEqual(['code', 'email']);
  });
});
