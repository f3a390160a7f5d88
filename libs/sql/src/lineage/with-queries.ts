import type { CommonTableExpr, WithClause } from '@pgsql/types';
import { Refused, refusals } from './refusals.js';
import { combineSides } from './set-operations.js';
import { sameTaint } from './taint.js';
import type { Field, Scope, Tracer, WithQueries } from './tracer.js';
import { bodyOf, nodeParts, onlyFields, stringsOf } from './tree.js';

function named(cte: CommonTableExpr, fields: readonly Field[]): readonly Field[] {
  const names = stringsOf(cte.aliascolnames) ?? [];
  return fields.map((field, position) => ({ ...field, name: names[position] ?? field.name }));
}

/** Rounds after which the columns of a recursive query must stand: a taint grows at most as often as there are classes. */
const MAX_ROUNDS = 64;

/** Traces a recursive query: what its columns carry grows round by round until another round adds nothing. */
function traceRecursive(tracer: Tracer, cte: CommonTableExpr, scope: Scope, ctes: WithQueries): readonly Field[] {
  const name = cte.ctename ?? '';
  const union = bodyOf(cte.ctequery, 'SelectStmt');
  const start = union?.op === 'SETOP_UNION' ? union.larg : undefined;
  const step = union?.op === 'SETOP_UNION' ? union.rarg : undefined;
  if (!union || !start || !step || !mentions(step, name)) return traceOne(tracer, cte, scope);
  // the server has no ORDER BY, LIMIT or WITH on a recursive union
  onlyFields('recursive union', union, ['op', 'all', 'larg', 'rarg', 'limitOption']);
  let fields = combineSides(tracer, union, named(cte, tracer.query(tracer, start, scope)), []);
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    ctes.queries.set(name, { state: 'traced', fields, partial: true });
    const next = combineSides(tracer, union, fields, tracer.query(tracer, step, scope));
    if (next.every((field, position) => sameField(field, fields[position]))) return next;
    fields = next;
  }
  throw new Refused(refusals.tooLong());
}

function sameField(field: Field, other: Field | undefined): boolean {
  if (!other || field.taint.taint === 'blocked' || other.taint.taint === 'blocked') return false;
  return sameTaint(field.taint, other.taint);
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
  const traceNow = (cte: CommonTableExpr): void => {
    const name = cte.ctename ?? '';
    if (clause.recursive) ctes.queries.set(name, { state: 'pending' });
    const before = tracer.findings.partial;
    const fields = clause.recursive ? traceRecursive(tracer, cte, scope, ctes) : traceOne(tracer, cte, scope);
    ctes.queries.set(name, { state: 'traced', fields, partial: tracer.findings.partial > before });
  };
  // under RECURSIVE a name hides tables even before its definition, and may be used there
  if (clause.recursive)
    for (const cte of entries) ctes.queries.set(cte.ctename ?? '', { state: 'later', trace: () => traceNow(cte) });
  for (const cte of entries) if (ctes.queries.get(cte.ctename ?? '')?.state !== 'traced') traceNow(cte);
  return scope;
}
