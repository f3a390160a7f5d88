import { TYPE } from './built-in-types.js';
import { firstDayOfYear } from './calendar.js';

const DAY_MICROSECONDS = 86_400_000_000n;

const HYPHEN = 0x2d;
const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39;

const MIDNIGHT: ReadonlyMap<number, string> = new Map([
  [TYPE.date, '-01-01'],
  [TYPE.timestamp, '-01-01 00:00:00'],
  [TYPE.timestamptz, '-01-01 00:00:00+00'],
]);

/** Whether `keep: year` means anything for the type. */
export const hasYear = (typeOid: number): boolean => MIDNIGHT.has(typeOid);

/** `1984-07-31` → `1984-01-01`; only ISO dates of our era: another style, BC and infinity are not partially masked. Returns -1 then. */
export const writeYearText = (
  typeOid: number,
  source: Uint8Array,
  from: number,
  to: number,
  target: Uint8Array,
  at: number,
): number => {
  let digits = 0;
  while (isDigit(source[from + digits]) && digits < 7) digits++;
  const month = from + digits;
  const isIso =
    digits >= 4 &&
    to - month >= 6 &&
    source[month] === HYPHEN &&
    isDigit(source[month + 1]) &&
    isDigit(source[month + 2]) &&
    source[month + 3] === HYPHEN &&
    isDigit(source[month + 4]) &&
    isDigit(source[month + 5]);
  const endsInEra = to - from >= 2 && source[to - 1] === 0x43 && source[to - 2] === 0x42; // BC
  const suffix = MIDNIGHT.get(typeOid);
  if (!isIso || endsInEra || suffix === undefined) return -1;
  for (let i = 0; i < digits; i++) target[at + i] = source[from + i] as number;
  for (let i = 0; i < suffix.length; i++) target[at + digits + i] = suffix.charCodeAt(i);
  return digits + suffix.length;
};

/** The same in binary: days (int32) or microseconds (int64) since 2000-01-01. Returns -1 for infinities and lengths of another type. */
export const writeYearBinary = (
  typeOid: number,
  source: Buffer,
  from: number,
  to: number,
  target: Buffer,
  at: number,
): number => {
  if (typeOid === TYPE.date) {
    if (to - from !== 4) return -1;
    const day = source.readInt32BE(from);
    if (day === 0x7fffffff || day === -0x80000000) return -1;
    return target.writeInt32BE(firstDayOfYear(day), at) - at;
  }
  if (to - from !== 8) return -1;
  const microseconds = source.readBigInt64BE(from);
  if (microseconds === 0x7fffffffffffffffn || microseconds === -0x8000000000000000n) return -1;
  const remainder = ((microseconds % DAY_MICROSECONDS) + DAY_MICROSECONDS) % DAY_MICROSECONDS;
  const day = Number((microseconds - remainder) / DAY_MICROSECONDS);
  return target.writeBigInt64BE(BigInt(firstDayOfYear(day)) * DAY_MICROSECONDS, at) - at;
};
