import type { CatalogColumn, CatalogRelation } from '../catalog.js';
import type { Node } from '@pgsql/types';
import { itemNamed, resolveColumn } from './columns.js';
import { noteGuesses } from './oracles.js';
import { Refused, refusals } from './refusals.js';
import { relationLabel } from './relations.js';
import type { Scope, Tracer } from './tracer.js';
import { bodyOf, stringsOf } from './tree.js';
import { columnTypeUse } from './types.js';
import { isClean } from './values.js';

/** The column a write names; refused when the relation has none of that name. */
export function writtenColumn(relation: CatalogRelation, name: string): CatalogColumn {
  const column = relation.columns.find((candidate) => candidate.name === name);
  if (!column) throw new Refused(refusals.unresolvedColumn(`${relationLabel(relation)}.${name}`));
  return column;
}

/** The class of a column when it is protected. */
export function classOf(tracer: Tracer, relation: CatalogRelation, column: CatalogColumn): string | null {
  return tracer.context.index.protectedByRelation.get(relation.oid)?.get(column.attnum) ?? null;
}

/** Assignment coerces the value: a user-defined cast of the column's type would run. */
export function requireWritableType(tracer: Tracer, relation: CatalogRelation, column: CatalogColumn): void {
  if (columnTypeUse(tracer.context.index, column) !== 'any') {
    throw new Refused(refusals.plainOnly('Writing', `${relationLabel(relation)}.${column.name}`));
  }
}

/** `excluded.column` in the update of the same column: the value that this very statement inserts. */
function isOwnExcluded(
  tracer: Tracer,
  node: Node | undefined,
  relation: CatalogRelation,
  column: CatalogColumn,
  scope: Scope,
): boolean {
  const names = stringsOf(bodyOf(node, 'ColumnRef')?.fields) ?? [];
  const excluded = itemNamed(scope, 'excluded');
  if (names.length !== 2 || names[0] !== 'excluded' || excluded?.relation !== null) return false;
  const meaning = resolveColumn(tracer, scope, names);
  const taint = meaning.kind === 'field' ? meaning.field.taint : null;
  return taint?.taint === 'column' && taint.relationOid === relation.oid && taint.attnum === column.attnum;
}

/**
 * Traces one value on its way into a column: clean ones only, since what is copied is protected no longer where it arrives. The constants
 * and parameters that go into a protected column are noted.
 */
export function traceWrittenValue(
  tracer: Tracer,
  value: Node | undefined,
  relation: CatalogRelation,
  column: CatalogColumn,
  scope: Scope,
): void {
  const label = `${relationLabel(relation)}.${column.name}`;
  const className = classOf(tracer, relation, column);
  requireWritableType(tracer, relation, column);
  if (className !== null) tracer.findings.writes.add(className);
  if (bodyOf(value, 'SetToDefault')) return;
  if (className === null) return tracer.clean(tracer, value, scope, `Writing ${label}`);
  if (isOwnExcluded(tracer, value, relation, column, scope)) return;
  noteGuesses(tracer, [value], scope, className);
  const written = tracer.value(tracer, value, scope);
  if (!isClean(written)) throw new Refused(refusals.writesComputed(label));
}
