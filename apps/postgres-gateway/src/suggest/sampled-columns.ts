import type { TypeKind } from '@app/masking';
import type { OwnConnection } from '../own-connection.js';

/** A column of a target that may be looked at. */
export interface SampledColumn {
  readonly relationOid: number;
  readonly attnum: number;
  readonly name: string;
  readonly type: string;
  readonly kind: TypeKind;
  readonly comment: string | null;
}

/** A table with its columns; partitions and children are not listed beside what they belong to. */
export interface SampledTable {
  readonly schema: string;
  readonly name: string;
  /** rows as the planner estimates them; -1: not known */
  readonly rows: number;
  readonly columns: readonly SampledColumn[];
}

// search_path is pg_catalog alone while it runs
const COLUMNS = `
SELECT c.oid, n.nspname, c.relname, c.reltuples::text, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod),
  COALESCE(e.typname, b.typname, t.typname), t.typcategory, col_description(c.oid, a.attnum)
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_type b ON b.oid = NULLIF(t.typbasetype, 0)
LEFT JOIN pg_type e ON e.oid = NULLIF(t.typelem, 0) AND t.typcategory = 'A'
WHERE c.relkind IN ('r', 'p', 'm') AND NOT c.relispartition
  AND NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid)
  AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
ORDER BY n.nspname, c.relname, a.attnum`;

const DISTINCT = `
SELECT schemaname, tablename, attname, (CASE WHEN n_distinct < 0 THEN -n_distinct ELSE n_distinct / GREATEST(c.reltuples, n_distinct, 1) END)::text
FROM pg_stats s JOIN pg_namespace n ON n.nspname = s.schemaname JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = s.tablename`;

const KINDS: ReadonlyMap<string, TypeKind> = new Map([
  ['int2', 'integer'],
  ['int4', 'integer'],
  ['int8', 'integer'],
  ['json', 'json'],
  ['jsonb', 'json'],
  ['hstore', 'json'],
  ['xml', 'text'],
  ['bytea', 'bytes'],
  ['citext', 'text'],
  ['date', 'date'],
  ['timestamp', 'date'],
  ['timestamptz', 'date'],
  ['macaddr', 'network'],
  ['macaddr8', 'network'],
]);

const CATEGORIES: ReadonlyMap<string, TypeKind> = new Map([
  ['S', 'text'],
  ['N', 'number'],
  ['I', 'network'],
  ['G', 'place'],
]);

const TEXTS = new Set('text varchar bpchar name'.split(' '));

function kindOf(type: string, category: string): TypeKind {
  if (TEXTS.has(type)) return 'text';
  return KINDS.get(type) ?? CATEGORIES.get(category) ?? 'other';
}

/** Every table of the target that has columns, of all schemas but the server's own. */
export async function sampledTables(own: OwnConnection): Promise<readonly SampledTable[]> {
  const tables = new Map<string, SampledTable & { readonly columns: SampledColumn[] }>();
  for (const row of await own.ask(COLUMNS)) {
    const [oid, schema = '', table = '', rows, attnum, name, type, base, category, comment] = row.map(
      (value) => value ?? '',
    );
    const key = oid ?? '';
    const known = tables.get(key) ?? { schema, name: table, rows: Number(rows), columns: [] };
    tables.set(key, known);
    known.columns.push({
      relationOid: Number(oid),
      attnum: Number(attnum),
      name: name ?? '',
      type: type ?? '',
      kind: kindOf(base ?? '', category ?? ''),
      comment: comment === '' ? null : (comment ?? null),
    });
  }
  return [...tables.values()];
}

/** Part of the values that differ, by `schema.table.column`; empty where statistics may not be read. */
export async function distinctParts(own: OwnConnection): Promise<ReadonlyMap<string, number>> {
  try {
    const rows = await own.ask(DISTINCT);
    return new Map(rows.map(([schema, table, column, part]) => [`${schema}.${table}.${column}`, Number(part)]));
  } catch {
    // a role without access to statistics is a good role
    return new Map();
  }
}
