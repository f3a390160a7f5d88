import type { CatalogSnapshot } from '../catalog.js';
import type { DumpNode } from './node-dump.js';
import { isList, isNode, nodeIn, numberIn } from './node-dump.js';
import { ENTRY, nodesIn, type QueryScope, sortedTarget } from './scopes.js';

/** The columns by which each row of a relation is the only one, by OID; undefined: none are known. */
export type KeyOf = (relationOid: number) => readonly number[] | undefined;

/** Primary keys of a catalog; of a table whose children have rows of their own none holds. */
export function primaryKeys({ relations }: CatalogSnapshot): KeyOf {
  const parents = new Set(relations.flatMap((relation) => relation.parents));
  const keys = new Map(
    relations.flatMap(({ oid, kind, key }) =>
      key && key.length > 0 && (kind === 'p' || (kind === 'r' && !parents.has(oid))) ? [[oid, key] as const] : [],
    ),
  );
  return (oid) => keys.get(oid);
}

/** What a clause of GROUP BY names: a column of an entry of the same level; null: it is anything else. */
function groupedColumn(clause: DumpNode, scope: QueryScope): readonly [entry: number, attnum: number] | null {
  const target = sortedTarget(scope.targets, numberIn(clause, 'tleSortGroupRef') ?? -1);
  let found = target && nodeIn(target, 'expr');
  // from version 18 on what is grouped by stands in an entry of its own
  for (let steps = 0; steps < 2; steps += 1) {
    if (found?.kind !== 'VAR' || numberIn(found, 'varlevelsup') !== 0) return null;
    const number = numberIn(found, 'varno') ?? 0;
    const attnum = numberIn(found, 'varattno') ?? 0;
    const entry = scope.entries[number - 1];
    const kind = entry && numberIn(entry, 'rtekind');
    if (kind === ENTRY.relation) return [number, attnum];
    const expressions = kind === ENTRY.group ? entry?.fields.get('groupexprs') : undefined;
    const inside = isList(expressions) ? expressions[attnum - 1] : undefined;
    found = isNode(inside) ? inside : null;
  }
  return null;
}

/**
 * The clauses of GROUP BY that part rows. Beside the primary key of its table a column parts them no further: rows that are alike in the
 * key are one row. Grouping sets group without the key as well.
 */
export function partingClauses(scope: QueryScope, keyOf: KeyOf): readonly DumpNode[] {
  const clauses = nodesIn(scope.query, 'groupClause');
  if (nodesIn(scope.query, 'groupingSets').length > 0) return clauses;
  const columns = clauses.map((clause) => groupedColumn(clause, scope));
  const grouped = new Set(columns.flatMap((column) => (column ? [column.join('.')] : [])));
  return clauses.filter((_, position) => {
    const [entry = 0, attnum = 0] = columns[position] ?? [];
    const relation = scope.entries[entry - 1];
    const key = keyOf((relation && numberIn(relation, 'relid')) ?? 0);
    return key === undefined || key.includes(attnum) || !key.every((each) => grouped.has(`${entry}.${each}`));
  });
}
