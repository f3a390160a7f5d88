import type {
  CreateTableAsStmt,
  ExplainStmt,
  Node,
  SelectStmt,
  TruncateStmt,
  VacuumStmt,
  VariableSetStmt,
} from '@pgsql/types';
import type { OutputColumn } from '../description.js';
import { traceCopy } from './copy.js';
import {
  requireUnprotected,
  traceAlterTable,
  traceComment,
  traceCreateIndex,
  traceCreateTable,
  traceDrop,
  traceGrant,
  traceRename,
} from './definitions.js';
import { noteOracle } from './oracles.js';
import { Refused, refusals } from './refusals.js';
import { relationLabel, requireRelation, requireWritable } from './relations.js';
import { requireAllowedSetting } from './settings.js';
import { traceExecute } from './stored.js';
import { classesOf } from './taint.js';
import type { Field, Tracer } from './tracer.js';
import { CLEAN, EMPTY_SCOPE, cleanField, firstTainted, isSystemRelation, requireClean } from './tracer.js';
import { bodyOf, nodeParts, onlyFields } from './tree.js';

/** Statements that are refused whatever they name, with what to do instead. */
const REFUSED: ReadonlyMap<string, readonly [what: string, hint?: string]> = new Map([
  ['DoStmt', ['DO', 'Send the statements one by one.']],
  ['CallStmt', ['CALL', 'Send the statements one by one.']],
  ['CreateFunctionStmt', ['CREATE FUNCTION']],
  ['ViewStmt', ['CREATE VIEW', 'Send the query itself.']],
  ['RuleStmt', ['CREATE RULE']],
  ['CreateTrigStmt', ['CREATE TRIGGER']],
  ['CreateStatsStmt', ['CREATE STATISTICS']],
  ['DefineStmt', ['CREATE of an aggregate, operator or type']],
  ['CreateCastStmt', ['CREATE CAST']],
  ['CreateDomainStmt', ['CREATE DOMAIN']],
  ['CreateEnumStmt', ['CREATE TYPE']],
  ['CreateExtensionStmt', ['CREATE EXTENSION']],
  ['RefreshMatViewStmt', ['REFRESH MATERIALIZED VIEW']],
  ['AlterObjectSchemaStmt', ['ALTER … SET SCHEMA']],
  ['GrantRoleStmt', ['GRANT of a role']],
  ['CheckPointStmt', ['CHECKPOINT']],
]);

const NOTHING: readonly Field[] = [];

function traceSet(stmt: VariableSetStmt): void {
  onlyFields('VariableSetStmt', stmt, ['kind', 'name', 'args', 'jumble_args', 'is_local', 'location']);
  for (const argument of stmt.args ?? []) nodeParts(argument);
  requireAllowedSetting(stmt.name ?? '');
}

const RUNS = new Set(['analyze', 'analyse']);

/** Whether an option is given, false ones too. */
function asks(stmt: ExplainStmt, isIt: (name: string, value: string | undefined) => boolean): boolean {
  return (stmt.options ?? []).some((node) => {
    const option = bodyOf(node, 'DefElem');
    return isIt(option?.defname?.toLowerCase() ?? '', bodyOf(option?.arg, 'String')?.sval?.toLowerCase());
  });
}

/** Whether a plan that is told in full shows defaults: those of a row that is written stand among its values. */
function showsDefaults(stmt: ExplainStmt): boolean {
  return asks(stmt, (name) => name === 'verbose') && /"(?:Insert|Update|Merge)Stmt"/u.test(JSON.stringify(stmt.query));
}

/** Of the definitions in a plan the literals can be told in its own format only. */
function planTaint(stmt: ExplainStmt, opens: boolean): OutputColumn {
  if (!opens && !showsDefaults(stmt)) return CLEAN;
  const other = asks(stmt, (name, value) => name === 'format' && value !== 'text');
  return other ? { taint: 'opaque' } : { taint: 'definition' };
}

/**
 * A plan has no values but the statement's own, and those of definitions that it opens; run, it tells sizes and how often each part ran.
 */
function traceExplain(tracer: Tracer, stmt: ExplainStmt): readonly Field[] {
  onlyFields('ExplainStmt', stmt, ['query', 'options']);
  const query = bodyOf(stmt.query, 'SelectStmt');
  const { findings } = tracer;
  if (bodyOf(stmt.query, 'CreateTableAsStmt')) throw new Refused(refusals.statement('EXPLAIN of CREATE TABLE AS'));
  if (!stmt.query) throw new Refused(refusals.unknownNode('EXPLAIN'));
  const fields = query
    ? tracer.query(tracer, query, EMPTY_SCOPE)
    : tracer.modification(tracer, stmt.query, EMPTY_SCOPE);
  const runs = asks(stmt, (name) => RUNS.has(name));
  const read = fields.flatMap(({ taint }) => (taint.taint === 'blocked' ? [] : classesOf(tracer, taint)));
  const classes = [...new Set([...read, ...findings.reads])].sort();
  if (runs && classes.length > 0) {
    const told: OutputColumn = { taint: 'derived', classes };
    const label = firstTainted(tracer, fields) ?? findings.named;
    noteOracle(tracer, 'evaluation', [{ taint: told, label }], (column) => refusals.uses('EXPLAIN ANALYZE', column));
  }
  return [{ ...cleanField('QUERY PLAN'), taint: planTaint(stmt, findings.opens) }];
}

/** What does instead of a copy of protected columns. */
const KEYS_INSTEAD =
  'A copy would be protected by nothing. Copy the key alone, and join with the table where its columns are needed: there they arrive masked.';

/** A table made of a query holds no protected values: it would be protected by nothing. */
function traceCreateAs(tracer: Tracer, stmt: CreateTableAsStmt): void {
  onlyFields('CreateTableAsStmt', stmt, ['query', 'into', 'objtype', 'if_not_exists']);
  if (stmt.objtype !== 'OBJECT_TABLE') throw new Refused(refusals.statement('CREATE MATERIALIZED VIEW'));
  const query = bodyOf(stmt.query, 'SelectStmt');
  if (!query) throw new Refused(refusals.statement('CREATE TABLE AS over anything but a query'));
  traceMade(tracer, query, 'CREATE TABLE AS');
}

/** The query behind CREATE TABLE AS and SELECT INTO. */
export function traceMade(tracer: Tracer, query: SelectStmt, what: string): void {
  if (tracer.context.index.catalog.eventTriggers.length > 0) throw new Refused(refusals.eventTriggers());
  const fields = tracer.query(tracer, query, EMPTY_SCOPE);
  requireClean(tracer, fields, (column) => ({ ...refusals.derivedFrom(what, column), hint: KEYS_INSTEAD }));
  for (const { plainOnly } of fields) if (plainOnly !== null) throw new Refused(refusals.plainOnly(what, plainOnly));
}

function traceTruncate(tracer: Tracer, stmt: TruncateStmt): void {
  onlyFields('TruncateStmt', stmt, ['relations', 'restart_seqs', 'behavior']);
  for (const node of stmt.relations ?? []) {
    const range = bodyOf(node, 'RangeVar');
    if (!range) throw new Refused(refusals.unknownNode('TRUNCATE'));
    requireWritable(tracer, requireRelation(tracer, range));
  }
}

/** ANALYZE evaluates indexed expressions and extended statistics: no user-defined function may be among them. */
function traceVacuum(tracer: Tracer, stmt: VacuumStmt): void {
  onlyFields('VacuumStmt', stmt, ['options', 'rels', 'is_vacuumcmd']);
  const { relations } = tracer.context.index.catalog;
  const named = (stmt.rels ?? []).map((node) => {
    const range = bodyOf(node, 'VacuumRelation')?.relation;
    if (!range) throw new Refused(refusals.unknownNode('VACUUM'));
    return requireRelation(tracer, range);
  });
  for (const relation of stmt.rels ? named : relations) {
    if (relation.active.includes('functions'))
      throw new Refused(refusals.activeWrite(relationLabel(relation), 'functions'));
  }
}

function traceLock(tracer: Tracer, relations: readonly Node[] | undefined): void {
  for (const node of relations ?? []) {
    const range = bodyOf(node, 'RangeVar');
    if (!range) throw new Refused(refusals.unknownNode('LOCK'));
    const relation = requireRelation(tracer, range);
    if (isSystemRelation(relation)) requireUnprotected(tracer, relation, relationLabel(relation), 'LOCK');
  }
}

/** `SHOW ALL` has three columns, every other SHOW one. */
function shownFields(name: string | undefined): readonly Field[] {
  return (name?.toLowerCase() === 'all' ? ['name', 'setting', 'description'] : [name ?? 'setting']).map(cleanField);
}

/**
 * Traces a statement that is neither a query nor a modification.
 * @returns its columns; null when it returns rows whose columns are not known here
 * @throws Refused for every statement that is not on the list
 */
export function traceUtility(tracer: Tracer, node: Node): readonly Field[] | null {
  const [kind, body] = nodeParts(node);
  const fields = body as never;
  switch (kind) {
    case 'TransactionStmt':
      // deferred constraints are checked at the end: their errors print rows
      tracer.findings.touches = true;
      return NOTHING;
    case 'ConstraintsSetStmt':
      tracer.findings.touches = true;
      return NOTHING;
    case 'VariableSetStmt':
      traceSet(fields);
      return NOTHING;
    case 'VariableShowStmt':
      return shownFields(bodyOf(node, 'VariableShowStmt')?.name);
    case 'DiscardStmt':
    case 'DeallocateStmt':
    case 'ClosePortalStmt':
    case 'ListenStmt':
    case 'UnlistenStmt':
    // its payload is a text of the client's own
    case 'NotifyStmt':
      return NOTHING;
    // what stands behind the name is known to the session only: it puts that in their place
    case 'FetchStmt':
      return null;
    case 'ExecuteStmt':
      traceExecute(tracer, fields);
      return null;
    case 'CopyStmt':
      return traceCopy(tracer, fields);
    case 'ExplainStmt':
      return traceExplain(tracer, fields);
    case 'CreateTableAsStmt':
      traceCreateAs(tracer, fields);
      return NOTHING;
    case 'CreateStmt':
      traceCreateTable(tracer, fields);
      return NOTHING;
    case 'DropStmt':
      traceDrop(tracer, fields);
      return NOTHING;
    case 'IndexStmt':
      traceCreateIndex(tracer, fields);
      return NOTHING;
    case 'AlterTableStmt':
      traceAlterTable(tracer, fields);
      return NOTHING;
    case 'RenameStmt':
      traceRename(tracer, fields);
      return NOTHING;
    case 'TruncateStmt':
      traceTruncate(tracer, fields);
      return NOTHING;
    case 'VacuumStmt':
      traceVacuum(tracer, fields);
      return NOTHING;
    case 'LockStmt':
      traceLock(tracer, bodyOf(node, 'LockStmt')?.relations);
      return NOTHING;
    case 'CommentStmt':
      traceComment(tracer, bodyOf(node, 'CommentStmt'));
      return NOTHING;
    case 'GrantStmt': {
      const grant = bodyOf(node, 'GrantStmt');
      if (grant?.targtype !== 'ACL_TARGET_OBJECT')
        throw new Refused(refusals.statement('GRANT on whole schemas or by default'));
      traceGrant(tracer, grant.objects, grant.objtype);
      return NOTHING;
    }
    default: {
      const [what, hint] = REFUSED.get(kind) ?? [`The statement ${kind.replace(/Stmt$/, '')}`];
      throw new Refused(refusals.statement(what, hint));
    }
  }
}
