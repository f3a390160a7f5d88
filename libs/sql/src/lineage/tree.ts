import type { Node } from '@pgsql/types';
import { Refused, refusals } from './refusals.js';

/** Levels of JSON that are followed: a binary operator is two of them. */
const MAX_DEPTH = 2000;

/** A tree node as a bag of fields: the walkers compare each field with what they know. */
export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Fields of small nodes that are read in several places: checked wherever they are opened. */
const EXACT: Readonly<Record<string, readonly string[]>> = {
  A_Const: ['ival', 'fval', 'boolval', 'sval', 'bsval', 'isnull', 'location'],
  A_Expr: ['kind', 'name', 'lexpr', 'rexpr', 'rexpr_list_start', 'rexpr_list_end', 'location'],
  ColumnRef: ['fields', 'location'],
  CommentStmt: ['objtype', 'object', 'comment'],
  DeclareCursorStmt: ['portalname', 'options', 'query'],
  DropStmt: ['objects', 'removeType', 'behavior', 'missing_ok', 'concurrent'],
  GrantStmt: [
    'is_grant',
    'targtype',
    'objtype',
    'objects',
    'privileges',
    'grantees',
    'grant_option',
    'grantor',
    'behavior',
  ],
  List: ['items'],
  LockStmt: ['relations', 'mode', 'nowait'],
  MultiAssignRef: ['source', 'colno', 'ncolumns'],
  ParamRef: ['number', 'location'],
  RowExpr: ['args', 'row_format', 'location'],
  SetToDefault: ['location'],
  String: ['sval'],
  TypeCast: ['arg', 'typeName', 'location'],
};

/** The one key of a node object and its body; the empty node `{}` has kind ''. */
export function nodeParts(node: unknown): readonly [string, Fields] {
  if (!isFields(node)) throw new Refused(refusals.unknownNode('value'));
  const keys = Object.keys(node);
  const kind = keys[0];
  if (kind === undefined) return ['', {}];
  const body = node[kind];
  if (keys.length !== 1 || !isFields(body)) throw new Refused(refusals.unknownNode(kind));
  const exact = EXACT[kind];
  if (exact) onlyFields(kind, body, exact);
  return [kind, body];
}

/** The body of `node` when it is of `kind`, typed by the caller's choice among the parser's interfaces. */
export function bodyOf<K extends string>(node: Node | undefined, kind: K): Extract<Node, Record<K, unknown>>[K] | null {
  if (node === undefined || !isFields(node)) return null;
  // a node has one key; more of them are no node of this grammar
  const keys = Object.keys(node);
  const body = keys[0] === kind && keys.length === 1 ? (node as Record<string, unknown>)[kind] : null;
  if (!isFields(body)) return null;
  const exact = EXACT[kind];
  if (exact) onlyFields(kind, body, exact);
  return body as Extract<Node, Record<K, unknown>>[K];
}

/** The members of a List node; anything else in its place is refused. */
export function itemsOf(node: Node | undefined): readonly Node[] {
  const list = bodyOf(node, 'List');
  if (!list) throw new Refused(refusals.unknownNode('list'));
  return list.items ?? [];
}

/** The strings of a list of String nodes; null when anything else is among them. */
export function stringsOf(nodes: readonly Node[] | undefined): string[] | null {
  const strings: string[] = [];
  for (const node of nodes ?? []) {
    const value = bodyOf(node, 'String');
    if (!value) return null;
    strings.push(value.sval ?? '');
  }
  return strings;
}

/** Refuses a body with a field that is neither in `known` nor empty: a newer grammar may have given it a meaning. */
export function onlyFields(kind: string, body: object, known: readonly string[]): void {
  for (const field of Object.keys(body)) {
    if (known.includes(field)) continue;
    const value = (body as Fields)[field];
    if (value === undefined || value === null || value === false) continue;
    if (Array.isArray(value) && value.length === 0) continue;
    throw new Refused(refusals.unknownNode(`${kind}.${field}`));
  }
}

interface Measured {
  readonly size: number;
  readonly tooDeep: boolean;
}

/** Trees are asked about by each walker, and change under none of them. */
const measured = new WeakMap<object, Measured>();

/** How large a tree is, and whether it is nested deeper than the recursive walkers may follow; iterative, so that it never overflows itself. */
export function measure(tree: unknown): Measured {
  if (typeof tree !== 'object' || tree === null) return { size: 0, tooDeep: false };
  let known = measured.get(tree);
  if (known === undefined) measured.set(tree, (known = measureTree(tree)));
  return known;
}

function measureTree(tree: object): Measured {
  let size = 0;
  let level = [tree];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) return { size, tooDeep: true };
    size += level.length;
    const below: object[] = [];
    for (const node of level)
      for (const key of Object.keys(node)) {
        const value = (node as Fields)[key];
        if (typeof value === 'object' && value !== null) below.push(value);
      }
    level = below;
  }
  return { size, tooDeep: false };
}

/** Whether the tree is nested deeper than the recursive walkers may follow. */
export function isTooDeep(tree: unknown): boolean {
  return measure(tree).tooDeep;
}

/** UTF-8 byte offsets of every constant in the tree; iterative, so that no tree is too deep. */
export function constantLocations(tree: unknown): number[] {
  const found: number[] = [];
  const pending: unknown[] = [tree];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (Array.isArray(next)) for (const item of next) pending.push(item);
    else if (isFields(next)) {
      for (const [key, value] of Object.entries(next)) {
        if (key === 'A_Const' && isFields(value)) {
          const location = typeof value['location'] === 'number' ? value['location'] : 0;
          if (location >= 0) found.push(location);
        } else if (typeof value === 'object' && value !== null) pending.push(value);
      }
    }
  }
  return found;
}
