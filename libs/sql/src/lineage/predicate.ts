import type { A_Expr, Node } from '@pgsql/types';
import { plainColumn } from './expressions.js';
import { requireOperator } from './operators.js';
import type { Scope, Tracer } from './tracer.js';
import { bodyOf, stringsOf } from './tree.js';
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

function isEquality(body: A_Expr): boolean {
  const names = stringsOf(body.name) ?? [];
  const builtIn = names.length === 1 || (names.length === 2 && names[0] === 'pg_catalog');
  return body.kind === 'AEXPR_OP' && builtIn && names.at(-1) === '=';
}

/** `column = $n`, in either order, where the column is protected: the one comparison that passes. */
function traceEquality(tracer: Tracer, body: A_Expr, scope: Scope): boolean {
  if (!isEquality(body)) return false;
  for (const [columnSide, otherSide] of [
    [body.lexpr, body.rexpr],
    [body.rexpr, body.lexpr],
  ]) {
    const taint = plainColumn(tracer, columnSide, scope)?.taint;
    if (taint?.taint !== 'column') continue;
    const parameter = parameterNumber(tracer, otherSide);
    if (parameter === null) return false;
    requireOperator(tracer.context, '=');
    tracer.findings.reads.add(taint.class);
    tracer.findings.filters.add(taint.class);
    tracer.findings.parameters.set(parameter, taint.class);
    return true;
  }
  return false;
}

/**
 * Traces a WHERE clause: each part of its top-level AND is clean or `protected column = $n`. A literal in the place of the
 * parameter is refused: a text that carries the guess is an oracle that anybody with a word list can write.
 */
export function tracePredicate(tracer: Tracer, node: Node | undefined, scope: Scope): void {
  const conjunction = bodyOf(node, 'BoolExpr');
  if (conjunction?.boolop === 'AND_EXPR') {
    for (const part of conjunction.args ?? []) tracePredicate(tracer, part, scope);
    return;
  }
  const comparison = bodyOf(node, 'A_Expr');
  if (comparison && traceEquality(tracer, comparison, scope)) return;
  tracer.clean(tracer, node, scope, 'A condition');
}
