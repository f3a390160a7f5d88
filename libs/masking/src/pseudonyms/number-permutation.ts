import { createCipheriv, createHmac } from 'node:crypto';

/** As many rounds as NIST SP 800-38G asks of FF1. */
const ROUNDS = 10;

const mod = (value: bigint, bits: number): bigint => BigInt.asUintN(bits, value);

/** Words of a keystream of AES-256 in counter mode: a random function as long as nobody has the key. */
const randomTable = (key: Uint8Array, label: string, words: number): Uint16Array => {
  const roundKey = createHmac('sha256', key).update(`table ${label}`).digest();
  const stream = createCipheriv('aes-256-ctr', roundKey, Buffer.alloc(16)).update(Buffer.alloc(words * 2));
  return Uint16Array.from({ length: words }, (_, i) => stream.readUInt16LE(i * 2));
};

/** A keyed permutation of the signed whole numbers of `bits` bits: a Feistel network of table look-ups for up to 32 bits. */
const smallPermutation = (key: Uint8Array, bits: 16 | 32): ((value: number) => number) => {
  const half = bits / 2;
  const mask = (1 << half) - 1;
  const tables = Array.from({ length: ROUNDS }, (_, round) => randomTable(key, `${bits}/${round}`, 1 << half));
  return (value) => {
    let left = (value >>> half) & mask;
    let right = value & mask;
    for (const table of tables) {
      const next = (left ^ (table[right] as number)) & mask;
      left = right;
      right = next;
    }
    const word = (left << half) | right;
    return bits === 16 ? (word << 16) >> 16 : word | 0;
  };
};

/** The same for wide numbers, whose tables would not fit in memory: each round hashes. */
const widePermutation = (key: Uint8Array, bits: 54 | 64): ((value: bigint) => bigint) => {
  const half = bits / 2;
  const halfBits = BigInt(half);
  return (value) => {
    let left = mod(value >> halfBits, half);
    let right = mod(value, half);
    for (let round = 0; round < ROUNDS; round++) {
      const digest = createHmac('sha256', key).update(`round ${bits}/${round}/${right}`).digest();
      const next = left ^ mod(digest.readBigUInt64BE(), half);
      left = right;
      right = next;
    }
    return BigInt.asIntN(bits, (left << halfBits) | right);
  };
};

const INT4_LIMIT = 2n ** 31n;
const SAFE_LIMIT = 2n ** 53n;

const isInt4 = (value: bigint): boolean => value >= -INT4_LIMIT && value < INT4_LIMIT;
const isSafe = (value: bigint): boolean => value >= -SAFE_LIMIT && value < SAFE_LIMIT;

/** Applies a permutation until the number has left the inner range again, which makes one of the ring around it (cycle walking). */
const outside = (permute: (value: bigint) => bigint, inner: (value: bigint) => boolean, value: bigint): bigint => {
  let walked = permute(value);
  while (inner(walked)) walked = permute(walked);
  return walked;
};

/**
 * Numbers that stand for numbers, one to one: no two of a class ever meet, and who has the key finds the way back. The same number
 * has the same pseudonym as int4, int8 or numeric. What fits 32 bits stays there, and so does what a double holds exactly (53 bits).
 */
export class NumberPermutation {
  readonly #key: Uint8Array;
  #int2: ((value: number) => number) | null = null;
  #int4: ((value: number) => number) | null = null;

  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** A number of 16 bits with its sign; a world of its own: it has nothing to do with `int4` of the same number. */
  int2(value: number): number {
    this.#int2 ??= smallPermutation(this.#key, 16);
    return this.#int2(value);
  }

  /** A number of 32 bits with its sign. */
  int4(value: number): number {
    this.#int4 ??= smallPermutation(this.#key, 32);
    return this.#int4(value);
  }

  /** A number of 64 bits with its sign. */
  int8(value: bigint): bigint {
    if (isInt4(value)) return BigInt(this.int4(Number(value)));
    if (isSafe(value)) return outside(widePermutation(this.#key, 54), isInt4, value);
    return outside(widePermutation(this.#key, 64), isSafe, value);
  }
}
