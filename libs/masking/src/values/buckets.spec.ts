import { compileMaskingPlan } from '../masking-plan.js';
import { maskValue } from '../mask-value.js';
import { type Bucket, bucketsOf } from './buckets.js';

const masked = (bucket: Bucket, typeOid: number, value: string): string | undefined => {
  const mask = { mode: 'bucket', buckets: bucketsOf(bucket) } as const;
  const plan = compileMaskingPlan([{ name: 'c', typeOid, typmod: -1, format: 0, mask }]);
  return maskValue(plan.steps[0]!, Buffer.from(value))?.toString();
};

describe('buckets', () => {
  it.each([[0], [-1], [0.5], [NaN], [2 ** 53], [[]], [[1, 1]], [[2, 1]], [[0.5]]])('are not made of %j', (bucket) => {
    expect(() => bucketsOf(bucket)).toThrow(RangeError);
  });

  it.each<[Bucket, number, string, string]>([
    // by width
    [1000, 23, '1999', '1000'],
    [1000, 23, '-1', '-1000'],
    [1000, 21, '-32768', '0'], // -33000 is no int2
    [1000, 20, '9007199254740993', '0'], // beyond 2^53
    [1000, 1700, '999.9999999999999999999', '0'],
    [1000, 1700, 'NaN', '0'],
    [1000, 701, '1e300', '0'],
    [1000, 790, '$1,234.56', '$0.00'],
    [1000, 25, '1234', '****'],
    [1000, 1082, '1984-07-31', '2000-01-01'],
    // by bounds
    [[0, 18, 65], 23, '17', '0'],
    [[0, 18, 65], 23, '18', '18'],
    [[0, 18, 65], 23, '1000', '65'],
    [[18, 65], 23, '17', '0'], // below the first: the constant
    // by the calendar
    ['month', 1082, '1984-07-31', '1984-07-01'],
    ['quarter', 1082, '1984-09-30', '1984-07-01'],
    ['week', 1082, '2024-03-03', '2024-02-26'],
    ['day', 1114, '1984-07-31 12:13:14.5', '1984-07-31 00:00:00'],
    ['day', 1184, '2024-01-01 02:00:00+05:45', '2023-12-31 00:00:00+00'],
    ['month', 1082, 'infinity', '2000-01-01'],
    ['month', 1082, '0044-03-15 BC', '2000-01-01'],
    ['month', 1082, '31.07.1984', '2000-01-01'],
    ['month', 1114, '1984-07-31', '2000-01-01 00:00:00'],
    ['month', 23, '12', '0'],
    // ranges: no smaller than they were
    [1000, 3904, '[1,1999)', '[0,2000)'],
    [1000, 3904, '[1000,2000)', '[1000,2000)'],
    [1000, 3906, '[1000,2000]', '[1000,3000)'],
    [1000, 3904, '(,5)', '(,1000)'],
    [1000, 3904, 'empty', 'empty'],
    [[0, 18], 3904, '[5,70)', '[0,)'],
    [[0, 18], 3904, '[-5,70)', 'empty'],
    ['month', 3912, '[2024-01-31,2024-12-05)', '[2024-01-01,2025-01-01)'],
    ['month', 3908, '["2024-01-31 10:00:00","2024-02-01 00:00:00")', '["2024-01-01 00:00:00","2024-02-01 00:00:00")'],
    ['month', 3912, '[2024-01-31,infinity)', 'empty'],
    [1000, 3904, '[1,2', 'empty'],
    [1000, 4451, '{[1,2)}', '{}'],
  ])('of %j, type %i: %s → %s', (bucket, typeOid, value, expected) => {
    expect(masked(bucket, typeOid, value)).toBe(expected);
  });
});
