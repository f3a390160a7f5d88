import type {
  DeleteStmt,
  InsertStmt,
  MergeStmt,
  MultiAssignRef,
  Node,
  OnConflictClause,
  ReturningClause,
  SelectStmt,
  UpdateStmt,
} from '@pgsql/types';
import type { CatalogColumn, CatalogRelation } from '../catalog.js';
import { itemNamed } from './columns.js';
import { relationItem, traceFrom } from './from.js';
import { noteGuesses, noteOracle } from './oracles.js';
import { tracePredicate } from './predicate.js';
import { Refused, refusals } from './refusals.js';
import { relationLabel, requireRelation, requireWritable } from './relations.js';
import { traceTargets } from './targets.js';
import type { Field, Item, Scope, Tracer } from './tracer.js';
import { requireClean } from './tracer.js';
import { bodyOf, itemsOf, nodeParts, onlyFields } from './tree.js';
import { traceWith } from './with-queries.js';
import { classOf, requireWritableType, traceWrittenValue, writtenColumn } from './written-values.js';

interface Target {
  readonly relation: CatalogRelation;
  readonly item: Item;
}

function requireTarget(tracer: Tracer, range: InsertStmt['relation']): Target {
  if (!range) throw new Refused(refusals.unknownNode('write without a target'));
  const relation = requireRelation(tracer, range);
  requireWritable(tracer, relation);
  return { relation, item: relationItem(tracer, range) };
}

/** RETURNING sees the level, and from version 18 on the row before and after the change as `old` and `new`. */
function traceReturning(tracer: Tracer, clause: ReturningClause | undefined, target: Target, scope: Scope): Field[] {
  if (!clause) return [];
  onlyFields('ReturningClause', clause, ['options', 'exprs']);
  const names = { old: 'old', new: 'new' };
  for (const node of clause.options ?? []) {
    const option = bodyOf(node, 'ReturningOption');
    if (!option) throw new Refused(refusals.unknownNode('RETURNING option'));
    names[option.option === 'RETURNING_OPTION_NEW' ? 'new' : 'old'] = option.value ?? '';
  }
  const written = writtenItem(tracer, target.item);
  // a relation of that name hides the row
  const rows = [
    { name: names.old, item: target.item },
    { name: names.new, item: written },
  ]
    .filter(({ name }) => !itemNamed(scope, name))
    .map(({ name, item }): Item => ({ ...item, name, relation: null, columnsVisible: false }));
  const items = scope.items.map((each) => (each === target.item ? written : each));
  return traceTargets(tracer, clause.exprs, { ...scope, items: [...items, ...rows] });
}

/** The row after the change: values of the author stand in what the statement writes. */
function writtenItem(tracer: Tracer, item: Item): Item {
  const { writes } = tracer.findings;
  const fields = item.fields.map((field): Field => {
    const { taint } = field;
    return taint.taint === 'column' && writes.has(taint.class) ? { ...field, taint: { ...taint, mixed: true } } : field;
  });
  return { ...item, fields };
}

function traceAssignments(tracer: Tracer, nodes: readonly Node[] | undefined, target: Target, scope: Scope): void {
  for (const node of nodes ?? []) {
    const assignment = bodyOf(node, 'ResTarget');
    if (!assignment) throw new Refused(refusals.unknownNode(nodeParts(node)[0]));
    onlyFields('ResTarget', assignment, ['name', 'val', 'location']);
    const column = writtenColumn(target.relation, assignment.name ?? '');
    const several = bodyOf(assignment.val, 'MultiAssignRef');
    if (several) {
      const className = classOf(tracer, target.relation, column);
      if (className !== null) {
        tracer.findings.writes.add(className);
        noteGuesses(tracer, [assignedPart(several)], scope, className);
      }
      requireWritableType(tracer, target.relation, column);
      traceAssignedRow(tracer, several.source, scope);
    } else traceWrittenValue(tracer, assignment.val, target.relation, column, scope);
  }
}

/** The part of a row that one of several columns is assigned; of a query all of it. */
function assignedPart({ source, colno }: MultiAssignRef): Node | undefined {
  return bodyOf(source, 'RowExpr')?.args?.[(colno ?? 1) - 1] ?? source;
}

/** The right side of `SET (a, b) = …`: a row of values, or a query of several columns. */
function traceAssignedRow(tracer: Tracer, source: Node | undefined, scope: Scope): void {
  const row = bodyOf(source, 'RowExpr');
  if (!row) return tracer.clean(tracer, source, scope, 'UPDATE');
  for (const value of row.args ?? []) if (!bodyOf(value, 'SetToDefault')) tracer.clean(tracer, value, scope, 'UPDATE');
}

function insertedColumns(relation: CatalogRelation, nodes: readonly Node[] | undefined): readonly CatalogColumn[] {
  if (!nodes) return relation.columns;
  return nodes.map((node) => {
    const target = bodyOf(node, 'ResTarget');
    if (!target) throw new Refused(refusals.unknownNode(nodeParts(node)[0]));
    onlyFields('ResTarget', target, ['name', 'location']);
    return writtenColumn(relation, target.name ?? '');
  });
}

function isBareValues(query: SelectStmt): boolean {
  return (
    Boolean(query.valuesLists) && !query.withClause && !query.sortClause && !query.limitCount && !query.limitOffset
  );
}

function traceInsertedQuery(
  tracer: Tracer,
  query: SelectStmt,
  target: Target,
  columns: readonly CatalogColumn[],
  scope: Scope,
): void {
  const label = (column: CatalogColumn): string => `${relationLabel(target.relation)}.${column.name}`;
  tracer.query(tracer, query, scope).forEach((field, position) => {
    const column = columns[position];
    const into = column ? label(column) : relationLabel(target.relation);
    requireClean(tracer, [field], (source) => refusals.writesFrom(into, source));
    if (field.plainOnly !== null) throw new Refused(refusals.plainOnly('INSERT', field.plainOnly));
    if (column) requireWritableType(tracer, target.relation, column);
    const className = column ? classOf(tracer, target.relation, column) : null;
    if (className === null) return;
    tracer.findings.writes.add(className);
    noteGuesses(tracer, field.made ?? [], null, className);
  });
}

function traceConflict(tracer: Tracer, clause: OnConflictClause | undefined, target: Target, scope: Scope): void {
  if (!clause) return;
  onlyFields('OnConflictClause', clause, ['action', 'infer', 'targetList', 'whereClause', 'location']);
  // a row that was there before may fail a constraint now: its error prints the row
  if (clause.action !== 'ONCONFLICT_NOTHING') tracer.findings.touches = true;
  const own: Scope = { ...scope, items: [target.item] };
  const { infer } = clause;
  if (infer) {
    onlyFields('InferClause', infer, ['indexElems', 'whereClause', 'conname', 'location']);
    for (const node of infer.indexElems ?? []) {
      const element = bodyOf(node, 'IndexElem');
      if (!element) throw new Refused(refusals.unknownNode('ON CONFLICT'));
      onlyFields('IndexElem', element, ['name', 'expr', 'ordering', 'nulls_ordering']);
      const name =
        element.name === undefined ? undefined : { ColumnRef: { fields: [{ String: { sval: element.name } }] } };
      // whether a row has the value that is written: what a unique index tells anyway
      noteOracle(tracer, 'equality', [tracer.value(tracer, name ?? element.expr, own)], (column) =>
        refusals.uses('ON CONFLICT', column),
      );
    }
    tracePredicate(tracer, infer.whereClause, own);
  }
  const excluded: Item = { ...target.item, name: 'excluded', relation: null, systemColumns: false };
  const both: Scope = { ...scope, items: [target.item, excluded] };
  traceAssignments(tracer, clause.targetList, target, both);
  tracePredicate(tracer, clause.whereClause, both);
}

function traceInsert(tracer: Tracer, stmt: InsertStmt, around: Scope): Field[] {
  onlyFields(
    'InsertStmt',
    stmt,
    'relation cols selectStmt onConflictClause returningClause withClause override'.split(' '),
  );
  const inside = traceWith(tracer, stmt.withClause, around);
  const scope: Scope = { items: [], parent: around, ctes: inside.ctes };
  const target = requireTarget(tracer, stmt.relation);
  const columns = insertedColumns(target.relation, stmt.cols);
  const query = bodyOf(stmt.selectStmt, 'SelectStmt');
  if (stmt.selectStmt && !query) throw new Refused(refusals.unknownNode('INSERT'));
  if (query && isBareValues(query)) {
    onlyFields('SelectStmt', query, ['valuesLists', 'limitOption', 'op']);
    for (const row of query.valuesLists ?? []) {
      itemsOf(row).forEach((value, position) => {
        const column = columns[position];
        if (column) traceWrittenValue(tracer, value, target.relation, column, scope);
        else tracer.clean(tracer, value, scope, 'INSERT');
      });
    }
  } else if (query) traceInsertedQuery(tracer, query, target, columns, scope);
  traceConflict(tracer, stmt.onConflictClause, target, scope);
  return traceReturning(tracer, stmt.returningClause, target, { ...scope, items: [target.item] });
}

function traceUpdate(tracer: Tracer, stmt: UpdateStmt, around: Scope): Field[] {
  onlyFields('UpdateStmt', stmt, [
    'relation',
    'targetList',
    'whereClause',
    'fromClause',
    'returningClause',
    'withClause',
  ]);
  const inside = traceWith(tracer, stmt.withClause, around);
  const target = requireTarget(tracer, stmt.relation);
  tracer.findings.touches = true;
  const scope = traceFrom(tracer, stmt.fromClause, { items: [target.item], parent: around, ctes: inside.ctes });
  traceAssignments(tracer, stmt.targetList, target, scope);
  tracePredicate(tracer, stmt.whereClause, scope);
  return traceReturning(tracer, stmt.returningClause, target, scope);
}

function traceDelete(tracer: Tracer, stmt: DeleteStmt, around: Scope): Field[] {
  onlyFields('DeleteStmt', stmt, ['relation', 'usingClause', 'whereClause', 'returningClause', 'withClause']);
  const inside = traceWith(tracer, stmt.withClause, around);
  const target = requireTarget(tracer, stmt.relation);
  tracer.findings.touches = true;
  const scope = traceFrom(tracer, stmt.usingClause, { items: [target.item], parent: around, ctes: inside.ctes });
  tracePredicate(tracer, stmt.whereClause, scope);
  return traceReturning(tracer, stmt.returningClause, target, scope);
}

/** One WHEN of a MERGE: each sees the rows that exist where it applies. */
function traceWhen(tracer: Tracer, node: Node, target: Target, source: Scope, both: Scope): void {
  const when = bodyOf(node, 'MergeWhenClause');
  if (!when) throw new Refused(refusals.unknownNode(nodeParts(node)[0]));
  onlyFields('MergeWhenClause', when, ['matchKind', 'commandType', 'override', 'condition', 'targetList', 'values']);
  const inserts = when.commandType === 'CMD_INSERT';
  const scope = inserts || when.matchKind === 'MERGE_WHEN_NOT_MATCHED_BY_TARGET' ? source : both;
  tracePredicate(tracer, when.condition, scope);
  const command: string = when.commandType ?? '';
  switch (command) {
    case 'CMD_NOTHING':
    case 'CMD_DELETE':
      return;
    case 'CMD_UPDATE':
      return traceAssignments(tracer, when.targetList, target, scope);
    case 'CMD_INSERT': {
      const columns = insertedColumns(target.relation, when.targetList);
      (when.values ?? []).forEach((value, position) => {
        const column = columns[position];
        if (column) traceWrittenValue(tracer, value, target.relation, column, scope);
        else tracer.clean(tracer, value, scope, 'MERGE');
      });
      return;
    }
    default:
      throw new Refused(refusals.unknownNode('MERGE'));
  }
}

function traceMerge(tracer: Tracer, stmt: MergeStmt, around: Scope): Field[] {
  onlyFields(
    'MergeStmt',
    stmt,
    'relation sourceRelation joinCondition mergeWhenClauses returningClause withClause'.split(' '),
  );
  const inside = traceWith(tracer, stmt.withClause, around);
  const target = requireTarget(tracer, stmt.relation);
  tracer.findings.touches = true;
  const source = traceFrom(tracer, stmt.sourceRelation ? [stmt.sourceRelation] : [], {
    items: [],
    parent: around,
    ctes: inside.ctes,
  });
  // RETURNING * gives the columns of the source first
  const both: Scope = { ...source, items: [...source.items, target.item] };
  tracePredicate(tracer, stmt.joinCondition, both);
  for (const node of stmt.mergeWhenClauses ?? []) traceWhen(tracer, node, target, source, both);
  return traceReturning(tracer, stmt.returningClause, target, both);
}

/**
 * Traces INSERT, UPDATE, DELETE and MERGE. All but the first always touch: foreign keys of tables that are not named may fail,
 * and the error prints their rows.
 * @returns the columns of RETURNING, none without it
 */
export function traceModification(tracer: Tracer, node: Node, around: Scope): readonly Field[] {
  const insert = bodyOf(node, 'InsertStmt');
  if (insert) return traceInsert(tracer, insert, around);
  const update = bodyOf(node, 'UpdateStmt');
  if (update) return traceUpdate(tracer, update, around);
  const remove = bodyOf(node, 'DeleteStmt');
  if (remove) return traceDelete(tracer, remove, around);
  const [kind] = nodeParts(node);
  const merge = bodyOf(node, 'MergeStmt');
  if (merge) return traceMerge(tracer, merge, around);
  throw new Refused(refusals.unknownNode(kind));
}
