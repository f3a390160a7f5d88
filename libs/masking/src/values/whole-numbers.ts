import { TYPE } from '../built-in-types.js';

/** A number cut down to the whole number below it. */
export interface Floored {
  readonly floor: number;
  /** nothing was cut off */
  readonly exact: boolean;
}

const NUMERIC_POSITIVE = 0x0000;
const NUMERIC_NEGATIVE = 0x4000;
const NUMERIC_HEADER = 8;
const NUMERIC_BASE = 10_000;

/** Whether values of the type are numbers that have a whole number below them. Money is written as its locale likes: it is none. */
export const isNumber = (typeOid: number): boolean => NUMBERS.has(typeOid);

const NUMBERS: ReadonlySet<number> = new Set([TYPE.int2, TYPE.int4, TYPE.int8, TYPE.float4, TYPE.float8, TYPE.numeric]);

/** The whole number below a value; null beyond 2^53, where not every one can be told, and for NaN and infinities. */
export const readFloor = (typeOid: number, format: 0 | 1, source: Buffer, from: number, to: number): Floored | null => {
  if (format === 0)
    return typeOid === TYPE.numeric ? numericText(source, from, to) : floorOf(numberText(source, from, to));
  switch (typeOid) {
    case TYPE.int2:
      return to - from === 2 ? floorOf(source.readInt16BE(from)) : null;
    case TYPE.int4:
      return to - from === 4 ? floorOf(source.readInt32BE(from)) : null;
    case TYPE.int8:
      return to - from === 8 ? floorOf(Number(source.readBigInt64BE(from))) : null;
    case TYPE.float4:
      return to - from === 4 ? floorOf(source.readFloatBE(from)) : null;
    case TYPE.float8:
      return to - from === 8 ? floorOf(source.readDoubleBE(from)) : null;
    case TYPE.numeric:
      return numericBinary(source, from, to);
    default:
      return null;
  }
};

const floorOf = (value: number): Floored | null => {
  const floor = Math.floor(value);
  // -0 and 0 are one number
  return Number.isSafeInteger(floor) ? { floor: floor + 0, exact: floor === value } : null;
};

const numberText = (source: Buffer, from: number, to: number): number => {
  const text = source.toString('latin1', from, to);
  return /^[+-]?\d+(?:\.\d*)?(?:e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
};

/** By its digits: a double would round what stands close below a whole number up to it. */
const numericText = (source: Buffer, from: number, to: number): Floored | null => {
  const [, sign, whole, fraction] = /^(-?)(\d{1,16})(?:\.(\d*))?$/.exec(source.toString('latin1', from, to)) ?? [];
  if (whole === undefined) return null;
  return signed(Number(whole), sign === '-', /^0*$/.test(fraction ?? ''));
};

const signed = (whole: number, negative: boolean, exact: boolean): Floored | null => {
  const floor = negative ? -whole - (exact ? 0 : 1) : whole;
  return Number.isSafeInteger(floor) ? { floor: floor + 0, exact } : null;
};

const numericBinary = (source: Buffer, from: number, to: number): Floored | null => {
  if (to - from < NUMERIC_HEADER) return null;
  const count = source.readUInt16BE(from);
  const weight = source.readInt16BE(from + 2);
  const sign = source.readUInt16BE(from + 4);
  if (to - from !== NUMERIC_HEADER + count * 2) return null;
  if ((sign !== NUMERIC_POSITIVE && sign !== NUMERIC_NEGATIVE) || weight > 4) return null;
  let whole = 0;
  for (let i = 0; i <= weight; i++)
    whole = whole * NUMERIC_BASE + (i < count ? source.readUInt16BE(from + NUMERIC_HEADER + i * 2) : 0);
  let exact = true;
  for (let i = Math.max(0, weight + 1); i < count; i++)
    if (source.readUInt16BE(from + NUMERIC_HEADER + i * 2) !== 0) exact = false;
  return signed(whole, sign === NUMERIC_NEGATIVE, exact);
};

const LIMITS: ReadonlyMap<number, readonly [lowest: bigint, highest: bigint]> = new Map([
  [TYPE.int2, [-(2n ** 15n), 2n ** 15n - 1n]],
  [TYPE.int4, [-(2n ** 31n), 2n ** 31n - 1n]],
  [TYPE.int8, [-(2n ** 63n), 2n ** 63n - 1n]],
]);

/** A whole number as a value of the type; null where the type has no room for it. */
export const writeWhole = (typeOid: number, typmod: number, format: 0 | 1, value: number | bigint): Buffer | null => {
  const limits = LIMITS.get(typeOid);
  if (limits !== undefined && (value < limits[0] || value > limits[1])) return null;
  if (typeOid === TYPE.numeric && String(value).replace('-', '').length > wholeDigits(typmod)) return null;
  // what a float4 makes of it, in text as in binary
  const held = typeOid === TYPE.float4 ? Math.fround(Number(value)) : value;
  if (format === 0) return Buffer.from(String(held));
  const bytes = Buffer.allocUnsafe(
    typeOid === TYPE.int2 ? 2 : typeOid === TYPE.int4 || typeOid === TYPE.float4 ? 4 : 8,
  );
  switch (typeOid) {
    case TYPE.int2:
      bytes.writeInt16BE(Number(held));
      return bytes;
    case TYPE.int4:
      bytes.writeInt32BE(Number(held));
      return bytes;
    case TYPE.int8:
      bytes.writeBigInt64BE(BigInt(held));
      return bytes;
    case TYPE.float4:
      bytes.writeFloatBE(Number(held));
      return bytes;
    case TYPE.float8:
      bytes.writeDoubleBE(Number(held));
      return bytes;
    case TYPE.numeric:
      return wholeNumeric(BigInt(held));
    default:
      return null;
  }
};

/** Digits before the point that numeric(p,s) has room for; the modifier is p and s, four higher. */
const wholeDigits = (typmod: number): number => {
  if (typmod < 4) return Infinity;
  const precision = ((typmod - 4) >> 16) & 0xffff;
  const scale = (((typmod - 4) & 0x7ff) ^ 1024) - 1024;
  return precision - scale;
};

const wholeNumeric = (value: bigint): Buffer => {
  const digits: number[] = [];
  for (let rest = value < 0n ? -value : value; rest > 0n; rest /= 10_000n) digits.unshift(Number(rest % 10_000n));
  const weight = Math.max(digits.length - 1, 0);
  while (digits.at(-1) === 0) digits.pop();
  const bytes = Buffer.alloc(NUMERIC_HEADER + digits.length * 2);
  bytes.writeInt16BE(digits.length);
  bytes.writeInt16BE(weight, 2);
  bytes.writeUInt16BE(value < 0n ? NUMERIC_NEGATIVE : NUMERIC_POSITIVE, 4);
  digits.forEach((digit, i) => bytes.writeUInt16BE(digit, NUMERIC_HEADER + i * 2));
  return bytes;
};

/** A whole number of any size; null for one with a fraction, NaN, infinities and beyond 64 bits. */
export const readWhole = (typeOid: number, format: 0 | 1, source: Buffer, from: number, to: number): bigint | null => {
  if (format === 0) {
    const [, whole] = /^(-?\d{1,20})(?:\.0*)?$/.exec(source.toString('latin1', from, to)) ?? [];
    return whole === undefined ? null : within64(BigInt(whole));
  }
  switch (typeOid) {
    case TYPE.int2:
      return to - from === 2 ? BigInt(source.readInt16BE(from)) : null;
    case TYPE.int4:
      return to - from === 4 ? BigInt(source.readInt32BE(from)) : null;
    case TYPE.int8:
      return to - from === 8 ? source.readBigInt64BE(from) : null;
    case TYPE.numeric:
      return wholeOfNumeric(source, from, to);
    default:
      return null;
  }
};

const within64 = (value: bigint): bigint | null => (BigInt.asIntN(64, value) === value ? value : null);

const wholeOfNumeric = (source: Buffer, from: number, to: number): bigint | null => {
  if (to - from < NUMERIC_HEADER) return null;
  const count = source.readUInt16BE(from);
  const weight = source.readInt16BE(from + 2);
  const sign = source.readUInt16BE(from + 4);
  if (to - from !== NUMERIC_HEADER + count * 2 || weight > 4) return null;
  if (sign !== NUMERIC_POSITIVE && sign !== NUMERIC_NEGATIVE) return null;
  let whole = 0n;
  for (let i = 0; i <= weight; i++)
    whole = whole * 10_000n + BigInt(i < count ? source.readUInt16BE(from + NUMERIC_HEADER + i * 2) : 0);
  for (let i = Math.max(0, weight + 1); i < count; i++)
    if (source.readUInt16BE(from + NUMERIC_HEADER + i * 2) !== 0) return null;
  return within64(sign === NUMERIC_NEGATIVE ? -whole : whole);
};
