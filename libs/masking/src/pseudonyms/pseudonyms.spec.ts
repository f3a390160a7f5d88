import { createHmac } from 'node:crypto';
import { compileMaskingPlan } from '../masking-plan.js';
import { maskValue } from '../mask-value.js';
import { KeyedHash } from './keyed-hash.js';
import { isPseudonymShaped } from './pseudonym-shape.js';
import { Pseudonyms, type PseudonymShape } from './pseudonyms.js';
import { Remembered } from './remembered.js';

const SECRET = Buffer.alloc(32, 1);

const masked = (
  value: string | Buffer,
  {
    typeOid = 25,
    typmod = -1,
    format = 0 as 0 | 1,
    shape = 'code' as PseudonymShape,
    secret = SECRET,
    of = 'person',
  } = {},
): Buffer | null => {
  const pseudonyms = new Pseudonyms(secret, of, shape);
  const plan = compileMaskingPlan([{ name: 'c', typeOid, typmod, format, mask: { mode: 'pseudonym', pseudonyms } }]);
  return maskValue(plan.steps[0]!, Buffer.from(value));
};
const text = (...given: Parameters<typeof masked>): string | undefined => masked(...given)?.toString();

describe('a pseudonym', () => {
  it('is no other than it was in an earlier version: what clients have stored must go on matching', () => {
    expect([
      text('alice@example.com'),
      text('00112233-4455-6677-8899-aabbccddeeff', { typeOid: 2950 }),
      text('7', { typeOid: 23 }),
    ]).toEqual(['pseudo_wpkw2s75vyw4x3x2', '5a117907-f68f-880d-88f3-1b7f6e95186e', '729410635']);
  });

  it('does not exist without a key worth its name', () => {
    expect(() => new Pseudonyms(Buffer.alloc(31), 'person')).toThrow(RangeError);
  });

  it('is another for another value, class or key', () => {
    const all = [
      text('alice'),
      text('Alice'),
      text('alice '),
      text(''),
      text('alice', { of: 'other' }),
      text('alice', { secret: Buffer.alloc(32, 2) }),
    ];
    expect(new Set(all).size).toBe(all.length);
    for (const one of all) expect(one).toMatch(/^pseudo_[a-z2-7]{16}$/);
  });

  it('is the same in text, varchar, name and char(n), whatever the padding, and in both formats', () => {
    const one = text('alice');
    for (const typeOid of [25, 1043, 19]) expect(text('alice', { typeOid })).toBe(one);
    expect(text('alice', { format: 1 })).toBe(one);
    expect(text('alice     ', { typeOid: 1042, typmod: 44 })).toBe(one);
  });

  it('is shorter where there is less room, and the constant where two would too easily be one', () => {
    const whole = text('alice') ?? '';
    expect(text('alice', { typeOid: 1043, typmod: 4 + 20 })).toBe(whole.slice(0, 20));
    expect(text('alice', { typeOid: 1043, typmod: 4 + 15 })).toBe(whole.slice(0, 15));
    expect(text('alice', { typeOid: 1043, typmod: 4 + 14 })).toBe('****');
  });

  it('may be an address that nobody can own, where there is room for one', () => {
    const code = text('alice') ?? '';
    expect(text('alice', { shape: 'email' })).toBe(`${code}@pseudonym.invalid`);
    expect(text('alice', { shape: 'email', typeOid: 1043, typmod: 4 + 41 })).toBe(`${code}@pseudonym.invalid`);
    expect(text('alice', { shape: 'email', typeOid: 1043, typmod: 4 + 40 })).toBe(code);
  });

  it('of bytes is the same in both formats and both styles of output', () => {
    const binary = masked(Buffer.from([0, 0xff, 0x5c, 0x41]), { typeOid: 17, format: 1 });
    const hex = `\\x${binary?.toString('hex')}`;
    expect(text('\\x00ff5c41', { typeOid: 17 })).toBe(hex);
    expect(text('\\000\\377\\\\A', { typeOid: 17 })).toBe(hex);
    expect(isPseudonymShaped(binary?.toString() ?? '')).toBe(true);
  });

  it('of a UUID is a UUID of version 8', () => {
    const one = text('00112233-4455-6677-8899-aabbccddeeff', { typeOid: 2950 }) ?? '';
    expect(one).toMatch(/^5a117907-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const binary = masked(Buffer.from('00112233445566778899aabbccddeeff', 'hex'), { typeOid: 2950, format: 1 });
    expect(binary?.toString('hex')).toBe(one.replaceAll('-', ''));
    expect(text('no uuid', { typeOid: 2950 })).toBe('00000000-0000-4000-8000-000000000000');
  });

  it('of a number is the same as int4, int8 and numeric, and the constant for a number that is no whole one', () => {
    const one = text('7', { typeOid: 23 });
    expect(one).toMatch(/^-?\d{1,10}$/);
    for (const value of ['7', '7.00']) expect(text(value, { typeOid: 1700 })).toBe(one);
    expect(text('7', { typeOid: 20 })).toBe(one);
    for (const value of ['7.5', 'NaN', '99999999999999999999']) expect(text(value, { typeOid: 1700 })).toBe('0');
    // numeric(5,2): no room for ten digits
    expect(text('7', { typeOid: 1700, typmod: (5 << 16) + 2 + 4 })).toBe('0');
  });

  it.each([
    ['bool', 16, 't', 'f'],
    ['date', 1082, '1984-07-31', '2000-01-01'],
    ['float8', 701, '7', '0'],
    ['jsonb', 3802, '{"a": 1}', '{"masked": true}'],
    ['"char"', 18, 'x', '*'],
  ])('does not exist of a %s', (_, typeOid, value, constant) => {
    expect(text(value, { typeOid })).toBe(constant);
  });
});

describe('the shape of a pseudonym', () => {
  it.each([
    '',
    'pseudo_',
    'pseudo_abc',
    'pseudo_abcdefgh1',
    'x pseudo_abcdefgh',
    'pseudo_abcdefgh@example.com',
    '5a117907',
  ])('is not that of %j', (value) => {
    expect(isPseudonymShaped(value)).toBe(false);
  });

  it('is known in other letters and with blanks around it', () => {
    for (const value of ['PSEUDO_ABCDEFGH', '  pseudo_abcdefgh234567ab ', 'pseudo_abcdefgh@pseudonym.invalid'])
      expect(isPseudonymShaped(value)).toBe(true);
  });

  it('is that of everything made here', () => {
    for (let i = 0; i < 200; i++) {
      expect(isPseudonymShaped(text(`value ${i}`) ?? '')).toBe(true);
      expect(isPseudonymShaped(text(`value ${i}`, { shape: 'email' }) ?? '')).toBe(true);
      const uuid = masked(createHmac('sha256', 'x').update(`${i}`).digest().subarray(0, 16), {
        typeOid: 2950,
        format: 1,
      });
      const written = uuid?.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-') ?? '';
      expect(isPseudonymShaped(written)).toBe(true);
    }
  });
});

describe('the keyed hash', () => {
  it.each([0, 1, 63, 64, 65, 958, 959, 960, 5_000, 70_000])('is HMAC-SHA-256 over label and %i bytes', (length) => {
    const source = Buffer.alloc(length + 2, 'secret');
    const expected = createHmac('sha256', SECRET)
      .update(Buffer.from([3]))
      .update(source.subarray(1, 1 + length))
      .digest();
    const keyed = new KeyedHash(SECRET);
    for (let i = 0; i < 2; i++) expect(Buffer.from(keyed.of(3, source, 1, 1 + length), 'latin1')).toEqual(expected);
  });

  it('takes no key longer than a block', () => {
    expect(() => new KeyedHash(Buffer.alloc(65))).toThrow(RangeError);
  });
});

describe('what is remembered', () => {
  it('is bounded, and what is asked for again stays', () => {
    const kept = new Remembered<number>(100);
    kept.set('often', 1);
    for (let i = 0; i < 10_000; i++) {
      kept.set(`value ${i}`, i);
      if (i % 50 === 0) expect(kept.get('often')).toBe(1);
    }
    expect(kept.kept).toBeLessThanOrEqual(201);
    expect(kept.get('value 0')).toBeUndefined();
  });

  it('has nothing that is long', () => {
    const kept = new Remembered<number>(100);
    kept.set('x'.repeat(1000), 1);
    expect(kept.kept).toBe(0);
  });
});
