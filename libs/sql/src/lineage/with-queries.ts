import type { CommonTableExpr, WithClause } from '@pgsql/types';
import { Refused, refusals } from './refusals.js';
import type { Field, Scope, Tracer, WithQueries } from './tracer.js';
import { cleanField, requireClean } from './tracer.js';
import { bodyOf, nodeParts, onlyFields, stringsOf } from './tree.js';

function named(cte: CommonTableExpr, fields: readonly Field[]): readonly Field[] {
  const names = stringsOf(cte.aliascolnames) ?? [];
  return fields.map((field, position) => ({ ...field, name: names[position] ?? field.name }));
}

/** Traces the part of a recursive query that does not recurse, then the part that does, with the columns known to be clean. */
function traceRecursive(tracer: Tracer, cte: CommonTableExpr, scope: Scope, ctes: WithQueries): readonly Field[] {
  const name = cte.ctename ?? '';
  const union = bodyOf(cte.ctequery, 'SelectStmt');
  const start = union?.op === 'SETOP_UNION' ? union.larg : undefined;
  const step = union?.op === 'SETOP_UNION' ? union.rarg : undefined;
  if (!union || !start || !step || !mentions(step, name)) return traceOne(tracer, cte, scope);
  // the server has no ORDER BY, LIMIT or WITH on a recursive union
  onlyFields('recursive union', union, ['op', 'all', 'larg', 'rarg', 'limitOption']);
  const fields = named(cte, tracer.query(tracer, start, scope));
  requireClean(tracer, fields, (column) => refusals.recursive(name, column));
  ctes.queries.set(
    name,
    fields.map((field) => cleanField(field.name)),
  );
  requireClean(tracer, tracer.query(tracer, step, scope), (column) => refusals.recursive(name, column));
  return fields.map((field) => cleanField(field.name));
}

/** Whether the name occurs as an unqualified relation: then the query may recurse. */
function mentions(tree: unknown, name: string): boolean {
  if (typeof tree !== 'object' || tree === null) return false;
  if (!Array.isArray(tree) && 'relname' in tree && tree.relname === name) return true;
  return Object.values(tree).some((value) => mentions(value, name));
}

function traceOne(tracer: Tracer, cte: CommonTableExpr, scope: Scope): readonly Field[] {
  const query = bodyOf(cte.ctequery, 'SelectStmt');
  if (query) return named(cte, tracer.query(tracer, query, scope));
  if (!cte.ctequery) throw new Refused(refusals.unknownNode('WITH'));
  return named(cte, tracer.modification(tracer, cte.ctequery, scope));
}

/**
 * Traces the queries of a WITH clause in order.
 * @param around the level around the statement that has the clause
 * @returns that level with the queries in force
 */
export function traceWith(tracer: Tracer, clause: WithClause | undefined, around: Scope): Scope {
  if (!clause) return around;
  onlyFields('WithClause', clause, ['ctes', 'recursive', 'location']);
  const ctes: WithQueries = { parent: around.ctes, queries: new Map() };
  const scope: Scope = { ...around, ctes };
  const entries = (clause.ctes ?? []).map((node) => {
    const cte = bodyOf(node, 'CommonTableExpr');
    if (!cte) throw new Refused(refusals.unknownNode(nodeParts(node)[0]));
    onlyFields('CommonTableExpr', cte, ['ctename', 'aliascolnames', 'ctematerialized', 'ctequery', 'location']);
    return cte;
  });
  // under RECURSIVE a name hides tables even before its definition
  if (clause.recursive) for (const cte of entries) ctes.queries.set(cte.ctename ?? '', 'pending');
  for (const cte of entries) {
    const fields = clause.recursive ? traceRecursive(tracer, cte, scope, ctes) : traceOne(tracer, cte, scope);
    ctes.queries.set(cte.ctename ?? '', fields);
  }
  return scope;
}
