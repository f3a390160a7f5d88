import type { DumpNode, DumpValue } from './node-dump.js';
import { isList, isNode, listIn, nodeIn, numberIn } from './node-dump.js';

/** One level of a statement in the server's tree; `parent` is what `varlevelsup` counts. */
export interface QueryScope {
  readonly query: DumpNode;
  readonly parent: QueryScope | null;
  /** inside the body of a view */
  readonly inView: boolean;
  /** range table entries, counted from 1 by the server, from 0 here */
  readonly entries: readonly DumpNode[];
  readonly targets: readonly DumpNode[];
  readonly returning: readonly DumpNode[];
  /** scopes of queries directly below this one, made once each */
  readonly below: Map<DumpNode, QueryScope>;
}

/** pg RTEKind (nodes/parsenodes.h); the numbers are those of versions 12 to 18. */
export const ENTRY = {
  relation: 0,
  subquery: 1,
  join: 2,
  function: 3,
  tableFunction: 4,
  values: 5,
  withQuery: 6,
  tuplestore: 7,
  result: 8,
  group: 9,
} as const;

export const COMMAND = { select: 1, update: 2, insert: 3, delete: 4, merge: 5, utility: 6 } as const;

function nodesOf(values: readonly DumpValue[]): DumpNode[] {
  return values.filter(isNode);
}

export function nodesIn(node: DumpNode, field: string): DumpNode[] {
  return nodesOf(listIn(node, field));
}

export function scopeOf(query: DumpNode, parent: QueryScope | null, inView: boolean): QueryScope {
  return {
    query,
    parent,
    inView,
    entries: nodesIn(query, 'rtable'),
    targets: nodesIn(query, 'targetList'),
    returning: nodesIn(query, 'returningList'),
    below: new Map(),
  };
}

/** The level of a query that stands in `scope`: a subquery in FROM, a sublink, a WITH query. */
export function scopeBelow(scope: QueryScope, query: DumpNode, view = false): QueryScope {
  const known = scope.below.get(query);
  if (known) return known;
  const made = scopeOf(query, scope, scope.inView || view);
  scope.below.set(query, made);
  return made;
}

/** The level `up` levels above. */
export function scopeAbove(scope: QueryScope, up: number): QueryScope | null {
  let level: QueryScope | null = scope;
  for (let left = up; left > 0 && level; left -= 1) level = level.parent;
  return level;
}

/** A subquery entry that is an expanded view: from version 16 on it keeps the view's OID, before it holds two entries of the view. */
export function isViewEntry(entry: DumpNode): boolean {
  if ((numberIn(entry, 'relid') ?? 0) > 0) return true;
  const query = nodeIn(entry, 'subquery');
  const first = query && nodesIn(query, 'rtable')[0];
  return first !== null && first !== undefined && isPlaceholder(first);
}

/** `old` and `new` of a view's body before version 16: entries that nothing reads. */
export function isPlaceholder(entry: DumpNode): boolean {
  return (
    numberIn(entry, 'rtekind') === ENTRY.relation &&
    entry.fields.get('relkind') === 'v' &&
    entry.fields.get('inFromCl') === 'false'
  );
}

/** Names as they are compared: the space and the line break that may stand for it are one. */
function nameOf(value: DumpValue | undefined): string | null {
  return typeof value === 'string' && value !== '<>' ? value.replace(/\s/g, ' ') : null;
}

/** The WITH query that an entry names, and the level it is written at; null: not found, or two have the name. */
export function withQueryOf(scope: QueryScope, entry: DumpNode): { scope: QueryScope; query: DumpNode } | null {
  const level = scopeAbove(scope, numberIn(entry, 'ctelevelsup') ?? -1);
  const name = nameOf(entry.fields.get('ctename'));
  if (!level || name === null || numberIn(entry, 'ctelevelsup') === null) return null;
  const named = nodesIn(level.query, 'cteList').filter((each) => nameOf(each.fields.get('ctename')) === name);
  const query = named.length === 1 && named[0] ? nodeIn(named[0], 'ctequery') : null;
  return query ? { scope: level, query } : null;
}

/** What a query gives: its targets, or what it returns of rows it changes; without what only sorts and groups. */
export function outputsOf(scope: QueryScope): readonly DumpNode[] {
  const all = numberIn(scope.query, 'commandType') === COMMAND.select ? scope.targets : scope.returning;
  return all.filter((target) => target.fields.get('resjunk') !== 'true');
}

/** The target that clauses refer to by `tleSortGroupRef`. */
export function sortedTarget(targets: readonly DumpNode[], reference: number): DumpNode | null {
  return targets.find((target) => numberIn(target, 'ressortgroupref') === reference) ?? null;
}

/** The leaves of a tree of set operations, left to right, with those on the right of an EXCEPT marked. */
export function setLeaves(top: DumpNode): { entry: number; compared: boolean }[] | null {
  const leaves: { entry: number; compared: boolean }[] = [];
  const pending: { node: DumpNode | null; compared: boolean }[] = [{ node: top, compared: false }];
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { node, compared } = next;
    if (!node) return null;
    if (node.kind === 'RANGETBLREF') {
      leaves.push({ entry: numberIn(node, 'rtindex') ?? 0, compared });
    } else if (node.kind === 'SETOPERATIONSTMT') {
      // SETOP_EXCEPT: what stands on the right is only compared with
      const except = numberIn(node, 'op') === 3;
      pending.push({ node: nodeIn(node, 'rarg'), compared: compared || except });
      pending.push({ node: nodeIn(node, 'larg'), compared });
    } else return null;
  }
  return leaves;
}

/** The leaves whose rows a set operation compares: those below anything but UNION ALL. */
export function comparedLeaves(top: DumpNode): number[] {
  const found: number[] = [];
  const pending = [{ node: top, compared: false }];
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { node } = next;
    if (node.kind === 'RANGETBLREF' && next.compared) found.push(numberIn(node, 'rtindex') ?? 0);
    if (node.kind !== 'SETOPERATIONSTMT') continue;
    const compared = next.compared || numberIn(node, 'op') !== 1 || node.fields.get('all') !== 'true';
    for (const side of [nodeIn(node, 'larg'), nodeIn(node, 'rarg')]) if (side) pending.push({ node: side, compared });
  }
  return found;
}

/** A list that is a list of lists, as VALUES is. */
export function rowsIn(node: DumpNode, field: string): (readonly DumpValue[])[] {
  return listIn(node, field).filter(isList);
}
