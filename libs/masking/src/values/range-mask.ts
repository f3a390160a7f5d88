import type { Buckets } from './buckets.js';
import type { Floored } from './whole-numbers.js';
import type { ValueMask } from './value-mask.js';

/** How a bound is read and written; both ends of a range are values of one type. */
interface Ends {
  read(source: Buffer, from: number, to: number): Floored | null;
  write(lower: number): Buffer | null;
}

const EMPTY = 0x01;
const LOWER_INCLUSIVE = 0x02;
const UPPER_INCLUSIVE = 0x04;
const LOWER_INFINITE = 0x08;
const UPPER_INFINITE = 0x10;

interface End {
  readonly from: number;
  readonly to: number;
}

/** A range taken apart; ends that are infinite are null. */
interface Parts {
  readonly source: Buffer;
  readonly lower: End | null;
  readonly upper: End | null;
  readonly upperInclusive: boolean;
}

/**
 * Ranges that reach from the lower bound of the bucket in which they begin to that of the first bucket behind them, `[1000,3000)`:
 * no range becomes smaller, an infinite end stays, an empty range stays empty.
 */
export const rangeMask =
  (buckets: Buckets, ends: Ends, format: 0 | 1): ValueMask =>
  (source, from, to) => {
    if (isEmpty(source, from, to, format)) return source.subarray(from, to);
    const parts = format === 0 ? textParts(source, from, to) : binaryParts(source, from, to);
    if (parts === null) return null;
    const lower = parts.lower === null ? OPEN : lowerEnd(buckets, ends, parts, parts.lower);
    const upper = parts.upper === null ? OPEN : upperEnd(buckets, ends, parts, parts.upper);
    if (lower === null || upper === null) return null;
    return format === 0 ? writtenText(lower, upper) : writtenBinary(lower, upper);
  };

/** An end without a bound. */
const OPEN = 'open';
type Written = Buffer | typeof OPEN;

const isEmpty = (source: Buffer, from: number, to: number, format: 0 | 1): boolean =>
  format === 0
    ? source.toString('latin1', from, Math.min(to, from + 6)) === 'empty'
    : to - from === 1 && ((source[from] as number) & EMPTY) !== 0;

const lowerEnd = (buckets: Buckets, ends: Ends, { source }: Parts, { from, to }: End): Written | null => {
  const value = ends.read(source, from, to);
  const lower = value === null ? null : buckets.lower(value.floor);
  return lower === null ? null : ends.write(lower);
};

const upperEnd = (
  buckets: Buckets,
  ends: Ends,
  { source, upperInclusive }: Parts,
  { from, to }: End,
): Written | null => {
  const value = ends.read(source, from, to);
  const lower = value === null ? null : buckets.lower(value.floor);
  if (value === null || lower === null) return null;
  if (lower === value.floor && value.exact && !upperInclusive) return ends.write(lower);
  const after = buckets.after(lower);
  return after === null ? OPEN : ends.write(after);
};

const binaryParts = (source: Buffer, from: number, to: number): Parts | null => {
  if (to === from) return null;
  const flags = source[from] as number;
  let at = from + 1;
  const end = (): End | null => {
    if (to - at < 4) return null;
    const length = source.readInt32BE(at);
    const start = at + 4;
    if (length < 0 || length > to - start) return null;
    at = start + length;
    return { from: start, to: at };
  };
  const hasLower = (flags & LOWER_INFINITE) === 0;
  const hasUpper = (flags & UPPER_INFINITE) === 0;
  const lower = hasLower ? end() : null;
  if (hasLower && lower === null) return null;
  const upper = hasUpper ? end() : null;
  if ((hasUpper && upper === null) || at !== to) return null;
  return { source, lower, upper, upperInclusive: (flags & UPPER_INCLUSIVE) !== 0 };
};

/** `[1,5)`, `["2024-01-01 00:00:00",)`: values of these types hold no quotes, commas or backslashes of their own. */
const textParts = (source: Buffer, from: number, to: number): Parts | null => {
  const text = source.toString('latin1', from, to);
  const [, lower, upper, closing] = /^[[(]([^",\\]*|"[^",\\]*"),([^",\\]*|"[^",\\]*")([\])])$/.exec(text) ?? [];
  if (lower === undefined || upper === undefined) return null;
  const value = Buffer.from(text, 'latin1');
  const upperStart = 1 + lower.length + 1;
  return {
    source: value,
    lower: unquoted(lower, 1),
    upper: unquoted(upper, upperStart),
    upperInclusive: closing === ']',
  };
};

const unquoted = (written: string, start: number): End | null => {
  if (written === '') return null;
  const quotes = written.startsWith('"') && written.endsWith('"') && written.length > 1 ? 1 : 0;
  return { from: start + quotes, to: start + written.length - quotes };
};

const quoted = (end: Written): string => {
  if (end === OPEN) return '';
  const text = end.toString('latin1');
  return text.includes(' ') ? `"${text}"` : text;
};

const writtenText = (lower: Written, upper: Written): Buffer =>
  Buffer.from(`${lower === OPEN ? '(' : '['}${quoted(lower)},${quoted(upper)})`);

const writtenBinary = (lower: Written, upper: Written): Buffer => {
  const flags = (lower === OPEN ? LOWER_INFINITE : LOWER_INCLUSIVE) | (upper === OPEN ? UPPER_INFINITE : 0);
  const parts: Buffer[] = [Buffer.from([flags])];
  for (const end of [lower, upper]) {
    if (end === OPEN) continue;
    const length = Buffer.allocUnsafe(4);
    length.writeInt32BE(end.length);
    parts.push(length, end);
  }
  return Buffer.concat(parts);
};
