import { TYPE } from './built-in-types.js';
import { constantMask, type OutputSettings, textRoom } from './constant-mask.js';
import type { MaskRule } from './mask-rule.js';
import { PARTIAL_GROWTH_BYTES } from './partial-text.js';
import { boundType, elementType, isText, plainType } from './user-type.js';
import { arrayMask } from './values/array-mask.js';
import { bucketMask, bucketRangeMask } from './values/bucket-mask.js';
import type { ValueMask } from './values/value-mask.js';
import { type PartialColumn, writePartial } from './write-partial.js';

/** What is masked: a column of a result, or the elements of one. */
export interface MaskedType {
  readonly typeOid: number;
  readonly typmod: number;
  readonly format: 0 | 1;
  readonly settings?: OutputSettings;
}

/**
 * The mask that looks at each value; null: no part, bucket or pseudonym of the type means anything, the constant stands for all of them.
 * Arrays are masked element by element.
 */
export const valueMaskOf = (rule: MaskRule, masked: MaskedType): ValueMask | null => {
  const { format, settings } = masked;
  const types = settings?.types;
  const element = elementType(plainType(masked.typeOid, types));
  if (element !== undefined) {
    const each = { ...masked, typeOid: element };
    const mask = scalarMaskOf(rule, each);
    if (mask === null) return null;
    const delimiter = element === TYPE.box ? ';' : ',';
    return arrayMask({ mask, fallback: constantMask(element, masked.typmod, format, settings), delimiter }, format);
  }
  return scalarMaskOf(rule, masked);
};

const scalarMaskOf = (rule: MaskRule, { typeOid, typmod, format, settings }: MaskedType): ValueMask | null => {
  const types = settings?.types;
  const plain = plainType(typeOid, types);
  const bounds = boundType(plain);
  if (bounds !== undefined)
    return rule.mode === 'bucket' ? bucketRangeMask(rule.buckets, plainType(bounds, types).oid, format) : null;
  if (plain.user !== null) return null;
  if (rule.mode === 'partial') {
    const column = partialColumn(rule, plain.oid, typmod);
    return column && partialMask(column);
  }
  if (rule.mode === 'bucket') return bucketMask(rule.buckets, plain.oid, typmod, format);
  if (rule.mode === 'pseudonym') {
    const room = textRoom(plain.oid, typmod);
    return rule.pseudonyms.maskFor({ typeOid: plain.oid, typmod, format, room, foldsCase: plain.foldsCase });
  }
  return null;
};

/** A partial mask on a type it does not suit is the constant: a rule may cover columns of several types. */
export const partialColumn = (
  rule: Extract<MaskRule, { mode: 'partial' }>,
  typeOid: number,
  typmod: number,
): PartialColumn | null => (isText(typeOid) ? { keep: rule.keep, typeOid, room: textRoom(typeOid, typmod) } : null);

const partialMask =
  (column: PartialColumn): ValueMask =>
  (source, from, to) => {
    const target = Buffer.allocUnsafe(to - from + PARTIAL_GROWTH_BYTES);
    const written = writePartial(column, source, from, to, target, 0);
    return written < 0 ? null : target.subarray(0, written);
  };
