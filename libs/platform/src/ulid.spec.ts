import { ulid, ulidSource } from './ulid.js';

const zeros = (bytes: Uint8Array) => bytes.fill(0);
const ones = (bytes: Uint8Array) => bytes.fill(255);

describe('a ULID', () => {
  it.each([-1, 0.5, Number.NaN, 2 ** 48])('refuses the time %s', (now) => {
    expect(() => ulid(now)).toThrow(RangeError);
  });

  it('writes the time as the specification does', () => {
    // the example of the ULID specification: 01ARZ3NDEK is 1469922850259 ms
    expect(ulidSource(zeros)(1469922850259)).toBe('01ARZ3NDEK0000000000000000');
    expect(ulidSource(zeros)(2 ** 48 - 1)).toBe('7ZZZZZZZZZ0000000000000000');
  });

  it('counts up within one millisecond, also where digits carry over', () => {
    const next = ulidSource(ones);
    const made = [next(7), next(7), next(7)];
    expect(made).toEqual(['0000000007FZZZZZZZZZZZZZZZ', '0000000007G000000000000000', '0000000007G000000000000001']);
  });

  it('keeps counting when the clock goes back', () => {
    const next = ulidSource(zeros);
    const made = [next(1_000), next(1), next(1_001), next(999)];
    expect([...made].sort()).toEqual(made);
    expect(new Set(made).size).toBe(4);
  });

  it('is unique and in order over a hundred thousand calls', () => {
    const made = Array.from({ length: 100_000 }, (_, index) => ulid(1_700_000_000_000 + (index >> 4)));
    expect(new Set(made).size).toBe(made.length);
    expect([...made].sort()).toEqual(made);
    expect(made.every((id) => /^[0-9A-HJKMNP-TV-Z]{26}$/u.test(id))).toBe(true);
  });
});
