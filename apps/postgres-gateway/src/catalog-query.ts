import type { ActivePart, CatalogRelation, CatalogSnapshot, CatalogType, FoundFunction, FunctionRule } from '@app/sql';
import {
  DEFINITIONS_PART,
  FINGERPRINT,
  functionsPart,
  STANDING,
  SYSTEM_PART,
  USER_PART,
} from './catalog-statements.js';

/**
 * Statements that read everything lineage knows of a database, each one row with one text column. The first one, on what belongs
 * to the server itself, gives the same answer for every database and session of a server: it may be kept per target and version.
 * The second one sees the temporary schema of the session that runs it, and no other.
 */
export const CATALOG_STATEMENTS: readonly [system: string, user: string] = [SYSTEM_PART, USER_PART];

/** One row with one text column: what views stand for, as the session that asks may name it. Only for a target with protected columns. */
export const DEFINITIONS_STATEMENT = DEFINITIONS_PART;

/** One row with one text column, read by {@link decodeFunctions}: the functions that rules are about, and others of their names. */
export function functionsStatement(rules: readonly FunctionRule[]): string {
  return functionsPart([...new Set(rules.map(({ name }) => name))]);
}

type FunctionRow = readonly [
  schema: string,
  name: string,
  types: readonly string[],
  typeOids: readonly number[],
  resultType: number,
  definition: string,
  overloads: number,
];

/** @throws SyntaxError when the answer is not the JSON that {@link functionsStatement} gives */
export function decodeFunctions(answer: string): readonly FoundFunction[] {
  return (JSON.parse(answer) as readonly FunctionRow[]).map(
    ([schema, name, types, argumentTypes, resultType, definition, overloads]) => ({
      schema,
      name,
      arguments: types,
      argumentTypes,
      resultType,
      definition,
      overloads,
    }),
  );
}

/**
 * One row, three text columns. The first differs whenever what the second catalog statement reads may have changed; then
 * {@link Standing.snapshot} at that moment, and {@link Standing.place}, with which the first begins.
 */
export const FINGERPRINT_STATEMENT = FINGERPRINT;

/** One row, read by {@link readStanding}. */
export const STANDING_STATEMENT = STANDING;

/** What one cheap question tells of a session at a target. */
export interface Standing {
  /** role, database, server and temporary schema; nothing else makes what sessions see of a catalog differ */
  readonly place: string;
  /** equal, and not empty: no catalog of the cluster was changed in between */
  readonly snapshot: string;
  /** when the session began at the target, ISO 8601 in UTC with microseconds; null: it does not tell */
  readonly start: string | null;
  readonly searchPath: string | null;
  /** it has a temporary schema of its own, as one that a pooler handed on may */
  readonly temporary: boolean;
}

export function readStanding(row: readonly (string | null)[] | undefined): Standing {
  const [place, snapshot, start, searchPath, temporary] = row ?? [];
  return {
    place: place ?? '',
    snapshot: snapshot ?? '',
    start: start ?? null,
    searchPath: searchPath ?? null,
    temporary: temporary !== '0',
  };
}

type RelationRow = readonly [
  oid: number,
  schema: string,
  name: string,
  kind: string,
  parents: readonly number[] | null,
  columns:
    | readonly (readonly [
        attnum: number,
        name: string,
        typeOid: number,
        typmod: number,
        generated: string,
        sources?: readonly number[] | null,
      ])[]
    | null,
  active: readonly ActivePart[],
  key?: readonly number[] | null,
];

type SchemaRow = readonly [oid: number, name: string, temporary: boolean, usable: boolean];

type TypeRow = readonly [
  oid: number,
  schema: string,
  name: string,
  kind: string,
  baseOid: number,
  label: string | null,
  elementOid: number | null,
  rangeOid: number | null,
];

interface SystemPart {
  readonly schemas: readonly SchemaRow[];
  readonly relations: readonly RelationRow[];
}

interface UserPart extends SystemPart {
  readonly databaseOid: number;
  readonly database: string;
  readonly serverVersion: number;
  readonly role: string;
  readonly functions: readonly (readonly [schema: string, name: string])[];
  readonly operators: readonly string[];
  readonly types: readonly TypeRow[];
  readonly casts: readonly (readonly [source: number, target: number])[];
  readonly eventTriggers: readonly string[];
}

interface DefinitionsPart {
  readonly searchPath: readonly string[];
  readonly views: readonly (readonly [oid: number, text: string])[];
  readonly incomplete: boolean;
}

function relation([oid, schema, name, kind, parents, columns, active, key]: RelationRow): CatalogRelation {
  return {
    oid,
    schema,
    name,
    kind,
    parents: parents ?? [],
    columns: (columns ?? []).map(([attnum, columnName, typeOid, typmod, generated, sources]) => ({
      attnum,
      name: columnName,
      typeOid,
      typmod,
      generated,
      ...(generated !== '' && sources && { sources }),
    })),
    active,
    ...(key && { key }),
  };
}

function types(rows: readonly TypeRow[], relations: readonly CatalogRelation[]): CatalogType[] {
  const composites = new Map(
    relations.filter(({ kind }) => kind === 'c').map((each) => [`${each.schema}\0${each.name}`, each.columns]),
  );
  return rows.map(([oid, schema, name, kind, baseOid, label, elementOid, rangeOid]) => {
    const fields = kind === 'c' ? composites.get(`${schema}\0${name}`) : undefined;
    return {
      oid,
      schema,
      name,
      kind,
      baseOid,
      ...(label !== null && { labels: [label] }),
      ...(fields && {
        attributes: fields.map((field) => ({ name: field.name, typeOid: field.typeOid, typmod: field.typmod })),
      }),
      ...(elementOid !== null && { elementOid }),
      ...(rangeOid !== null && { rangeOid }),
    };
  });
}

/**
 * Reads the answers of `CATALOG_STATEMENTS`, in their order, and the one of `DEFINITIONS_STATEMENT` where that was asked.
 * @param id the number of the snapshot, unique within the process
 * @throws SyntaxError when an answer is not the JSON these statements give
 */
export function decodeCatalog(parts: readonly string[], id: number): CatalogSnapshot {
  const [system, user] = [parts[0] ?? '', parts[1] ?? ''].map((part) => JSON.parse(part) as UserPart) as [
    SystemPart,
    UserPart,
  ];
  const schemas = [...system.schemas, ...user.schemas];
  const definitions = parts[2] === undefined ? undefined : (JSON.parse(parts[2]) as DefinitionsPart);
  const relations = [...system.relations, ...user.relations].map(relation);
  return {
    id,
    databaseOid: user.databaseOid,
    database: user.database,
    serverVersion: user.serverVersion,
    role: user.role,
    schemas: schemas.map(([oid, name, temporary, usable]) => ({ oid, name, temporary, usable })),
    relations,
    userFunctions: user.functions.map(([schema, name]) => ({ schema, name })),
    userOperators: user.operators,
    userTypes: types(user.types, relations),
    userCasts: user.casts.map(([source, target]) => ({ source, target })),
    eventTriggers: user.eventTriggers,
    ...(definitions && {
      definitions: { ...definitions, views: definitions.views.map(([oid, text]) => ({ oid, text })) },
    }),
  };
}
