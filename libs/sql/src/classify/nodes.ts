/** Fields that hold a node without its type's name around it, by `Parent.field`. All others wrap it: `{ "SelectStmt": { … } }`. */
const bareFields: Readonly<Record<string, string>> = {
  'SelectStmt.larg': 'SelectStmt',
  'SelectStmt.rarg': 'SelectStmt',
  'SelectStmt.intoClause': 'IntoClause',
  'SelectStmt.withClause': 'WithClause',
  'InsertStmt.relation': 'RangeVar',
  'InsertStmt.onConflictClause': 'OnConflictClause',
  'InsertStmt.returningClause': 'ReturningClause',
  'InsertStmt.withClause': 'WithClause',
  'UpdateStmt.relation': 'RangeVar',
  'UpdateStmt.returningClause': 'ReturningClause',
  'UpdateStmt.withClause': 'WithClause',
  'DeleteStmt.relation': 'RangeVar',
  'DeleteStmt.returningClause': 'ReturningClause',
  'DeleteStmt.withClause': 'WithClause',
  'MergeStmt.relation': 'RangeVar',
  'MergeStmt.returningClause': 'ReturningClause',
  'MergeStmt.withClause': 'WithClause',
  'OnConflictClause.infer': 'InferClause',
  'IntoClause.rel': 'RangeVar',
  'RangeVar.alias': 'Alias',
  'RangeSubselect.alias': 'Alias',
  'RangeFunction.alias': 'Alias',
  'RangeTableFunc.alias': 'Alias',
  'JoinExpr.alias': 'Alias',
  'JoinExpr.join_using_alias': 'Alias',
  'JsonTable.alias': 'Alias',
  'RangeTableFuncCol.typeName': 'TypeName',
  'ColumnDef.typeName': 'TypeName',
  'ColumnDef.collClause': 'CollateClause',
  'TypeCast.typeName': 'TypeName',
  'XmlSerialize.typeName': 'TypeName',
  'CommonTableExpr.search_clause': 'CTESearchClause',
  'CommonTableExpr.cycle_clause': 'CTECycleClause',
  'FuncCall.over': 'WindowDef',
  'A_Const.ival': 'Integer',
  'A_Const.fval': 'Float',
  'A_Const.boolval': 'Boolean',
  'A_Const.sval': 'String',
  'A_Const.bsval': 'BitString',
  'JsonTable.context_item': 'JsonValueExpr',
  'JsonTable.pathspec': 'JsonTablePathSpec',
  'JsonTable.on_error': 'JsonBehavior',
  'JsonTableColumn.typeName': 'TypeName',
  'JsonTableColumn.pathspec': 'JsonTablePathSpec',
  'JsonTableColumn.format': 'JsonFormat',
  'JsonTableColumn.on_empty': 'JsonBehavior',
  'JsonTableColumn.on_error': 'JsonBehavior',
  'JsonFuncExpr.context_item': 'JsonValueExpr',
  'JsonFuncExpr.output': 'JsonOutput',
  'JsonFuncExpr.on_empty': 'JsonBehavior',
  'JsonFuncExpr.on_error': 'JsonBehavior',
  'JsonOutput.typeName': 'TypeName',
  'JsonOutput.returning': 'JsonReturning',
  'JsonReturning.format': 'JsonFormat',
  'JsonArgument.val': 'JsonValueExpr',
  'JsonValueExpr.format': 'JsonFormat',
  'JsonKeyValue.value': 'JsonValueExpr',
  'JsonParseExpr.expr': 'JsonValueExpr',
  'JsonParseExpr.output': 'JsonOutput',
  'JsonScalarExpr.output': 'JsonOutput',
  'JsonSerializeExpr.expr': 'JsonValueExpr',
  'JsonSerializeExpr.output': 'JsonOutput',
  'JsonObjectConstructor.output': 'JsonOutput',
  'JsonArrayConstructor.output': 'JsonOutput',
  'JsonArrayQueryConstructor.output': 'JsonOutput',
  'JsonArrayQueryConstructor.format': 'JsonFormat',
  'JsonAggConstructor.output': 'JsonOutput',
  'JsonAggConstructor.over': 'WindowDef',
  'JsonObjectAgg.constructor': 'JsonAggConstructor',
  'JsonObjectAgg.arg': 'JsonKeyValue',
  'JsonArrayAgg.constructor': 'JsonAggConstructor',
  'JsonArrayAgg.arg': 'JsonValueExpr',
  'JsonIsPredicate.format': 'JsonFormat',
};

/** Node types that queries and plain writes are made of, and whose evaluation runs nothing but the functions they name. */
const plainNodes: ReadonlySet<string> = new Set(
  `SelectStmt InsertStmt UpdateStmt DeleteStmt MergeStmt MergeWhenClause OnConflictClause InferClause IndexElem WithClause
  ReturningClause ReturningOption ResTarget MultiAssignRef RangeVar RangeSubselect RangeFunction RangeTableFunc
  RangeTableFuncCol RangeTableSample JoinExpr Alias CommonTableExpr CTESearchClause CTECycleClause LockingClause IntoClause
  SortBy WindowDef GroupingSet A_Const A_Expr ColumnRef A_Star ParamRef A_Indirection A_Indices A_ArrayExpr RowExpr FuncCall
  NamedArgExpr TypeCast TypeName ColumnDef CollateClause SubLink CaseExpr CaseWhen CoalesceExpr MinMaxExpr NullTest
  BooleanTest BoolExpr SQLValueFunction XmlExpr XmlSerialize GroupingFunc MergeSupportFunc SetToDefault CurrentOfExpr
  JsonTable JsonTableColumn JsonTablePathSpec JsonFuncExpr JsonBehavior JsonOutput JsonArgument JsonValueExpr JsonFormat
  JsonReturning JsonKeyValue JsonParseExpr JsonScalarExpr JsonSerializeExpr JsonObjectConstructor JsonArrayConstructor
  JsonArrayQueryConstructor JsonAggConstructor JsonObjectAgg JsonArrayAgg JsonIsPredicate List String Integer Float Boolean
  BitString`.split(/\s+/),
);

/** Node types with nothing under them that could do anything: names and constants. */
const leaves: ReadonlySet<string> = new Set(
  'A_Const ColumnRef ParamRef Alias String Integer Float Boolean BitString'.split(' '),
);

export type Fields = Readonly<Record<string, unknown>>;

/** One node on the way through a tree; type `?` where the tree has a shape that this file does not know. */
export interface VisitedNode {
  readonly type: string;
  readonly fields: Fields;
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a node of this type does nothing by itself. */
export function isPlain(type: string): boolean {
  return plainNodes.has(type);
}

/**
 * Calls `visit` for every node under `root` (a wrapped node), in no particular order. Iterative: no tree is too deep for it.
 * Nodes in places that are not known come as type `?`, their children are visited all the same.
 */
export function visitNodes(root: unknown, visit: (node: VisitedNode) => void): void {
  const stack: unknown[] = [root];
  while (stack.length > 0) {
    const wrapped = stack.pop();
    if (!isFields(wrapped)) continue;
    for (const type of Object.keys(wrapped)) {
      const fields = wrapped[type];
      if (isFields(fields)) visitNode(type, fields, visit, stack);
    }
  }
}

function visitNode(type: string, fields: Fields, visit: (node: VisitedNode) => void, stack: unknown[]): void {
  visit({ type, fields });
  if (leaves.has(type)) return;
  for (const field of Object.keys(fields)) {
    const value = fields[field];
    if (typeof value !== 'object' || value === null) continue;
    if (Array.isArray(value)) for (const item of value) stack.push(item);
    else if (isWrapped(value)) stack.push(value);
    else stack.push({ [bareFields[`${type}.${field}`] ?? '?']: value });
  }
}

/** Types begin with a capital letter, fields with a small one. */
function isWrapped(value: object): boolean {
  for (const key of Object.keys(value)) {
    const first = key.charCodeAt(0);
    return first >= 65 && first <= 90;
  }
  return false;
}

/** The strings of a list of String nodes: parts of a name. */
export function names(list: unknown): readonly string[] {
  if (!Array.isArray(list)) return [];
  return list.map((item: unknown) => {
    const inner = isFields(item) ? item['String'] : null;
    const value = isFields(inner) ? inner['sval'] : null;
    return typeof value === 'string' ? value : '';
  });
}

export function text(fields: Fields, field: string): string | null {
  const value = fields[field];
  return typeof value === 'string' ? value : null;
}
