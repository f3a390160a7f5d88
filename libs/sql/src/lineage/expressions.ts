import type { A_Expr, ColumnRef, FuncCall, Node, SubLink } from '@pgsql/types';
import { expandStar, resolveColumn } from './columns.js';
import { CONSTANT_ARGUMENTS, requireListedFunction } from './functions.js';
import { requireOperator } from './operators.js';
import { Refused, refusals } from './refusals.js';
import { requireAllowedSetting } from './settings.js';
import type { Field, Scope, Tracer } from './tracer.js';
import { columnLabel, requireClean } from './tracer.js';
import { bodyOf, isFields, nodeParts, onlyFields, stringsOf } from './tree.js';
import { requireHarmlessType } from './types.js';

/**
 * Nodes that are clean when their parts are. `parts` hold expressions, `plain` hold words, numbers and places;
 * a field in neither is refused.
 */
const PLAIN: ReadonlyMap<string, { parts: readonly string[]; plain: readonly string[]; use?: string }> = new Map([
  ['', { parts: [], plain: [] }],
  ['A_Const', { parts: [], plain: ['ival', 'fval', 'boolval', 'sval', 'bsval', 'isnull', 'location'] }],
  ['ParamRef', { parts: [], plain: ['number', 'location'] }],
  ['SQLValueFunction', { parts: [], plain: ['op', 'typmod', 'type', 'location'] }],
  ['BoolExpr', { parts: ['args'], plain: ['boolop', 'location'] }],
  ['BooleanTest', { parts: ['arg'], plain: ['booltesttype', 'location'], use: 'IS TRUE' }],
  ['CoalesceExpr', { parts: ['args'], plain: ['location'], use: 'COALESCE' }],
  ['MinMaxExpr', { parts: ['args'], plain: ['op', 'location'], use: 'GREATEST or LEAST' }],
  ['A_ArrayExpr', { parts: ['elements'], plain: ['location', 'list_start', 'list_end'], use: 'ARRAY' }],
  ['RowExpr', { parts: ['args'], plain: ['row_format', 'location'], use: 'A row constructor' }],
  ['List', { parts: ['items'], plain: [] }],
  ['NamedArgExpr', { parts: ['arg'], plain: ['name', 'argnumber', 'location'] }],
  ['A_Indirection', { parts: ['arg', 'indirection'], plain: [], use: 'A field or element selection' }],
  ['A_Indices', { parts: ['lidx', 'uidx'], plain: ['is_slice'] }],
  ['String', { parts: [], plain: ['sval'] }],
  ['CollateClause', { parts: ['arg'], plain: ['collname', 'location'], use: 'COLLATE' }],
  ['CaseWhen', { parts: ['expr', 'result'], plain: ['location'], use: 'CASE' }],
  ['GroupingFunc', { parts: ['args'], plain: ['location'], use: 'GROUPING' }],
  ['GroupingSet', { parts: ['content'], plain: ['kind', 'location'], use: 'GROUP BY' }],
  [
    'WindowDef',
    {
      parts: ['partitionClause', 'orderClause', 'startOffset', 'endOffset'],
      plain: ['name', 'refname', 'frameOptions', 'location'],
      use: 'A window',
    },
  ],
  [
    'XmlExpr',
    { parts: ['named_args', 'args'], plain: ['op', 'name', 'xmloption', 'indent', 'location'], use: 'An XML function' },
  ],
  ['ResTarget', { parts: ['val'], plain: ['name', 'location'] }],
]);

function partsOf(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

/** Uses a column inside an expression. */
function requireUsable(tracer: Tracer, field: Field, use: string): void {
  const { taint } = field;
  if (taint.taint === 'blocked') throw new Refused(refusals.blockedColumn(taint.label));
  if (taint.taint === 'column') {
    const label = columnLabel(tracer, taint);
    throw new Refused(use === 'A condition' ? refusals.predicate(label) : refusals.uses(use, label));
  }
  if (field.plainOnly !== null) throw new Refused(refusals.plainOnly(use, field.plainOnly));
}

/** A column reference inside an expression: the column, or whole rows in the spellings `t`, `t.*` and `*`. */
function cleanColumn(tracer: Tracer, ref: ColumnRef, scope: Scope, use: string): void {
  const fields = ref.fields ?? [];
  const star = fields.at(-1) !== undefined && nodeParts(fields.at(-1))[0] === 'A_Star';
  const names = stringsOf(star ? fields.slice(0, -1) : fields);
  if (!names) throw new Refused(refusals.unknownNode('column reference'));
  const meaning = star ? null : resolveColumn(tracer, scope, names);
  if (meaning?.kind === 'field') return requireUsable(tracer, meaning.field, use);
  const row = meaning ? meaning.item.fields : expandStar(tracer, scope, names);
  requireClean(tracer, row, (column) => refusals.wholeRow(names.join('.') || '*', column));
  for (const field of row) requireUsable(tracer, field, use);
}

/** The column a node is, when it is a plain column reference and nothing else. */
export function plainColumn(tracer: Tracer, node: Node | undefined, scope: Scope): Field | null {
  const ref = bodyOf(node, 'ColumnRef');
  const names = ref ? stringsOf(ref.fields) : null;
  if (!names) return null;
  const meaning = resolveColumn(tracer, scope, names);
  return meaning.kind === 'field' ? meaning.field : null;
}

/** Notes that a protected column is read without its value leaving; whether it was one. */
function readsHarmlessly(tracer: Tracer, node: Node | undefined, scope: Scope): boolean {
  const taint = plainColumn(tracer, node, scope)?.taint;
  if (taint?.taint !== 'column') return false;
  tracer.findings.reads.add(taint.class);
  return true;
}

function cleanOperator(tracer: Tracer, body: A_Expr, scope: Scope, use: string): void {
  onlyFields('A_Expr', body, ['kind', 'name', 'lexpr', 'rexpr', 'rexpr_list_start', 'rexpr_list_end', 'location']);
  const names = stringsOf(body.name) ?? [];
  const name = names.at(-1) ?? '';
  if (names.length > 2 || (names.length === 2 && names[0] !== 'pg_catalog'))
    throw new Refused(refusals.operator(names.join('.')));
  const between = body.kind?.includes('BETWEEN') === true;
  for (const each of between ? ['<', '<=', '>', '>='] : [name]) requireOperator(tracer.context, each);
  const within = use === 'A condition' ? use : `The operator ${name}`;
  tracer.clean(tracer, body.lexpr, scope, within);
  tracer.clean(tracer, body.rexpr, scope, within);
}

function isPlainCount(call: FuncCall, name: string): boolean {
  return name === 'count' && call.args?.length === 1 && !call.agg_distinct && !call.agg_order && !call.agg_within_group;
}

function cleanCall(tracer: Tracer, call: FuncCall, scope: Scope): void {
  onlyFields(
    'FuncCall',
    call,
    (
      'funcname args agg_order agg_filter over agg_within_group agg_star agg_distinct func_variadic ' +
      'funcformat location'
    ).split(' '),
  );
  const name = requireListedFunction(tracer.context, call);
  const use = `The function ${name}`;
  const [first] = call.args ?? [];
  if (CONSTANT_ARGUMENTS.has(name)) {
    for (const argument of call.args ?? []) requireConstant(argument, name);
    requireAllowedSetting(bodyOf(first, 'A_Const')?.sval?.sval ?? '');
  }
  const counted = isPlainCount(call, name) && readsHarmlessly(tracer, first, scope);
  if (!counted) for (const argument of call.args ?? []) tracer.clean(tracer, argument, scope, use);
  for (const part of [...(call.agg_order ?? []), call.agg_filter]) tracer.clean(tracer, part, scope, use);
  if (call.over) tracer.clean(tracer, { WindowDef: call.over }, scope, 'A window');
}

function requireConstant(node: Node, name: string): void {
  const cast = bodyOf(node, 'TypeCast');
  if (!bodyOf(cast?.arg ?? node, 'A_Const')) throw new Refused(refusals.constantArguments(name));
}

function cleanSubLink(tracer: Tracer, link: SubLink, scope: Scope): void {
  onlyFields('SubLink', link, ['subLinkType', 'subLinkId', 'testexpr', 'operName', 'subselect', 'location']);
  const query = bodyOf(link.subselect, 'SelectStmt');
  if (!query) throw new Refused(refusals.unknownNode('SubLink'));
  const fields = tracer.query(tracer, query, scope);
  if (link.subLinkType === 'EXISTS_SUBLINK') return;
  requireClean(tracer, fields, (column) => refusals.notClean('A subquery in an expression', column));
  for (const { plainOnly } of fields)
    if (plainOnly !== null) throw new Refused(refusals.plainOnly('A subquery', plainOnly));
  const operator = stringsOf(link.operName) ?? [];
  if (operator.length > 2 || (operator.length === 2 && operator[0] !== 'pg_catalog')) {
    throw new Refused(refusals.operator(operator.join('.')));
  }
  requireOperator(tracer.context, operator.at(-1) ?? '=');
  tracer.clean(tracer, link.testexpr, scope, 'IN, ANY or ALL');
}

/**
 * Proves that an expression depends on no protected column but by count(column) and IS [NOT] NULL.
 * @param use the construct around it, as the refusal names it
 * @throws Refused otherwise, and for every node that is not listed
 */
export function cleanExpression(tracer: Tracer, node: Node | undefined, scope: Scope, use: string): void {
  if (node === undefined || node === null) return;
  if (tracer.context.index.castsBetweenBuiltIns) throw new Refused(refusals.builtInCasts());
  const [kind, fields] = nodeParts(node);
  const body = fields as never;
  switch (kind) {
    case 'ColumnRef':
      return cleanColumn(tracer, body, scope, use);
    case 'A_Expr':
      return cleanOperator(tracer, body, scope, use);
    case 'FuncCall':
      return cleanCall(tracer, body, scope);
    case 'SubLink':
      return cleanSubLink(tracer, body, scope);
    case 'TypeCast': {
      const cast = bodyOf(node, 'TypeCast');
      onlyFields(kind, fields, ['arg', 'typeName', 'location']);
      requireHarmlessType(tracer.context, cast?.typeName);
      return tracer.clean(tracer, cast?.arg, scope, 'A cast');
    }
    case 'XmlSerialize': {
      const serialize = bodyOf(node, 'XmlSerialize');
      onlyFields(kind, fields, ['xmloption', 'expr', 'typeName', 'indent', 'location']);
      requireHarmlessType(tracer.context, serialize?.typeName);
      return tracer.clean(tracer, serialize?.expr, scope, 'XMLSERIALIZE');
    }
    case 'NullTest': {
      onlyFields(kind, fields, ['arg', 'nulltesttype', 'argisrow', 'location']);
      const argument = bodyOf(node, 'NullTest')?.arg;
      if (!readsHarmlessly(tracer, argument, scope)) tracer.clean(tracer, argument, scope, 'IS NULL');
      return;
    }
    case 'CaseExpr': {
      onlyFields(kind, fields, ['arg', 'args', 'defresult', 'location']);
      const choice = bodyOf(node, 'CaseExpr');
      if (choice?.arg) requireOperator(tracer.context, '=');
      for (const part of [choice?.arg, ...(choice?.args ?? []), choice?.defresult])
        tracer.clean(tracer, part, scope, 'CASE');
      return;
    }
    case 'SortBy': {
      onlyFields(kind, fields, ['node', 'sortby_dir', 'sortby_nulls', 'location']);
      return tracer.clean(tracer, bodyOf(node, 'SortBy')?.node, scope, use);
    }
    default:
      return cleanParts(tracer, kind, fields, scope, use);
  }
}

function cleanParts(
  tracer: Tracer,
  kind: string,
  body: Readonly<Record<string, unknown>>,
  scope: Scope,
  use: string,
): void {
  const known = PLAIN.get(kind);
  if (!known) throw new Refused(refusals.unknownNode(kind));
  onlyFields(kind, body, [...known.parts, ...known.plain]);
  for (const part of known.parts) {
    for (const each of partsOf(body[part])) {
      if (!isFields(each)) throw new Refused(refusals.unknownNode(`${kind}.${part}`));
      // the words of a field selection `(row).field` are String and A_Star nodes
      if (kind === 'A_Indirection' && nodeParts(each)[0] === 'A_Star') continue;
      tracer.clean(tracer, each as unknown as Node, scope, use === 'A condition' ? use : (known.use ?? use));
    }
  }
}
