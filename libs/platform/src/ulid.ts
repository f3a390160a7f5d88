import { randomFillSync } from 'node:crypto';

const alphabet = Buffer.from('0123456789ABCDEFGHJKMNPQRSTVWXYZ', 'latin1');
const timeLength = 10;
const length = 26;
const latestTime = 2 ** 48 - 1;

/** Makes ULIDs, each greater than the one before, also within one millisecond and when the clock goes back. */
export type UlidSource = (now: number) => string;

/**
 * Builds a source of ULIDs: 26 characters, sortable by time (48 bits of milliseconds, 80 random bits).
 * Made for hot paths: random bytes are only drawn when the millisecond changes, within one the number counts up.
 * @param fill fills the given bytes with randomness
 * @throws RangeError from the source when `now` is not a time between 1970 and the year 10889
 * @see https://github.com/ulid/spec, "Monotonicity"
 */
export function ulidSource(fill: (bytes: Uint8Array) => void): UlidSource {
  // the value in base 32, one digit per byte, and the same as characters
  const digits = new Uint8Array(length);
  const characters = Buffer.alloc(length);
  const entropy = new Uint8Array(length - timeLength);
  let last = -1;

  const set = (index: number, digit: number) => {
    digits[index] = digit;
    characters[index] = alphabet[digit] ?? 0;
  };
  const begin = (time: number) => {
    last = time;
    let rest = time;
    for (let index = timeLength - 1; index >= 0; index -= 1) {
      set(index, rest % 32);
      rest = Math.floor(rest / 32);
    }
    fill(entropy);
    // the first random bit stays 0: 2^79 steps of counting can then never overflow
    for (const [index, byte] of entropy.entries()) set(timeLength + index, index === 0 ? byte & 0x0f : byte & 0x1f);
  };
  const count = () => {
    let index = length - 1;
    while ((digits[index] ?? 0) === 31) {
      set(index, 0);
      index -= 1;
    }
    set(index, (digits[index] ?? 0) + 1);
  };

  return (now) => {
    if (!Number.isInteger(now) || now < 0 || now > latestTime) throw new RangeError(`not a time for a ULID: ${now}`);
    if (now > last) begin(now);
    else count();
    return characters.toString('latin1');
  };
}

// one call into the system for four hundred milliseconds' worth of randomness
const pool = new Uint8Array(16 * 400);
let taken = pool.length;

function fromPool(bytes: Uint8Array): void {
  if (taken + bytes.length > pool.length) {
    randomFillSync(pool);
    taken = 0;
  }
  bytes.set(pool.subarray(taken, taken + bytes.length));
  taken += bytes.length;
}

/** A new ULID of this process: 26 characters, sortable by time; greater than all it made before. `now` is in milliseconds. */
export const ulid: UlidSource = ulidSource(fromPool);
