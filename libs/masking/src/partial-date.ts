import { TYPE } from './built-in-types.js';

const DAY_MICROSECONDS = 86_400_000_000n;
/** Days between 0000-03-01 and 2000-01-01, the server's day 0. */
const DAYS_FROM_MARCH_0000 = 730_425;
const DAYS_PER_ERA = 146_097; // 400 years

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

/** Civil calendar by eras of 400 years that begin in March, so that the leap day is the last of its year. */
const firstDayOfYear = (day: number): number => {
  const shifted = day + DAYS_FROM_MARCH_0000;
  const era = Math.floor(shifted / DAYS_PER_ERA);
  const dayOfEra = shifted - era * DAYS_PER_ERA;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36524) - Math.floor(dayOfEra / 146096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  // March is month 0: from day 306 on it is January or February of the next civil year.
  const civilYear = yearOfEra + (dayOfYear >= 306 ? 1 : 0) + era * 400;
  return daysBeforeYear(civilYear) - DAYS_FROM_MARCH_0000;
};

/** Days from 0000-03-01 to 1 January of `year`: 306 days after 1 March of the year before. */
const daysBeforeYear = (year: number): number => {
  const before = year - 1;
  return 365 * before + Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400) + 306;
};
