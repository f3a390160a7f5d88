import type { CatalogRelation, CatalogType } from '../catalog.js';
import { FIRST_USER_OID, type KnowledgeIndex } from '../resolve.js';

interface Proofs {
  readonly readable: Map<number, boolean>;
  readonly writable: Map<number, boolean>;
  /** some table has triggers or rules: a cascading foreign key may run them */
  readonly cascades: boolean;
}

// Asked for every statement, true for as long as the catalog stays the same.
const proofsOf = new WeakMap<KnowledgeIndex, Proofs>();

function proofs(index: KnowledgeIndex): Proofs {
  let known = proofsOf.get(index);
  if (!known) {
    const cascades = index.catalog.relations.some(
      (relation) =>
        relation.kind !== 'v' && (relation.active.includes('triggers') || relation.active.includes('rules')),
    );
    proofsOf.set(index, (known = { readable: new Map(), writable: new Map(), cascades }));
  }
  return known;
}

/**
 * Reading it runs no user code: plain storage, no policies, no user functions, no types of extensions, nor in its children; or a view
 * over such, whose definition is known.
 */
export function readsPlainly(index: KnowledgeIndex, oid: number): boolean {
  if (oid < FIRST_USER_OID) return true;
  return overChildren(index, oid, proofs(index).readable, (relation) => {
    if (relation.kind === 'v') return index.taintsOf(relation)?.reads === true;
    if (!'rpmS'.includes(relation.kind)) return false;
    if (relation.active.some((part) => part !== 'triggers')) return false;
    return relation.columns.every((column) => isInert(index, column.typeOid));
  });
}

/** Writing it runs no user code: what holds for reading, and no triggers. */
export function writesPlainly(index: KnowledgeIndex, oid: number): boolean {
  return overChildren(index, oid, proofs(index).writable, (relation) => {
    return 'rp'.includes(relation.kind) && relation.active.length === 0 && readsPlainly(index, relation.oid);
  });
}

/** Updating or deleting rows of any table may reach triggers or rules by a foreign key. */
export function mayCascade(index: KnowledgeIndex): boolean {
  return proofs(index).cascades;
}

function overChildren(
  index: KnowledgeIndex,
  oid: number,
  memo: Map<number, boolean>,
  holds: (relation: CatalogRelation) => boolean,
): boolean {
  const known = memo.get(oid);
  if (known !== undefined) return known;
  const seen = new Set([oid]);
  let proven = true;
  // A set grows while it is walked: children of children follow.
  for (const next of seen) {
    const relation = index.relationsByOid.get(next);
    if (!relation || !holds(relation)) {
      proven = false;
      break;
    }
    for (const child of index.childrenOf.get(next) ?? []) seen.add(child);
  }
  memo.set(oid, proven);
  return proven;
}

/** Values of the type are shown, compared and coerced by built-ins alone. */
function isInert(index: KnowledgeIndex, typeOid: number): boolean {
  for (let oid = typeOid, steps = 0; oid >= FIRST_USER_OID; steps++) {
    const type = index.userTypesByOid.get(oid);
    if (!type || index.typesWithUserCasts.has(oid) || steps > 32) return false;
    if (type.kind === 'e') return true;
    // of its own fields; a domain among them may have checks that a value of it runs
    if (type.kind === 'c') return type.attributes?.every((field) => isPlainField(index, field.typeOid)) === true;
    if (type.baseOid === 0 || (type.kind !== 'd' && type.kind !== 'b')) return false;
    oid = type.baseOid;
  }
  return true;
}

function isPlainField(index: KnowledgeIndex, typeOid: number): boolean {
  if (typeOid < FIRST_USER_OID) return true;
  return index.userTypesByOid.get(typeOid)?.kind === 'e' && !index.typesWithUserCasts.has(typeOid);
}

/** A cast to the type of this name runs built-ins alone: a type of the server, or an enumeration. */
export function castsPlainly(index: KnowledgeIndex, parts: readonly string[]): boolean {
  const name = parts[parts.length - 1] ?? '';
  const schema = parts.length > 1 ? (parts[parts.length - 2] ?? null) : null;
  if (schema === 'pg_catalog' || schema === 'information_schema') return true;
  const candidates = index.userTypesByName.get(name) ?? [];
  if (candidates.length > 0) return candidates.every((type) => castsAsEnumeration(index, type));
  if (schema !== null) return false;
  for (const relations of index.relationsBySchema.values()) {
    const rowType = relations.get(name);
    if (rowType && rowType.oid >= FIRST_USER_OID) return false;
  }
  return true;
}

function castsAsEnumeration(index: KnowledgeIndex, type: CatalogType): boolean {
  if (index.typesWithUserCasts.has(type.oid)) return false;
  if (type.kind === 'e') return true;
  if (type.kind !== 'b' || type.baseOid === 0) return false;
  if (type.baseOid < FIRST_USER_OID) return true;
  const element = index.userTypesByOid.get(type.baseOid);
  return element?.kind === 'e' && !index.typesWithUserCasts.has(element.oid);
}
