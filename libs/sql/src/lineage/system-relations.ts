import type { CatalogRelation } from '../catalog.js';
import { INFORMATION_SCHEMA_COLUMNS } from './information-schema-columns.js';
import { PG_CATALOG_COLUMNS } from './pg-catalog-columns.js';

/**
 * What a column of a system relation holds: `plain` names, numbers and structure · `definition` the text that the server prints of a
 * definition, whose literals may be values, or the tree it keeps of one (`pg_node_tree`) · `value` values, statistics, statements, options;
 * and whatever is not listed.
 */
export type SystemColumnUse = 'plain' | 'definition' | 'value';

const MARKS: Readonly<Record<string, SystemColumnUse>> = { '=': 'definition', '!': 'value' };

/** `schema.relation` → column → use */
const LISTED: ReadonlyMap<string, ReadonlyMap<string, SystemColumnUse>> = new Map([
  ...listed('pg_catalog', PG_CATALOG_COLUMNS),
  ...listed('information_schema', INFORMATION_SCHEMA_COLUMNS),
]);

function listed(schema: string, lines: string): [string, ReadonlyMap<string, SystemColumnUse>][] {
  const found: [string, Map<string, SystemColumnUse>][] = [];
  for (const word of lines.trim().split(/\s+/u)) {
    const use = MARKS[word.charAt(0)];
    if (word.endsWith(':')) found.push([`${schema}.${word.slice(0, -1)}`, new Map()]);
    else found.at(-1)?.[1].set(use === undefined ? word : word.slice(1), use ?? 'plain');
  }
  return found;
}

/** Whether somebody has looked at the column: a newer server may have others. */
export function isListedColumn(relation: Pick<CatalogRelation, 'schema' | 'name'>, column: string): boolean {
  return LISTED.get(`${relation.schema}.${relation.name}`)?.has(column) === true;
}

/** What a column of a system relation holds; what is not listed may hold values. */
export function systemColumnUse(relation: Pick<CatalogRelation, 'schema' | 'name'>, column: string): SystemColumnUse {
  return LISTED.get(`${relation.schema}.${relation.name}`)?.get(column) ?? 'value';
}
