import type { Node, SelectStmt } from '@pgsql/types';
import { traceFrom } from './from.js';
import { tracePredicate } from './predicate.js';
import { Refused, refusals } from './refusals.js';
import { traceTargets } from './targets.js';
import type { Field, Scope, Tracer } from './tracer.js';
import { cleanField, requireClean } from './tracer.js';
import { bodyOf, itemsOf, onlyFields, stringsOf } from './tree.js';
import { traceWith } from './with-queries.js';

const SELECT_FIELDS = (
  'distinctClause targetList fromClause whereClause groupClause groupDistinct havingClause ' +
  'windowClause valuesLists sortClause limitOffset limitCount limitOption lockingClause withClause ' +
  'op all larg rarg'
).split(' ');

/** The output columns that an ORDER BY, GROUP BY or DISTINCT ON entry names by position or by output name. */
function namedOutputs(node: Node | undefined, outputs: readonly Field[]): readonly Field[] {
  const position = bodyOf(node, 'A_Const');
  if (position?.ival) {
    const output = outputs[(position.ival.ival ?? 0) - 1];
    return output ? [output] : [];
  }
  const names = stringsOf(bodyOf(node, 'ColumnRef')?.fields);
  const [name] = names ?? [];
  return names?.length === 1 ? outputs.filter((output) => output.name === name) : [];
}

/** One entry that orders or groups: an output column (ORDER BY looks there first) or an expression of the level. */
function traceEntry(
  tracer: Tracer,
  node: Node | undefined,
  scope: Scope,
  outputs: readonly Field[],
  use: string,
): void {
  const named = namedOutputs(node, outputs);
  requireClean(tracer, named, (column) => refusals.uses(use, column));
  for (const { plainOnly } of named) if (plainOnly !== null) throw new Refused(refusals.plainOnly(use, plainOnly));
  // GROUP BY prefers columns of FROM to output names: there both must be clean
  if (named.length === 0 || (use === 'GROUP BY' && !bodyOf(node, 'A_Const') && isInputColumn(tracer, node, scope))) {
    tracer.clean(tracer, node, scope, use);
  }
}

function isInputColumn(tracer: Tracer, node: Node | undefined, scope: Scope): boolean {
  const [name] = stringsOf(bodyOf(node, 'ColumnRef')?.fields) ?? [];
  return scope.items.some((item) => item.columnsVisible && item.fields.some((field) => field.name === name));
}

function traceSort(tracer: Tracer, nodes: readonly Node[] | undefined, scope: Scope, outputs: readonly Field[]): void {
  for (const node of nodes ?? []) {
    const sort = bodyOf(node, 'SortBy');
    if (!sort) throw new Refused(refusals.unknownNode('ORDER BY'));
    onlyFields('SortBy', sort, ['node', 'sortby_dir', 'sortby_nulls', 'location']);
    traceEntry(tracer, sort.node, scope, outputs, 'ORDER BY');
  }
}

function traceGroup(tracer: Tracer, nodes: readonly Node[] | undefined, scope: Scope, outputs: readonly Field[]): void {
  for (const node of nodes ?? []) {
    const set = bodyOf(node, 'GroupingSet');
    const row = bodyOf(node, 'RowExpr');
    if (set) {
      onlyFields('GroupingSet', set, ['kind', 'content', 'location']);
      traceGroup(tracer, set.content, scope, outputs);
    } else if (row?.row_format === 'COERCE_IMPLICIT_CAST') {
      // `GROUP BY (a, b)` without the word ROW is a list of entries
      traceGroup(tracer, row.args, scope, outputs);
    } else traceEntry(tracer, node, scope, outputs, 'GROUP BY');
  }
}

function traceDistinct(
  tracer: Tracer,
  nodes: readonly Node[] | undefined,
  scope: Scope,
  outputs: readonly Field[],
): void {
  for (const node of nodes ?? []) {
    if (Object.keys(node).length > 0) traceEntry(tracer, node, scope, outputs, 'DISTINCT ON');
    else {
      requireClean(tracer, outputs, refusals.distinct);
      for (const { plainOnly } of outputs)
        if (plainOnly !== null) throw new Refused(refusals.plainOnly('DISTINCT', plainOnly));
    }
  }
}

function traceLimits(tracer: Tracer, stmt: SelectStmt, scope: Scope): void {
  tracer.clean(tracer, stmt.limitCount, scope, 'LIMIT');
  tracer.clean(tracer, stmt.limitOffset, scope, 'OFFSET');
}

/** Rows of VALUES: one value per place, all of them clean. */
function traceValues(tracer: Tracer, stmt: SelectStmt, scope: Scope): Field[] {
  const rows = (stmt.valuesLists ?? []).map(itemsOf);
  for (const value of rows.flat()) tracer.clean(tracer, value, scope, 'VALUES');
  const fields = (rows[0] ?? []).map((_, position) => cleanField(`column${position + 1}`));
  const level: Scope = {
    ...scope,
    items: [{ name: null, relation: null, systemColumns: false, fields, columnsVisible: true, uncertain: false }],
  };
  traceSort(tracer, stmt.sortClause, level, fields);
  traceLimits(tracer, stmt, scope);
  return fields;
}

function traceSetOperation(tracer: Tracer, stmt: SelectStmt, scope: Scope): Field[] {
  const sides = [stmt.larg, stmt.rarg].map((side) => {
    if (!side) throw new Refused(refusals.unknownNode('set operation'));
    const fields = tracer.query(tracer, side, scope);
    requireClean(tracer, fields, refusals.setOperation);
    for (const { plainOnly } of fields)
      if (plainOnly !== null) throw new Refused(refusals.plainOnly('A set operation', plainOnly));
    return fields;
  });
  const fields = (sides[0] ?? []).map((field) => cleanField(field.name));
  const level: Scope = {
    ...scope,
    items: [{ name: null, relation: null, systemColumns: false, fields, columnsVisible: true, uncertain: false }],
  };
  traceSort(tracer, stmt.sortClause, level, fields);
  traceLimits(tracer, stmt, scope);
  return fields;
}

/** A query is computed once per row of a group: what groups decide comes from clean columns only. */
function tracePlain(tracer: Tracer, stmt: SelectStmt, around: Scope): Field[] {
  const scope = traceFrom(tracer, stmt.fromClause, around);
  const outputs = traceTargets(tracer, stmt.targetList, scope);
  tracePredicate(tracer, stmt.whereClause, scope);
  tracer.clean(tracer, stmt.havingClause, scope, 'HAVING');
  traceGroup(tracer, stmt.groupClause, scope, outputs);
  traceDistinct(tracer, stmt.distinctClause, scope, outputs);
  traceSort(tracer, stmt.sortClause, scope, outputs);
  for (const window of stmt.windowClause ?? []) tracer.clean(tracer, window, scope, 'A window');
  traceLimits(tracer, stmt, scope);
  return outputs;
}

/**
 * Traces a query: SELECT, VALUES, TABLE or a set operation of them.
 * @param around the level around it
 * @returns its columns in order
 * @throws Refused when anything in it is not proven
 */
export function traceQuery(tracer: Tracer, stmt: SelectStmt, around: Scope): readonly Field[] {
  if (stmt.intoClause)
    throw new Refused(refusals.statement('SELECT INTO', 'Use CREATE TABLE AS over tables without protected columns.'));
  onlyFields('SelectStmt', stmt, SELECT_FIELDS);
  const inside = traceWith(tracer, stmt.withClause, around);
  const level: Scope = { items: [], parent: around, ctes: inside.ctes };
  if (stmt.op !== undefined && stmt.op !== 'SETOP_NONE') return traceSetOperation(tracer, stmt, level);
  if (stmt.valuesLists) return traceValues(tracer, stmt, level);
  return tracePlain(tracer, stmt, level);
}
