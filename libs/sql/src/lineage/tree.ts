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
  const [key, ...more] = Object.keys(node);
  const body = key === kind && more.length === 0 ? (node as Record<string, unknown>)[kind] : null;
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
  for (const [field, value] of Object.entries(body)) {
    if (known.includes(field) || value === undefined || value === null || value === false) continue;
    if (Array.isArray(value) && value.length === 0) continue;
    throw new Refused(refusals.unknownNode(`${kind}.${field}`));
  }
}

/** How large a tree is, and whether it is nested deeper than the recursive walkers may follow; iterative, so that it never overflows itself. */
export function measure(tree: unknown): { readonly size: number; readonly tooDeep: boolean } {
  let size = 0;
  const pending: { value: unknown; depth: number }[] = [{ value: tree, depth: 0 }];
  for (let next = pending.pop(); next; next = pending.pop()) {
    if (typeof next.value !== 'object' || next.value === null) continue;
    if (next.depth > MAX_DEPTH) return { size, tooDeep: true };
    size += 1;
    for (const value of Object.values(next.value)) pending.push({ value, depth: next.depth + 1 });
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
