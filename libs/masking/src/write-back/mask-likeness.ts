import { TYPE } from '../built-in-types.js';
import type { MaskRule } from '../mask-rule.js';
import { compileMaskingPlan } from '../masking-plan.js';
import { maskValue } from '../mask-value.js';
import { isPseudonymShaped } from '../pseudonyms/pseudonym-shape.js';
import { elementType, plainType, type UserTypes } from '../user-type.js';
import { arrayElements } from './array-elements.js';

/** The column a value is on its way into, and how the value is written. */
export interface WrittenInto {
  /** of the column; 0: not known */
  readonly typeOid: number;
  readonly typmod: number;
  /** of the value: text as the type's input function takes it, or as its recv function does */
  readonly format: 0 | 1;
  /** the mask of the column's class */
  readonly mask: MaskRule;
  readonly types?: UserTypes;
}

/**
 * `mask`: nobody writes such a value who did not get it from a mask. `plausible`: a mask looks like it, and so may a real value (0, false,
 * 2000-01-01, initials). `value`: no mask of the column is like it.
 */
export type MaskLikeness = 'mask' | 'plausible' | 'value';

const DATES: ReadonlySet<number> = new Set([TYPE.date, TYPE.timestamp, TYPE.timestamptz]);
const NUMBERS: ReadonlySet<number> = new Set([
  TYPE.int2,
  TYPE.int4,
  TYPE.int8,
  TYPE.oid,
  TYPE.float4,
  TYPE.float8,
  TYPE.money,
  TYPE.numeric,
]);

/** Whole texts that masks write. `****`, `****@example.org`, `****6467`. */
const STARS = /^\*{4}(?:@[a-z0-9.-]{3,253}|.{4})?$/isu;
const INITIALS = /^\p{L}\.(?: \p{L}\.){0,4}$/u;
const JSON_MASK = /^\s*\{\s*"masked"\s*:\s*true\s*\}\s*$/;
const XML_MASK = /^\s*<m\s*\/>\s*$/;
const UUID_MASK = '00000000-0000-4000-8000-000000000000';
const ZERO = /^\s*[+-]?\$?0*\.?0*(?:e[+-]?\d+)?\s*$/i;
const FALSE = /^\s*(?:f|false|n|no|off|0)\s*$/i;
const FIRST_DAY = /^\s*2000-0?1-0?1(?:[T\s]\s*0?0:00(?::00(?:\.0*)?)?\s*(?:Z|[+-]00(?::?00)?)?)?\s*$/i;
/** No mask of one value is longer. */
const LONGEST = 512;

/**
 * How much like a mask a value is that is being written into a protected column. Pure, and total: bytes that are no value of the type are
 * values, which the server refuses.
 * @param value null: NULL
 */
export function maskLikeness(value: Buffer | null, into: WrittenInto): MaskLikeness {
  if (value === null) return isFixedNull(into) ? 'plausible' : 'value';
  if (isMasked(value, into)) return 'mask';
  const type = plainType(into.typeOid, into.types);
  const plausible = elementType(type) === undefined && value.length <= LONGEST && isPlausible(value, type.oid, into);
  return plausible || isItsOwnMask(value, into) ? 'plausible' : 'value';
}

/** Whether a value, or an element of it, can only come from a mask: the first answer of {@link maskLikeness}, for many rows. */
export function isMasked(value: Buffer, into: WrittenInto): boolean {
  const type = plainType(into.typeOid, into.types);
  const element = elementType(type);
  if (element === undefined) return value.length <= LONGEST && isMask(value, type.oid, into);
  const elements = arrayElements(value, into.format, element === TYPE.box ? ';' : ',');
  // one masked element destroys one real one
  return elements?.some((each) => isMasked(each, { ...into, typeOid: element })) ?? false;
}

function isMask(value: Buffer, typeOid: number, { format, typmod }: WrittenInto): boolean {
  switch (typeOid) {
    case TYPE.uuid: {
      const text = uuidOf(value, format);
      return text === UUID_MASK || isPseudonymShaped(text);
    }
    case TYPE.json:
      return JSON_MASK.test(value.toString());
    case TYPE.jsonb:
      return JSON_MASK.test(value.toString('utf8', format === 1 ? 1 : 0));
    case TYPE.xml:
      return XML_MASK.test(value.toString());
    case TYPE.bytea: {
      const text = format === 1 ? value.toString('latin1') : byteaText(value.toString('latin1'));
      return isPseudonymShaped(text);
    }
    default: {
      // whatever else the type is, these are no numbers and no dates; binary numbers are not as long as to look like them
      if (format === 1 && NUMBERS.has(typeOid)) return false;
      const text = value.toString().trim();
      return STARS.test(text) || isPseudonymShaped(text) || isCutStars(text, typeOid, typmod);
    }
  }
}

/** A column too narrow for four stars: `**` in a varchar(2), `***` in a varchar(3); a single star may be a real value. */
function isCutStars(text: string, typeOid: number, typmod: number): boolean {
  const bounded = typeOid === TYPE.varchar || typeOid === TYPE.bpchar;
  return bounded && typmod >= 6 && typmod < 8 && text === '*'.repeat(typmod - 4);
}

function isPlausible(value: Buffer, typeOid: number, { format, mask }: WrittenInto): boolean {
  if (format === 1) return typeOid === TYPE.numeric && value.length >= 8 && value.readUInt16BE(0) === 0;
  const text = value.toString();
  if (NUMBERS.has(typeOid)) return ZERO.test(text) && /\d/.test(text);
  if (typeOid === TYPE.bool) return FALSE.test(text);
  if (DATES.has(typeOid)) return FIRST_DAY.test(text);
  return mask.mode === 'partial' && mask.keep === 'initials' && INITIALS.test(text.trim());
}

/** Masking it again changes nothing: constants, lower bounds of buckets, first days of years. */
function isItsOwnMask(value: Buffer, into: WrittenInto): boolean {
  if (into.mask.mode === 'null' || into.mask.mode === 'definition') return false;
  const masked = maskValue(stepOf(into), value);
  return masked !== null && masked.equals(value);
}

/** The mask of the column is NULL whatever the value is. */
function isFixedNull(into: WrittenInto): boolean {
  const step = stepOf(into);
  return step.kind === 'fixed' && step.bytes === null;
}

function stepOf({ typeOid, typmod, format, mask, types }: WrittenInto) {
  const column = { name: '', typeOid, typmod, format, mask, ...(types === undefined ? {} : { types }) };
  return compileMaskingPlan([column]).steps[0]!;
}

function uuidOf(value: Buffer, format: 0 | 1): string {
  const digits = (format === 1 ? value.toString('hex') : value.toString('latin1'))
    .toLowerCase()
    .replace(/[^0-9a-f]/g, '');
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function byteaText(text: string): string {
  return /^\s*\\x/i.test(text) ? Buffer.from(text.trim().slice(2).replace(/\s/g, ''), 'hex').toString('latin1') : text;
}
