import { FoundValues } from './detectors/found-values.js';
import type { MaskStep } from './masking-plan.js';
import { PARTIAL_GROWTH_BYTES } from './partial-text.js';
import { writePartial } from './write-partial.js';

/**
 * One value masked by one step, for COPY, for the record and for tests; rows take `RowMasker`. The result may be `value` itself.
 * @param found counts what detectors find @param column its index there
 */
export const maskValue = (
  step: MaskStep,
  value: Buffer | null,
  found: FoundValues = new FoundValues(),
  column = 0,
): Buffer | null => {
  if (value === null || step.kind === 'keep') return value;
  if (step.kind === 'fixed') return step.bytes;
  if (step.kind === 'detect') return found.holds(column, step, value, 0, value.length) ? step.fallback : value;
  if (step.kind === 'computed') return step.mask(value, 0, value.length) ?? step.fallback;
  const target = Buffer.allocUnsafe(value.length + PARTIAL_GROWTH_BYTES);
  const written = writePartial(step, value, 0, value.length, target, 0);
  return written < 0 ? step.fallback : target.subarray(0, written);
};
