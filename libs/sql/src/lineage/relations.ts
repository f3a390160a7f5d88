import type { RangeVar } from '@pgsql/types';
import type { CatalogRelation } from '../catalog.js';
import { resolveRelation } from '../resolve.js';
import { Refused, refusals } from './refusals.js';
import { systemColumnUse } from './system-relations.js';
import type { Field, Tracer } from './tracer.js';
import { hasProtected, isSystemRelation, withDescendants } from './tracer.js';
import { onlyFields } from './tree.js';
import { columnTypeUse, valueType } from './types.js';

/** `schema.name` as people read it. */
export function relationLabel(relation: CatalogRelation): string {
  return `${relation.schema}.${relation.name}`;
}

/** What the statement wrote. */
function writtenName(range: RangeVar): string {
  return [range.catalogname, range.schemaname, range.relname].filter((part) => part !== undefined).join('.');
}

/** The relation a name means in this catalog, null when there is none; another database's name is none. */
export function findRelation(tracer: Tracer, range: RangeVar): CatalogRelation | null | 'unknown-path' {
  const { index, searchPath } = tracer.context;
  if (range.catalogname !== undefined && range.catalogname !== index.catalog.database) return null;
  return resolveRelation(index, searchPath, range.schemaname ?? null, range.relname ?? '');
}

/** Finds the relation, notes whether it is protected, and refuses what is unknown. */
export function requireRelation(tracer: Tracer, range: RangeVar): CatalogRelation {
  onlyFields('RangeVar', range, ['catalogname', 'schemaname', 'relname', 'inh', 'relpersistence', 'alias', 'location']);
  const relation = findRelation(tracer, range);
  if (relation === 'unknown-path') throw new Refused(refusals.unknownPath(writtenName(range)));
  if (relation === null) throw new Refused(refusals.unresolvedRelation(writtenName(range)));
  if (hasProtected(tracer, relation)) {
    tracer.findings.touches = true;
    tracer.findings.named ??= relationLabel(relation);
  } else requireAlone(tracer, range, relation);
  return relation;
}

/**
 * Refuses a name that a protected relation answers to as soon as the one it means now is gone: another session may drop or rename that
 * at any time, inside a block of this one too. Own temporary relations only this session can drop, system relations nobody.
 */
function requireAlone(tracer: Tracer, range: RangeVar, relation: CatalogRelation): void {
  const { index, searchPath, bound } = tracer.context;
  if (
    bound === true ||
    range.schemaname !== undefined ||
    isSystemRelation(relation) ||
    relation.schema === index.temporarySchema
  )
    return;
  for (const schema of searchPath ?? []) {
    const other = resolveRelation(index, null, schema, relation.name);
    if (other !== null && other !== 'unknown-path' && hasProtected(tracer, other))
      throw new Refused(refusals.hiddenProtected(relationLabel(relation), relationLabel(other)));
  }
}

const KINDS: Readonly<Record<string, string>> = {
  v: 'view',
  m: 'materialised view',
  f: 'foreign table',
  S: 'sequence',
  c: 'composite type',
  i: 'index',
  I: 'index',
  t: 'TOAST table',
};

/** Refuses a view whose definition is not proven. */
function requireProvenView(tracer: Tracer, view: CatalogRelation): void {
  const label = relationLabel(view);
  const taints = tracer.context.index.taintsOf(view);
  if (taints === null) throw new Refused(refusals.relationKind(label, KINDS[view.kind] ?? 'view'));
  if (taints.refusal !== null) throw new Refused(taints.refusal);
  if (taints.touches) tracer.findings.touches = true;
}

/**
 * Refuses a foreign table unless all its columns are protected: what is behind it may be this very database, by whatever name its
 * server has, so that a column nobody named may be a protected one.
 */
function requireNamedColumns(tracer: Tracer, table: CatalogRelation): void {
  const columns = tracer.context.index.taintsOf(table)?.columns;
  if (table.columns.some(({ attnum }) => (columns?.get(attnum)?.taint ?? 'clean') === 'clean'))
    throw new Refused({
      reason: `${relationLabel(table)} is a foreign table with columns that no rule protects, and behind it may be this very database`,
      hint: 'Select from the table behind it; or have all columns of the foreign table named by the protect rules.',
    });
  tracer.findings.touches = true;
}

/** Refuses what reading the relation would run, and what it stands for, unless that is proven. */
export function requireReadable(tracer: Tracer, relation: CatalogRelation): void {
  if (isSystemRelation(relation)) return;
  for (const each of withDescendants(tracer, relation)) {
    if (each.kind === 'v' || each.kind === 'm') {
      requireProvenView(tracer, each);
      continue;
    }
    if (each.kind === 'f') {
      requireNamedColumns(tracer, each);
      continue;
    }
    if (each.kind !== 'r' && each.kind !== 'p') {
      throw new Refused(refusals.relationKind(relationLabel(each), KINDS[each.kind] ?? 'relation of another kind'));
    }
    if (each.active.includes('row-security')) {
      if (each.active.includes('functions')) throw new Refused(refusals.rowSecurity(relationLabel(each)));
      // policies of built-ins only: which rows they show is their owner's decision, what their errors say is scrubbed
      tracer.findings.touches = true;
      tracer.findings.opens = true;
    }
    // a plan shows what is computed in its place
    if (each.columns.some(({ generated }) => generated === 'v')) tracer.findings.opens = true;
    if (each.active.includes('functions')) {
      if (each.columns.some((column) => column.generated === 'v'))
        throw new Refused(refusals.activeRead(relationLabel(each)));
      // planning may evaluate immutable functions of checks and indexes: what they say is scrubbed
      tracer.findings.touches = true;
    }
  }
}

/** Refuses a write that runs anything but itself, here or in a partition. */
export function requireWritable(tracer: Tracer, relation: CatalogRelation): void {
  if (isSystemRelation(relation)) throw new Refused(refusals.systemRelation(relationLabel(relation)));
  requireReadable(tracer, relation);
  for (const each of withDescendants(tracer, relation)) {
    if (each.kind !== 'r' && each.kind !== 'p')
      throw new Refused(refusals.activeWrite(relationLabel(each), 'what it stands for'));
    if (each.active.length > 0) throw new Refused(refusals.activeWrite(relationLabel(each), each.active.join(' and ')));
  }
}

/** The columns of a relation as a query sees them, in order. */
export function relationFields(tracer: Tracer, relation: CatalogRelation): Field[] {
  const { index } = tracer.context;
  const taints = index.taintsOf(relation)?.columns;
  const system = isSystemRelation(relation);
  const source = relation.kind === 'r' || relation.kind === 'p' ? relation.oid : null;
  return relation.columns.map((column): Field => {
    const label = `${relationLabel(relation)}.${column.name}`;
    const taint = taints?.get(column.attnum);
    const use = columnTypeUse(index, column);
    const type = valueType(index, column.typeOid);
    if (taint !== undefined && taint.taint !== 'clean') {
      return { name: column.name, taint, type, plainOnly: use === 'any' ? null : label };
    }
    if (use === 'none') return { name: column.name, taint: { taint: 'opaque' }, label, plainOnly: label };
    const held = system ? systemColumnUse(relation, column.name) : 'plain';
    if (held !== 'plain') {
      const taint = { taint: held === 'definition' ? 'definition' : 'opaque' } as const;
      return { name: column.name, taint, label, type, plainOnly: null };
    }
    return {
      name: column.name,
      type,
      taint: { taint: 'clean', source: source === null ? null : { relationOid: source, attnum: column.attnum } },
      plainOnly: use === 'plain' ? label : null,
    };
  });
}
