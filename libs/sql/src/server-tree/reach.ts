import type { DumpNode, DumpValue } from './node-dump.js';
import { isList, isNode, nodeIn, numberIn } from './node-dump.js';
import { FIRST_USER_OID } from '../resolve.js';
import type { QueryScope } from './scopes.js';
import {
  COMMAND,
  ENTRY,
  nodesIn,
  outputsOf,
  rowsIn,
  scopeAbove,
  scopeBelow,
  setLeaves,
  sortedTarget,
  withQueryOf,
  isViewEntry,
} from './scopes.js';

/**
 * Columns that something depends on, as `oid.attnum`; attnum 0 is the whole row.
 * `values` reach it as values or parts of values; `conditions` only decide it: sorted, grouped or filtered by; of `presence` it only
 * matters whether they are NULL.
 */
export interface Dependence {
  readonly values: ReadonlySet<string>;
  readonly conditions: ReadonlySet<string>;
  readonly presence: ReadonlySet<string>;
  /** why not all of it is known; empty: it is */
  readonly unknown: ReadonlySet<string>;
}

/** How a value gets somewhere; of `presence` only whether it is NULL matters. */
type Flow = 'value' | 'condition' | 'presence';

/** What is NULL exactly when the values in it are: anything else may be NULL or not by what a value is. */
const PRESERVES_NULL = new Set(
  'VAR TARGETENTRY RELABELTYPE COLLATEEXPR CONST PARAM FIELDSELECT COALESCEEXPR COALESCE MINMAXEXPR MINMAX CASEEXPR CASE CASEWHEN WHEN'.split(
    ' ',
  ),
);

/** What is learned of the parts of an expression when it is only tested for NULL. */
function flowInto(node: DumpNode, flow: Flow): Flow {
  if (flow !== 'presence' || PRESERVES_NULL.has(node.kind)) return flow;
  if (node.kind === 'SUBLINK' && numberIn(node, 'subLinkType') === SUBLINK.expression) return flow;
  return COUNTS.has(numberIn(node, 'funcid') ?? 0) ? flow : 'condition';
}

type Step =
  | { readonly does: 'expression'; readonly value: DumpValue; readonly scope: QueryScope; readonly flow: Flow }
  | {
      readonly does: 'column';
      readonly scope: QueryScope;
      readonly entry: number;
      readonly attno: number;
      readonly flow: Flow;
    }
  | { readonly does: 'output'; readonly scope: QueryScope; readonly position: number | null; readonly flow: Flow };

/** Expressions whose value is computed from nothing but the nodes below them. */
export const COMPUTED: ReadonlySet<string> = new Set(
  (
    'CONST FUNCEXPR NAMEDARGEXPR OPEXPR DISTINCTEXPR NULLIFEXPR SCALARARRAYOPEXPR BOOLEXPR FIELDSTORE RELABELTYPE COERCEVIAIO ' +
    'ARRAYCOERCEEXPR CONVERTROWTYPEEXPR COLLATEEXPR CASEEXPR CASE CASEWHEN WHEN CASETESTEXPR ARRAYEXPR ARRAY ROWEXPR ROW ' +
    'ROWCOMPAREEXPR ROWCOMPARE COALESCEEXPR COALESCE MINMAXEXPR MINMAX SQLVALUEFUNCTION XMLEXPR JSONFORMAT JSONRETURNING ' +
    'JSONVALUEEXPR JSONCONSTRUCTOREXPR JSONISPREDICATE JSONBEHAVIOR JSONEXPR JSONTABLEPATH JSONTABLEPATHSCAN JSONTABLESIBLINGJOIN ' +
    'BOOLEANTEST COERCETODOMAIN COERCETODOMAINVALUE SETTODEFAULT NEXTVALUEEXPR MERGESUPPORTFUNC RETURNINGEXPR SUBSCRIPTINGREF ' +
    'TARGETENTRY TABLEFUNC RANGETBLFUNCTION TABLESAMPLECLAUSE SORTGROUPCLAUSE ALIAS INFERENCEELEM WITHCHECKOPTION'
  ).split(' '),
);

/** Fields that hold the OID of a function that is called. */
export const FUNCTION_FIELDS = ['funcid', 'opfuncid', 'aggfnoid', 'winfnoid', 'tsmhandler'] as const;

/** count(any), count(*), num_nulls, num_nonnulls: the same numbers in every version */
const COUNTS = new Set([2147, 2803, 438, 440]);

const SUBLINK = { exists: 0, expression: 4 } as const;

const PARAM_MULTIPLE = 3;

/** Steps for one statement, all outputs together; above it nothing is known. */
const MOST_STEPS = 3_000_000;

/** Counts steps over all reaches of one statement, so that none of them is without bound. */
export interface Budget {
  steps: number;
}

export function newBudget(): Budget {
  return { steps: MOST_STEPS };
}

/** Finds the columns that values and conditions depend on, in the graph of one statement's tree. WITH queries may be recursive. */
export class Reach implements Dependence {
  readonly values = new Set<string>();
  readonly conditions = new Set<string>();
  readonly presence = new Set<string>();
  readonly unknown = new Set<string>();
  private readonly pending: Step[] = [];
  private readonly seen = new Map<QueryScope, Set<string>>();

  constructor(private readonly budget: Budget) {}

  expression(value: DumpValue | undefined, scope: QueryScope, flow: Flow): this {
    if (value !== undefined) this.pending.push({ does: 'expression', value, scope, flow });
    return this.run();
  }

  /** an output by its position from 0; null: all of them */
  output(scope: QueryScope, position: number | null, flow: Flow): this {
    this.pending.push({ does: 'output', scope, position, flow });
    return this.run();
  }

  /** all columns of an entry of the range table, numbered from 1 */
  entry(scope: QueryScope, number: number, flow: Flow): this {
    this.pushColumn(scope, number, 0, flow);
    return this.run();
  }

  private run(): this {
    for (let step = this.pending.pop(); step; step = this.pending.pop()) {
      this.budget.steps -= 1;
      if (this.budget.steps < 0) {
        this.unknown.add('too much to follow');
        this.pending.length = 0;
        return this;
      }
      if (step.does === 'expression') this.follow(step.value, step.scope, step.flow);
      else if (step.does === 'column') this.column(step.scope, step.entry, step.attno, step.flow);
      else this.outputs(step.scope, step.position, step.flow);
    }
    return this;
  }

  private push(value: DumpValue | undefined, scope: QueryScope, flow: Flow): void {
    if (value !== undefined) this.pending.push({ does: 'expression', value, scope, flow });
  }

  private pushColumn(scope: QueryScope, entry: number, attno: number, flow: Flow): void {
    this.pending.push({ does: 'column', scope, entry, attno, flow });
  }

  /** Whether this place was followed already, at least as strongly. */
  private known(scope: QueryScope, place: string, flow: Flow): boolean {
    const places = this.seen.get(scope) ?? new Set<string>();
    this.seen.set(scope, places);
    if (places.has(`${place} value`) || places.has(`${place} ${flow}`)) return true;
    places.add(`${place} ${flow}`);
    return false;
  }

  private follow(value: DumpValue, scope: QueryScope, how: Flow): void {
    if (isList(value)) {
      for (const item of value) if (typeof item !== 'string') this.push(item, scope, how);
      return;
    }
    if (!isNode(value)) return;
    const flow = flowInto(value, how);
    switch (value.kind) {
      case 'VAR':
        this.variable(value, scope, flow);
        break;
      case 'PARAM':
        this.parameter(value, scope, flow);
        break;
      case 'FIELDSELECT':
        this.field(value, scope, flow);
        break;
      case 'AGGREF':
        this.aggregate(value, scope, flow);
        break;
      case 'WINDOWFUNC':
        this.window(value, scope, flow);
        break;
      case 'SUBLINK':
        this.sublink(value, scope, flow);
        break;
      case 'GROUPINGFUNC':
        // which columns a row is grouped by, not what is in them
        break;
      case 'NULLTEST':
        this.below(value, scope, 'presence');
        break;
      case 'CASEEXPR':
      case 'CASE':
        this.push(value.fields.get('arg'), scope, flow === 'presence' ? 'condition' : flow);
        this.push(value.fields.get('args'), scope, flow);
        this.push(value.fields.get('defresult'), scope, flow);
        break;
      case 'CASEWHEN':
      case 'WHEN':
        this.push(value.fields.get('expr'), scope, flow === 'presence' ? 'condition' : flow);
        this.push(value.fields.get('result'), scope, flow);
        break;
      default:
        if (COUNTS.has(numberIn(value, 'funcid') ?? 0)) this.below(value, scope, 'presence');
        else if (COMPUTED.has(value.kind)) this.below(value, scope, flow);
        else this.unknown.add(value.kind);
    }
    this.called(value);
  }

  /** What a function of a user's own reads besides its arguments is not in the tree. */
  private called(node: DumpNode): void {
    for (const field of FUNCTION_FIELDS) {
      const oid = numberIn(node, field);
      if (oid !== null && oid >= FIRST_USER_OID) this.unknown.add(`function ${oid}`);
    }
  }

  private below(node: DumpNode, scope: QueryScope, flow: Flow): void {
    for (const value of node.fields.values()) if (typeof value !== 'string') this.push(value, scope, flow);
  }

  private variable(node: DumpNode, scope: QueryScope, flow: Flow): void {
    const level = scopeAbove(scope, numberIn(node, 'varlevelsup') ?? Infinity);
    const entry = numberIn(node, 'varno');
    const attno = numberIn(node, 'varattno');
    if (!level || entry === null || attno === null) this.unknown.add('VAR');
    else this.pushColumn(level, entry, attno, flow);
  }

  /** One of the columns of a sublink that gives several, in UPDATE … SET (a, b) = (SELECT …); all others are the client's. */
  private parameter(node: DumpNode, scope: QueryScope, flow: Flow): void {
    if (numberIn(node, 'paramkind') !== PARAM_MULTIPLE) return;
    const id = numberIn(node, 'paramid') ?? 0;
    const links = scope.targets.map((target) => nodeIn(target, 'expr')).filter((each) => each?.kind === 'SUBLINK');
    const link = links.find((each) => each && numberIn(each, 'subLinkId') === id >> 16);
    const query = link && nodeIn(link, 'subselect');
    if (!query) this.unknown.add('PARAM');
    else this.pending.push({ does: 'output', scope: scopeBelow(scope, query), position: (id & 0xffff) - 1, flow });
  }

  private field(node: DumpNode, scope: QueryScope, flow: Flow): void {
    const row = nodeIn(node, 'arg');
    const number = numberIn(node, 'fieldnum');
    const level = row?.kind === 'VAR' ? scopeAbove(scope, numberIn(row, 'varlevelsup') ?? Infinity) : null;
    const entry = row && numberIn(row, 'varno');
    if (row && level && number !== null && numberIn(row, 'varattno') === 0 && entry !== null) {
      this.pushColumn(level, entry, number, flow);
    } else this.push(node.fields.get('arg'), scope, flow);
  }

  private aggregate(node: DumpNode, scope: QueryScope, flow: Flow): void {
    const counts = COUNTS.has(numberIn(node, 'aggfnoid') ?? 0);
    this.push(node.fields.get('aggfilter'), scope, 'condition');
    this.push(node.fields.get('aggdirectargs'), scope, flow);
    for (const argument of nodesIn(node, 'args')) {
      // ORDER BY inside the call adds arguments that are no values
      const sorts = argument.fields.get('resjunk') === 'true';
      this.push(argument, scope, sorts ? 'condition' : counts ? 'presence' : flow);
    }
  }

  private window(node: DumpNode, scope: QueryScope, flow: Flow): void {
    const counts = COUNTS.has(numberIn(node, 'winfnoid') ?? 0);
    this.push(node.fields.get('aggfilter'), scope, 'condition');
    this.push(node.fields.get('args'), scope, counts ? 'presence' : flow);
    const reference = numberIn(node, 'winref');
    const clause = nodesIn(scope.query, 'windowClause').find((each) => numberIn(each, 'winref') === reference);
    if (!clause) {
      this.unknown.add('WINDOWFUNC');
      return;
    }
    this.windowClause(clause, scope);
  }

  /** What a window is divided and sorted by. */
  windowClause(clause: DumpNode, scope: QueryScope): void {
    for (const field of ['startOffset', 'endOffset']) this.push(clause.fields.get(field), scope, 'condition');
    for (const field of ['partitionClause', 'orderClause']) this.sorted(nodesIn(clause, field), scope);
  }

  /** The targets that GROUP BY, DISTINCT, ORDER BY and windows name by number. */
  sorted(clauses: readonly DumpNode[], scope: QueryScope): void {
    for (const clause of clauses) {
      const target = sortedTarget(scope.targets, numberIn(clause, 'tleSortGroupRef') ?? -1);
      if (target) this.push(target, scope, 'condition');
      else this.unknown.add(clause.kind);
    }
    this.run();
  }

  private sublink(node: DumpNode, scope: QueryScope, flow: Flow): void {
    const query = nodeIn(node, 'subselect');
    if (!query) {
      this.unknown.add('SUBLINK');
      return;
    }
    const level = scopeBelow(scope, query);
    const kind = numberIn(node, 'subLinkType');
    this.push(node.fields.get('testexpr'), scope, flow);
    // whether rows are there decides EXISTS, NULL and the length of ARRAY
    for (const field of ['jointree', 'havingQual', 'limitCount', 'limitOffset']) {
      this.conditionsBelow(query.fields.get(field), level);
    }
    if (kind !== SUBLINK.exists) this.pending.push({ does: 'output', scope: level, position: null, flow });
  }

  private conditionsBelow(value: DumpValue | undefined, scope: QueryScope): void {
    if (isList(value)) for (const item of value) this.conditionsBelow(item, scope);
    if (!isNode(value)) return;
    if (value.kind === 'FROMEXPR') {
      this.push(value.fields.get('quals'), scope, 'condition');
      this.conditionsBelow(value.fields.get('fromlist'), scope);
    } else if (value.kind === 'JOINEXPR') {
      this.push(value.fields.get('quals'), scope, 'condition');
      this.conditionsBelow(value.fields.get('larg'), scope);
      this.conditionsBelow(value.fields.get('rarg'), scope);
    } else if (value.kind !== 'RANGETBLREF') this.push(value, scope, 'condition');
  }

  private outputs(scope: QueryScope, position: number | null, flow: Flow): void {
    if (this.known(scope, `o${position ?? ''}`, flow)) return;
    const operations = nodeIn(scope.query, 'setOperations');
    if (operations && numberIn(scope.query, 'commandType') === COMMAND.select) {
      const leaves = setLeaves(operations);
      if (!leaves) this.unknown.add('setOperations');
      for (const { entry, compared } of leaves ?? []) {
        this.pushColumn(scope, entry, position === null ? 0 : position + 1, compared ? 'condition' : flow);
      }
      return;
    }
    const outputs = outputsOf(scope);
    if (position === null) for (const output of outputs) this.push(output, scope, flow);
    else if (outputs[position]) this.push(outputs[position], scope, flow);
    else this.unknown.add('output');
  }

  private column(scope: QueryScope, number: number, attno: number, flow: Flow): void {
    if (this.known(scope, `${number}.${attno}`, flow)) return;
    const entry = scope.entries[number - 1];
    const position = attno === 0 ? null : attno - 1;
    const kind = (entry && numberIn(entry, 'rtekind')) ?? null;
    switch (kind) {
      case ENTRY.relation:
        return this.relationColumn(scope, number, attno, flow);
      case ENTRY.subquery: {
        const query = entry && nodeIn(entry, 'subquery');
        if (!entry || !query) break;
        const level = scopeBelow(scope, query, isViewEntry(entry));
        this.pending.push({ does: 'output', scope: level, position, flow });
        return;
      }
      case ENTRY.withQuery: {
        const found = entry && withQueryOf(scope, entry);
        if (!found) break;
        this.pending.push({ does: 'output', scope: scopeBelow(found.scope, found.query), position, flow });
        return;
      }
      case ENTRY.join:
        return this.among(entry, 'joinaliasvars', scope, position, flow);
      case ENTRY.group:
        return this.among(entry, 'groupexprs', scope, position, flow);
      case ENTRY.function:
        return this.functionColumn(entry, scope, attno, flow);
      case ENTRY.tableFunction:
        return this.push(entry?.fields.get('tablefunc'), scope, flow);
      case ENTRY.values: {
        for (const row of entry ? rowsIn(entry, 'values_lists') : []) {
          if (position === null) this.push(row, scope, flow);
          else this.push(row[position], scope, flow);
        }
        return;
      }
      case ENTRY.result:
        return;
      case null:
      default:
    }
    this.unknown.add(entry ? `range table entry ${entry.fields.get('rtekind') as string}` : 'range table entry');
  }

  private relationColumn(scope: QueryScope, number: number, attno: number, flow: Flow): void {
    const entry = scope.entries[number - 1];
    const oid = entry && numberIn(entry, 'relid');
    if (oid === null || oid === undefined) {
      this.unknown.add('relid');
      return;
    }
    const reached = flow === 'value' ? this.values : flow === 'condition' ? this.conditions : this.presence;
    reached.add(`${oid}.${attno}`);
    // a row that the statement itself writes has what it writes into it
    if (number !== numberIn(scope.query, 'resultRelation')) return;
    for (const target of writtenTargets(scope)) {
      if (attno === 0 || numberIn(target, 'resno') === attno) this.push(target, scope, flow);
    }
  }

  private among(
    entry: DumpNode | undefined,
    field: string,
    scope: QueryScope,
    position: number | null,
    flow: Flow,
  ): void {
    const values = entry?.fields.get(field);
    const chosen = isList(values) ? (position === null ? values : values[position]) : undefined;
    if (chosen === undefined) this.unknown.add(field);
    else this.push(chosen, scope, flow);
  }

  /** A column of one of the functions of ROWS FROM; the last one may be the ordinality, which is a count. */
  private functionColumn(entry: DumpNode | undefined, scope: QueryScope, attno: number, flow: Flow): void {
    let before = 0;
    for (const each of entry ? nodesIn(entry, 'functions') : []) {
      const columns = numberIn(each, 'funccolcount') ?? Infinity;
      if (attno <= 0 || (attno > before && attno <= before + columns)) this.push(each, scope, flow);
      before += columns;
    }
    if (attno > before && entry) this.push(entry.fields.get('functions'), scope, 'condition');
  }
}

/** What a statement puts into the rows of its target: of INSERT and UPDATE, of each action of MERGE, of ON CONFLICT. */
export function writtenTargets(scope: QueryScope): DumpNode[] {
  const command = numberIn(scope.query, 'commandType');
  if (command !== COMMAND.insert && command !== COMMAND.update && command !== COMMAND.merge) return [];
  const conflict = nodeIn(scope.query, 'onConflict');
  return [
    ...(command === COMMAND.merge ? [] : scope.targets),
    ...nodesIn(scope.query, 'mergeActionList').flatMap((action) => nodesIn(action, 'targetList')),
    ...(conflict ? nodesIn(conflict, 'onConflictSet') : []),
  ].filter((target) => target.fields.get('resjunk') !== 'true');
}
