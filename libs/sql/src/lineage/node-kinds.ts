import { TYPE } from './total.js';

/** How a node whose value is computed from its parts is traced. */
export interface PlainNode {
  /** fields that hold expressions */
  readonly parts: readonly string[];
  /** fields that hold words, numbers and places; a field in neither is refused */
  readonly plain: readonly string[];
  /** how people call it */
  readonly use?: string;
  /** type of what it gives */
  readonly type?: number;
  /** it may fail for some values of its parts */
  readonly partial?: true;
}

/** Nodes that carry what their parts carry. */
export const PLAIN_NODES: ReadonlyMap<string, PlainNode> = new Map<string, PlainNode>([
  ['', { parts: [], plain: [] }],
  ['A_Const', { parts: [], plain: ['ival', 'fval', 'boolval', 'sval', 'bsval', 'isnull', 'location'] }],
  ['ParamRef', { parts: [], plain: ['number', 'location'] }],
  ['SQLValueFunction', { parts: [], plain: ['op', 'typmod', 'type', 'location'] }],
  ['BooleanTest', { parts: ['arg'], plain: ['booltesttype', 'location'], use: 'IS TRUE', type: TYPE.bool }],
  ['RowExpr', { parts: ['args'], plain: ['row_format', 'location'], use: 'A row constructor' }],
  ['List', { parts: ['items'], plain: [] }],
  ['NamedArgExpr', { parts: ['arg'], plain: ['name', 'argnumber', 'location'] }],
  ['A_Indirection', { parts: ['arg', 'indirection'], plain: [], use: 'A field or element selection' }],
  ['A_Indices', { parts: ['lidx', 'uidx'], plain: ['is_slice'] }],
  ['String', { parts: [], plain: ['sval'] }],
  ['CollateClause', { parts: ['arg'], plain: ['collname', 'location'], use: 'COLLATE' }],
  [
    'XmlExpr',
    {
      parts: ['named_args', 'args'],
      plain: ['op', 'name', 'xmloption', 'indent', 'location'],
      use: 'An XML function',
      partial: true,
    },
  ],
  ['ResTarget', { parts: ['val'], plain: ['name', 'location'] }],
  ['MergeSupportFunc', { parts: [], plain: ['msftype', 'msfcollid', 'location'] }],
]);

/** Nodes of expressions that are looked at one by one. */
const EXPRESSIONS =
  'ColumnRef A_Expr FuncCall SubLink TypeCast CaseExpr A_Indirection NullTest BoolExpr CoalesceExpr MinMaxExpr A_ArrayExpr ' +
  'GroupingFunc XmlSerialize JsonObjectConstructor JsonArrayConstructor JsonObjectAgg JsonArrayAgg JsonScalarExpr';

/** Every node that may be an expression; whatever else stands in the place of one is refused. */
export const TRACED_NODES: ReadonlySet<string> = new Set([...PLAIN_NODES.keys(), ...EXPRESSIONS.split(' ')]);
