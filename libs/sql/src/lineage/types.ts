import type { TypeName } from '@pgsql/types';
import type { CatalogColumn } from '../catalog.js';
import type { KnowledgeIndex } from '../resolve.js';
import { FIRST_USER_OID, schemaNamed } from '../resolve.js';
import { Refused, refusals } from './refusals.js';
import type { LineageContext } from './result.js';
import { bodyOf, onlyFields, stringsOf } from './tree.js';

/** Built-in types a value may be cast to; pseudo-types and types that only catalogs use are left out. */
const BUILT_IN_TYPES = new Set(
  (
    'bool bytea char name int8 int2 int4 text oid xid xid8 cid tid json jsonb jsonpath xml point lseg path box polygon line circle ' +
    'float4 float8 money macaddr macaddr8 inet cidr bpchar varchar date time timestamp timestamptz interval timetz bit varbit numeric ' +
    'uuid pg_lsn tsvector tsquery regclass regtype regproc regprocedure regoper regoperator regnamespace regrole regconfig ' +
    'regdictionary regcollation int2vector oidvector int4range int8range numrange tsrange tstzrange daterange int4multirange ' +
    'int8multirange nummultirange tsmultirange tstzmultirange datemultirange pg_snapshot txid_snapshot'
  ).split(' '),
);

/** Column types of CREATE TABLE that are no types of their own. */
const SERIAL_TYPES = new Set(['serial', 'serial2', 'serial4', 'serial8', 'smallserial', 'bigserial']);

/** A user type of plain values: labels of an enum, with no user-defined cast; an array of such. */
function isHarmlessUserType(index: KnowledgeIndex, oid: number, depth = 0): boolean {
  if (oid < FIRST_USER_OID) return true;
  const type = index.userTypesByOid.get(oid);
  if (!type || index.typesWithUserCasts.has(oid) || depth > 8) return false;
  if (type.kind === 'e') return true;
  return type.kind === 'b' && type.baseOid !== 0 && isHarmlessUserType(index, type.baseOid, depth + 1);
}

/** Schemas in which an unqualified type name is looked up before `pg_catalog`; all of them when the path is unknown. */
function schemasBeforeSystem(context: LineageContext): readonly string[] {
  const path = context.searchPath;
  if (path === null) return context.index.catalog.schemas.map((schema) => schema.name);
  const system = path.indexOf('pg_catalog');
  const before = system < 0 ? [] : path.slice(0, system);
  const { temporarySchema } = context.index;
  return temporarySchema === null ? before : [temporarySchema, ...before];
}

/** A type or a row type of that name hides the built-in one. */
function isShadowed(context: LineageContext, name: string): boolean {
  const { index } = context;
  return schemasBeforeSystem(context).some((written) => {
    const schema = schemaNamed(index, written);
    if (schema === null || schema === 'pg_catalog') return false;
    return (
      index.userTypesByName.get(name)?.some((type) => type.schema === schema) === true ||
      index.relationsBySchema.get(schema)?.has(name) === true
    );
  });
}

function userTypeOid(context: LineageContext, schema: string | null, name: string): number | null {
  const candidates = context.index.userTypesByName.get(name) ?? [];
  if (schema !== null) {
    return candidates.find((type) => type.schema === schemaNamed(context.index, schema))?.oid ?? null;
  }
  // unqualified: every type of the name has to be harmless, so the path does not matter
  return candidates.every((type) => isHarmlessUserType(context.index, type.oid)) ? (candidates[0]?.oid ?? null) : null;
}

/**
 * Proves that a value may be cast to the type without running user-defined code.
 * @throws Refused for domains, composites, row types, user-defined base types, `%TYPE`, SETOF and unknown names
 */
export function requireHarmlessType(context: LineageContext, type: TypeName | undefined, serial = false): void {
  const names = stringsOf(type?.names);
  const written = names?.join('.') ?? '';
  const refuse = (): never => {
    throw new Refused(refusals.type(written));
  };
  if (!type || !names) return refuse();
  onlyFields('TypeName', type, ['names', 'typmods', 'typemod', 'arrayBounds', 'location']);
  if (!(type.typmods ?? []).every((modifier) => bodyOf(modifier, 'A_Const'))) return refuse();
  const name = names.at(-1) ?? '';
  const schema = names.length === 2 ? (names[0] ?? '') : null;
  if (names.length > 2 || names.length === 0) return refuse();
  if (serial && schema === null && SERIAL_TYPES.has(name)) return;
  if (BUILT_IN_TYPES.has(name) && (schema === 'pg_catalog' || (schema === null && !isShadowed(context, name)))) return;
  if (schema === 'pg_catalog' && ['interval', 'bit', 'varbit'].includes(name)) return;
  const oid = userTypeOid(context, schema, name);
  if (oid === null || !isHarmlessUserType(context.index, oid)) refuse();
}

/** The type by whose rules values of a column are computed: of a domain what it is over, of an enum itself; 0 for other types of users. */
export function valueType(index: KnowledgeIndex, typeOid: number): number {
  let oid = typeOid;
  for (let depth = 0; oid >= FIRST_USER_OID && depth < 8; depth += 1) {
    const type = index.userTypesByOid.get(oid);
    if (type?.kind === 'e') return oid;
    oid = type?.kind === 'd' ? type.baseOid : 0;
  }
  return oid >= FIRST_USER_OID ? 0 : oid;
}

/** What may be done with a column of this type: anything, only selected as it is, or nothing at all. */
export function columnTypeUse(index: KnowledgeIndex, column: CatalogColumn, depth = 0): 'any' | 'plain' | 'none' {
  return typeUse(index, column.typeOid, depth);
}

function typeUse(index: KnowledgeIndex, oid: number, depth: number): 'any' | 'plain' | 'none' {
  if (oid < FIRST_USER_OID) return 'any';
  const type = index.userTypesByOid.get(oid);
  // a row type of a table: the column holds whole rows, protected columns included
  if (!type || depth > 8) return 'none';
  const own = index.typesWithUserCasts.has(oid) ? 'plain' : 'any';
  switch (type.kind) {
    case 'e':
    case 'r':
    case 'm':
      return own;
    case 'b':
    case 'd': {
      const base = type.baseOid === 0 ? 'any' : typeUse(index, type.baseOid, depth + 1);
      return base === 'any' ? own : base;
    }
    case 'c': {
      const composite = index.relationsBySchema.get(type.schema)?.get(type.name);
      const uses = composite?.columns.map((column) => columnTypeUse(index, column, depth + 1)) ?? ['none' as const];
      return uses.includes('none') ? 'none' : 'plain';
    }
    default:
      return 'none';
  }
}
