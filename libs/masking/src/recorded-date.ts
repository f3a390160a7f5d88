import { civilDate } from './calendar.js';

const SECOND = 1_000_000n;
const DAY = 86_400n * SECOND;

const pad = (value: number | bigint, width: number): string => String(value).padStart(width, '0');

/** Days since 2000-01-01 as the server prints them in ISO style. */
export const renderDate = (day: number): string => {
  if (day === 0x7fffffff) return 'infinity';
  if (day === -0x80000000) return '-infinity';
  const { year, month, dayOfMonth } = civilDate(day);
  const shown = year > 0 ? year : 1 - year;
  return `${pad(shown, 4)}-${pad(month, 2)}-${pad(dayOfMonth, 2)}${year > 0 ? '' : ' BC'}`;
};

/** Microseconds since 2000-01-01; `zone` is appended to the time (`+00`). */
export const renderTimestamp = (microseconds: bigint, zone: string): string => {
  if (microseconds === 0x7fffffffffffffffn) return 'infinity';
  if (microseconds === -0x8000000000000000n) return '-infinity';
  const inDay = ((microseconds % DAY) + DAY) % DAY;
  const date = renderDate(Number((microseconds - inDay) / DAY));
  const [calendar, era = ''] = date.split(/(?= BC$)/);
  return `${calendar} ${renderTime(inDay)}${zone}${era}`;
};

/** Microseconds since midnight. */
export const renderTime = (microseconds: bigint): string => {
  const seconds = microseconds / SECOND;
  const fraction = microseconds % SECOND;
  const time = `${pad(seconds / 3600n, 2)}:${pad((seconds / 60n) % 60n, 2)}:${pad(seconds % 60n, 2)}`;
  return fraction === 0n ? time : `${time}.${pad(fraction, 6).replace(/0+$/, '')}`;
};

/** Seconds west of Greenwich, as timetz stores them. */
export const renderZone = (secondsWest: number): string => {
  const east = -secondsWest;
  const minutes = Math.floor(Math.abs(east) / 60);
  const rest = minutes % 60;
  return `${east < 0 ? '-' : '+'}${pad(Math.floor(minutes / 60), 2)}${rest === 0 ? '' : `:${pad(rest, 2)}`}`;
};
