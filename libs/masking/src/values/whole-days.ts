import { TYPE } from '../built-in-types.js';
import { civilDate, dayOf } from '../calendar.js';
import type { Floored } from './whole-numbers.js';

const DAY_SECONDS = 86_400;
const DAY_MICROSECONDS = 86_400_000_000n;

const MIDNIGHT: ReadonlyMap<number, string> = new Map([
  [TYPE.date, ''],
  [TYPE.timestamp, ' 00:00:00'],
  [TYPE.timestamptz, ' 00:00:00+00'],
]);

/** Whether values of the type lie on a day. */
export const hasDay = (typeOid: number): boolean => MIDNIGHT.has(typeOid);

const ISO =
  /^(\d{4,7})-(\d\d)-(\d\d)(?: (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?(?:([+-])(\d\d)(?::(\d\d)(?::(\d\d))?)?)?)?$/;

/**
 * The day on which a value lies, counted from 2000-01-01, in UTC where it has a zone. Null for infinities, years BC and other styles
 * than ISO.
 */
export const readDay = (typeOid: number, format: 0 | 1, source: Buffer, from: number, to: number): Floored | null => {
  if (format === 0) return dayText(typeOid, source.toString('latin1', from, to));
  if (typeOid === TYPE.date) {
    if (to - from !== 4) return null;
    const day = source.readInt32BE(from);
    return day === 0x7fffffff || day === -0x80000000 ? null : { floor: day, exact: true };
  }
  if (to - from !== 8) return null;
  const microseconds = source.readBigInt64BE(from);
  if (microseconds === 0x7fffffffffffffffn || microseconds === -0x8000000000000000n) return null;
  const within = ((microseconds % DAY_MICROSECONDS) + DAY_MICROSECONDS) % DAY_MICROSECONDS;
  return { floor: Number((microseconds - within) / DAY_MICROSECONDS), exact: within === 0n };
};

const dayText = (typeOid: number, text: string): Floored | null => {
  const parts = ISO.exec(text);
  if (parts === null) return null;
  const [, year, month, dayOfMonth, hours, minutes, seconds, fraction, sign, ...zone] = parts;
  const isWhole = hours === undefined;
  // A date with a time, or a time with or without a zone where the type says otherwise, is not what it should be.
  if (isWhole !== (typeOid === TYPE.date) || (sign === undefined) === (typeOid === TYPE.timestamptz)) return null;
  const day = dayOf(Number(year), Number(month), Number(dayOfMonth));
  if (isWhole) return { floor: day, exact: true };
  const offset = clock(zone[0], zone[1], zone[2]) * (sign === '-' ? -1 : 1);
  const second = clock(hours, minutes, seconds) - offset;
  const days = Math.floor(second / DAY_SECONDS);
  return { floor: day + days, exact: second === days * DAY_SECONDS && Number(fraction ?? 0) === 0 };
};

const clock = (hours = '0', minutes = '0', seconds = '0'): number =>
  Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);

/** Midnight of a day as a value of the type, UTC where it has a zone; null before the year 1. */
export const writeDay = (typeOid: number, format: 0 | 1, day: number): Buffer | null => {
  const { year, month, dayOfMonth } = civilDate(day);
  if (year < 1) return null;
  if (format === 0) {
    const pad = (value: number, digits: number): string => String(value).padStart(digits, '0');
    return Buffer.from(`${pad(year, 4)}-${pad(month, 2)}-${pad(dayOfMonth, 2)}${MIDNIGHT.get(typeOid) ?? ''}`);
  }
  if (typeOid === TYPE.date) {
    const bytes = Buffer.allocUnsafe(4);
    bytes.writeInt32BE(day);
    return bytes;
  }
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigInt64BE(BigInt(day) * DAY_MICROSECONDS);
  return bytes;
};
