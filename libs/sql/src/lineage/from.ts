import type { Alias, JoinExpr, Node, RangeFunction, RangeSubselect, RangeTableSample, RangeVar } from '@pgsql/types';
import type { CatalogRelation } from '../catalog.js';
import { mayFailComparing } from './implicit-casts.js';
import { chosenValue, computedValue, fieldValue, noteEvaluation } from './values.js';
import { requireListedFunction, resultColumns } from './functions.js';
import { requireOperator } from './operators.js';
import { tableOfJson } from './json-table.js';
import { noteGuesses, noteOracle } from './oracles.js';
import { tracePredicate } from './predicate.js';
import { Refused, refusals } from './refusals.js';
import { relationFields, requireReadable, requireRelation } from './relations.js';
import { classesOf } from './taint.js';
import type { Field, Item, Scope, Tracer, Value, WithQueries, WithQuery } from './tracer.js';
import { cleanField, isSystemRelation } from './tracer.js';
import { TYPE, typeNamed } from './total.js';
import { bodyOf, itemsOf, nodeParts, onlyFields, stringsOf } from './tree.js';
import { requireHarmlessType } from './types.js';

const TABLESAMPLE_METHODS = new Set(['bernoulli', 'system']);

/** What one entry of FROM adds to the level: items in order; those of a join stay nameable while the join shows the columns. */
type Added = readonly Item[];

function renamed(fields: readonly Field[], alias: Alias | undefined): readonly Field[] {
  const names = stringsOf(alias?.colnames) ?? [];
  return fields.map((field, position) => ({ ...field, name: names[position] ?? field.name }));
}

function findWithQuery(ctes: WithQueries | null, name: string): WithQuery | null {
  for (let level = ctes; level; level = level.parent) {
    let found = level.queries.get(name);
    if (found?.state === 'later') {
      found.trace();
      found = level.queries.get(name);
    }
    if (found) return found;
  }
  return null;
}

function item(name: string | null, fields: readonly Field[], more: Partial<Item> = {}): Item {
  return { name, relation: null, systemColumns: false, columnsVisible: true, uncertain: false, fields, ...more };
}

/** Places of the columns by which each row of the relation is the only one; null: not known, or children have rows of their own. */
function keyOf(tracer: Tracer, relation: CatalogRelation): readonly number[] | null {
  const { key } = relation;
  const children = tracer.context.index.childrenOf.get(relation.oid) ?? [];
  if (
    key === undefined ||
    key.length === 0 ||
    (relation.kind !== 'p' && (relation.kind !== 'r' || children.length > 0))
  )
    return null;
  const places = key.map((attnum) => relation.columns.findIndex((column) => column.attnum === attnum));
  return places.includes(-1) ? null : places;
}

/** Rows of a partitioned table lie where their key says, and that may be a protected column. */
function placeOf(tracer: Tracer, relation: CatalogRelation): Pick<Item, 'place'> {
  const classes = [...new Set(tracer.context.index.protectedByRelation.get(relation.oid)?.values())].sort();
  return classes.length === 0 ? {} : { place: { taint: 'derived', classes } };
}

/** The item of a relation named directly, as target of a write or in FROM. */
export function relationItem(tracer: Tracer, range: RangeVar): Item {
  const relation = requireRelation(tracer, range);
  requireReadable(tracer, relation);
  // what a view or foreign table runs may fail, and a plan shows it
  if (relation.kind !== 'r' && relation.kind !== 'p' && !isSystemRelation(relation)) {
    tracer.findings.partial += 1;
    tracer.findings.opens = true;
  }
  return item(range.alias?.aliasname ?? relation.name, renamed(relationFields(tracer, relation), range.alias), {
    relation: range.alias ? null : relation,
    key: keyOf(tracer, relation),
    systemColumns: relation.kind === 'r' || relation.kind === 'p',
    ...(relation.kind === 'p' && placeOf(tracer, relation)),
  });
}

function fromRange(tracer: Tracer, range: RangeVar, scope: Scope): Added {
  if (range.schemaname === undefined && range.catalogname === undefined) {
    const name = range.relname ?? '';
    const query = findWithQuery(scope.ctes, name);
    if (query && query.state !== 'traced') throw new Refused(refusals.forwardReference(name));
    if (query) {
      // it runs where it is used first
      if (query.partial) tracer.findings.partial += 1;
      return [item(range.alias?.aliasname ?? name, renamed(query.fields, range.alias))];
    }
  }
  return [relationItem(tracer, range)];
}

/** The level that a subquery or function in FROM sees around it: earlier entries only when it is LATERAL. */
function around(scope: Scope, before: Added, lateral: boolean): Scope {
  return { items: lateral ? before : [], parent: scope.parent, ctes: scope.ctes };
}

function fromSubselect(tracer: Tracer, body: RangeSubselect, scope: Scope, before: Added): Added {
  onlyFields('RangeSubselect', body, ['lateral', 'subquery', 'alias']);
  const query = bodyOf(body.subquery, 'SelectStmt');
  if (!query) throw new Refused(refusals.unknownNode('RangeSubselect'));
  const fields = tracer.query(tracer, query, around(scope, before, body.lateral === true));
  return [item(body.alias?.aliasname ?? null, renamed(fields, body.alias))];
}

/** A column of a function's rows: it carries what the arguments do, and stands for the constants among them. */
function resultField(
  name: string,
  { taint, label }: Value,
  call: Node | undefined,
  type: number = TYPE.unknown,
): Field {
  const made = call && taint.taint === 'clean' ? { made: [call] } : {};
  return { name, taint, label, type, plainOnly: null, ...made };
}

function definedColumns(
  tracer: Tracer,
  definitions: readonly Node[] | undefined,
  value: Value,
  call: Node | undefined,
): Field[] {
  return (definitions ?? []).map((node) => {
    const definition = bodyOf(node, 'ColumnDef');
    if (!definition) throw new Refused(refusals.unknownNode('column definition'));
    requireHarmlessType(tracer.context, definition.typeName);
    return resultField(definition.colname ?? '', value, call, typeNamed(definition.typeName));
  });
}

function fromFunction(tracer: Tracer, body: RangeFunction, scope: Scope, before: Added): Added {
  onlyFields('RangeFunction', body, ['lateral', 'ordinality', 'is_rowsfrom', 'functions', 'alias', 'coldeflist']);
  const single = (body.functions ?? []).length === 1;
  const fields: Field[] = [];
  let certain = true;
  for (const entry of body.functions ?? []) {
    const [callNode, definitions] = itemsOf(entry);
    const [kind] = nodeParts(callNode);
    const level = around(scope, before, true);
    const value = computedValue(tracer, [tracer.value(tracer, callNode, level)]);
    const call = bodyOf(callNode, 'FuncCall');
    if (!call) {
      // CURRENT_DATE and its like are one value, named by the alias
      if (kind !== 'SQLValueFunction') throw new Refused(refusals.unknownNode(`${kind} in FROM`));
      fields.push(cleanField(body.alias?.aliasname ?? ''));
      certain = false;
      continue;
    }
    const result = resultColumns(
      requireListedFunction(tracer.context, call),
      (single && body.alias?.aliasname) || null,
      call.args?.length ?? 0,
    );
    certain &&= result.certain;
    const own = bodyOf(definitions, 'List')?.items ?? (single ? body.coldeflist : undefined);
    if (result.columns === null || (own ?? []).length > 0) fields.push(...definedColumns(tracer, own, value, callNode));
    else fields.push(...result.columns.map((column) => resultField(column, value, callNode)));
  }
  if (body.ordinality) fields.push(cleanField('ordinality'));
  const call = bodyOf(bodyOf(body.functions?.[0], 'List')?.items?.[0], 'FuncCall');
  const name = body.alias?.aliasname ?? stringsOf(call?.funcname)?.at(-1) ?? null;
  return [item(name, renamed(fields, body.alias), { uncertain: !certain })];
}

function fromSample(tracer: Tracer, body: RangeTableSample, scope: Scope, before: Added): Added {
  onlyFields('RangeTableSample', body, ['relation', 'method', 'args', 'repeatable', 'location']);
  const range = bodyOf(body.relation, 'RangeVar');
  const method = stringsOf(body.method)?.at(-1) ?? '';
  if (!range) throw new Refused(refusals.unknownNode('TABLESAMPLE'));
  if (!TABLESAMPLE_METHODS.has(method) || tracer.context.index.userFunctionSchemas.has(method)) {
    throw new Refused(refusals.functionNotListed(method));
  }
  const level = around(scope, before, true);
  const values = [...(body.args ?? []), body.repeatable].map((node) => tracer.value(tracer, node, level));
  noteEvaluation(tracer, values, 'TABLESAMPLE');
  return fromRange(tracer, range, scope);
}

function visibleFields(items: Added): { field: Field; uncertain: boolean }[] {
  return items
    .filter((each) => each.columnsVisible)
    .flatMap((each) => each.fields.map((field) => ({ field, uncertain: each.uncertain })));
}

function oneField(fields: readonly Field[], name: string): Field {
  const named = fields.filter((field) => field.name === name);
  if (named.length > 1) throw new Refused(refusals.ambiguousColumn(name));
  if (!named[0]) throw new Refused(refusals.unresolvedColumn(name));
  return named[0];
}

function mergedNames(join: JoinExpr, left: readonly Field[], right: readonly Field[]): string[] {
  if (!join.isNatural) return stringsOf(join.usingClause) ?? [];
  const others = new Set(right.map((field) => field.name));
  return left.map((field) => field.name).filter((name) => others.has(name));
}

/** One value stands for the columns of both sides, which are compared; the operator must be the built-in one. */
function mergeColumn(tracer: Tracer, join: JoinExpr, pair: readonly [Field, Field]): Field {
  requireOperator(tracer.context, '=');
  const values = pair.map((field) => fieldValue(tracer, field, 'A join'));
  noteOracle(tracer, 'join', values, refusals.merged);
  const [one, other] = values.map((value) => ({ value, node: undefined }));
  if (one && other && mayFailComparing(one, other)) noteEvaluation(tracer, values, 'A join');
  const [left, right] = pair;
  const { taint, type, label } = chosenValue(tracer, values);
  if (taint.taint !== 'clean') {
    noteGuesses(
      tracer,
      pair.flatMap((field) => field.made ?? []),
      null,
      classesOf(tracer, taint)[0],
    );
    return { name: left.name, taint, type, label, plainOnly: null };
  }
  const side = join.jointype === 'JOIN_RIGHT' ? right : left;
  const made = [...(left.made ?? []), ...(right.made ?? [])];
  return { name: left.name, taint: join.jointype === 'JOIN_FULL' ? taint : side.taint, type, plainOnly: null, made };
}

function fromJoin(tracer: Tracer, join: JoinExpr, scope: Scope, before: Added): Added {
  onlyFields(
    'JoinExpr',
    join,
    'jointype isNatural larg rarg usingClause join_using_alias quals alias rtindex'.split(' '),
  );
  const leftItems = fromEntry(tracer, join.larg, scope, before);
  const rightItems = fromEntry(tracer, join.rarg, scope, [...before, ...leftItems]);
  const left = visibleFields(leftItems);
  const right = visibleFields(rightItems);
  if (join.isNatural && [...left, ...right].some((each) => each.uncertain)) {
    throw new Refused(refusals.ambiguousColumn('NATURAL JOIN'));
  }
  const leftFields = left.map((each) => each.field);
  const rightFields = right.map((each) => each.field);
  const names = mergedNames(join, leftFields, rightFields);
  const merged = names.map((name) =>
    mergeColumn(tracer, join, [oneField(leftFields, name), oneField(rightFields, name)]),
  );
  if (join.quals) {
    const level: Scope = { items: [...leftItems, ...rightItems], parent: scope.parent, ctes: scope.ctes };
    tracePredicate(tracer, join.quals, level);
  }
  const rest = (fields: readonly Field[]): Field[] => fields.filter((field) => !names.includes(field.name));
  const fields = [...merged, ...rest(leftFields), ...rest(rightFields)];
  const uncertain = [...leftItems, ...rightItems].some((each) => each.uncertain);
  const using = join.join_using_alias?.aliasname;
  const usingItems = using === undefined ? [] : [item(using, merged, { columnsVisible: false })];
  if (join.alias)
    return [item(join.alias.aliasname ?? null, renamed(fields, join.alias), { uncertain }), ...usingItems];
  const hidden = [...leftItems, ...rightItems].map((each) => ({ ...each, columnsVisible: false }));
  return [...hidden, item(null, fields, { uncertain }), ...usingItems];
}

/** One entry of FROM; `before` are the items of the entries to its left, which LATERAL parts see. */
function fromEntry(tracer: Tracer, node: Node | undefined, scope: Scope, before: Added): Added {
  const [kind] = nodeParts(node);
  const range = bodyOf(node, 'RangeVar');
  if (range) return fromRange(tracer, range, scope);
  const subselect = bodyOf(node, 'RangeSubselect');
  if (subselect) return fromSubselect(tracer, subselect, scope, before);
  const join = bodyOf(node, 'JoinExpr');
  if (join) return fromJoin(tracer, join, scope, before);
  const call = bodyOf(node, 'RangeFunction');
  if (call) return fromFunction(tracer, call, scope, before);
  const json = bodyOf(node, 'JsonTable');
  if (json) {
    const made = node ? { made: [node] } : {};
    const fields = tableOfJson(tracer, json, around(scope, before, true)).map((field) => ({ ...field, ...made }));
    return [item(json.alias?.aliasname ?? 'json_table', renamed(fields, json.alias))];
  }
  const sample = bodyOf(node, 'RangeTableSample');
  if (sample) return fromSample(tracer, sample, scope, before);
  throw new Refused(refusals.unknownNode(kind));
}

/**
 * Adds the entries of a FROM clause to a level, left to right.
 * @param scope the level so far: its items (the target of an UPDATE) are visible to LATERAL parts
 * @returns the level with all items
 */
export function traceFrom(tracer: Tracer, nodes: readonly Node[] | undefined, scope: Scope): Scope {
  const items = [...scope.items];
  for (const node of nodes ?? []) items.push(...fromEntry(tracer, node, scope, items));
  return { ...scope, items };
}
