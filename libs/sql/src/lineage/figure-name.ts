import type { Node } from '@pgsql/types';
import { bodyOf, nodeParts, stringsOf } from './tree.js';

/** The name and how strongly the construct suggests it: 0 not at all, 1 weakly, 2 by itself. */
type Figured = readonly [name: string, strength: 0 | 1 | 2];

const NONE: Figured = ['?column?', 0];

const SQL_VALUE_NAMES: Readonly<Record<string, string>> = {
  SVFOP_CURRENT_DATE: 'current_date',
  SVFOP_CURRENT_TIME: 'current_time',
  SVFOP_CURRENT_TIME_N: 'current_time',
  SVFOP_CURRENT_TIMESTAMP: 'current_timestamp',
  SVFOP_CURRENT_TIMESTAMP_N: 'current_timestamp',
  SVFOP_LOCALTIME: 'localtime',
  SVFOP_LOCALTIME_N: 'localtime',
  SVFOP_LOCALTIMESTAMP: 'localtimestamp',
  SVFOP_LOCALTIMESTAMP_N: 'localtimestamp',
  SVFOP_CURRENT_ROLE: 'current_role',
  SVFOP_CURRENT_USER: 'current_user',
  SVFOP_USER: 'user',
  SVFOP_SESSION_USER: 'session_user',
  SVFOP_CURRENT_CATALOG: 'current_catalog',
  SVFOP_CURRENT_SCHEMA: 'current_schema',
};

const XML_NAMES: Readonly<Record<string, string>> = {
  IS_XMLCONCAT: 'xmlconcat',
  IS_XMLELEMENT: 'xmlelement',
  IS_XMLFOREST: 'xmlforest',
  IS_XMLPARSE: 'xmlparse',
  IS_XMLPI: 'xmlpi',
  IS_XMLROOT: 'xmlroot',
  IS_XMLSERIALIZE: 'xmlserialize',
};

const JSON_NAMES: Readonly<Record<string, string>> = {
  JsonObjectConstructor: 'json_object',
  JsonArrayConstructor: 'json_array',
  JsonObjectAgg: 'json_objectagg',
  JsonArrayAgg: 'json_arrayagg',
  JsonParseExpr: 'json',
  JsonScalarExpr: 'json_scalar',
  JsonSerializeExpr: 'json_serialize',
};

function ofSubLink(node: Node): Figured {
  const link = bodyOf(node, 'SubLink');
  const type: string = link?.subLinkType ?? '';
  switch (type) {
    case 'EXISTS_SUBLINK':
      return ['exists', 2];
    case 'ARRAY_SUBLINK':
      return ['array', 2];
    case 'EXPR_SUBLINK': {
      let query = bodyOf(link?.subselect, 'SelectStmt') ?? undefined;
      // of a set operation the leftmost query gives the names
      while (query?.larg) query = query.larg;
      const target = bodyOf(query?.targetList?.[0], 'ResTarget');
      if (!target) return query?.valuesLists ? ['column1', 2] : NONE;
      return target.name === undefined ? [figureName(target.val), 2] : [target.name, 2];
    }
    default:
      return NONE;
  }
}

function figure(node: Node | undefined): Figured {
  if (node === undefined) return NONE;
  const [kind] = nodeParts(node);
  switch (kind) {
    case 'ColumnRef': {
      const fields = (bodyOf(node, 'ColumnRef')?.fields ?? []).filter((field) => bodyOf(field, 'String'));
      const name = stringsOf(fields)?.at(-1);
      return name === undefined ? NONE : [name, 2];
    }
    case 'A_Indirection': {
      const indirection = bodyOf(node, 'A_Indirection');
      const name = stringsOf((indirection?.indirection ?? []).filter((step) => bodyOf(step, 'String')))?.at(-1);
      return name === undefined ? figure(indirection?.arg) : [name, 2];
    }
    case 'FuncCall': {
      const name = stringsOf(bodyOf(node, 'FuncCall')?.funcname)?.at(-1);
      return name === undefined ? NONE : [name, 2];
    }
    case 'A_Expr':
      return bodyOf(node, 'A_Expr')?.kind === 'AEXPR_NULLIF' ? ['nullif', 2] : NONE;
    case 'TypeCast': {
      const cast = bodyOf(node, 'TypeCast');
      const inner = figure(cast?.arg);
      const type = stringsOf(cast?.typeName?.names)?.at(-1);
      return inner[1] <= 1 && type !== undefined ? [type, 1] : inner;
    }
    case 'CollateClause':
      return figure(bodyOf(node, 'CollateClause')?.arg);
    case 'GroupingFunc':
      return ['grouping', 2];
    case 'SubLink':
      return ofSubLink(node);
    case 'CaseExpr': {
      const fallback = figure(bodyOf(node, 'CaseExpr')?.defresult);
      return fallback[1] <= 1 ? ['case', 1] : fallback;
    }
    case 'A_ArrayExpr':
      return ['array', 2];
    case 'RowExpr':
      return ['row', 2];
    case 'CoalesceExpr':
      return ['coalesce', 2];
    case 'MinMaxExpr':
      return [bodyOf(node, 'MinMaxExpr')?.op === 'IS_LEAST' ? 'least' : 'greatest', 2];
    case 'SQLValueFunction': {
      const name = SQL_VALUE_NAMES[bodyOf(node, 'SQLValueFunction')?.op ?? ''];
      return name === undefined ? NONE : [name, 2];
    }
    case 'XmlExpr': {
      const name = XML_NAMES[bodyOf(node, 'XmlExpr')?.op ?? ''];
      return name === undefined ? NONE : [name, 2];
    }
    case 'XmlSerialize':
      return ['xmlserialize', 2];
    default: {
      const name = JSON_NAMES[kind];
      return name === undefined ? NONE : [name, 2];
    }
  }
}

/**
 * The name the server gives an unnamed output column: outer queries refer to it.
 * @see PostgreSQL source, parse_target.c, FigureColname
 */
export function figureName(node: Node | undefined): string {
  return figure(node)[0];
}
