import type { Node, SelectStmt } from '@pgsql/types';
import { resolveColumn, type ColumnMeaning } from './columns.js';
import { traceFrom } from './from.js';
import { traceFilter, traceWindow } from './calls.js';
import { mayFailTogether } from './implicit-casts.js';
import { chosenValue, fieldValue, noteEvaluation } from './values.js';
import { noteGuesses, noteOracle } from './oracles.js';
import { tracePredicate } from './predicate.js';
import { Refused, refusals } from './refusals.js';
import { combineSides } from './set-operations.js';
import { classesOf } from './taint.js';
import { traceTargets } from './targets.js';
import type { Field, Scope, Tracer, Value } from './tracer.js';
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

/** What one entry orders or groups by: an output column (ORDER BY looks there first) or an expression of the level. */
function entryValues(
  tracer: Tracer,
  node: Node | undefined,
  scope: Scope,
  outputs: readonly Field[],
  use: string,
): Value[] {
  const named = namedOutputs(node, outputs);
  const values = named.map((field) => fieldValue(tracer, field, use));
  // GROUP BY prefers columns of FROM to output names: there both count
  if (named.length === 0 || (use === 'GROUP BY' && !bodyOf(node, 'A_Const') && isInputColumn(tracer, node, scope)))
    values.push(tracer.value(tracer, node, scope));
  return values;
}

function traceEntry(
  tracer: Tracer,
  node: Node | undefined,
  scope: Scope,
  outputs: readonly Field[],
  use: 'ORDER BY' | 'GROUP BY' | 'DISTINCT ON',
): void {
  const ordering = use === 'ORDER BY';
  const values = entryValues(tracer, node, scope, outputs, use).filter(({ ordered }) => !ordering || ordered !== true);
  noteOracle(tracer, ordering ? 'ordering' : 'grouping', values, (column) => refusals.uses(use, column));
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

/** The column of this level's FROM that an entry is; GROUP BY looks there before it looks at output names. */
function groupedColumn(tracer: Tracer, node: Node | undefined, scope: Scope): Field | null {
  const names = stringsOf(bodyOf(node, 'ColumnRef')?.fields);
  if (!names || names.length === 0) return null;
  const meaning = resolveColumnOrNull(tracer, { ...scope, parent: null }, names);
  return meaning?.kind === 'field' ? meaning.field : null;
}

function resolveColumnOrNull(tracer: Tracer, scope: Scope, names: readonly string[]): ColumnMeaning | null {
  try {
    return resolveColumn(tracer, scope, names);
  } catch (error) {
    if (error instanceof Refused) return null;
    throw error;
  }
}

/**
 * Columns of tables whose primary key is grouped by too: rows that are alike in the key are one row, so that these part them no further,
 * and the planner leaves them out of what it sorts by. Grouping sets group without the key as well, and leave out nothing.
 */
function determinedColumns(tracer: Tracer, nodes: readonly Node[], scope: Scope): ReadonlySet<Field> {
  if (nodes.some((node) => bodyOf(node, 'GroupingSet'))) return new Set();
  const grouped = new Set(nodes.map((node) => groupedColumn(tracer, node, scope)));
  const determining = scope.items.filter((item) =>
    item.key?.every((place) => {
      const field = item.fields[place];
      return field !== undefined && grouped.has(field);
    }),
  );
  return new Set(determining.flatMap((item) => item.fields.filter((_, place) => !item.key?.includes(place))));
}

function traceGroupClause(
  tracer: Tracer,
  nodes: readonly Node[] | undefined,
  scope: Scope,
  outputs: readonly Field[],
): void {
  const determined = determinedColumns(tracer, nodes ?? [], scope);
  const deciding = (nodes ?? []).filter((node) => {
    const field = groupedColumn(tracer, node, scope);
    if (field === null || !determined.has(field)) return true;
    tracer.value(tracer, node, scope);
    return false;
  });
  traceGroup(tracer, deciding, scope, outputs);
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
      const values = outputs.map((field) => fieldValue(tracer, field, 'DISTINCT'));
      noteOracle(tracer, 'grouping', values, refusals.distinct);
    }
  }
}

/** The number of rows tells of what it depends on, and a wrong one is an error. */
function traceLimits(tracer: Tracer, stmt: SelectStmt, scope: Scope): void {
  for (const [node, use] of [
    [stmt.limitCount, 'LIMIT'],
    [stmt.limitOffset, 'OFFSET'],
  ] as const) {
    if (!node) continue;
    const value = tracer.value(tracer, node, scope);
    noteOracle(tracer, 'evaluation', [value], (column) => refusals.uses(use, column));
    if (!bodyOf(node, 'A_Const')) tracer.findings.partial += 1;
  }
}

/** ORDER BY and LIMIT of VALUES and set operations, which know the columns of the result and nothing else. */
function traceResult(tracer: Tracer, stmt: SelectStmt, scope: Scope, fields: readonly Field[]): readonly Field[] {
  const result = { name: null, relation: null, systemColumns: false, fields, columnsVisible: true, uncertain: false };
  traceSort(tracer, stmt.sortClause, { ...scope, items: [result] }, fields);
  traceLimits(tracer, stmt, scope);
  return fields;
}

/** Rows of VALUES: one value per place. */
function traceValues(tracer: Tracer, stmt: SelectStmt, scope: Scope): readonly Field[] {
  const rows = (stmt.valuesLists ?? []).map(itemsOf);
  const traced = rows.map((row) => row.map((node) => ({ node, value: tracer.value(tracer, node, scope) })));
  const fields = (traced[0] ?? []).map((_, position): Field => {
    const column = traced.flatMap((row) => row[position] ?? []);
    const values = column.map(({ value }) => value);
    if (mayFailTogether(column)) noteEvaluation(tracer, values, 'VALUES');
    const { taint, type, label } = chosenValue(tracer, values);
    const nodes = column.map(({ node }) => node);
    if (taint.taint !== 'clean') noteGuesses(tracer, nodes, scope, classesOf(tracer, taint)[0]);
    const made = taint.taint === 'clean' ? { made: nodes } : {};
    return { name: `column${position + 1}`, taint, type, label, plainOnly: null, ...made };
  });
  return traceResult(tracer, stmt, scope, fields);
}

function traceSetOperation(tracer: Tracer, stmt: SelectStmt, scope: Scope): readonly Field[] {
  const [left, right] = [stmt.larg, stmt.rarg].map((side) => {
    if (!side) throw new Refused(refusals.unknownNode('set operation'));
    return tracer.query(tracer, side, scope);
  });
  return traceResult(tracer, stmt, scope, combineSides(tracer, stmt, left ?? [], right ?? []));
}

function tracePlain(tracer: Tracer, stmt: SelectStmt, around: Scope): readonly Field[] {
  const scope = traceFrom(tracer, stmt.fromClause, around);
  const outputs = traceTargets(tracer, stmt.targetList, scope);
  tracePredicate(tracer, stmt.whereClause, scope);
  traceFilter(tracer, stmt.havingClause, scope);
  traceGroupClause(tracer, stmt.groupClause, scope, outputs);
  traceDistinct(tracer, stmt.distinctClause, scope, outputs);
  traceSort(tracer, stmt.sortClause, scope, outputs);
  for (const node of stmt.windowClause ?? []) {
    const window = bodyOf(node, 'WindowDef');
    if (!window) throw new Refused(refusals.unknownNode('WINDOW'));
    traceWindow(tracer, window, scope);
  }
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
    throw new Refused(refusals.statement('SELECT INTO', 'Use CREATE TABLE AS, without what is protected.'));
  if ((tracer.findings.budget -= 1) < 0) throw new Refused(refusals.tooLong());
  onlyFields('SelectStmt', stmt, SELECT_FIELDS);
  const inside = traceWith(tracer, stmt.withClause, around);
  const level: Scope = { items: [], parent: around, ctes: inside.ctes };
  if (stmt.op !== undefined && stmt.op !== 'SETOP_NONE') return traceSetOperation(tracer, stmt, level);
  if (stmt.valuesLists) return traceValues(tracer, stmt, level);
  return tracePlain(tracer, stmt, level);
}
