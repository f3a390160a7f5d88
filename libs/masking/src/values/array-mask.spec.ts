import { compileMaskingPlan, type MaskStep } from '../masking-plan.js';
import { maskValue } from '../mask-value.js';

const TEXT_ARRAY = 1009;
const step = (format: 0 | 1, typeOid = TEXT_ARRAY): MaskStep =>
  compileMaskingPlan([{ name: 'c', typeOid, typmod: -1, format, mask: { mode: 'partial', keep: 'domain' } }]).steps[0]!;
const text = (value: string): string | undefined => maskValue(step(0), Buffer.from(value))?.toString();

describe('an array in text', () => {
  it.each([
    '',
    'canary',
    '{canary',
    '{"canary}',
    '{"canary\\"}',
    'canary}',
    '{a}canary',
    '{a,{canary}',
    '{a"canary"}',
    '{"a"canary}',
    '{a\\canary}',
    '{a}}',
    '[0:1',
    '[0:1]=canary',
  ])('that is none becomes the constant: %j', (value) => {
    expect(text(value)).toBe('{}');
  });

  it.each([
    ['{}', '{}'],
    ['{alice@example.com}', '{****@example.com}'],
    ['{alice@example.com,NULL,"NULL"}', '{****@example.com,NULL,****}'],
    ['{"a b","",x}', '{****,****,****}'],
    ['{{a@b.cz,b@b.cz},{"c\\"d","{e}"}}', '{{****@b.cz,****@b.cz},{****,****}}'],
    ['[0:1]={a@b.cz,NULL}', '[0:1]={****@b.cz,NULL}'],
    ['{žluť@example.com}', '{****@example.com}'],
  ])('is masked element by element: %s', (value, expected) => {
    expect(text(value)).toBe(expected);
  });

  it('is not read as the array of another type', () => {
    expect(maskValue(step(0, 1007), Buffer.from('{1,2}'))?.toString()).toBe('{}');
  });
});

const int32 = (...numbers: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(numbers.length * 4);
  numbers.forEach((number, i) => bytes.writeInt32BE(number, i * 4));
  return bytes;
};
const array = (...values: readonly (string | null)[]): Buffer =>
  Buffer.concat([
    int32(1, 0, 25, values.length, 1),
    ...values.flatMap((value) => (value === null ? [int32(-1)] : [int32(value.length), Buffer.from(value)])),
  ]);
const EMPTY = int32(0, 0, 25);

describe('an array in binary', () => {
  it('is masked element by element, and says whether one of them is NULL', () => {
    const masked = maskValue(step(1), array('a@b.cz', null));
    const expected = array('****@b.cz', null);
    expected.writeInt32BE(1, 4);
    expect(masked).toEqual(expected);
    expect(maskValue(step(1), array('a@b.cz', 'canary'))).toEqual(array('****@b.cz', '****'));
  });

  it('wherever it is cut is the constant', () => {
    const whole = array('a@b.cz', null, 'canary');
    for (let end = 0; end < whole.length; end++) expect(maskValue(step(1), whole.subarray(0, end))).toEqual(EMPTY);
    expect(maskValue(step(1), Buffer.concat([whole, Buffer.from('x')]))).toEqual(EMPTY);
  });

  it.each([
    ['seven dimensions', int32(7, 0, 25, ...Array.from({ length: 14 }, () => 1))],
    ['fewer than none', int32(-1, 0, 25)],
    ['more elements than it has', int32(1, 0, 25, 2_000_000_000, 1)],
    ['an element of -2 bytes', int32(1, 0, 25, 1, 1, -2)],
  ])('with %s is the constant', (_, value) => {
    expect(maskValue(step(1), value)).toEqual(EMPTY);
  });
});
