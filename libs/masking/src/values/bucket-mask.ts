import type { Buckets } from './buckets.js';
import { rangeMask } from './range-mask.js';
import type { ValueMask } from './value-mask.js';
import { hasDay, readDay, writeDay } from './whole-days.js';
import { type Floored, isNumber, readFloor, writeWhole } from './whole-numbers.js';

/** How values of one type and format lie on the axis of buckets. */
interface Axis {
  read(source: Buffer, from: number, to: number): Floored | null;
  write(lower: number): Buffer | null;
}

const axisOf = (buckets: Buckets, typeOid: number, typmod: number, format: 0 | 1): Axis | null => {
  if (buckets.of === 'days')
    return hasDay(typeOid)
      ? {
          read: (source, from, to) => readDay(typeOid, format, source, from, to),
          write: (lower) => writeDay(typeOid, format, lower),
        }
      : null;
  return isNumber(typeOid)
    ? {
        read: (source, from, to) => readFloor(typeOid, format, source, from, to),
        write: (lower) => writeWhole(typeOid, typmod, format, lower),
      }
    : null;
};

/** Lower bounds of buckets in the place of numbers, dates and times; null: the type has no such. */
export const bucketMask = (buckets: Buckets, typeOid: number, typmod: number, format: 0 | 1): ValueMask | null => {
  const axis = axisOf(buckets, typeOid, typmod, format);
  if (axis === null) return null;
  return (source, from, to) => {
    const value = axis.read(source, from, to);
    const lower = value === null ? null : buckets.lower(value.floor);
    return lower === null ? null : axis.write(lower);
  };
};

/** The same for both ends of ranges. @param bounds type of the ends */
export const bucketRangeMask = (buckets: Buckets, bounds: number, format: 0 | 1): ValueMask | null => {
  const axis = axisOf(buckets, bounds, -1, format);
  return axis === null ? null : rangeMask(buckets, axis, format);
};
