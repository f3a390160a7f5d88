import type { CatalogColumn, CatalogRelation } from '../catalog.js';
import type { Node } from '@pgsql/types';
import { itemNamed, resolveColumn } from './columns.js';
import { parameterNumber } from './predicate.js';
import { Refused, refusals } from './refusals.js';
import { relationLabel } from './relations.js';
import type { Scope, Tracer } from './tracer.js';
import { bodyOf, stringsOf } from './tree.js';
import { columnTypeUse, requireHarmlessType } from './types.js';

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
 * Traces one value on its way into a column. Into a protected one go constants, parameters and DEFAULT, which are noted;
 * into any other one everything that is clean.
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
  if (bodyOf(value, 'SetToDefault')) {
    if (className !== null) tracer.findings.writes.add(className);
    return;
  }
  if (className === null) return tracer.clean(tracer, value, scope, `Writing ${label}`);
  tracer.findings.writes.add(className);
  if (isOwnExcluded(tracer, value, relation, column, scope)) return;
  const parameter = parameterNumber(tracer, value);
  if (parameter !== null) {
    tracer.findings.parameters.set(parameter, className);
    return;
  }
  const cast = bodyOf(value, 'TypeCast');
  if (cast) requireHarmlessType(tracer.context, cast.typeName);
  const constant = bodyOf(cast?.arg ?? value, 'A_Const');
  if (!constant) throw new Refused(refusals.writesComputed(label));
  tracer.findings.literals.push({ location: constant.location ?? 0, class: className });
}
