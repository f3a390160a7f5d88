import { calledName, type AllowedFunction } from './allowed-functions.js';
import type { CatalogRelation, CatalogSnapshot, CatalogType, Knowledge } from './catalog.js';
import { protection, type ProtectedRelations, type RelationTaints } from './protected-relations.js';

/** OIDs below this belong to the server itself, made by initdb. */
export const FIRST_USER_OID = 16384;

/** Traces what a view stands for, its text being part of the catalog's definitions. Never throws. */
export type ViewTracer = (index: KnowledgeIndex, view: CatalogRelation, text: string) => RelationTaints;

/** Knowledge with the maps that resolution needs; built once per knowledge id, shared by all descriptions. */
export interface KnowledgeIndex {
  readonly knowledgeId: number;
  readonly strict: boolean;
  readonly catalog: CatalogSnapshot;
  /** the session's own temporary schema, null while it has none */
  readonly temporarySchema: string | null;
  /** schema name → relation name → relation */
  readonly relationsBySchema: ReadonlyMap<string, ReadonlyMap<string, CatalogRelation>>;
  readonly relationsByOid: ReadonlyMap<number, CatalogRelation>;
  /** relation OID → OIDs of its direct children and partitions */
  readonly childrenOf: ReadonlyMap<number, readonly number[]>;
  readonly protectedByRelation: ProtectedRelations;
  /** null: a view or materialised view whose definition is not known */
  readonly taintsOf: (relation: CatalogRelation) => RelationTaints | null;
  /** function name → schemas that hold a user function of that name */
  readonly userFunctionSchemas: ReadonlyMap<string, ReadonlySet<string>>;
  /** functions of users that may be called by schema and name, by {@link calledName}: all that the name may mean */
  readonly allowedFunctions: ReadonlyMap<string, readonly AllowedFunction[]>;
  readonly userOperators: ReadonlySet<string>;
  readonly userTypesByOid: ReadonlyMap<number, CatalogType>;
  /** type name → user types of that name */
  readonly userTypesByName: ReadonlyMap<string, readonly CatalogType[]>;
  /** OIDs of user types on either side of a user-defined cast */
  readonly typesWithUserCasts: ReadonlySet<number>;
  /** a user-defined cast joins two built-in types: it may run wherever a value is coerced */
  readonly castsBetweenBuiltIns: boolean;
}

function group<K, V>(pairs: Iterable<readonly [K, V]>): Map<K, V[]> {
  const groups = new Map<K, V[]>();
  for (const [key, value] of pairs) {
    const group = groups.get(key);
    if (group) group.push(value);
    else groups.set(key, [value]);
  }
  return groups;
}

/**
 * Builds the maps over one knowledge; linear in its size, never throws.
 * @param traceView absent: no view is proven
 */
export function buildKnowledgeIndex(knowledge: Knowledge, traceView?: ViewTracer): KnowledgeIndex {
  const { catalog } = knowledge;
  const relationsBySchema = new Map(catalog.schemas.map((schema) => [schema.name, new Map<string, CatalogRelation>()]));
  for (const relation of catalog.relations) {
    const names = relationsBySchema.get(relation.schema) ?? new Map<string, CatalogRelation>();
    relationsBySchema.set(relation.schema, names.set(relation.name, relation));
  }
  const relationsByOid = new Map(catalog.relations.map((relation) => [relation.oid, relation]));
  const index: KnowledgeIndex = {
    knowledgeId: knowledge.id,
    strict: knowledge.strict,
    catalog,
    temporarySchema: catalog.schemas.find((schema) => schema.temporary)?.name ?? null,
    relationsBySchema,
    relationsByOid,
    childrenOf: group(
      catalog.relations.flatMap((child) => child.parents.map((parent) => [parent, child.oid] as const)),
    ),
    ...protection(knowledge, relationsByOid, (view, text) => traceView?.(index, view, text) ?? null),
    userFunctionSchemas: new Map(
      [...group(catalog.userFunctions.map((f) => [f.name, f.schema] as const))].map(([name, schemas]) => [
        name,
        new Set(schemas),
      ]),
    ),
    allowedFunctions: group(
      (knowledge.functions ?? []).map((each) => [calledName(each.schema, each.name), each] as const),
    ),
    userOperators: new Set(catalog.userOperators),
    userTypesByOid: new Map(catalog.userTypes.map((type) => [type.oid, type])),
    userTypesByName: group(catalog.userTypes.map((type) => [type.name, type] as const)),
    typesWithUserCasts: new Set(
      catalog.userCasts.flatMap((cast) => [cast.source, cast.target]).filter((oid) => oid >= FIRST_USER_OID),
    ),
    castsBetweenBuiltIns: catalog.userCasts.some(
      (cast) => cast.source < FIRST_USER_OID && cast.target < FIRST_USER_OID,
    ),
  };
  return index;
}

/**
 * Whether a call of a function by this name may be a cast: with one argument that no function takes as it is, the server looks for a type
 * of that name, and for one that no relation has.
 * @param schema null: none is written
 */
export function mayBeCast({ userTypesByName }: KnowledgeIndex, schema: string | null, name: string): boolean {
  const types = userTypesByName.get(name) ?? [];
  return types.some((type) => type.kind !== 'c' && (schema === null || type.schema === schema));
}

/** The schema a written schema name means: `pg_temp` is the session's own temporary schema. */
export function schemaNamed(index: KnowledgeIndex, name: string): string | null {
  return name === 'pg_temp' ? index.temporarySchema : name;
}

/**
 * Finds the relation a name means, as the server does: `schema` if one is written, otherwise the first schema of `searchPath`
 * that holds the name. Names are exact, as the parser folded them.
 * @returns null: no such relation in this catalog; `'unknown-path'`: the name is unqualified and the search path is not known
 * @see PostgreSQL manual, "The Schema Search Path"
 */
export function resolveRelation(
  index: KnowledgeIndex,
  searchPath: readonly string[] | null,
  schema: string | null,
  name: string,
): CatalogRelation | null | 'unknown-path' {
  if (schema === null && searchPath === null) return 'unknown-path';
  for (const written of schema === null ? (searchPath ?? []) : [schema]) {
    const relation = index.relationsBySchema.get(schemaNamed(index, written) ?? '')?.get(name);
    if (relation) return relation;
  }
  return null;
}
