import { NumberPermutation } from './number-permutation.js';

const one = new NumberPermutation(Buffer.alloc(32, 1));

describe('numbers that stand for numbers', () => {
  it('are all of 16 bits, each once', () => {
    const seen = new Set<number>();
    for (let value = -32_768; value <= 32_767; value++) seen.add(one.int2(value));
    expect(seen.size).toBe(65_536);
    expect(Math.min(...seen)).toBe(-32_768);
    expect(Math.max(...seen)).toBe(32_767);
  });

  it('never meet within 32 bits', () => {
    const seen = new Set<number>();
    for (let value = -100_000; value < 100_000; value++) {
      seen.add(one.int4(value));
    }
    expect(seen.size).toBe(200_000);
    expect([...seen].every((other) => (other | 0) === other)).toBe(true);
  });

  it('look nothing like what they stand for', () => {
    let negative = 0;
    let near = 0;
    for (let value = 1; value <= 4_000; value++) {
      if (one.int4(value) < 0) negative += 1;
      if (Math.abs(one.int4(value) - one.int4(value + 1)) < 1_000_000) near += 1;
    }
    expect(negative).toBeGreaterThan(1_600);
    expect(negative).toBeLessThan(2_400);
    expect(near).toBeLessThan(20);
  });

  it('are the same for int4 and int8, and others with another key', () => {
    const other = new NumberPermutation(Buffer.alloc(32, 2));
    for (const value of [0, 1, -1, 7, 2 ** 31 - 1, -(2 ** 31)]) {
      expect(one.int8(BigInt(value))).toBe(BigInt(one.int4(value)));
      expect(other.int4(value)).not.toBe(one.int4(value));
    }
  });

  it('stay in the ring they are in: 32 bits, 53 bits, 64 bits', () => {
    const fits = (value: bigint, bits: bigint): boolean => value >= -(2n ** bits) && value < 2n ** bits;
    const seen = new Set<bigint>();
    for (let i = 0n; i < 50n; i++) {
      for (const value of [2n ** 31n + i, -(2n ** 40n) - i, 2n ** 53n - 1n - i]) {
        const other = one.int8(value);
        expect(fits(other, 31n)).toBe(false);
        expect(fits(other, 53n)).toBe(true);
        seen.add(other);
      }
      for (const value of [2n ** 53n + i, -(2n ** 63n) + i, 2n ** 63n - 1n - i]) {
        const other = one.int8(value);
        expect(fits(other, 53n)).toBe(false);
        expect(fits(other, 63n)).toBe(true);
        seen.add(other);
      }
    }
    expect(seen.size).toBe(300);
  });

  it('do not change between versions', () => {
    expect([one.int2(1), one.int4(1), one.int8(2n ** 40n), one.int8(2n ** 60n)]).toEqual([
      7521,
      1448769240,
      -17723261868151n,
      -3065476191835674564n,
    ]);
  });
});
