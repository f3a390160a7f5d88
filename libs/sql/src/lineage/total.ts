import type { Node, TypeName } from '@pgsql/types';
import type { Value } from './tracer.js';
import { bodyOf, stringsOf } from './tree.js';

/** OIDs of the built-in types that matter here. */
export const TYPE = {
  unknown: 0,
  bool: 16,
  bytea: 17,
  name: 19,
  int8: 20,
  int2: 21,
  int4: 23,
  text: 25,
  json: 114,
  float4: 700,
  float8: 701,
  bpchar: 1042,
  varchar: 1043,
  date: 1082,
  time: 1083,
  timestamp: 1114,
  timestamptz: 1184,
  interval: 1186,
  numeric: 1700,
  record: 2249,
  uuid: 2950,
  jsonb: 3802,
} as const;

const TEXTS: ReadonlySet<number> = new Set([TYPE.text, TYPE.varchar, TYPE.bpchar]);
const WHOLE: ReadonlySet<number> = new Set([TYPE.int2, TYPE.int4, TYPE.int8]);
const DAYS: ReadonlySet<number> = new Set([TYPE.date, TYPE.timestamp, TYPE.timestamptz]);
const KNOWN: ReadonlySet<number> = new Set<number>(Object.values(TYPE).filter((oid) => oid !== TYPE.unknown));

const TYPE_NAMES: ReadonlyMap<string, number> = new Map(Object.entries(TYPE).filter(([name]) => name !== 'record'));

/** The OID of a built-in type that a cast names, 0 for all others and for arrays. */
export function typeNamed(type: TypeName | undefined): number {
  if ((type?.arrayBounds ?? []).length > 0) return TYPE.unknown;
  return TYPE_NAMES.get(stringsOf(type?.names)?.at(-1) ?? '') ?? TYPE.unknown;
}

/** text, varchar and char: the same value in each. */
export function isText(type: number): boolean {
  return TEXTS.has(type);
}

/** A type that is known and no array: nothing of it has a shape that could fail to fit. */
export function isScalar(type: number): boolean {
  return KNOWN.has(type);
}

/** Pairs of types between which no value fails to be cast; `from` and `to` differ. */
const SAFE_CASTS: ReadonlySet<string> = new Set(
  [
    [TYPE.int2, TYPE.int4],
    [TYPE.int2, TYPE.int8],
    [TYPE.int4, TYPE.int8],
    ...[TYPE.int2, TYPE.int4, TYPE.int8].flatMap((from) =>
      [TYPE.numeric, TYPE.float4, TYPE.float8].map((to) => [from, to] as const),
    ),
    [TYPE.bool, TYPE.int4],
    [TYPE.int4, TYPE.bool],
    [TYPE.timestamp, TYPE.date],
    [TYPE.timestamp, TYPE.time],
    [TYPE.jsonb, TYPE.json],
  ].map((pair) => pair.join()),
);

/** Whether no value of type `from` can fail to be cast to `to`, as the cast is written. */
export function isTotalCast(from: number, to: number, written: TypeName | undefined): boolean {
  if (isText(to)) return true;
  if (to === TYPE.name) return isText(from);
  if ((written?.typmods ?? []).length > 0) return false;
  return to !== TYPE.unknown && (from === to || SAFE_CASTS.has(`${from},${to}`));
}

/** Whether the cast gives the very value: none, or between texts without a limit of length. */
export function keepsValue(from: number, to: number, written: TypeName | undefined): boolean {
  if ((written?.typmods ?? []).length > 0) return false;
  return (from === to && to !== TYPE.unknown) || (isText(from) && (to === TYPE.text || to === TYPE.varchar));
}

/** Operators of the server that fail for no value, have no effect, and give one value. */
const TOTAL_OPERATORS: ReadonlySet<string> = new Set(
  '= <> != < <= > >= -> ->> #> #>> ? ?| ?& @> <@ && ^@ BETWEEN'.split(' '),
);

/** LIKE in its four spellings: a pattern that ends in an escape fails once the text before it matches. */
const LIKE: ReadonlySet<string> = new Set(['~~', '!~~', '~~*', '!~~*']);

/** Operators that answer whether something is so: a constant beside a protected column is a guess. */
const CONSTRUCTIVE: ReadonlySet<string> = new Set(['||', '->', '->>', '#>', '#>>']);

/** Whether a constant beside a protected value in this operator is a guess at it. */
export function comparesValues(operator: string): boolean {
  return !CONSTRUCTIVE.has(operator);
}

/** Whether the operator fails for no value of its sides. */
export function isTotalOperator(name: string, left: Value | null, right: Value, rightNode: Node | undefined): boolean {
  if (TOTAL_OPERATORS.has(name)) return true;
  if (LIKE.has(name)) return isPlainPattern(rightNode);
  if (name !== '||' || left === null) return false;
  const sides = [left, right];
  const harmless = sides.every(({ taint, type }) => taint.taint === 'clean' || isScalar(type));
  return harmless && sides.some(({ type }) => isText(type));
}

function constantText(node: Node | undefined): string | null {
  const cast = bodyOf(node, 'TypeCast');
  return bodyOf(cast?.arg ?? node, 'A_Const')?.sval?.sval ?? null;
}

function isPlainPattern(node: Node | undefined): boolean {
  const pattern = constantText(node);
  return pattern !== null && !pattern.includes('\\');
}

type Judge = (args: readonly Value[], nodes: readonly Node[]) => boolean;

/** A column as the server names it: no other value came between. */
const isStored = ({ taint }: Value): boolean =>
  taint.taint === 'clean' || (taint.taint === 'column' && taint.anonymous !== true);
const clean = (value: Value | undefined): boolean => value === undefined || value.taint.taint === 'clean';
const others = (args: readonly Value[], ...except: readonly number[]): boolean =>
  args.every((value, position) => except.includes(position) || clean(value));
const isNumber = (type: number | undefined): boolean => WHOLE.has(type ?? 0) || type === TYPE.numeric;

const isDay = ({ type }: Value): boolean => DAYS.has(type);

const always: Judge = () => true;
/** Of what is no path or line: lengths of these may be too large. */
const alone: Judge = (args) => args.length < 2 && isScalar(args[0]?.type ?? 0);
const first: Judge = (args) => others(args, 0);
const firstText: Judge = (args) => others(args, 0) && isText(args[0]?.type ?? 0);
const firstTwo: Judge = (args) => others(args, 0, 1);
const scalars: Judge = (args) => args.every((value) => clean(value) || isScalar(value.type));
/** A text of JSON may hold what jsonb cannot. */
const parsed: Judge = (args) =>
  args.every((value) => clean(value) || (isScalar(value.type) && value.type !== TYPE.json));
/** Of a value that is jsonb already; further arguments say how. */
const firstJsonb: Judge = (args) => others(args, 0) && args[0]?.type === TYPE.jsonb;
/** Of numeric only values as they are stored: a constant put beside them could be as large as makes the result overflow. */
const number: Judge = (args) => {
  const [value] = args;
  if (value === undefined || !others(args, 0)) return clean(value);
  return WHOLE.has(value.type) || (value.type === TYPE.numeric && isStored(value));
};
const values: Judge = (args) => args.every((value, position) => position % 2 === 1 || clean(value));

/**
 * Of a date or time, with a constant that says which part or shape. More dates exist than moments, and none before the first moment to
 * round down to: of stored columns no more is told than whether any is that far away, a constant put beside them would tell of anything.
 */
const day: Judge = (args, nodes) => {
  const [, value] = args;
  return value !== undefined && others(args, 1) && isDay(value) && isStored(value) && constantText(nodes[0]) !== null;
};
const part: Judge = (args, nodes) => others(args, 1) && DAYS.has(args[1]?.type ?? 0) && constantText(nodes[0]) !== null;
const shaped: Judge = (args, nodes) => {
  const shape = constantText(nodes[1]);
  const [value] = args;
  if (shape === null || value === undefined || !others(args, 0)) return false;
  if (value.type === TYPE.date) return isStored(value);
  return isDay(value) || (isNumber(value.type) && !/v/iu.test(shape));
};
const formatted: Judge = (_, nodes) => /^(?:[^%]|%%|%(?:\d+\$)?[sL])*$/u.test(constantText(nodes[0]) ?? '%');

/**
 * Functions of the server that fail for no protected argument, have no effect, take no remarkable time, and give one value. What is
 * not here may do so: used on a protected value it is an oracle. Errors for want of memory are left aside.
 */
const TOTAL: ReadonlyMap<string, Judge> = new Map([
  ...each(
    'upper lower char_length character_length octet_length bit_length md5 sha224 sha256 sha384 sha512 reverse left right ' +
      'concat concat_ws replace translate strpos position starts_with initcap quote_literal quote_ident quote_nullable hashtext ' +
      'btrim ltrim rtrim text pg_typeof pg_column_size num_nulls num_nonnulls to_json row_to_json ' +
      'jsonb_typeof json_typeof jsonb_pretty cardinality array_length array_ndims isempty isfinite sign ' +
      'count min max bool_and bool_or every json_agg string_agg any_value mode rank dense_rank ' +
      'percent_rank cume_dist row_number first_value last_value like notlike texteq textcat json_build_array ' +
      'current_user session_user current_role current_schema current_database current_catalog user now statement_timestamp ' +
      'transaction_timestamp clock_timestamp timeofday version pg_backend_pid',
    always,
  ),
  ...each('array_agg array_to_json', scalars),
  ...each('to_jsonb jsonb_agg jsonb_build_array', parsed),
  ...each('substr substring lpad rpad', firstText),
  // the fraction may be none, and of bytes an encoding
  ...each('lag lead nth_value encode array_to_string percentile_disc pg_collation_for', first),
  ['length', alone],
  ...each('split_part', firstTwo),
  ...each('sum avg stddev stddev_pop stddev_samp variance var_pop var_samp percentile_cont', number),
  ...each('ceil ceiling floor round trunc scale', number),
  ...each('json_build_object json_object_agg', values),
  ...each('jsonb_build_object jsonb_object_agg', (args, nodes) => values(args, nodes) && parsed(args, nodes)),
  ['jsonb_strip_nulls', firstJsonb],
  ['extract', part],
  ...each('date_part date_trunc', day),
  ['to_char', shaped],
  ['format', formatted],
]);

function each(names: string, judge: Judge): [string, Judge][] {
  return names.split(' ').map((name) => [name, judge]);
}

/** Whether a call with these arguments, the protected ones among them whatever they are, gives one value and nothing else. */
export function isTotalCall(name: string, args: readonly Value[], nodes: readonly Node[]): boolean {
  if (name === 'like' || name === 'notlike') return isPlainPattern(nodes[1]) && clean(args[1]);
  return TOTAL.get(name)?.(args, nodes) === true;
}

/** Functions whose further arguments fail only where they are no small numbers. */
const COUNTED: ReadonlySet<Judge> = new Set([firstText, firstTwo, number]);

function isSmallNumber(node: Node | undefined): boolean {
  const constant = bodyOf(node, 'A_Const');
  const whole = constant?.ival ? (constant.ival.ival ?? 0) : null;
  return constant?.sval !== undefined || (whole !== null && whole > 0 && whole < 1000);
}

/** Whether a call fails for no argument at all: it may stand where a protected value decides whether it runs. */
export function neverFails(name: string, args: readonly Value[], nodes: readonly Node[]): boolean {
  const judge = TOTAL.get(name);
  if (name === 'like' || name === 'notlike' || judge === undefined) return false;
  return (
    judge === always ||
    (judge === alone && alone(args, nodes)) ||
    (COUNTED.has(judge) && judge(args, nodes) && nodes.slice(1).every(isSmallNumber))
  );
}

const RESULTS: ReadonlyMap<string, number> = new Map([
  ...typed(
    'upper lower md5 reverse left right concat concat_ws replace translate initcap quote_literal quote_ident quote_nullable btrim ' +
      'ltrim rtrim text substr substring lpad rpad encode array_to_string split_part to_char format string_agg',
    TYPE.text,
  ),
  ...typed(
    'length char_length character_length octet_length bit_length strpos position pg_column_size hashtext',
    TYPE.int4,
  ),
  ...typed('count', TYPE.int8),
  ...typed('now statement_timestamp transaction_timestamp clock_timestamp', TYPE.timestamptz),
  ...typed('extract', TYPE.numeric),
  ...typed('date_part', TYPE.float8),
  ...typed('starts_with bool_and bool_or every', TYPE.bool),
  ...typed('sha224 sha256 sha384 sha512', TYPE.bytea),
  ...typed('to_json row_to_json json_agg json_build_object json_build_array json_object_agg array_to_json', TYPE.json),
  ...typed('to_jsonb jsonb_agg jsonb_build_object jsonb_build_array jsonb_object_agg jsonb_strip_nulls', TYPE.jsonb),
]);

function typed(names: string, type: number): [string, number][] {
  return names.split(' ').map((name) => [name, type]);
}

/** Functions whose result is of the type of their first argument. */
const SAME_AS_FIRST: ReadonlySet<string> = new Set(
  'min max any_value first_value last_value nth_value lag lead mode percentile_disc'.split(' '),
);

/** The type of a call's result, 0 where it is not known here. */
export function resultType(name: string, args: readonly Value[]): number {
  if (SAME_AS_FIRST.has(name)) return args[0]?.type ?? TYPE.unknown;
  if ((name === 'upper' || name === 'lower' || name === 'substring') && !isText(args[0]?.type ?? TYPE.unknown))
    return TYPE.unknown;
  return RESULTS.get(name) ?? TYPE.unknown;
}

/** Functions that give one of the values of their first argument as it was, chosen by order or not at all. */
export const CHOOSING: ReadonlySet<string> = new Set('any_value first_value last_value nth_value lag lead'.split(' '));

/** Functions that leave their arguments where other sessions or later statements find them: a protected value is never among these. */
export const CARRIERS: ReadonlySet<string> = new Set(
  (
    'set_config setseed setval nextval currval pg_advisory_lock pg_advisory_lock_shared pg_advisory_unlock ' +
    'pg_advisory_unlock_shared pg_advisory_xact_lock pg_advisory_xact_lock_shared pg_try_advisory_lock ' +
    'pg_try_advisory_lock_shared pg_try_advisory_xact_lock pg_try_advisory_xact_lock_shared'
  ).split(' '),
);
