import type { CatalogRelation } from './catalog.js';

/** The columns a COPY of a table moves: those it names in its order, else all that are stored as they are given. */
export function copiedColumns(
  relation: CatalogRelation,
  names: readonly string[] | null,
): CatalogRelation['columns'] | null {
  if (names === null) return relation.columns.filter(({ generated }) => generated === '');
  const columns = names.flatMap((name) => relation.columns.find((column) => column.name === name) ?? []);
  return columns.length === names.length ? columns : null;
}
