import type { Dump, DumpNode, DumpValue } from './node-dump.js';
import { isList, isNode, nodeIn, numberIn, numbersIn, readDump } from './node-dump.js';
import { type KeyOf, partingClauses } from './grouped-keys.js';
import type { Budget, Dependence } from './reach.js';
import { COMPUTED, FUNCTION_FIELDS, newBudget, Reach, writtenTargets } from './reach.js';
import type { QueryScope } from './scopes.js';
import {
  comparedLeaves,
  COMMAND,
  ENTRY,
  isPlaceholder,
  isViewEntry,
  nodesIn,
  outputsOf,
  scopeBelow,
  scopeOf,
} from './scopes.js';

/** A relation that a statement reads or writes, views opened. */
export interface TreeRelation {
  readonly oid: number;
  /** attnums that the server checks SELECT on; 0 is the whole row, negative ones are system columns */
  readonly selected: readonly number[];
  /** reached through a view */
  readonly inView: boolean;
}

/** A column that a statement writes, with what is written. */
export interface TreeWrite extends Dependence {
  readonly relationOid: number;
  readonly attnum: number;
}

/** What the server's own tree says of one statement. */
export interface TreeLineage {
  /** per output column in order; null: it returns no rows */
  readonly outputs: readonly Dependence[] | null;
  /** what decides which rows there are, in which order, how they are grouped: everywhere in the statement */
  readonly conditions: Dependence;
  readonly writes: readonly TreeWrite[];
  readonly relations: readonly TreeRelation[];
  /** OIDs of all functions, aggregates and operators' functions, sorted */
  readonly calls: readonly number[];
  /** OIDs of operators that sort, group and compare rows, sorted */
  readonly operators: readonly number[];
}

/** Why a tree says nothing: `dump` is not read, `utility` holds no query of its own, `many` queries came of one. */
export type TreeSilence = 'dump' | 'utility' | 'many';

const ATTNUM_OFFSET = 7;

/** Nodes that hold a query together, or that `Reach` and the conditions know; with those that compute, all that may be met. */
const STRUCTURE = new Set(
  (
    'VAR PARAM FIELDSELECT AGGREF WINDOWFUNC SUBLINK GROUPINGFUNC NULLTEST QUERY FROMEXPR JOINEXPR RANGETBLREF RANGETBLENTRY ' +
    'RTEPERMISSIONINFO COMMONTABLEEXPR CTESEARCHCLAUSE CTECYCLECLAUSE WINDOWCLAUSE SETOPERATIONSTMT ONCONFLICTEXPR MERGEACTION ' +
    'GROUPINGSET ROWMARKCLAUSE'
  ).split(' '),
);

/** Fields of a query; one that is not here may hold anything. */
const QUERY_FIELDS = new Set(
  (
    'commandType querySource canSetTag utilityStmt resultRelation hasAggs hasWindowFuncs hasTargetSRFs hasSubLinks hasDistinctOn ' +
    'hasRecursive hasModifyingCTE hasForUpdate hasRowSecurity hasGroupRTE isReturn cteList rtable rteperminfos jointree mergeActionList ' +
    'mergeTargetRelation mergeJoinCondition mergeUseOuterJoin targetList override onConflict returningOldAlias returningNewAlias ' +
    'returningList groupClause groupDistinct groupingSets havingQual windowClause distinctClause sortClause limitOffset limitCount ' +
    'limitOption rowMarks setOperations constraintDeps withCheckOptions stmt_location stmt_len'
  ).split(' '),
);

/** What of a tree is not known to this reader; with any of it the conditions are not known. */
function strangersIn(dump: Dump): string[] {
  return dump.nodes.flatMap((node) => {
    if (!COMPUTED.has(node.kind) && !STRUCTURE.has(node.kind)) return [node.kind];
    return node.kind === 'QUERY' ? [...node.fields.keys()].filter((field) => !QUERY_FIELDS.has(field)) : [];
  });
}

function distinct(numbers: Iterable<number>): number[] {
  return [...new Set(numbers)].sort((a, b) => a - b);
}

/** Calls `visit` with every node of a query but those inside of other queries, and `enter` with these, at any depth. */
function eachNode(
  query: DumpNode,
  visit: (node: DumpNode) => void,
  enter: (query: DumpNode, holder: DumpNode) => void,
): void {
  const pending: (readonly [DumpValue, DumpNode])[] = [...query.fields.values()].map(
    (value) => [value, query] as const,
  );
  for (let next = pending.pop(); next; next = pending.pop()) {
    const [value, holder] = next;
    if (isList(value)) for (const item of value) pending.push([item, holder]);
    else if (isNode(value)) {
      if (value.kind === 'QUERY') enter(value, holder);
      else {
        visit(value);
        for (const below of value.fields.values()) if (typeof below !== 'string') pending.push([below, value]);
      }
    }
  }
}

/** Everything in a statement that chooses, sorts, groups or counts rows. */
function conditionsAt(reach: Reach, scope: QueryScope, keyOf: KeyOf): void {
  const { query } = scope;
  for (const field of ['havingQual', 'limitOffset', 'limitCount', 'withCheckOptions', 'mergeJoinCondition']) {
    reach.expression(query.fields.get(field), scope, 'condition');
  }
  reach.sorted(partingClauses(scope, keyOf), scope);
  for (const field of ['distinctClause', 'sortClause']) reach.sorted(nodesIn(query, field), scope);
  for (const clause of nodesIn(query, 'windowClause')) reach.windowClause(clause, scope);
  const operations = nodeIn(query, 'setOperations');
  for (const leaf of operations ? comparedLeaves(operations) : []) reach.entry(scope, leaf, 'condition');
}

function conditionsOfNode(reach: Reach, node: DumpNode, scope: QueryScope): void {
  const follow = (field: string): void => {
    reach.expression(node.fields.get(field), scope, 'condition');
  };
  switch (node.kind) {
    case 'FROMEXPR':
    case 'JOINEXPR':
      return follow('quals');
    case 'RANGETBLENTRY':
      for (const field of ['tablesample', 'securityQuals', 'tablefunc']) follow(field);
      // how many rows a function gives follows its arguments, unless it gives one whatever they are
      for (const each of nodesIn(node, 'functions')) {
        const call = nodeIn(each, 'funcexpr');
        const givesOne = call?.kind === 'FUNCEXPR' && call.fields.get('funcretset') === 'false';
        if (!givesOne) reach.expression(each, scope, 'condition');
      }
      return;
    case 'AGGREF':
      follow('aggfilter');
      for (const argument of nodesIn(node, 'args')) {
        const compared = isList(node.fields.get('aggdistinct')) || argument.fields.get('resjunk') === 'true';
        if (compared) reach.expression(argument, scope, 'condition');
      }
      return;
    case 'WINDOWFUNC':
      return follow('aggfilter');
    case 'FUNCEXPR':
      if (node.fields.get('funcretset') === 'true') follow('args');
      return;
    case 'OPEXPR':
      if (node.fields.get('opretset') === 'true') follow('args');
      return;
    case 'MERGEACTION':
      return follow('qual');
    case 'ONCONFLICTEXPR':
      for (const field of ['arbiterWhere', 'onConflictWhere']) follow(field);
      return;
    default:
  }
}

function relationsAt(scope: QueryScope): TreeRelation[] {
  const permissions = nodesIn(scope.query, 'rteperminfos');
  return scope.entries.flatMap((entry) => {
    if (numberIn(entry, 'rtekind') !== ENTRY.relation || isPlaceholder(entry)) return [];
    // from version 16 on what is selected stands beside the range table
    const checked = permissions[(numberIn(entry, 'perminfoindex') ?? 0) - 1] ?? entry;
    const selected = numbersIn(checked, 'selectedCols').map((bit) => bit - ATTNUM_OFFSET);
    return [{ oid: numberIn(entry, 'relid') ?? 0, selected, inView: scope.inView }];
  });
}

function writesAt(scope: QueryScope, budget: Budget): TreeWrite[] {
  const target = scope.entries[(numberIn(scope.query, 'resultRelation') ?? 0) - 1];
  const relationOid = target && numberIn(target, 'relid');
  if (!relationOid) return [];
  return writtenTargets(scope).map((written) => {
    const { values, conditions, presence, unknown } = new Reach(budget).expression(written, scope, 'value');
    return { relationOid, attnum: numberIn(written, 'resno') ?? 0, values, conditions, presence, unknown };
  });
}

function functionsOf(dump: Dump): number[] {
  return distinct(dump.nodes.flatMap((node) => FUNCTION_FIELDS.flatMap((field) => numberIn(node, field) ?? []))).filter(
    (oid) => oid > 0,
  );
}

function operatorsOf(dump: Dump): number[] {
  return distinct(
    dump.nodes.flatMap((node) => [
      ...['opno', 'eqop', 'sortop'].flatMap((field) => numberIn(node, field) ?? []),
      ...numbersIn(node, 'opnos'),
    ]),
  ).filter((oid) => oid > 0);
}

/** The levels of a statement, outermost first. */
function levelsOf(top: QueryScope): QueryScope[] {
  const levels = [top];
  for (const level of levels) {
    eachNode(
      level.query,
      () => undefined,
      (query, holder) => {
        levels.push(scopeBelow(level, query, holder.kind === 'RANGETBLENTRY' && isViewEntry(holder)));
      },
    );
  }
  return levels;
}

/**
 * Reads the server's own tree of one statement, analysed and rewritten: its views are opened, every name is an OID. What it does not
 * know is said so, never left out. Does not throw; the work is bounded.
 * @param detail what `debug_print_rewritten` prints, with `debug_pretty_print` off: the detail of a notice `rewritten parse tree:`
 * @param keyOf primary keys: grouped by beside one, a column of its table decides nothing
 * @see PostgreSQL source, nodes/outfuncs.c; tried with versions 15 and 18
 */
export function traceServerTree(detail: string, keyOf: KeyOf = () => undefined): TreeLineage | TreeSilence {
  const dump = readDump(detail);
  if (!dump || !isList(dump.top)) return 'dump';
  const queries = dump.top.filter(isNode);
  if (queries.length !== dump.top.length || queries.some((query) => query.kind !== 'QUERY')) return 'dump';
  const [query] = queries;
  // rules make several of one, or none: which of them answers is not followed
  if (!query || queries.length > 1) return 'many';
  if (numberIn(query, 'commandType') === COMMAND.utility) return 'utility';
  if (query.fields.get('canSetTag') !== 'true') return 'many';
  const budget = newBudget();
  const top = scopeOf(query, null, false);
  const levels = levelsOf(top);
  const conditions = new Reach(budget);
  for (const stranger of strangersIn(dump)) conditions.unknown.add(stranger);
  for (const level of levels) {
    conditionsAt(conditions, level, keyOf);
    eachNode(
      level.query,
      (node) => conditionsOfNode(conditions, node, level),
      () => undefined,
    );
  }
  const columns = outputsOf(top);
  const outputs = columns.map((_, position): Dependence => new Reach(budget).output(top, position, 'value'));
  const returnsRows = numberIn(query, 'commandType') === COMMAND.select || columns.length > 0;
  return {
    outputs: returnsRows ? outputs : null,
    conditions,
    writes: levels.flatMap((level) => writesAt(level, budget)),
    relations: levels.flatMap(relationsAt),
    calls: functionsOf(dump),
    operators: operatorsOf(dump),
  };
}
