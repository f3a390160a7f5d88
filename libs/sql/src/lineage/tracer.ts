import type { Node, SelectStmt } from '@pgsql/types';
import type { CatalogRelation } from '../catalog.js';
import type { OracleUse, OutputColumn } from '../description.js';
import { FIRST_USER_OID } from '../resolve.js';
import { Refused, refusals } from './refusals.js';
import type { LineageContext } from './result.js';

/** What is known of one column inside a query: an output column, or one that may not be used at all. */
type Taint = OutputColumn | { readonly taint: 'blocked'; readonly label: string };

export interface Field {
  readonly name: string;
  readonly taint: Taint;
  /** label of a column whose type has user-defined casts: it may be an output, but not part of an expression */
  readonly plainOnly: string | null;
  /** type OID; absent: not known */
  readonly type?: number;
  /** the protected column it comes from, for people; absent: the taint says it */
  readonly label?: string | null;
  /** rows may be ordered by it although it is not clean */
  readonly ordered?: boolean;
  /** where the statement itself brings the values: constants and parameters in them meet what the field is compared with */
  readonly made?: readonly Node[];
}

/** What is known of an expression. */
export interface Value {
  readonly taint: OutputColumn;
  /** type OID, 0: not known */
  readonly type: number;
  /** the first protected column in it, for people; null: none */
  readonly label: string | null;
  /** rows may be ordered by it although it is not clean */
  readonly ordered?: boolean;
  /** of a list, a row or an array that is written out: what is in it, in order */
  readonly parts?: readonly { readonly value: Value; readonly node: Node | undefined }[];
}

/** One entry of a query level's namespace, as the server keeps it (parse_relation.c, ParseNamespaceItem). */
export interface Item {
  /** alias or relation name; null: cannot be named */
  readonly name: string | null;
  /** the relation itself when no alias hides its name: `schema.table.column` is possible */
  readonly relation: CatalogRelation | null;
  /** places in `fields` that are the primary key of a table; absent, null: none is known */
  readonly key?: readonly number[] | null;
  /** system columns (ctid, tableoid, …) exist */
  readonly systemColumns: boolean;
  /** what in which table a row lies tells; absent: nothing */
  readonly place?: OutputColumn;
  readonly fields: readonly Field[];
  /** unqualified names and `*` see its columns */
  readonly columnsVisible: boolean;
  /** the names of its columns are not certain (functions whose result type depends on arguments) */
  readonly uncertain: boolean;
}

/** WITH queries in force, innermost first. */
export interface WithQueries {
  readonly parent: WithQueries | null;
  readonly queries: Map<string, WithQuery>;
}

/** Its columns, once traced; `later`: it stands further on and is traced when its name is met; `pending`: that is going on. */
export type WithQuery =
  | { readonly state: 'traced'; readonly fields: readonly Field[]; readonly partial: boolean }
  | { readonly state: 'later'; readonly trace: () => void }
  | { readonly state: 'pending' };

/** One query level: what names mean in it. */
export interface Scope {
  readonly items: readonly Item[];
  readonly parent: Scope | null;
  readonly ctes: WithQueries | null;
}

/** What is found while tracing; the parts of a result. */
export interface Findings {
  /** errors may carry protected values */
  touches: boolean;
  /** the first relation with protected columns that is named */
  named: string | null;
  readonly reads: Set<string>;
  readonly writes: Set<string>;
  readonly filters: Set<string>;
  /** number n of $n → class of the protected column */
  readonly parameters: Map<number, string>;
  readonly oracles: OracleUse[];
  readonly literals: { readonly location: number; readonly class: string }[];
  /** a plan of the statement would show a definition that somebody else wrote: a view, a foreign table */
  opens: boolean;
  /** evaluations met so far that may fail, take their time or have an effect */
  partial: number;
  /** nodes that may still be looked at: queries that would take too long are refused */
  budget: number;
}

/**
 * The parts of tracing that need one another, passed along: expressions hold queries, queries hold expressions.
 * Each throws `Refused` when something is not proven.
 */
export interface Tracer {
  readonly context: LineageContext;
  readonly findings: Findings;
  /** places of the literals that are noted */
  readonly noted: Set<number>;
  /** what an expression carries; oracles in it are noted */
  readonly value: (tracer: Tracer, node: Node | undefined, scope: Scope) => Value;
  /** proves that nothing of `node` depends on a protected column; `use` names the construct around it for people */
  readonly clean: (tracer: Tracer, node: Node | undefined, scope: Scope, use: string) => void;
  /** traces a query; `scope` is the level around it (its items are visible to it), with the WITH queries in force */
  readonly query: (tracer: Tracer, stmt: SelectStmt, scope: Scope) => readonly Field[];
  /** traces INSERT, UPDATE, DELETE, MERGE; what RETURNING gives */
  readonly modification: (tracer: Tracer, node: Node, scope: Scope) => readonly Field[];
}

export const EMPTY_SCOPE: Scope = { items: [], parent: null, ctes: null };

export const CLEAN: OutputColumn = { taint: 'clean', source: null };

export function cleanField(name: string): Field {
  return { name, taint: CLEAN, plainOnly: null };
}

/** `schema.table.column` of a protected column. */
export function columnLabel(tracer: Tracer, column: { relationOid: number; attnum: number }): string {
  const relation = tracer.context.index.relationsByOid.get(column.relationOid);
  const name = relation?.columns.find((candidate) => candidate.attnum === column.attnum)?.name;
  return relation ? `${relation.schema}.${relation.name}.${name ?? column.attnum}` : `column ${column.attnum}`;
}

/** Label of the first field that is not clean, null when all are. */
export function firstTainted(tracer: Tracer, fields: readonly Field[]): string | null {
  for (const { taint, label } of fields) {
    if (taint.taint === 'blocked') return taint.label;
    if (taint.taint === 'column') return columnLabel(tracer, taint);
    if (taint.taint !== 'clean') return label ?? 'of a definition or of a kind that is not known';
  }
  return null;
}

/** Refuses with `refusal(label)` unless every field is clean. */
export function requireClean(
  tracer: Tracer,
  fields: readonly Field[],
  refusal: (column: string) => ReturnType<(typeof refusals)['distinct']>,
): void {
  const label = firstTainted(tracer, fields);
  if (label !== null) throw new Refused(refusal(label));
}

/** Whether the relation belongs to the server. */
export function isSystemRelation(relation: CatalogRelation): boolean {
  return relation.oid < FIRST_USER_OID;
}

/** The relation and everything below it that a statement on it reaches: children and partitions. */
export function withDescendants(tracer: Tracer, relation: CatalogRelation): CatalogRelation[] {
  const { childrenOf, relationsByOid } = tracer.context.index;
  const seen = new Set<number>();
  const found: CatalogRelation[] = [];
  const pending = [relation.oid];
  for (let oid = pending.pop(); oid !== undefined; oid = pending.pop()) {
    if (seen.has(oid)) continue;
    seen.add(oid);
    const current = relationsByOid.get(oid);
    if (current) found.push(current);
    pending.push(...(childrenOf.get(oid) ?? []));
  }
  return found;
}

/** Whether the relation, or anything below it, has protected columns. */
export function hasProtected(tracer: Tracer, relation: CatalogRelation): boolean {
  return withDescendants(tracer, relation).some((each) => tracer.context.index.protectedByRelation.has(each.oid));
}
