import { TYPE } from './built-in-types.js';
import type { MaskStep } from './masking-plan.js';
import { writeYearBinary, writeYearText } from './partial-date.js';
import { PARTIAL_GROWTH_BYTES, writeDomain, writeInitials, writeLast4 } from './partial-text.js';

type PartialStep = Extract<MaskStep, { kind: 'partial' }>;

/**
 * Writes the partial mask of `source[from..to)` into `target` at `at`, where at least `to - from + PARTIAL_GROWTH_BYTES` bytes are
 * free. Returns the bytes written, or -1: the value has not the shape, take the fallback.
 */
export const writePartial = (
  step: PartialStep,
  source: Buffer,
  from: number,
  to: number,
  target: Buffer,
  at: number,
): number => {
  // char(n) comes padded: the blanks are no part of the value.
  const end = step.typeOid === TYPE.bpchar ? withoutPadding(source, from, to) : to;
  switch (step.keep) {
    case 'domain':
      return writeDomain(source, from, end, target, at, step.room);
    case 'last4':
      return writeLast4(source, from, end, target, at);
    case 'initials':
      return writeInitials(source, from, end, target, at, step.room);
    case 'year':
      return step.format === 0
        ? writeYearText(step.typeOid, source, from, to, target, at)
        : writeYearBinary(step.typeOid, source, from, to, target, at);
  }
};

const withoutPadding = (source: Buffer, from: number, to: number): number => {
  let end = to;
  while (end > from && source[end - 1] === 0x20) end--;
  return end;
};

/** One value masked by one step, for the record and for tests; rows take `RowMasker`. The result may be `value` itself (`keep`). */
export const maskValue = (step: MaskStep, value: Buffer | null): Buffer | null => {
  if (value === null || step.kind === 'keep') return value;
  if (step.kind === 'fixed') return step.bytes;
  const target = Buffer.allocUnsafe(value.length + PARTIAL_GROWTH_BYTES);
  const written = writePartial(step, value, 0, value.length, target, 0);
  return written < 0 ? step.fallback : target.subarray(0, written);
};
