import type { CatalogRelation, Knowledge, ProtectedColumn } from './catalog.js';
import type { MaskingRefusal, OutputColumn } from './description.js';

/** What the columns of a relation are to a statement that reads it. */
export interface RelationTaints {
  /** by attnum; a column that is left out is clean */
  readonly columns: ReadonlyMap<number, OutputColumn>;
  /** protected columns are read, whatever becomes of them: errors may carry their values */
  readonly touches: boolean;
  /** what it is computed from is not proven; null: it is */
  readonly refusal: MaskingRefusal | null;
  /** reading it is proven to change nothing and to run built-ins only */
  readonly reads: boolean;
}

/** Protected columns by relation: relation OID → attnum → class. Views are traced when they are first asked for. */
export interface ProtectedRelations {
  get(oid: number): ReadonlyMap<number, string> | undefined;
  /** true also where no column is protected, but rows are computed from protected ones, or from what is not known */
  has(oid: number): boolean;
  /** of the relations that rules reach by themselves; views over them bring no other class */
  values(): Iterable<ReadonlyMap<number, string>>;
}

const NONE: ReadonlyMap<number, string> = new Map();

/** What a view is while it is traced: its definition can reach it again in a broken catalog only. */
const PENDING: RelationTaints = {
  columns: new Map(),
  touches: true,
  refusal: {
    reason: 'A view is defined by itself',
    hint: 'Select from its tables instead; protected columns arrive masked.',
  },
  reads: false,
};

function taintOf(column: ProtectedColumn): OutputColumn {
  const { relationOid, attnum, derived } = column;
  if (derived) return { taint: 'derived', classes: derived };
  return { taint: 'column', relationOid, attnum, class: column.class };
}

function classesOf(taint: OutputColumn): readonly string[] {
  return taint.taint === 'column' ? [taint.class] : taint.taint === 'derived' ? taint.classes : [];
}

/** A column of a view that a rule names beside what its definition makes of it: of two classes neither mask alone is enough. */
function joined(traced: OutputColumn | undefined, ruled: OutputColumn): OutputColumn {
  if (traced === undefined || traced.taint === 'clean') return ruled;
  if (traced.taint === 'opaque') return traced;
  const classes = [...new Set([...classesOf(traced), ...classesOf(ruled)])].sort();
  return traced.taint === 'column' && classes.length === 1 ? traced : { taint: 'derived', classes };
}

/** Classes by column; of a column that is not known there is none to name. */
function classesByColumn(taints: RelationTaints): ReadonlyMap<number, string> {
  const classes = [...taints.columns].flatMap(([attnum, taint]) => {
    const [first] = classesOf(taint);
    return first === undefined ? [] : [[attnum, first] as const];
  });
  return new Map(classes);
}

interface ProtectionIndex {
  readonly protectedByRelation: ProtectedRelations;
  readonly taintsOf: (relation: CatalogRelation) => RelationTaints | null;
}

/**
 * Protected columns of all relations; views and materialised views are traced when they are first asked for, each once.
 * @param trace null: no view is proven
 */
export function protection(
  knowledge: Knowledge,
  relations: ReadonlyMap<number, CatalogRelation>,
  trace: (view: CatalogRelation, text: string) => RelationTaints | null,
): ProtectionIndex {
  const ruled = new Map<number, Map<number, OutputColumn>>();
  for (const column of knowledge.protected) {
    const columns = ruled.get(column.relationOid) ?? new Map<number, OutputColumn>();
    ruled.set(column.relationOid, columns.set(column.attnum, taintOf(column)));
  }
  const texts = new Map(knowledge.catalog.definitions?.views.map(({ oid, text }) => [oid, text]));
  const known = new Map<number, RelationTaints | null>();
  const classes = new Map<number, ReadonlyMap<number, string>>();

  const find = (relation: CatalogRelation): RelationTaints | null => {
    const own = ruled.get(relation.oid) ?? new Map<number, OutputColumn>();
    if (relation.kind !== 'v' && relation.kind !== 'm')
      return { columns: own, touches: own.size > 0, refusal: null, reads: false };
    const text = texts.get(relation.oid);
    const traced = text === undefined ? null : trace(relation, text);
    if (traced === null || own.size === 0) return traced;
    const columns = new Map(traced.columns);
    for (const [attnum, taint] of own) columns.set(attnum, joined(columns.get(attnum), taint));
    return { ...traced, columns, touches: true };
  };
  const own = (oid: number): ReadonlyMap<number, string> =>
    classesByColumn({ columns: ruled.get(oid) ?? new Map(), touches: true, refusal: null, reads: false });
  const taintsOf = (relation: CatalogRelation): RelationTaints | null => {
    const before = known.get(relation.oid);
    if (before !== undefined) return before;
    known.set(relation.oid, PENDING);
    const taints = find(relation);
    known.set(relation.oid, taints);
    return taints;
  };
  const classesIn = (oid: number): ReadonlyMap<number, string> | undefined => {
    let found = classes.get(oid);
    if (found) return found;
    const relation = relations.get(oid);
    // a view that is not known is protected as far as rules name its columns
    const taints = relation ? taintsOf(relation) : null;
    if (taints?.touches) found = classesByColumn(taints);
    else if (taints?.refusal) found = NONE;
    else if (taints === null && ruled.has(oid)) found = own(oid);
    if (found) classes.set(oid, found);
    return found;
  };
  return {
    taintsOf,
    protectedByRelation: {
      get: classesIn,
      has: (oid) => classesIn(oid) !== undefined,
      values: () => [...ruled.keys()].map(own),
    },
  };
}
