import type { AllowedFunction } from './allowed-functions.js';

/**
 * What name resolution and lineage know of one database. Plain data: it is posted to parser workers once per `id`.
 * System objects (OID below 16384) are part of it like all others.
 */
export interface CatalogSnapshot {
  /** unique within the process; a new one whenever anything below changed */
  readonly id: number;
  readonly databaseOid: number;
  readonly database: string;
  /** server_version_num, e.g. 150018, 180000 */
  readonly serverVersion: number;
  /** the role of the upstream session, for `"$user"` in search_path */
  readonly role: string;
  readonly schemas: readonly CatalogSchema[];
  readonly relations: readonly CatalogRelation[];
  /** functions, procedures, aggregates that are not part of the server (OID >= 16384): names decide, whatever their arguments */
  readonly userFunctions: readonly CatalogFunction[];
  /** names of user-defined operators (OID >= 16384) */
  readonly userOperators: readonly string[];
  /** types that are not part of the server, and are not row types of relations */
  readonly userTypes: readonly CatalogType[];
  /** (source, target) type OIDs of user-defined casts (OID >= 16384) */
  readonly userCasts: readonly { readonly source: number; readonly target: number }[];
  /** enabled event triggers: their functions may run on any DDL */
  readonly eventTriggers: readonly string[];
  /** what views and functions stand for; absent: not asked, so none of them is proven */
  readonly definitions?: CatalogDefinitions;
}

/** Definitions as the server printed them, all at one moment. */
export interface CatalogDefinitions {
  /** the schemas by which the names in these texts are meant, in the order the server searches them for relations */
  readonly searchPath: readonly string[];
  /** views and materialised views of the user: OID → query; those that were locked or too long just then are left out */
  readonly views: readonly { readonly oid: number; readonly text: string }[];
  /** something was being changed, so that it is worth asking again */
  readonly incomplete: boolean;
}

export interface CatalogSchema {
  readonly oid: number;
  readonly name: string;
  /** the session's own temporary schema */
  readonly temporary: boolean;
  /** the role has USAGE on it: schemas without are left out of the search path by the server */
  readonly usable: boolean;
}

export interface CatalogRelation {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** pg_class.relkind: r table, p partitioned, v view, m materialised view, f foreign table, S sequence, c composite, i index, t toast */
  readonly kind: string;
  /** direct inheritance or partition parents */
  readonly parents: readonly number[];
  readonly columns: readonly CatalogColumn[];
  /**
   * numbers of the columns of its primary key, where that holds at every moment: no two rows of the relation itself, or of all partitions
   * of it, are alike in them; absent: there is none, or it is not known
   */
  readonly key?: readonly number[];
  /** what runs when the relation is read or written, besides the statement: user functions may hide in each of them */
  readonly active: readonly ActivePart[];
}

export interface CatalogColumn {
  /** pg_attribute.attnum, from 1; dropped and system columns are left out */
  readonly attnum: number;
  readonly name: string;
  readonly typeOid: number;
  /** type modifier, -1: none */
  readonly typmod: number;
  /** '' or 's' for a stored, 'v' for a virtual generated column */
  readonly generated: string;
  /** of a generated column: numbers of the columns it is computed from; absent: not known, so it may be all of them */
  readonly sources?: readonly number[];
}

/**
 * - `triggers`: enabled user triggers · `rules`: rewrite rules on a table · `row-security`: policies are in force
 * - `functions`: a default, check, index expression, statistics object, policy or generated column calls a user function
 */
export type ActivePart = 'triggers' | 'rules' | 'row-security' | 'functions';

export interface CatalogFunction {
  readonly schema: string;
  readonly name: string;
}

export interface CatalogType {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** pg_type.typtype: b base, c composite, d domain, e enum, r range, m multirange */
  readonly kind: string;
  /** base type of a domain, element type of an array, otherwise 0 */
  readonly baseOid: number;
  /** of an enum: its first label; an enum without labels has none */
  readonly labels?: readonly string[];
  /** of a composite type that is no relation's row type: its fields in order, dropped ones left out */
  readonly attributes?: readonly { readonly name: string; readonly typeOid: number; readonly typmod: number }[];
  /** of an array (varlena, subscripted as arrays are): its element type */
  readonly elementOid?: number;
  /** of a range: the type of its bounds; of a multirange: its range type */
  readonly rangeOid?: number;
}

/** A column under protection, as the closure over one snapshot found it. */
export interface ProtectedColumn {
  readonly relationOid: number;
  readonly attnum: number;
  readonly class: string;
  /** the column is computed from protected ones of these classes, sorted, rather than being one itself; `class` is the first of them */
  readonly derived?: readonly string[];
}

/** Catalog and protection together: what a description depends on, besides text and search path. Posted to workers once per `id`. */
export interface Knowledge {
  /** unique within the process */
  readonly id: number;
  readonly catalog: CatalogSnapshot;
  /** empty: the target has no protected columns, lineage is not asked */
  readonly protected: readonly ProtectedColumn[];
  /** true when rules of the target name protected columns, whether or not any exists in this catalog: then nothing unproven passes */
  readonly strict: boolean;
  /** functions of users that may be called; left out: none */
  readonly functions?: readonly AllowedFunction[];
}
