import type { Node } from '@pgsql/types';
import { isText, TYPE } from './total.js';
import type { Value } from './tracer.js';
import { bodyOf } from './tree.js';

/** A value and how it is written. */
export interface Operand {
  readonly value: Value;
  readonly node: Node | undefined;
}

/** OIDs of array types with the types of their elements, where two elements can be compared. */
const ELEMENTS: ReadonlyMap<number, number> = new Map([
  [1000, TYPE.bool],
  [1001, TYPE.bytea],
  [1002, 18],
  [1003, TYPE.name],
  [1005, TYPE.int2],
  [1007, TYPE.int4],
  [1009, TYPE.text],
  [1014, TYPE.bpchar],
  [1015, TYPE.varchar],
  [1016, TYPE.int8],
  [1021, TYPE.float4],
  [1022, TYPE.float8],
  [1028, 26],
  [1041, 869],
  [1115, TYPE.timestamp],
  [1182, TYPE.date],
  [1183, TYPE.time],
  [1185, TYPE.timestamptz],
  [1187, TYPE.interval],
  [1231, TYPE.numeric],
  [2951, TYPE.uuid],
  [3807, TYPE.jsonb],
]);

/** int4, num, ts, tstz, date, int8: ranges and multiranges. */
const RANGES: ReadonlySet<number> = new Set([3904, 3906, 3908, 3910, 3912, 3926, 4451, 4532, 4533, 4534, 4535, 4536]);

const FLOATS: ReadonlySet<number> = new Set([TYPE.float4, TYPE.float8]);
const WHOLE: ReadonlySet<number> = new Set([TYPE.int2, TYPE.int4, TYPE.int8]);
/** Each is cast to the ones after it. */
const MOMENT_RANKS: readonly number[] = [TYPE.date, TYPE.timestamp, TYPE.timestamptz];
const MOMENTS: ReadonlySet<number> = new Set(MOMENT_RANKS);
const TEXTS: ReadonlySet<number> = new Set([TYPE.text, TYPE.varchar, TYPE.bpchar, TYPE.name, 18]);
/** oid and the types that name objects */
const OBJECTS: ReadonlySet<number> = new Set([26, 24, 2202, 2203, 2204, 2205, 2206, 3734, 3769, 4089, 4096, 4191]);

/** inet and cidr, bit and varbit, time and timetz: the server casts one into the other, and none of their values fails. */
const SIBLINGS: readonly ReadonlySet<number>[] = [
  OBJECTS,
  new Set([...WHOLE, TYPE.numeric]),
  new Set([...WHOLE, ...FLOATS]),
  new Set([TYPE.int2, TYPE.int4, ...OBJECTS]),
  new Set([869, 650]),
  new Set([1560, 1562]),
  new Set([TYPE.time, 1266]),
];

/** Types of the server of which two values can always be compared; geometry computes areas and lengths to do so. */
const COMPARABLE: ReadonlySet<number> = new Set([
  ...TEXTS,
  ...WHOLE,
  ...FLOATS,
  ...MOMENTS,
  ...OBJECTS,
  ...RANGES,
  ...ELEMENTS.keys(),
  TYPE.bool,
  TYPE.bytea,
  TYPE.time,
  TYPE.interval,
  TYPE.numeric,
  TYPE.uuid,
  TYPE.jsonb,
  // vectors, xid, tid, cid, money, addresses, timetz, bits, pg_lsn, tsvector, tsquery, xid8
  22,
  27,
  28,
  29,
  30,
  650,
  774,
  790,
  829,
  869,
  1266,
  1560,
  1562,
  3220,
  3614,
  3615,
  5069,
]);

/** The first type of the user: of these only enums are known by their own number. */
const FIRST_USER_TYPE = 16384;

const isComparable = (type: number): boolean => COMPARABLE.has(type) || type >= FIRST_USER_TYPE;

/** A constant is given its type when the statement is read: whatever comes of that depends on no value. */
const isConstant = ({ node }: Operand): boolean => bodyOf(node, 'A_Const') !== null;
const isParameter = ({ node }: Operand): boolean => bodyOf(node, 'ParamRef') !== null;

/** The client may say of which type a parameter is: of most, another one that fits is no danger to values of these. */
const BESIDE_PARAMETERS: ReadonlySet<number> = new Set([
  ...TEXTS,
  ...ELEMENTS.keys(),
  ...RANGES,
  TYPE.bool,
  TYPE.bytea,
  TYPE.int2,
  TYPE.int4,
  TYPE.time,
  TYPE.interval,
  TYPE.uuid,
  TYPE.jsonb,
  869,
  650,
]);

/**
 * Whether no value of either type fails to become one of the type that both become. Beside a text only what becomes a text without
 * failing is understood at all.
 */
function areSiblings(a: number, b: number): boolean {
  if (TEXTS.has(a) || TEXTS.has(b)) return true;
  return a !== TYPE.unknown && (a === b || SIBLINGS.some((types) => types.has(a) && types.has(b)));
}

function besideParameter(type: number): boolean {
  return BESIDE_PARAMETERS.has(type) || type >= FIRST_USER_TYPE;
}

/**
 * Whether values that have to become one type (branches of CASE, arguments of COALESCE, columns of UNION, items of IN) may fail to: the
 * server puts casts there that nobody wrote.
 */
export function mayFailTogether(operands: readonly Operand[]): boolean {
  const typed = operands.filter((operand) => !isConstant(operand));
  return typed.some((a, at) => typed.slice(at + 1).some((b) => !becomeOne(a, b)));
}

/** A column as it is stored: no value of it is so large or far away that a cast fails; a constant put beside it could be. */
function isWithinReach({ taint, type }: Value): boolean {
  const stored = taint.taint === 'column' && taint.anonymous !== true;
  return stored && (type === TYPE.numeric || type === TYPE.date);
}

function becomeOne(a: Operand, b: Operand): boolean {
  if (isParameter(a) || isParameter(b)) {
    const typed = isParameter(a) ? b : a;
    return besideParameter(typed.value.type) || isWithinReach(typed.value);
  }
  return areSiblings(a.value.type, b.value.type) || isWithinReach(castOf(a.value, b.value));
}

/** Of two values of different types the one that is cast to the type of the other, where that is known; otherwise a value of none. */
function castOf(a: Value, b: Value): Value {
  for (const [value, other] of [
    [a, b],
    [b, a],
  ] as const) {
    const [rank, over] = [MOMENT_RANKS.indexOf(value.type), MOMENT_RANKS.indexOf(other.type)];
    if ((value.type === TYPE.numeric && FLOATS.has(other.type)) || (rank >= 0 && rank < over)) return value;
  }
  return { taint: { taint: 'opaque' }, type: TYPE.unknown, label: null };
}

/** Whether comparing the two may fail for some of their values, be it by a cast that nobody wrote. */
export function mayFailComparing(left: Operand, right: Operand): boolean {
  const [a, b] = [left.value, right.value];
  // rows that are written out are compared part by part
  if (a.parts && b.parts)
    return a.parts.some((part, at) => {
      const other = b.parts?.[at];
      return other === undefined || mayFailComparing(part, other);
    });
  if (isConstant(left)) return !isConstant(right) && !isComparable(b.type);
  if (isConstant(right)) return !isComparable(a.type);
  if (isParameter(left) || isParameter(right)) {
    const value = isParameter(left) ? b : a;
    return !besideParameter(value.type) && !MOMENTS.has(value.type) && !isWithinReach(value);
  }
  if (MOMENTS.has(a.type) && MOMENTS.has(b.type)) return false;
  if (TEXTS.has(a.type) || TEXTS.has(b.type)) return false;
  if (!isComparable(a.type) || !isComparable(b.type)) return true;
  return !areSiblings(a.type, b.type) && !isWithinReach(castOf(a, b));
}

/** The same of one value and each item of a list, an array, or what a query gives. */
export function mayFailAmong(left: Operand, items: readonly Operand[]): boolean {
  if (items.some((item) => mayFailComparing(left, item))) return true;
  return left.value.parts === undefined && mayFailTogether([left, ...items]);
}

/** The same of one value and the elements of an array. */
export function mayFailAnywhere(left: Operand, array: Operand): boolean {
  const { value } = array;
  if (value.parts) return mayFailAmong(left, value.parts);
  if (isConstant(array) || isParameter(array)) return mayFailComparing(left, array);
  const element = ELEMENTS.get(value.type);
  if (element === undefined) return true;
  return mayFailComparing(left, { value: { ...value, type: element }, node: undefined });
}

const SELECTIONS: ReadonlySet<string> = new Set('-> ->> #> #>> ? ?| ?&'.split(' '));
const CONTAINMENTS: ReadonlySet<string> = new Set(['@>', '<@', '&&']);

/** Whether an operator that is no comparison fails for no value of these types; null: it is another one. */
export function isSafeOperator(name: string, left: Operand, right: Operand): boolean | null {
  // a text of JSON may hold what no text of the server can
  if (SELECTIONS.has(name)) return left.value.type === TYPE.jsonb;
  if (name === '^@') return [left, right].every((side) => isText(side.value.type) || isParameter(side));
  if (!CONTAINMENTS.has(name)) return null;
  return [left, right].some(({ value: { type } }) => type === TYPE.jsonb || RANGES.has(type) || ELEMENTS.has(type));
}
