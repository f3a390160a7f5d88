import type { A_Expr, Node } from '@pgsql/types';
import { requireOperator } from './operators.js';
import { noteOracle } from './oracles.js';
import { refusals } from './refusals.js';
import { classesOf } from './taint.js';
import type { Scope, Tracer } from './tracer.js';
import { bodyOf, nodeParts, stringsOf } from './tree.js';
import { requireHarmlessType } from './types.js';

/** The number of `$n`, bare or cast to a harmless type; null for everything else. */
export function parameterNumber(tracer: Tracer, node: Node | undefined): number | null {
  const cast = bodyOf(node, 'TypeCast');
  if (cast) {
    requireHarmlessType(tracer.context, cast.typeName);
    return bodyOf(cast.arg, 'ParamRef')?.number ?? null;
  }
  return bodyOf(node, 'ParamRef')?.number ?? null;
}

/** The other side of an equality; a list of one is what stands in it. */
function otherSide(body: A_Expr): Node | undefined {
  return body.kind === 'AEXPR_IN' ? bodyOf(body.rexpr, 'List')?.items?.[0] : body.rexpr;
}

function isEquality(body: A_Expr): boolean {
  const names = stringsOf(body.name) ?? [];
  const builtIn = names.length === 1 || (names.length === 2 && names[0] === 'pg_catalog');
  const single = body.kind === 'AEXPR_IN' && bodyOf(body.rexpr, 'List')?.items?.length === 1;
  return (body.kind === 'AEXPR_OP' || single) && builtIn && names.at(-1) === '=';
}

/** A column as it stands, perhaps under a cast. */
function isColumn(node: Node | undefined): boolean {
  if (node === undefined) return false;
  const [kind] = nodeParts(node);
  if (kind === 'TypeCast') return isColumn(bodyOf(node, 'TypeCast')?.arg);
  return kind === 'ColumnRef' || kind === 'A_Indirection';
}

/** `column = $n`, in either order, or `column IN ($n)`, where the column is protected. */
function traceEquality(tracer: Tracer, body: A_Expr, scope: Scope): boolean {
  const [left, right] = [body.lexpr, otherSide(body)];
  for (const [columnSide, valueSide] of [
    [left, right],
    [right, left],
  ]) {
    const parameter = isColumn(columnSide) ? parameterNumber(tracer, valueSide) : null;
    if (parameter === null) continue;
    const value = tracer.value(tracer, columnSide, scope);
    if (value.taint.taint !== 'column') return false;
    requireOperator(tracer.context, '=');
    noteOracle(tracer, 'equality', [value], refusals.predicate);
    const [className] = classesOf(tracer, value.taint);
    if (className !== undefined) tracer.findings.parameters.set(parameter, className);
    return true;
  }
  return false;
}

/**
 * Traces a condition of WHERE, ON and the like: of each part of its top-level AND what its author may learn by it is noted.
 * `protected column = $n` is an equality; a literal in the place of the parameter is a predicate as all else is: a text that carries the
 * guess is an oracle that anybody with a word list can write.
 */
export function tracePredicate(tracer: Tracer, node: Node | undefined, scope: Scope): void {
  if (node === undefined) return;
  const conjunction = bodyOf(node, 'BoolExpr');
  if (conjunction?.boolop === 'AND_EXPR') {
    for (const part of conjunction.args ?? []) tracePredicate(tracer, part, scope);
    return;
  }
  const comparison = bodyOf(node, 'A_Expr');
  const equality = comparison !== null && isEquality(comparison);
  if (equality && traceEquality(tracer, comparison, scope)) return;
  const value = tracer.value(tracer, node, scope);
  const joins = equality && isColumn(comparison.lexpr) && isColumn(otherSide(comparison));
  if (joins) noteOracle(tracer, 'join', [value], (column) => refusals.uses('A join condition', column));
  else noteOracle(tracer, 'predicate', [value], refusals.predicate);
}
