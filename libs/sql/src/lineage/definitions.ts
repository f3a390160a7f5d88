import type {
  AlterTableStmt,
  ColumnDef,
  CommentStmt,
  Constraint,
  CreateStmt,
  DropStmt,
  IndexStmt,
  Node,
  RenameStmt,
} from '@pgsql/types';
import type { CatalogRelation } from '../catalog.js';
import { Refused, refusals } from './refusals.js';
import { findRelation, relationLabel, requireRelation, requireWritable } from './relations.js';
import type { Scope, Tracer } from './tracer.js';
import { EMPTY_SCOPE, cleanField, hasProtected, isSystemRelation } from './tracer.js';
import { bodyOf, itemsOf, nodeParts, onlyFields, stringsOf } from './tree.js';
import { requireHarmlessType } from './types.js';

const CONSTRAINT_FIELDS = (
  'contype conname deferrable initdeferred is_enforced skip_validation initially_valid ' +
  'is_no_inherit raw_expr generated_when generated_kind nulls_not_distinct keys including pktable ' +
  'fk_attrs pk_attrs fk_matchtype fk_upd_action fk_del_action fk_del_set_cols location options'
).split(' ');

/** Sequence options of IDENTITY and storage parameters are constants by grammar. */
const PLAIN_CONSTRAINTS = new Set(
  (
    'CONSTR_NULL CONSTR_NOTNULL CONSTR_PRIMARY CONSTR_UNIQUE CONSTR_IDENTITY CONSTR_ATTR_DEFERRABLE ' +
    'CONSTR_ATTR_NOT_DEFERRABLE CONSTR_ATTR_DEFERRED CONSTR_ATTR_IMMEDIATE CONSTR_ATTR_ENFORCED ' +
    'CONSTR_ATTR_NOT_ENFORCED'
  ).split(' '),
);

/** A relation of the user's own without protected columns; what is missing is the server's to say. */
export function requireUnprotected(
  tracer: Tracer,
  relation: CatalogRelation | null | 'unknown-path',
  name: string,
  what: string,
): void {
  if (relation === 'unknown-path') throw new Refused(refusals.unknownPath(name));
  if (relation === null) return;
  if (isSystemRelation(relation)) throw new Refused(refusals.systemRelation(relationLabel(relation)));
  if (hasProtected(tracer, relation)) throw new Refused(refusals.protectedObject(what, relationLabel(relation)));
}

function requireNoEventTriggers(tracer: Tracer): void {
  if (tracer.context.index.catalog.eventTriggers.length > 0) throw new Refused(refusals.eventTriggers());
}

function traceConstraint(tracer: Tracer, constraint: Constraint, scope: Scope): void {
  onlyFields('Constraint', constraint, CONSTRAINT_FIELDS);
  const kind: string = constraint.contype ?? '';
  if (PLAIN_CONSTRAINTS.has(kind)) return;
  switch (kind) {
    case 'CONSTR_DEFAULT':
      return tracer.clean(tracer, constraint.raw_expr, EMPTY_SCOPE, 'A default');
    case 'CONSTR_CHECK':
      return tracer.clean(tracer, constraint.raw_expr, scope, 'A check');
    case 'CONSTR_GENERATED':
      return tracer.clean(tracer, constraint.raw_expr, scope, 'A generated column');
    case 'CONSTR_FOREIGN': {
      // probing a foreign key answers whether a value exists
      const range = constraint.pktable;
      if (!range) throw new Refused(refusals.unknownNode('foreign key'));
      return requireUnprotected(tracer, requireRelation(tracer, range), range.relname ?? '', 'A foreign key');
    }
    default:
      throw new Refused(refusals.unknownNode(kind));
  }
}

function traceColumn(tracer: Tracer, column: ColumnDef, scope: Scope): void {
  onlyFields('ColumnDef', column, [
    'colname',
    'typeName',
    'compression',
    'is_local',
    'storage_name',
    'collClause',
    'constraints',
    'location',
  ]);
  requireHarmlessType(tracer.context, column.typeName, true);
  for (const node of column.constraints ?? []) {
    const constraint = bodyOf(node, 'Constraint');
    if (!constraint) throw new Refused(refusals.unknownNode(nodeParts(node)[0]));
    traceConstraint(tracer, constraint, scope);
  }
}

function columnScope(names: readonly string[]): Scope {
  const fields = names.map(cleanField);
  const item = { name: null, relation: null, systemColumns: true, fields, columnsVisible: true, uncertain: false };
  return { items: [item], parent: null, ctes: null };
}

/** CREATE TABLE with columns of harmless types, whose expressions are clean; nothing inherited, copied or partitioned. */
export function traceCreateTable(tracer: Tracer, stmt: CreateStmt): void {
  requireNoEventTriggers(tracer);
  // its rows would be those of the other table, and the other way round
  if (stmt.inhRelations || stmt.partbound)
    throw new Refused(refusals.statement('CREATE TABLE with INHERITS or PARTITION OF'));
  onlyFields('CreateStmt', stmt, ['relation', 'tableElts', 'options', 'oncommit', 'tablespacename', 'if_not_exists']);
  const columns = (stmt.tableElts ?? [])
    .map((node) => bodyOf(node, 'ColumnDef')?.colname)
    .filter((name) => name !== undefined);
  const scope = columnScope(columns);
  for (const node of stmt.tableElts ?? []) {
    const column = bodyOf(node, 'ColumnDef');
    const constraint = bodyOf(node, 'Constraint');
    if (column) traceColumn(tracer, column, scope);
    else if (constraint) traceConstraint(tracer, constraint, scope);
    else throw new Refused(refusals.statement('CREATE TABLE with LIKE', 'Write the columns out.'));
  }
}

const DROPPABLE = new Set(['OBJECT_TABLE', 'OBJECT_INDEX', 'OBJECT_VIEW', 'OBJECT_MATVIEW', 'OBJECT_SEQUENCE']);

/** DROP of relations without protected columns. */
export function traceDrop(tracer: Tracer, stmt: DropStmt): void {
  requireNoEventTriggers(tracer);
  if (!DROPPABLE.has(stmt.removeType ?? '')) throw new Refused(refusals.statement('DROP of anything but relations'));
  for (const node of stmt.objects ?? []) {
    const names = stringsOf(itemsOf(node));
    const relname = names?.at(-1);
    if (!names || relname === undefined || names.length > 3) throw new Refused(refusals.unknownNode('DROP'));
    const [catalogname, schemaname] = [names.at(-3), names.at(-2)];
    const range = {
      relname,
      ...(schemaname !== undefined && { schemaname }),
      ...(catalogname !== undefined && { catalogname }),
    };
    const relation = findRelation(tracer, range);
    requireUnprotected(tracer, relation, names.join('.'), 'DROP');
  }
}

/** CREATE INDEX on plain columns of a table without protected columns. */
export function traceCreateIndex(tracer: Tracer, stmt: IndexStmt): void {
  requireNoEventTriggers(tracer);
  onlyFields(
    'IndexStmt',
    stmt,
    (
      'idxname relation accessMethod tableSpace indexParams indexIncludingParams options unique ' +
      'nulls_not_distinct concurrent if_not_exists'
    ).split(' '),
  );
  requireOwnTable(tracer, stmt.relation, 'CREATE INDEX');
  for (const node of [...(stmt.indexParams ?? []), ...(stmt.indexIncludingParams ?? [])]) {
    const element = bodyOf(node, 'IndexElem');
    if (!element) throw new Refused(refusals.unknownNode('CREATE INDEX'));
    onlyFields('CREATE INDEX', element, ['name', 'ordering', 'nulls_ordering']);
  }
}

/** An ordinary table of the user without protected columns and without code of its own. */
function requireOwnTable(tracer: Tracer, range: CreateStmt['relation'], what: string): CatalogRelation {
  if (!range) throw new Refused(refusals.unknownNode(what));
  const relation = requireRelation(tracer, range);
  requireUnprotected(tracer, relation, range.relname ?? '', what);
  requireWritable(tracer, relation);
  return relation;
}

const PLAIN_CHANGES = new Set([
  'AT_DropColumn',
  'AT_SetNotNull',
  'AT_DropNotNull',
  'AT_DropConstraint',
  'AT_ReplicaIdentity',
]);

/** ALTER TABLE that adds, drops or defaults columns of a table without protected columns. */
export function traceAlterTable(tracer: Tracer, stmt: AlterTableStmt): void {
  requireNoEventTriggers(tracer);
  onlyFields('AlterTableStmt', stmt, ['relation', 'cmds', 'objtype', 'missing_ok']);
  if (stmt.objtype !== 'OBJECT_TABLE') throw new Refused(refusals.statement('ALTER of anything but a table'));
  const relation = requireOwnTable(tracer, stmt.relation, 'ALTER TABLE');
  const scope = columnScope(relation.columns.map((column) => column.name));
  for (const node of stmt.cmds ?? []) {
    const command = bodyOf(node, 'AlterTableCmd');
    if (!command) throw new Refused(refusals.unknownNode('ALTER TABLE'));
    onlyFields('ALTER TABLE', command, ['subtype', 'name', 'def', 'behavior', 'missing_ok', 'recurse']);
    const column = bodyOf(command.def, 'ColumnDef');
    const constraint = bodyOf(command.def, 'Constraint');
    if (command.subtype === 'AT_AddColumn' && column) traceColumn(tracer, column, scope);
    else if (command.subtype === 'AT_AddConstraint' && constraint) traceConstraint(tracer, constraint, scope);
    else if (command.subtype === 'AT_ColumnDefault') tracer.clean(tracer, command.def, EMPTY_SCOPE, 'A default');
    else if (!PLAIN_CHANGES.has(command.subtype ?? '') || command.def) {
      throw new Refused(refusals.statement(`ALTER TABLE (${command.subtype ?? ''})`));
    }
  }
}

/** RENAME of a table without protected columns, or of one of its columns. */
export function traceRename(tracer: Tracer, stmt: RenameStmt): void {
  requireNoEventTriggers(tracer);
  onlyFields('RenameStmt', stmt, [
    'renameType',
    'relationType',
    'relation',
    'subname',
    'newname',
    'behavior',
    'missing_ok',
  ]);
  const column = stmt.renameType === 'OBJECT_COLUMN' && stmt.relationType === 'OBJECT_TABLE';
  if (!column && stmt.renameType !== 'OBJECT_TABLE')
    throw new Refused(refusals.statement('RENAME of anything but tables and columns'));
  requireOwnTable(tracer, stmt.relation, 'RENAME');
}

/** GRANT and REVOKE on named relations without protected columns. */
export function traceGrant(tracer: Tracer, objects: readonly Node[] | undefined, objtype: string | undefined): void {
  requireNoEventTriggers(tracer);
  if (objtype !== 'OBJECT_TABLE' && objtype !== 'OBJECT_SEQUENCE')
    throw new Refused(refusals.statement('GRANT on anything but relations'));
  for (const node of objects ?? []) {
    const range = bodyOf(node, 'RangeVar');
    if (!range) throw new Refused(refusals.unknownNode('GRANT'));
    requireUnprotected(tracer, requireRelation(tracer, range), range.relname ?? '', 'GRANT');
  }
}

/** COMMENT on relations and their columns: the text is the user's own. */
export function traceComment(tracer: Tracer, stmt: CommentStmt | null): void {
  requireNoEventTriggers(tracer);
  const { objtype } = stmt ?? {};
  if (objtype !== 'OBJECT_TABLE' && objtype !== 'OBJECT_COLUMN' && objtype !== 'OBJECT_INDEX') {
    throw new Refused(refusals.statement('COMMENT on anything but tables, columns and indexes'));
  }
  if (!stringsOf(itemsOf(stmt?.object))) throw new Refused(refusals.unknownNode('COMMENT'));
}
