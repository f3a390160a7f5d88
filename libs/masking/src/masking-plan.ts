import { constantMask, type OutputSettings } from './constant-mask.js';
import { type DetectRules, type DetectStep, hasLengths, holdsText } from './detectors/detect-rules.js';
import { definitionMask } from './definitions/definition-mask.js';
import type { MaskRule } from './mask-rule.js';
import { PARTIAL_GROWTH_BYTES } from './partial-text.js';
import { plainType } from './user-type.js';
import { partialColumn, valueMaskOf } from './value-mask-of.js';
import type { ValueMask } from './values/value-mask.js';
import type { PartialColumn } from './write-partial.js';

/** One result column: RowDescription and Bind formats on one side, what lineage says of it on the other. */
export interface PlanColumn {
  readonly name: string;
  readonly typeOid: number;
  readonly typmod: number;
  readonly format: 0 | 1;
  /** null: proven clean, passes as it is */
  readonly mask: MaskRule | null;
  /** what is looked for in the values of a column without a mask; left out: nothing */
  readonly detect?: DetectRules | null;
  readonly settings?: OutputSettings;
}

/** How the values of one column are treated. `fixed` with `bytes` null is NULL. A NULL from the server stays NULL unless `nulls` says so. */
export type MaskStep =
  | { readonly kind: 'keep' }
  | { readonly kind: 'fixed'; readonly bytes: Buffer | null; readonly nulls?: true }
  /** written into the output as it is read; `fallback` stands in when a value does not have the shape the mask needs */
  | ({ readonly kind: 'partial'; readonly fallback: Buffer | null } & PartialColumn)
  /** looked at each by each, as long as they come: elements of arrays, buckets, pseudonyms; `fallback` as above */
  | { readonly kind: 'computed'; readonly mask: ValueMask; readonly fallback: Buffer | null }
  | DetectStep;

/** Immutable; may be shared by all executions of one portal shape. */
export interface MaskingPlan {
  readonly columns: readonly PlanColumn[];
  readonly steps: readonly MaskStep[];
  /** nothing is masked: rows may pass as they came */
  readonly clean: boolean;
  /** nothing is masked unless something is found in it */
  readonly onlyDetects: boolean;
  /** bytes by which masking can lengthen a row at most, `computed` values aside */
  readonly growthBytes: number;
}

const KEEP: MaskStep = { kind: 'keep' };

const compileStep = (column: PlanColumn): MaskStep => {
  const { typeOid, typmod, format, mask, settings } = column;
  if (mask === null) return detectStep(column) ?? KEEP;
  if (mask.mode === 'null') return { kind: 'fixed', bytes: null };
  if (mask.mode === 'definition') {
    const definition = definitionMask(column, mask.names);
    return definition === null
      ? { kind: 'fixed', bytes: null }
      : { kind: 'computed', mask: definition, fallback: null };
  }
  const fallback = constantMask(typeOid, typmod, format, settings);
  if (mask.mode === 'same') return { kind: 'fixed', bytes: fallback, nulls: true };
  if (mask.mode === 'partial') {
    const partial = partialColumn(mask, plainType(typeOid, settings?.types).oid, typmod);
    if (partial !== null) return { kind: 'partial', fallback, ...partial };
  }
  const computed = valueMaskOf(mask, column);
  return computed === null ? { kind: 'fixed', bytes: fallback } : { kind: 'computed', mask: computed, fallback };
};

const detectStep = (column: PlanColumn): DetectStep | null => {
  const { typeOid, typmod, format, detect, settings } = column;
  if (!detect || detect.set.names.length === 0 || !holdsText(typeOid)) return null;
  const fallback = constantMask(typeOid, typmod, format, settings);
  return { kind: 'detect', rules: detect, lengths: format === 1 && hasLengths(typeOid), fallback };
};

const growthOf = (step: MaskStep): number => {
  switch (step.kind) {
    case 'keep':
      return 0;
    case 'fixed':
      return step.bytes?.length ?? 0;
    case 'detect':
      return step.fallback?.length ?? 0;
    case 'partial':
      return Math.max(PARTIAL_GROWTH_BYTES, step.fallback?.length ?? 0);
    case 'computed':
      // each value says itself how long it is
      return 0;
  }
};

/**
 * Compiles the masks of one result, columns in wire order. A mask of a type whose layout is not known is NULL; a part, bucket or
 * pseudonym of a type it does not suit is the constant. Compile anew when formats, types or the session's output settings change.
 */
export const compileMaskingPlan = (columns: readonly PlanColumn[]): MaskingPlan => {
  const steps = columns.map(compileStep);
  return {
    columns: [...columns],
    steps,
    clean: steps.every((step) => step.kind === 'keep'),
    onlyDetects: steps.every((step) => step.kind === 'keep' || step.kind === 'detect'),
    growthBytes: steps.reduce((sum, step) => sum + growthOf(step), 0),
  };
};
