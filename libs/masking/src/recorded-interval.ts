import { renderTime } from './recorded-date.js';

const UNBOUNDED = 0x7fffffff;

/** Microseconds (int64), days and months (int32 each), as the server prints an interval in style `postgres`. */
export const renderInterval = (bytes: Buffer): string => {
  const microseconds = bytes.readBigInt64BE();
  const days = bytes.readInt32BE(8);
  const months = bytes.readInt32BE(12);
  if (months === UNBOUNDED && days === UNBOUNDED) return 'infinity';
  if (months === -UNBOUNDED - 1 && days === -UNBOUNDED - 1) return '-infinity';
  const parts: string[] = [];
  let negative = false;
  const add = (value: number, unit: string): void => {
    if (value === 0) return;
    // a positive part behind a negative one has its sign
    parts.push(`${negative && value > 0 ? '+' : ''}${value} ${unit}${value === 1 ? '' : 's'}`);
    negative = value < 0;
  };
  add(Math.trunc(months / 12), 'year');
  add(months % 12, 'mon');
  add(days, 'day');
  if (microseconds !== 0n || parts.length === 0) {
    const sign = microseconds < 0n ? '-' : negative ? '+' : '';
    parts.push(sign + renderTime(microseconds < 0n ? -microseconds : microseconds));
  }
  return parts.join(' ');
};
