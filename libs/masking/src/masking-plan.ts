import { isTextLike, TYPE } from './built-in-types.js';
import { constantMask, textRoom, type OutputSettings } from './constant-mask.js';
import type { Keep, MaskRule } from './mask-rule.js';
import { hasYear } from './partial-date.js';
import { PARTIAL_GROWTH_BYTES } from './partial-text.js';

/** One result column: RowDescription and Bind formats on one side, what lineage says of it on the other. */
export interface PlanColumn {
  readonly name: string;
  readonly typeOid: number;
  readonly typmod: number;
  readonly format: 0 | 1;
  /** null: proven clean, passes as it is */
  readonly mask: MaskRule | null;
  readonly settings?: OutputSettings;
}

/** How the values of one column are treated. `fixed` with `bytes` null is NULL. A NULL from the server stays NULL in all. */
export type MaskStep =
  | { readonly kind: 'keep' }
  | { readonly kind: 'fixed'; readonly bytes: Buffer | null }
  | {
      readonly kind: 'partial';
      readonly keep: Keep;
      readonly typeOid: number;
      readonly format: 0 | 1;
      /** characters the column has room for */
      readonly room: number;
      /** stands in when a value does not have the shape the partial mask needs */
      readonly fallback: Buffer | null;
    };

/** Immutable; may be shared by all executions of one portal shape. */
export interface MaskingPlan {
  readonly columns: readonly PlanColumn[];
  readonly steps: readonly MaskStep[];
  /** nothing is masked: rows may pass as they came */
  readonly clean: boolean;
  /** bytes by which masking can lengthen a row at most */
  readonly growthBytes: number;
}

const KEEP: MaskStep = { kind: 'keep' };

const compileStep = (column: PlanColumn): MaskStep => {
  const { typeOid, typmod, format, mask, settings } = column;
  if (mask === null) return KEEP;
  if (mask.mode === 'null') return { kind: 'fixed', bytes: null };
  const fallback = constantMask(typeOid, typmod, format, settings);
  if (mask.mode === 'partial' && suits(mask.keep, typeOid)) {
    return { kind: 'partial', keep: mask.keep, typeOid, format, room: textRoom(typeOid, typmod), fallback };
  }
  return { kind: 'fixed', bytes: fallback };
};

/** A partial mask on a type it does not suit is the constant: a rule may cover columns of several types. */
const suits = (keep: Keep, typeOid: number): boolean =>
  keep === 'year' ? hasYear(typeOid) : isTextLike(typeOid) && typeOid !== TYPE.char;

const growthOf = (step: MaskStep): number => {
  switch (step.kind) {
    case 'keep':
      return 0;
    case 'fixed':
      return step.bytes?.length ?? 0;
    case 'partial':
      return Math.max(PARTIAL_GROWTH_BYTES, step.fallback?.length ?? 0);
  }
};

/**
 * Compiles the masks of one result, columns in wire order. A mask of a type whose layout is not known is NULL; a partial mask on a type
 * it does not suit is the constant. Compile anew when formats, types or the session's output settings change.
 */
export const compileMaskingPlan = (columns: readonly PlanColumn[]): MaskingPlan => {
  const steps = columns.map(compileStep);
  return {
    columns: [...columns],
    steps,
    clean: steps.every((step) => step.kind === 'keep'),
    growthBytes: steps.reduce((sum, step) => sum + growthOf(step), 0),
  };
};
