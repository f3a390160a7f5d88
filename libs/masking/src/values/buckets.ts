import { civilDate, dayOf } from '../calendar.js';

/** Spans of the calendar that dates and times are cut down to; weeks begin on Monday. */
export type CalendarUnit = 'day' | 'week' | 'month' | 'quarter' | 'year';

/** A width (`1000`: 0, 1000, 2000, …), ascending lower bounds (`[0, 18, 65]`), or a span of the calendar. */
export type Bucket = number | readonly number[] | CalendarUnit;

/** How one axis is cut into buckets: whole numbers, or days since 2000-01-01. */
export interface Buckets {
  readonly of: 'numbers' | 'days';
  /** lower bound of the bucket `value` lies in; null: below the first */
  lower(value: number): number | null;
  /** lower bound of the bucket after the one that begins at `lower`; null: it is the last */
  after(lower: number): number | null;
}

/** Monday, 3 January 2000. */
const A_MONDAY = 2;

/** @throws RangeError for a width or bounds that are not what `Bucket` says */
export const bucketsOf = (bucket: Bucket): Buckets => {
  if (typeof bucket === 'string') return calendar(bucket);
  if (typeof bucket === 'number') return even(bucket);
  return bounded(bucket);
};

const even = (width: number): Buckets => {
  if (!Number.isSafeInteger(width) || width < 1) throw new RangeError(`a bucket of ${width}`);
  return {
    of: 'numbers',
    lower: (value) => Math.floor(value / width) * width,
    after: (lower) => lower + width,
  };
};

const bounded = (bounds: readonly number[]): Buckets => {
  if (
    bounds.length === 0 ||
    bounds.some((bound, i) => !Number.isSafeInteger(bound) || bound <= (bounds[i - 1] ?? -Infinity))
  )
    throw new RangeError('bounds of buckets do not ascend');
  return {
    of: 'numbers',
    lower: (value) => bounds.findLast((bound) => bound <= value) ?? null,
    after: (lower) => bounds.find((bound) => bound > lower) ?? null,
  };
};

const MONTHS = { month: 1, quarter: 3, year: 12 } as const;

const calendar = (unit: CalendarUnit): Buckets => {
  if (unit === 'day' || unit === 'week') {
    const width = unit === 'day' ? 1 : 7;
    return {
      of: 'days',
      lower: (day) => Math.floor((day - A_MONDAY) / width) * width + A_MONDAY,
      after: (lower) => lower + width,
    };
  }
  const months = MONTHS[unit];
  return {
    of: 'days',
    lower: (day) => {
      const { year, month } = civilDate(day);
      return dayOf(year, month - ((month - 1) % months), 1);
    },
    after: (lower) => {
      const { year, month } = civilDate(lower);
      return month + months > 12 ? dayOf(year + 1, 1, 1) : dayOf(year, month + months, 1);
    },
  };
};
