import { TYPE } from './built-in-types.js';
import type { KeptText } from './mask-rule.js';
import { writeDomain, writeInitials, writeLast4 } from './partial-text.js';

/** What a partial mask needs to know of a column. */
export interface PartialColumn {
  readonly keep: KeptText;
  readonly typeOid: number;
  /** characters the column has room for */
  readonly room: number;
}

/**
 * Writes the partial mask of `source[from..to)` into `target` at `at`, where at least `to - from + PARTIAL_GROWTH_BYTES` bytes are
 * free. Returns the bytes written, or -1: the value has not the shape, take the fallback.
 */
export const writePartial = (
  column: PartialColumn,
  source: Buffer,
  from: number,
  to: number,
  target: Buffer,
  at: number,
): number => {
  // char(n) comes padded: the blanks are no part of the value.
  const end = column.typeOid === TYPE.bpchar ? withoutPadding(source, from, to) : to;
  switch (column.keep) {
    case 'domain':
      return writeDomain(source, from, end, target, at, column.room);
    case 'last4':
      return writeLast4(source, from, end, target, at);
    case 'initials':
      return writeInitials(source, from, end, target, at, column.room);
  }
};

const withoutPadding = (source: Buffer, from: number, to: number): number => {
  let end = to;
  while (end > from && source[end - 1] === 0x20) end--;
  return end;
};
