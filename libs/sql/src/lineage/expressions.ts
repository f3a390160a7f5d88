import type { CaseExpr, ColumnRef, Node, TypeCast } from '@pgsql/types';
import { traceCall } from './calls.js';
import { resolveColumn } from './columns.js';
import { mayFailComparing, mayFailTogether, type Operand } from './implicit-casts.js';
import { traceJson } from './json-expressions.js';
import { PLAIN_NODES } from './node-kinds.js';
import { operatorValue } from './operator-values.js';
import { requireOperator } from './operators.js';
import { noteGuesses } from './oracles.js';
import { Refused, refusals } from './refusals.js';
import { holding, isRowType, listItems, listType, ROWS, rowType } from './row-types.js';
import { traceSubLink } from './sublinks.js';
import { classesOf, unnamed } from './taint.js';
import { isScalar, isTotalCast, keepsValue, TYPE, typeNamed } from './total.js';
import type { Scope, Tracer, Value } from './tracer.js';
import { bodyOf, isFields, nodeParts, onlyFields, stringsOf } from './tree.js';
import { requireHarmlessType } from './types.js';
import {
  chosenValue,
  cleanValue,
  computedValue,
  fieldValue,
  isClean,
  isNullAsStored,
  noteEvaluation,
  nullness,
  rowValue,
  selectedField,
  wholeRow,
} from './values.js';

function columnValue(tracer: Tracer, ref: ColumnRef, scope: Scope): Value {
  const row = wholeRow(tracer, { ColumnRef: ref }, scope);
  if (row) return rowValue(tracer, row);
  const names = stringsOf(ref.fields) ?? [];
  const meaning = resolveColumn(tracer, scope, names);
  if (meaning.kind === 'row') return rowValue(tracer, meaning.item.fields);
  return fieldValue(tracer, meaning.field, 'An expression');
}

function castValue(tracer: Tracer, cast: TypeCast, scope: Scope): Value {
  onlyFields('TypeCast', cast, ['arg', 'typeName', 'location']);
  requireHarmlessType(tracer.context, cast.typeName);
  const value = tracer.value(tracer, cast.arg, scope);
  const type = typeNamed(cast.typeName);
  if (!bodyOf(cast.arg, 'A_Const') && !isTotalCast(value.type, type, cast.typeName))
    noteEvaluation(tracer, [value], 'A cast');
  if (isClean(value)) return cleanValue(type);
  if (keepsValue(value.type, type, cast.typeName)) return { ...value, taint: unnamed(value.taint), type };
  return computedValue(tracer, [value], type);
}

/**
 * A CASE: what its conditions decide is as protected as they are; what runs or not because of them must be unable to tell by failing.
 */
function caseValue(tracer: Tracer, body: CaseExpr, scope: Scope): Value {
  onlyFields('CaseExpr', body, ['arg', 'args', 'defresult', 'location']);
  if (body.arg) requireOperator(tracer.context, '=');
  const { findings } = tracer;
  const subject = body.arg ? [tracer.value(tracer, body.arg, scope)] : [];
  const conditions: Value[] = [...subject];
  const results: Value[] = [];
  const guards: Node[] = [];
  const branches: (Node | undefined)[] = [];
  // the first condition always runs: what comes after it runs only by its answer
  let before: number | null = null;
  for (const node of body.args ?? []) {
    const when = bodyOf(node, 'CaseWhen');
    if (!when) throw new Refused(refusals.unknownNode(nodeParts(node)[0]));
    onlyFields('CaseWhen', when, ['expr', 'result', 'location']);
    const condition = tracer.value(tracer, when.expr, scope);
    if (body.arg && isRowType(condition.type)) noteEvaluation(tracer, [...subject, condition], 'CASE');
    for (const value of subject)
      if (mayFailComparing({ value, node: body.arg }, { value: condition, node: when.expr }))
        noteEvaluation(tracer, [value, condition], 'CASE');
    conditions.push(condition);
    if (when.expr) guards.push(when.expr);
    before ??= findings.partial;
    results.push(tracer.value(tracer, when.result, scope));
    branches.push(when.result);
  }
  if (subject.some(({ type }) => isRowType(type))) noteEvaluation(tracer, conditions, 'CASE');
  if (body.defresult) results.push(tracer.value(tracer, body.defresult, scope));
  noteOneType(tracer, [...branches, body.defresult], results, 'CASE');
  noteBeside(tracer, [...branches, body.defresult], results, scope);
  if (conditions.every(isClean)) return chosenValue(tracer, results);
  if (findings.partial > (before ?? findings.partial)) noteEvaluation(tracer, conditions, 'CASE');
  if (subject.some((value) => !isClean(value)))
    noteGuesses(tracer, guards, scope, classesOf(tracer, computedValue(tracer, conditions).taint)[0]);
  const chosenResult = chosenValue(tracer, results);
  return computedValue(tracer, [...conditions, ...results], chosenResult.type);
}

/** What a constant stands in for may be known: where protected values come beside it, it is noted like a guess at them. */
function noteBeside(
  tracer: Tracer,
  nodes: readonly (Node | undefined)[],
  values: readonly Value[],
  scope: Scope,
): void {
  const [className] = classesOf(tracer, computedValue(tracer, values).taint);
  if (className === undefined) return;
  const beside = nodes.filter((_, position) => values[position] && isClean(values[position]));
  noteGuesses(tracer, beside, scope, className);
}

/** What becomes one value becomes one type: the casts that nobody wrote may fail. */
function noteOneType(
  tracer: Tracer,
  nodes: readonly (Node | undefined)[],
  values: readonly Value[],
  use: string,
): void {
  const operands = values.map((value, at): Operand => ({ value, node: nodes[at] }));
  if (mayFailTogether(operands)) noteEvaluation(tracer, values, use);
}

/** Parts of which later ones run only by the answer of earlier ones. */
function sequentialValues(
  tracer: Tracer,
  nodes: readonly Node[] | undefined,
  scope: Scope,
  use: string,
  decides: (value: Value) => boolean,
): Value[] {
  const values: Value[] = [];
  let partial = false;
  for (const node of nodes ?? []) {
    const before = tracer.findings.partial;
    values.push(tracer.value(tracer, node, scope));
    partial ||= tracer.findings.partial > before;
  }
  // their order is the planner's
  if (partial && values.some(decides)) noteEvaluation(tracer, values.filter(decides), use);
  return values;
}

function coalesced(tracer: Tracer, nodes: readonly Node[] | undefined, scope: Scope): Value {
  const decides = (value: Value): boolean => !isClean(value) && !isNullAsStored(value);
  const values = sequentialValues(tracer, nodes, scope, 'COALESCE', decides);
  const before = tracer.findings.partial;
  noteOneType(tracer, nodes ?? [], values, 'COALESCE');
  if (tracer.findings.partial > before) noteEvaluation(tracer, values.filter(decides), 'COALESCE');
  noteBeside(tracer, nodes ?? [], values, scope);
  const value = chosenValue(tracer, values);
  return values.some(decides) ? computedValue(tracer, values, value.type) : value;
}

/** Whether a value is null: of a column as it is stored that is told, of anything else it may tell more. */
function nullTestValue(tracer: Tracer, argument: Node | undefined, scope: Scope): Value {
  return nullness(tracer, argument, scope, TYPE.bool);
}

/** Whether values of the type cannot be compared with one another, so that the largest is not found. */
function incomparable(nodes: readonly Node[], values: readonly Value[]): boolean {
  return values.some((value, at) => mayFailComparing({ value, node: nodes[at] }, { value, node: undefined }));
}

function arrayValue(tracer: Tracer, nodes: readonly Node[], scope: Scope): Value {
  const values = nodes.map((each) => tracer.value(tracer, each, scope));
  const rows = values.some(({ type }) => isRowType(type));
  if (values.some((value) => !isClean(value) && !isScalar(value.type))) noteEvaluation(tracer, values, 'ARRAY');
  // arrays in an array have to be of one size
  else if (values.some(({ type }) => !isScalar(type))) tracer.findings.partial += 1;
  noteOneType(tracer, nodes, values, 'ARRAY');
  return { ...computedValue(tracer, values, rows ? ROWS : TYPE.unknown), parts: partsOf(nodes, values) };
}

function partsOf(nodes: readonly Node[], values: readonly Value[]): readonly Operand[] {
  return values.map((value, at) => ({ value, node: nodes[at] }));
}

/**
 * What an expression carries. Protected values make it `derived`; uses in it by which its author could learn of them are noted.
 * @throws Refused for every node, function, operator and type that is not listed, and names that mean nothing that is known
 */
export function traceExpression(tracer: Tracer, node: Node | undefined, scope: Scope): Value {
  if (node === undefined || node === null) return cleanValue();
  if (tracer.context.index.castsBetweenBuiltIns) throw new Refused(refusals.builtInCasts());
  if ((tracer.findings.budget -= 1) < 0) throw new Refused(refusals.tooLong());
  const [kind, fields] = nodeParts(node);
  const body = fields as never;
  switch (kind) {
    case 'ColumnRef':
      return columnValue(tracer, body, scope);
    case 'A_Expr':
      return operatorValue(tracer, body, scope);
    case 'FuncCall':
      return traceCall(tracer, body, scope);
    case 'SubLink':
      return traceSubLink(tracer, body, scope);
    case 'TypeCast':
      return castValue(tracer, body, scope);
    case 'CaseExpr':
      return caseValue(tracer, body, scope);
    case 'A_Indirection': {
      const field = selectedField(tracer, node, scope);
      return field ? fieldValue(tracer, field, 'A field selection') : partsValue(tracer, node, kind, fields, scope);
    }
    case 'NullTest':
      onlyFields(kind, fields, ['arg', 'nulltesttype', 'argisrow', 'location']);
      return nullTestValue(tracer, bodyOf(node, 'NullTest')?.arg, scope);
    case 'BoolExpr': {
      onlyFields(kind, fields, ['args', 'boolop', 'location']);
      const values = sequentialValues(
        tracer,
        bodyOf(node, 'BoolExpr')?.args,
        scope,
        'AND or OR',
        (value) => !isClean(value),
      );
      return computedValue(tracer, values, TYPE.bool);
    }
    case 'CoalesceExpr':
      onlyFields(kind, fields, ['args', 'location']);
      return coalesced(tracer, bodyOf(node, 'CoalesceExpr')?.args, scope);
    case 'MinMaxExpr': {
      onlyFields(kind, fields, ['args', 'op', 'location']);
      const args = bodyOf(node, 'MinMaxExpr')?.args ?? [];
      const values = args.map((each) => tracer.value(tracer, each, scope));
      noteBeside(tracer, args, values, scope);
      if (values.some(({ type }) => isRowType(type))) noteEvaluation(tracer, values, 'GREATEST or LEAST');
      noteOneType(tracer, args, values, 'GREATEST or LEAST');
      if (incomparable(args, values)) noteEvaluation(tracer, values, 'GREATEST or LEAST');
      return computedValue(tracer, values, chosenValue(tracer, values).type);
    }
    case 'A_ArrayExpr':
      onlyFields(kind, fields, ['elements', 'location', 'list_start', 'list_end']);
      return arrayValue(tracer, bodyOf(node, 'A_ArrayExpr')?.elements ?? [], scope);
    case 'GroupingFunc':
      // tells which columns a row is grouped by, none of their values
      onlyFields(kind, fields, ['args', 'location']);
      for (const each of bodyOf(node, 'GroupingFunc')?.args ?? []) tracer.value(tracer, each, scope);
      return cleanValue(TYPE.int4);
    case 'XmlSerialize': {
      onlyFields(kind, fields, ['xmloption', 'expr', 'typeName', 'indent', 'location']);
      const serialize = bodyOf(node, 'XmlSerialize');
      requireHarmlessType(tracer.context, serialize?.typeName);
      const value = tracer.value(tracer, serialize?.expr, scope);
      noteEvaluation(tracer, [value], 'XMLSERIALIZE');
      return computedValue(tracer, [value]);
    }
    default:
      return traceJson(tracer, node, kind, scope) ?? partsValue(tracer, node, kind, fields, scope);
  }
}

const CONSTANT_TYPES: Readonly<Record<string, number>> = {
  sval: TYPE.text,
  ival: TYPE.int4,
  fval: TYPE.numeric,
  boolval: TYPE.bool,
  // NULL takes what type it meets, as texts do
  isnull: TYPE.text,
};

function partsValue(
  tracer: Tracer,
  node: Node,
  kind: string,
  body: Readonly<Record<string, unknown>>,
  scope: Scope,
): Value {
  const known = PLAIN_NODES.get(kind);
  if (!known) throw new Refused(refusals.unknownNode(kind));
  onlyFields(kind, body, [...known.parts, ...known.plain]);
  if (kind === 'A_Const') return cleanValue(CONSTANT_TYPES[Object.keys(body)[0] ?? ''] ?? TYPE.unknown);
  const values: Value[] = [];
  const nodes: Node[] = [];
  for (const part of known.parts) {
    const parts: unknown = body[part] ?? [];
    for (const each of Array.isArray(parts) ? (parts as unknown[]) : [parts]) {
      if (!isFields(each)) throw new Refused(refusals.unknownNode(`${kind}.${part}`));
      // the words of a field selection `(row).field` are String and A_Star nodes
      if (kind === 'A_Indirection' && nodeParts(each)[0] === 'A_Star') continue;
      nodes.push(each as unknown as Node);
      values.push(tracer.value(tracer, each as unknown as Node, scope));
    }
  }
  if (known.partial) noteEvaluation(tracer, values, known.use ?? kind);
  if (kind === 'CollateClause') return computedValue(tracer, values, values[0]?.type);
  const value = computedValue(tracer, values, typeOfParts(node, kind, values) ?? known.type);
  return kind === 'RowExpr' || kind === 'List' ? { ...value, parts: partsOf(nodes, values) } : value;
}

function clockType(operation: string | undefined): number {
  if (operation === 'SVFOP_CURRENT_DATE') return TYPE.date;
  return operation?.startsWith('SVFOP_CURRENT_TIMESTAMP') ? TYPE.timestamptz : TYPE.unknown;
}

/** Where rows are, they are known: to compare them may fail. */
function typeOfParts(node: Node, kind: string, values: readonly Value[]): number | undefined {
  if (kind === 'SQLValueFunction') return clockType(bodyOf(node, 'SQLValueFunction')?.op);
  if (kind === 'RowExpr') return rowType(values);
  if (kind === 'List') return listType(listItems(node), values);
  return kind === 'A_Indirection' ? holding(values, TYPE.unknown) : undefined;
}

/**
 * Proves that an expression carries nothing protected.
 * @param use the construct around it, as the refusal names it
 * @throws Refused otherwise
 */
export function cleanExpression(tracer: Tracer, node: Node | undefined, scope: Scope, use: string): void {
  const value = tracer.value(tracer, node, scope);
  if (!isClean(value)) throw new Refused(refusals.uses(use, value.label ?? 'of a definition'));
}
