import type { FuncCall, Node, WindowDef } from '@pgsql/types';
import { allowedFunctions, traceAllowedCall } from './allowed-calls.js';
import { chosenValue, cleanValue, computedValue, isClean, noteEvaluation, nullness } from './values.js';
import { printsDefinition } from './definition-functions.js';
import { definitionPart, definitionsArray, definitionValue } from './definition-values.js';
import { CONSTANT_ARGUMENTS, requireListedFunction } from './functions.js';
import { noteGuesses, noteOracle } from './oracles.js';
import { Refused, refusals } from './refusals.js';
import { mayGrow } from './growth.js';
import { mayFailComparing, mayFailTogether } from './implicit-casts.js';
import { holding, isRowType } from './row-types.js';
import { requireAllowedSetting } from './settings.js';
import { classesOf } from './taint.js';
import { CARRIERS, CHOOSING, isTotalCall, neverFails, resultType, TYPE } from './total.js';
import type { Scope, Tracer, Value } from './tracer.js';
import { bodyOf, nodeParts, onlyFields } from './tree.js';

const CALL_FIELDS = (
  'funcname args agg_order agg_filter over agg_within_group agg_star agg_distinct func_variadic ' +
  'funcformat location'
).split(' ');

/** Constants beside a protected value in these say how it is written, and are no guesses at it. */
const SHAPING: ReadonlySet<string> = new Set(
  (
    'extract date_part date_trunc to_char format json_build_object jsonb_build_object json_build_array jsonb_build_array concat ' +
    'concat_ws string_agg encode left right substr substring lpad rpad round trunc split_part array_to_string'
  ).split(' '),
);

/** Functions that tell of nothing but whether their arguments are null. */
const COUNTING_NULLS: ReadonlySet<string> = new Set(['num_nulls', 'num_nonnulls']);

/** Functions that compare values. */
const COMPARING: ReadonlySet<string> = new Set(['min', 'max', 'mode', 'percentile_disc']);

/** The expressions of a sort clause. */
export function sortKeys(nodes: readonly Node[] | undefined): Node[] {
  return (nodes ?? []).flatMap((node) => {
    const sort = bodyOf(node, 'SortBy');
    if (!sort) throw new Refused(refusals.unknownNode(nodeParts(node)[0]));
    onlyFields('SortBy', sort, ['node', 'sortby_dir', 'sortby_nulls', 'location']);
    return sort.node ? [sort.node] : [];
  });
}

/** A window: what it compares to order and to part the rows is noted. */
export function traceWindow(tracer: Tracer, window: WindowDef, scope: Scope): void {
  onlyFields('WindowDef', window, [
    'partitionClause',
    'orderClause',
    'startOffset',
    'endOffset',
    'name',
    'refname',
    'frameOptions',
    'location',
  ]);
  const uses = (column: string): ReturnType<(typeof refusals)['uses']> => refusals.uses('A window', column);
  const valuesOf = (nodes: readonly Node[] | undefined): Value[] =>
    (nodes ?? []).map((node) => tracer.value(tracer, node, scope));
  noteOracle(tracer, 'grouping', valuesOf(window.partitionClause), uses);
  noteOracle(tracer, 'ordering', valuesOf(sortKeys(window.orderClause)), uses);
  if (window.startOffset || window.endOffset) {
    const offsets = [window.startOffset, window.endOffset].map((node) => tracer.value(tracer, node, scope));
    noteEvaluation(tracer, offsets, 'A window');
  }
}

/** The FILTER of an aggregate chooses rows, as a condition does. */
export function traceFilter(tracer: Tracer, filter: Node | undefined, scope: Scope): void {
  if (filter) noteOracle(tracer, 'predicate', [tracer.value(tracer, filter, scope)], refusals.predicate);
}

function requireConstant(node: Node, name: string): void {
  const cast = bodyOf(node, 'TypeCast');
  if (!bodyOf(cast?.arg ?? node, 'A_Const')) throw new Refused(refusals.constantArguments(name));
}

/** asyncpg writes back what it has read, around each look at types. */
const SET_BY_PARAMETER: ReadonlySet<string> = new Set(['jit']);

function requireConstants(name: string, args: readonly Node[]): void {
  if (!CONSTANT_ARGUMENTS.has(name)) return;
  const setting = bodyOf(args[0], 'A_Const')?.sval?.sval ?? '';
  for (const [at, argument] of args.entries())
    if (at !== 1 || !bodyOf(argument, 'ParamRef') || !SET_BY_PARAMETER.has(setting)) requireConstant(argument, name);
  requireAllowedSetting(setting);
}

/** What is aggregated: the arguments, and in WITHIN GROUP what is ordered. Any other order inside of an aggregate is noted. */
function tracedArguments(
  tracer: Tracer,
  call: FuncCall,
  scope: Scope,
  use: string,
): { values: Value[]; nodes: Node[] } {
  const keys = sortKeys(call.agg_order);
  const nodes = call.agg_within_group ? [...keys, ...(call.args ?? [])] : [...(call.args ?? [])];
  const values = nodes.map((node) => tracer.value(tracer, node, scope));
  const uses = (column: string): ReturnType<(typeof refusals)['uses']> => refusals.uses(use, column);
  if (!call.agg_within_group)
    noteOracle(
      tracer,
      'ordering',
      keys.map((node) => tracer.value(tracer, node, scope)),
      uses,
    );
  if (call.agg_distinct) noteOracle(tracer, 'grouping', values, uses);
  return { values, nodes };
}

/** A call of a listed function, aggregate or window function, or of a function of users that is allowed. */
export function traceCall(tracer: Tracer, call: FuncCall, scope: Scope): Value {
  const allowed = allowedFunctions(tracer.context, call);
  if (allowed !== null) return traceAllowedCall(tracer, call, allowed, scope);
  onlyFields('FuncCall', call, CALL_FIELDS);
  const name = requireListedFunction(tracer.context, call);
  if (printsDefinition(name)) return definitionValue(tracer, call, name, scope);
  const use = `The function ${name}`;
  requireConstants(name, call.args ?? []);
  traceFilter(tracer, call.agg_filter, scope);
  if (call.over) traceWindow(tracer, call.over, scope);
  const plain = !call.agg_within_group && !call.func_variadic;
  if (plain && !call.agg_distinct && isNullCount(call, name)) return nullCount(tracer, call, scope);
  const { values, nodes } = tracedArguments(tracer, call, scope, use);
  const carried = values.find((value) => !isClean(value));
  if (carried && CARRIERS.has(name)) throw new Refused(refusals.uses(use, carried.label ?? 'of a definition'));
  const positional = plain || call.agg_within_group;
  const named = nodes.some((node) => bodyOf(node, 'NamedArgExpr'));
  const type = name === 'array_agg' ? holding(values, TYPE.unknown) : resultType(name, values);
  // rows that are compared, and what takes any memory or time
  const may =
    mayGrow(name, nodes, values) || (COMPARING.has(name) && incomparable(values)) || mixes(name, values, nodes);
  if (!carried) {
    if (may || !neverFails(name, values, nodes)) tracer.findings.partial += 1;
    return cleanValue(type);
  }
  const definition = name === 'array_agg' ? definitionsArray(values) : definitionPart(name, values, nodes);
  if (definition) return definition;
  if (may || !positional || named || !isTotalCall(name, values, nodes)) noteEvaluation(tracer, values, use);
  else if (!neverFails(name, values, nodes)) tracer.findings.partial += 1;
  if (!SHAPING.has(name)) noteGuesses(tracer, nodes, scope, classesOf(tracer, computedValue(tracer, values).taint)[0]);
  if (call.agg_distinct && name === 'count') return cleanValue(TYPE.int8);
  if (CHOOSING.has(name)) return chosenOf(tracer, name, values);
  return computedValue(tracer, values, type);
}

/** Values of which two may fail to be compared. */
function incomparable(values: readonly Value[]): boolean {
  const [value] = values;
  const operand = value && { value, node: undefined };
  return values.some(({ type }) => isRowType(type)) || (operand !== undefined && mayFailComparing(operand, operand));
}

/** lag and lead make one type of what they give and what stands in for it. */
function mixes(name: string, values: readonly Value[], nodes: readonly Node[]): boolean {
  if (name !== 'lag' && name !== 'lead') return false;
  const [value, , other] = values;
  return (
    value !== undefined &&
    other !== undefined &&
    mayFailTogether([
      { value, node: nodes[0] },
      { value: other, node: nodes[2] },
    ])
  );
}

/** Of the values of the first argument one as it was, or the default of lag and lead; which one is told by clean numbers alone. */
function chosenOf(tracer: Tracer, name: string, values: readonly Value[]): Value {
  const [first, second, third] = values;
  if (second && !isClean(second)) return computedValue(tracer, values, resultType(name, values));
  return chosenValue(
    tracer,
    [first, third].filter((value) => value !== undefined),
  );
}

function isNullCount(call: FuncCall, name: string): boolean {
  if (COUNTING_NULLS.has(name)) return true;
  return name === 'count' && call.args?.length === 1 && !call.agg_order;
}

function nullCount(tracer: Tracer, call: FuncCall, scope: Scope): Value {
  const values = (call.args ?? []).map((node) => nullness(tracer, node, scope, TYPE.int8));
  return computedValue(tracer, values, TYPE.int8);
}
