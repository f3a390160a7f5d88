import type { Node } from '@pgsql/types';
import { expandStar, itemNamed, resolveColumn } from './columns.js';
import { noteOracle } from './oracles.js';
import { Refused, refusals } from './refusals.js';
import { holding, ROWS } from './row-types.js';
import { chosen, classesOf, computed } from './taint.js';
import { isText, TYPE } from './total.js';
import type { Field, Scope, Tracer, Value } from './tracer.js';
import { CLEAN, columnLabel } from './tracer.js';
import { bodyOf, nodeParts, onlyFields, stringsOf } from './tree.js';

/** A value that carries nothing. */
export function cleanValue(type: number = TYPE.unknown): Value {
  return { taint: CLEAN, type, label: null };
}

/** What is computed from values. */
export function computedValue(tracer: Tracer, values: readonly Value[], type: number = TYPE.unknown): Value {
  return {
    taint: computed(
      tracer,
      values.map(({ taint }) => taint),
    ),
    type,
    label: labelOf(values),
  };
}

const NUMBERS: ReadonlySet<number> = new Set([TYPE.int2, TYPE.int4, TYPE.int8, TYPE.numeric]);

/** Whether a value is what it is alone also among values of the other type: as a moment of a time zone a date has other parts. */
function staysItself(type: number, other: number): boolean {
  if (isText(type) || other === TYPE.text) return true;
  if (type === other) return type !== TYPE.unknown;
  const isFloat = type === TYPE.float4 || type === TYPE.float8;
  return NUMBERS.has(other)
    ? NUMBERS.has(type) || isFloat
    : isFloat && (other === TYPE.float4 || other === TYPE.float8);
}

/** One of several values as it was. */
export function chosenValue(tracer: Tracer, values: readonly Value[]): Value {
  const [type = TYPE.unknown, ...more] = new Set(values.map((value) => value.type));
  const stay = values.every(
    (value, at) =>
      isClean(value) || values.every((other, place) => place === at || staysItself(value.type, other.type)),
  );
  const join = stay ? chosen : computed;
  return {
    taint: join(
      tracer,
      values.map(({ taint }) => taint),
    ),
    type: more.length === 0 ? type : holding(values, TYPE.unknown),
    label: labelOf(values),
  };
}

export function labelOf(values: readonly { readonly label: string | null }[]): string | null {
  return values.find(({ label }) => label !== null)?.label ?? null;
}

export function isClean(value: Value): boolean {
  return value.taint.taint === 'clean';
}

/** Whether the value may be null by nothing but a null in the table: whether it is, is told. */
export function isNullAsStored(value: Value): boolean {
  return value.taint.taint === 'column' || value.taint.taint === 'definition';
}

/**
 * Notes the use of protected values in a computation that may fail for some of them, take its time or have an effect, and of clean
 * ones that such things may happen at all.
 */
export function noteEvaluation(tracer: Tracer, values: readonly Value[], use: string): void {
  tracer.findings.partial += 1;
  noteOracle(tracer, 'evaluation', values, (column) => refusals.uses(use, column));
}

/** Uses a column inside an expression. */
export function fieldValue(tracer: Tracer, field: Field, use: string): Value {
  const { taint } = field;
  if (taint.taint === 'blocked') throw new Refused(refusals.blockedColumn(taint.label));
  if (field.plainOnly !== null) throw new Refused(refusals.plainOnly(use, field.plainOnly));
  const type = field.type ?? TYPE.unknown;
  if (taint.taint === 'clean') return cleanValue(type);
  tracer.findings.touches = true;
  // a definition is no row of anybody
  if (taint.taint !== 'definition') for (const name of classesOf(tracer, taint)) tracer.findings.reads.add(name);
  return {
    taint,
    type,
    label: taint.taint === 'column' ? columnLabel(tracer, taint) : (field.label ?? null),
    ordered: field.ordered === true,
  };
}

/** Types inside of which no text of JSON hides. */
const PLAIN_TYPE_END = 16384;
const JSON_TYPES: ReadonlySet<number> = new Set([TYPE.unknown, TYPE.json, 199]);

export function rowValue(tracer: Tracer, fields: readonly Field[]): Value {
  const values = fields.map((field) => fieldValue(tracer, field, 'A reference to whole rows'));
  const plain = values.every(({ type }) => type < PLAIN_TYPE_END && !JSON_TYPES.has(type));
  return computedValue(tracer, values, plain ? TYPE.record : ROWS);
}

/** The fields of a reference to whole rows in the spellings `t`, `t.*` and `*`; null when it is something else. */
export function wholeRow(tracer: Tracer, node: Node | undefined, scope: Scope): readonly Field[] | null {
  const ref = bodyOf(node, 'ColumnRef');
  if (!ref) return null;
  const fields = ref.fields ?? [];
  const star = fields.at(-1) !== undefined && nodeParts(fields.at(-1))[0] === 'A_Star';
  const names = stringsOf(star ? fields.slice(0, -1) : fields);
  if (!names) throw new Refused(refusals.unknownNode('column reference'));
  if (star) return expandStar(tracer, scope, names);
  const meaning = resolveColumn(tracer, scope, names);
  return meaning.kind === 'row' ? meaning.item.fields : null;
}

/**
 * The field that `(row).name` is, when `row` are the whole rows of one relation of the query: the server reads it as the column itself.
 */
export function selectedField(tracer: Tracer, node: Node | undefined, scope: Scope): Field | null {
  const selection = bodyOf(node, 'A_Indirection');
  if (!selection) return null;
  onlyFields('A_Indirection', selection, ['arg', 'indirection']);
  const [name, ...more] = stringsOf(selection.indirection) ?? [];
  const ref = bodyOf(selection.arg, 'ColumnRef');
  if (name === undefined || more.length > 0 || !ref) return null;
  const row = wholeRow(tracer, selection.arg, scope);
  if (!row || isUncertain(selection.arg, scope)) return null;
  const named = row.filter((field) => field.name === name);
  if (named.length > 1) throw new Refused(refusals.ambiguousColumn(name));
  // a function of the row in the notation of a column
  if (!named[0]) throw new Refused(refusals.unresolvedColumn(name));
  return named[0];
}

/** The names of its columns are not certain, or it is `*` of several relations. */
function isUncertain(node: Node | undefined, scope: Scope): boolean {
  const words = (bodyOf(node, 'ColumnRef')?.fields ?? []).flatMap((field) => bodyOf(field, 'String')?.sval ?? []);
  const name = words.at(-1);
  return name === undefined || itemNamed(scope, name)?.uncertain !== false;
}

/** What may be learned of whether `node` is null. */
export function nullness(tracer: Tracer, node: Node | undefined, scope: Scope, type: number): Value {
  const row = wholeRow(tracer, node, scope);
  const values = row
    ? row.map((field) => fieldValue(tracer, field, 'A reference to whole rows'))
    : [tracer.value(tracer, node, scope)];
  return values.every((value) => isClean(value) || isNullAsStored(value))
    ? cleanValue(type)
    : computedValue(tracer, values, type);
}
