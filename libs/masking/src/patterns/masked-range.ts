/** Bytes `from` to `to` (absolute, `to` excluded) that one mask stands for, and the value it is named after. */
export interface MaskedRange {
  from: number;
  to: number;
  /** number of the pattern of the value that begins first, of those the longest, of those the one listed first */
  pattern: number;
  /** end of that value */
  namedTo: number;
}

const overlap = (one: MaskedRange, other: MaskedRange): boolean => one.from < other.to && other.from < one.to;

const namesBefore = (one: MaskedRange, other: MaskedRange): boolean => {
  if (one.from !== other.from) return one.from < other.from;
  if (one.namedTo !== other.namedTo) return one.namedTo > other.namedTo;
  return one.pattern < other.pattern;
};

/** Ranges in order of their bytes; values that share a byte become one. */
export class MaskedRanges {
  private ranges: MaskedRange[] = [];

  add(from: number, to: number, pattern: number): void {
    if (to <= from) return;
    let range: MaskedRange = { from, to, pattern, namedTo: to };
    let at = this.ranges.length;
    while (at > 0 && (this.ranges[at - 1] as MaskedRange).from >= to) at -= 1;
    let first = at;
    while (first > 0 && overlap(this.ranges[first - 1] as MaskedRange, range)) {
      first -= 1;
      const met = this.ranges[first] as MaskedRange;
      const name = namesBefore(met, range) ? met : range;
      range = {
        from: Math.min(met.from, range.from),
        to: Math.max(met.to, range.to),
        pattern: name.pattern,
        namedTo: name.namedTo,
      };
    }
    this.ranges.splice(first, at - first, range);
  }

  /** Where the range that goes on past `position` begins; `position` if there is none. */
  decidedUpTo(position: number): number {
    for (let at = this.ranges.length - 1; at >= 0; at--) {
      const range = this.ranges[at] as MaskedRange;
      if (range.from < position && position < range.to) return range.from;
      if (range.to <= position) break;
    }
    return position;
  }

  /** Removes and returns the ranges that end at or before `position`. */
  takeUpTo(position: number): readonly MaskedRange[] {
    let count = 0;
    while (count < this.ranges.length && (this.ranges[count] as MaskedRange).to <= position) count += 1;
    return this.ranges.splice(0, count);
  }
}
