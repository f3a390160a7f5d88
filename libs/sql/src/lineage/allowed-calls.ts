import type { FuncCall } from '@pgsql/types';
import { calledName, type AllowedFunction } from '../allowed-functions.js';
import { mayBeCast } from '../resolve.js';
import { noteGuesses } from './oracles.js';
import type { LineageContext } from './result.js';
import { classesOf } from './taint.js';
import { TYPE } from './total.js';
import type { Scope, Tracer, Value } from './tracer.js';
import { onlyFields, stringsOf } from './tree.js';
import { cleanValue, computedValue, isClean, noteEvaluation } from './values.js';

/** Types that the server takes for one another without looking at a value. */
const TEXTS: ReadonlySet<number> = new Set([25, 1042, 1043]);

/**
 * The functions of users that a call may mean, all of them allowed; null: it is no such call. Only with its schema before the name does a
 * call mean these and nothing else, whatever the search path.
 */
export function allowedFunctions(context: LineageContext, call: FuncCall): readonly AllowedFunction[] | null {
  const [schema, name, ...more] = stringsOf(call.funcname) ?? [];
  if (schema === undefined || name === undefined || more.length > 0) return null;
  if (mayBeCast(context.index, schema, name)) return null;
  return context.index.allowedFunctions.get(calledName(schema, name)) ?? null;
}

/** A call of a function that the configuration allows: what it returns carries its arguments, unless all that it may mean say otherwise. */
export function traceAllowedCall(
  tracer: Tracer,
  call: FuncCall,
  functions: readonly AllowedFunction[],
  scope: Scope,
): Value {
  onlyFields('FuncCall', call, ['funcname', 'args', 'funcformat', 'location']);
  const nodes = call.args ?? [];
  const values = nodes.map((node) => tracer.value(tracer, node, scope));
  const [one, ...others] = functions;
  const type = one !== undefined && others.length === 0 ? one.resultType : TYPE.unknown;
  const safe = one !== undefined && others.length === 0 && one.total && isTakenAsItIs(one, values);
  const carried = values.filter((value) => !isClean(value));
  if (carried.length === 0) {
    if (!safe) tracer.findings.partial += 1;
    return cleanValue(type);
  }
  if (!safe) noteEvaluation(tracer, values, `The function ${one?.schema ?? ''}.${one?.name ?? ''}`);
  const result = computedValue(tracer, values, type);
  noteGuesses(tracer, nodes, scope, classesOf(tracer, result.taint)[0]);
  // what is not known, and definitions of others, nobody has spoken for
  const known = carried.every(({ taint }) => taint.taint === 'column' || taint.taint === 'derived');
  return known && functions.every((each) => each.result === 'clean') ? cleanValue(type) : result;
}

/** No cast that may fail stands between a protected value and the argument. */
function isTakenAsItIs({ argumentTypes }: AllowedFunction, values: readonly Value[]): boolean {
  return values.every((value, i) => {
    const wanted = argumentTypes[i] ?? TYPE.unknown;
    return isClean(value) || value.type === wanted || (TEXTS.has(value.type) && TEXTS.has(wanted));
  });
}
