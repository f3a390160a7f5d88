import type { JsonAggConstructor, JsonArrayAgg, JsonObjectAgg, JsonOutput, JsonValueExpr, Node } from '@pgsql/types';
import { sortKeys, traceFilter, traceWindow } from './calls.js';
import { computedValue, isClean, noteEvaluation } from './values.js';
import { noteOracle } from './oracles.js';
import { Refused, refusals } from './refusals.js';
import { isScalar, TYPE, typeNamed } from './total.js';
import type { Scope, Tracer, Value } from './tracer.js';
import { bodyOf, isFields, onlyFields } from './tree.js';
import { requireHarmlessType } from './types.js';

const JSON_TYPES: ReadonlySet<number> = new Set([TYPE.json, TYPE.text, TYPE.varchar]);

/** RETURNING: the constructors' own type is json. @returns the type */
function outputType(tracer: Tracer, output: JsonOutput | undefined): number {
  if (!output) return TYPE.json;
  onlyFields('JsonOutput', output, ['typeName', 'returning']);
  const { returning } = output;
  if (returning) {
    onlyFields('JsonReturning', returning, ['format']);
    requireFormat(returning.format);
  }
  if (!output.typeName) return TYPE.json;
  requireHarmlessType(tracer.context, output.typeName);
  return (output.typeName.typmods ?? []).length > 0 ? TYPE.unknown : typeNamed(output.typeName);
}

function requireFormat(format: object | undefined): void {
  if (format) onlyFields('JsonFormat', format, ['format_type', 'encoding', 'location']);
}

function formattedValue(tracer: Tracer, body: JsonValueExpr | undefined, scope: Scope): Value {
  if (!body) throw new Refused(refusals.unknownNode('JsonValueExpr'));
  onlyFields('JsonValueExpr', body, ['raw_expr', 'format']);
  requireFormat(body.format);
  const value = tracer.value(tracer, body.raw_expr, scope);
  // FORMAT JSON reads it as a text of JSON, which may be none
  const read = body.format?.format_type !== undefined && body.format.format_type !== 'JS_FORMAT_DEFAULT';
  if (read) noteEvaluation(tracer, [value], 'FORMAT JSON');
  return value;
}

function valueOf(tracer: Tracer, node: Node | undefined, scope: Scope): Value {
  const formatted = bodyOf(node, 'JsonValueExpr');
  return formatted ? formattedValue(tracer, formatted, scope) : tracer.value(tracer, node, scope);
}

/** Notes what may fail: keys may be null or come twice, and other types than texts of JSON have to be read. */
function constructed(
  tracer: Tracer,
  use: string,
  keys: readonly Value[],
  values: readonly Value[],
  type: number,
  unique: boolean,
): Value {
  const strange = !JSON_TYPES.has(type) && values.some((value) => !isScalar(value.type) || value.type === TYPE.json);
  if (!keys.every(isClean) || unique || strange || (type !== TYPE.jsonb && !JSON_TYPES.has(type)))
    noteEvaluation(tracer, [...keys, ...values], use);
  else if (keys.length > 0) tracer.findings.partial += 1;
  return computedValue(tracer, [...keys, ...values], type);
}

function keyAndValue(tracer: Tracer, body: unknown, scope: Scope): readonly [Value, Value] {
  if (!isFields(body)) throw new Refused(refusals.unknownNode('JsonKeyValue'));
  onlyFields('JsonKeyValue', body, ['key', 'value']);
  const pair = body as { key?: Node; value?: JsonValueExpr };
  return [tracer.value(tracer, pair.key, scope), formattedValue(tracer, pair.value, scope)];
}

/** What all aggregates of JSON have; the field is named like the constructor of every object. */
function aggregateOf(tracer: Tracer, body: object, scope: Scope, use: string): number {
  const inner: unknown = Object.hasOwn(body, 'constructor') ? body.constructor : {};
  if (!isFields(inner)) throw new Refused(refusals.unknownNode(use));
  onlyFields('JsonAggConstructor', inner, ['output', 'agg_filter', 'agg_order', 'over', 'location']);
  const parts = inner as JsonAggConstructor;
  traceFilter(tracer, parts.agg_filter, scope);
  const keys = sortKeys(parts.agg_order).map((node) => tracer.value(tracer, node, scope));
  noteOracle(tracer, 'ordering', keys, (column) => refusals.uses(use, column));
  if (parts.over) traceWindow(tracer, parts.over, scope);
  return outputType(tracer, parts.output);
}

/** What a server of an older version takes for calls of functions, which are a user's then. */
const CALLS_ONCE: ReadonlyMap<string, string> = new Map([
  ['JsonObjectConstructor', 'json_object'],
  ['JsonArrayConstructor', 'json_array'],
  ['JsonObjectAgg', 'json_objectagg'],
  ['JsonArrayAgg', 'json_arrayagg'],
  ['JsonScalarExpr', 'json_scalar'],
  ['MergeSupportFunc', 'merge_action'],
]);

/** The constructors and aggregates of JSON in the standard's spelling; null: the node is none of them. */
export function traceJson(tracer: Tracer, node: Node, kind: string, scope: Scope): Value | null {
  const name = CALLS_ONCE.get(kind);
  if (name !== undefined && tracer.context.index.userFunctionSchemas.has(name))
    throw new Refused(refusals.functionShadowed(name));
  switch (kind) {
    case 'JsonObjectConstructor': {
      const body = bodyOf(node, 'JsonObjectConstructor') ?? {};
      onlyFields(kind, body, ['exprs', 'output', 'absent_on_null', 'unique', 'location']);
      const pairs = (body.exprs ?? []).map((each) => keyAndValue(tracer, bodyOf(each, 'JsonKeyValue'), scope));
      const [keys, values] = [pairs.map(([key]) => key), pairs.map(([, value]) => value)];
      return constructed(tracer, 'JSON_OBJECT', keys, values, outputType(tracer, body.output), body.unique === true);
    }
    case 'JsonArrayConstructor': {
      const body = bodyOf(node, 'JsonArrayConstructor') ?? {};
      onlyFields(kind, body, ['exprs', 'output', 'absent_on_null', 'location']);
      const values = (body.exprs ?? []).map((each) => valueOf(tracer, each, scope));
      return constructed(tracer, 'JSON_ARRAY', [], values, outputType(tracer, body.output), false);
    }
    case 'JsonObjectAgg': {
      const body: Omit<JsonObjectAgg, 'constructor'> = bodyOf(node, 'JsonObjectAgg') ?? {};
      onlyFields(kind, body, ['constructor', 'arg', 'absent_on_null', 'unique']);
      const type = aggregateOf(tracer, body, scope, 'JSON_OBJECTAGG');
      const [key, value] = keyAndValue(tracer, body.arg, scope);
      return constructed(tracer, 'JSON_OBJECTAGG', [key], [value], type, body.unique === true);
    }
    case 'JsonArrayAgg': {
      const body: Omit<JsonArrayAgg, 'constructor'> = bodyOf(node, 'JsonArrayAgg') ?? {};
      onlyFields(kind, body, ['constructor', 'arg', 'absent_on_null']);
      const type = aggregateOf(tracer, body, scope, 'JSON_ARRAYAGG');
      return constructed(tracer, 'JSON_ARRAYAGG', [], [formattedValue(tracer, body.arg, scope)], type, false);
    }
    case 'JsonScalarExpr': {
      const body = bodyOf(node, 'JsonScalarExpr') ?? {};
      onlyFields(kind, body, ['expr', 'output', 'location']);
      return constructed(
        tracer,
        'JSON_SCALAR',
        [],
        [tracer.value(tracer, body.expr, scope)],
        outputType(tracer, body.output),
        false,
      );
    }
    default:
      return null;
  }
}
